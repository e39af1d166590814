// y = Σ (x − target)² / elements

import type { Loop } from "./loop.ts";

export const meanSquaredError: Loop<"meanSquaredError"> = (op, read, y) => {
  const x = read(op.x).data;
  const target = read(op.target).data;
  for (let i = 0; i < x.length; i++) y.data[0] += (x[i] - target[i]) ** 2 / x.length;
};

/** y = weight · 2 · (x − target) / elements */
export const meanSquaredErrorGradient: Loop<"meanSquaredErrorGradient"> = (op, read, y) => {
  const x = read(op.x).data;
  const target = read(op.target).data;
  for (let i = 0; i < x.length; i++) y.data[i] = (op.weight * 2 * (x[i] - target[i])) / x.length;
};
