// y = act(x), element by element:  SiLU x·σ(x) · ReLU max(x, 0) · ReLU6 min(max(x, 0), 6) · sigmoid σ(x) = 1 / (1 + e^−x)
//   act′:  SiLU σ(x)·(1 + x·(1 − σ(x))) · ReLU 1 where x > 0 · ReLU6 1 where 0 < x < 6 · sigmoid σ(x)·(1 − σ(x)); else 0
// NaN stays NaN.

import type { Activation } from "../../graph/ops.ts";
import type { Loop } from "./loop.ts";

export const activate: Loop<"activate"> = (op, read, y) => {
  const x = read(op.x).data;
  const act = activationOf(op.activation);
  for (let i = 0; i < x.length; i++) y.data[i] = act(x[i]);
};

/** y = g · act′(x) */
export const activateGradient: Loop<"activateGradient"> = (op, read, y) => {
  const x = read(op.x).data;
  const g = read(op.g).data;
  const slope = slopeOf(op.activation);
  for (let i = 0; i < x.length; i++) y.data[i] = g[i] * slope(x[i]);
};

/** The function itself; null is x → x. */
export function activationOf(activation: Activation | null): (x: number) => number {
  return activation === null ? (x) => x : functions[activation];
}

/** Its derivative, act′. */
export function slopeOf(activation: Activation): (x: number) => number {
  return slopes[activation];
}

const functions: { readonly [Name in Activation]: (x: number) => number } = {
  silu: (x) => x / (1 + Math.exp(-x)),
  relu: (x) => Math.max(x, 0),
  relu6: (x) => Math.min(Math.max(x, 0), 6),
  sigmoid: (x) => 1 / (1 + Math.exp(-x)),
};

const slopes: { readonly [Name in Activation]: (x: number) => number } = {
  silu: (x) => {
    const sigmoid = 1 / (1 + Math.exp(-x));
    return sigmoid * (1 + x * (1 - sigmoid));
  },
  relu: (x) => (x > 0 ? 1 : 0),
  relu6: (x) => (x > 0 && x < 6 ? 1 : 0),
  sigmoid: (x) => {
    const sigmoid = 1 / (1 + Math.exp(-x));
    return sigmoid * (1 - sigmoid);
  },
};
