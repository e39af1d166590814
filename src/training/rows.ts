// Some rows of a batch.

import type { Tensor } from "../tensor.ts";

/** Rows of the first axis, over the same memory. */
export function rowsOf({ shape, data }: Tensor, from: number, count: number): Tensor {
  const length = data.length / shape[0];
  return { shape: [count, ...shape.slice(1)], data: data.subarray(from * length, (from + count) * length) };
}
