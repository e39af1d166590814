// The two values that flow through the house: a dense tensor, and named tensors (a state dict).

import { ShapeError, shown } from "./errors.ts";

/** A dense, row-major tensor. Activations are `[n, h, w, c]`; the `reference` backend takes and returns float64. */
export interface Tensor {
  readonly shape: readonly number[];
  readonly data: Float32Array | Float64Array;
}

/**
 * timm's tensor names to tensors, in state-dict order. Convolutions are OIHW, depthwise `[c, 1, kh, kw]`, linear
 * `[out, in]`; `num_batches_tracked` is a scalar (shape `[]`).
 */
export type StateDict = Map<string, Tensor>;

/** Elements of a shape; 1 for a scalar (`[]`). */
export function elements(shape: readonly number[]): number {
  let product = 1;
  for (const size of shape) product *= size;
  return product;
}

/**
 * A tensor over `data`, which is not copied.
 * @throws ShapeError if the length is not the product of the shape
 */
export function tensor(data: Float32Array | Float64Array, shape: readonly number[]): Tensor {
  if (data.length !== elements(shape)) {
    throw new ShapeError("data", `expected ${elements(shape)} elements for shape ${shown(shape)}, got ${data.length}`);
  }
  return { shape, data };
}
