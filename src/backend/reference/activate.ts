// y = act(x), element by element:  SiLU x·σ(x) · ReLU max(x, 0) · ReLU6 min(max(x, 0), 6) · sigmoid σ(x) = 1 / (1 + e^−x)
// Results below 1e-30 are 0: every backend agrees that no activation returns a denormal. NaN stays NaN.

import type { Activation } from "../../graph/ops.ts";
import { SMALLEST } from "../parameters.ts";
import type { Loop } from "./loop.ts";

export const activate: Loop<"activate"> = (op, read, y) => {
  const x = read(op.x).data;
  const act = activationOf(op.activation);
  for (let i = 0; i < x.length; i++) y.data[i] = act(x[i]);
};

/** The function itself; null is x → x. */
export function activationOf(activation: Activation | null): (x: number) => number {
  return activation === null ? (x) => x : functions[activation];
}

const functions: { readonly [Name in Activation]: (x: number) => number } = {
  silu: (x) => flushed(x / (1 + Math.exp(-x))),
  relu: (x) => flushed(Math.max(x, 0)),
  relu6: (x) => flushed(Math.min(Math.max(x, 0), 6)),
  sigmoid: (x) => flushed(1 / (1 + Math.exp(-x))),
};

function flushed(y: number): number {
  return Math.abs(y) < SMALLEST ? 0 : y;
}
