// The one comparison of tensors: the largest difference, where it is, both values, and what was allowed.

import type { Tensor } from "#effnet/tensor.js";

export interface Tolerance {
  /** Largest |got − expected|. */
  readonly absolute?: number;
  /** The same, as a share of the largest |expected| of the tensor. */
  readonly relative?: number;
}

/**
 * Null if `got` has the shape of `expected` and differs nowhere by more than the larger of both tolerances; else one line
 * that says where it differs most: `[0, 13, 7, 88]: expected 1.5, got 1.25: differs by 0.25, allowed 1e-6`. NaN equals NaN.
 */
export function difference(got: Tensor, expected: Tensor, { absolute = 0, relative = 0 }: Tolerance): string | null {
  if (got.shape.join() !== expected.shape.join() || got.data.length !== expected.data.length) {
    return `expected shape [${expected.shape.join(", ")}], got [${got.shape.join(", ")}]`;
  }
  const allowed = Math.max(absolute, relative * largest(expected));
  const { by, at } = worst(got, expected);
  if (by <= allowed) return null;
  const where = `[${indicesOf(at, expected.shape).join(", ")}]`;
  return `${where}: expected ${expected.data[at]}, got ${got.data[at]}: differs by ${by}, allowed ${allowed}`;
}

/** Largest |value|, NaN and infinities left out. */
export function largest({ data }: Tensor): number {
  let most = 0;
  for (const value of data) if (Number.isFinite(value)) most = Math.max(most, Math.abs(value));
  return most;
}

/** The largest |got − expected| and its flat index; infinite where only one of them is NaN. */
export function worst(got: Tensor, expected: Tensor): { by: number; at: number } {
  let [by, at] = [0, 0];
  for (let i = 0; i < expected.data.length; i++) {
    const apart = distance(got.data[i], expected.data[i]);
    if (apart > by) [by, at] = [apart, i];
  }
  return { by, at };
}

function distance(a: number, b: number): number {
  if (Object.is(a, b) || a === b) return 0;
  return Number.isNaN(a) || Number.isNaN(b) ? Number.POSITIVE_INFINITY : Math.abs(a - b);
}

function indicesOf(flat: number, shape: readonly number[]): number[] {
  const indices: number[] = [];
  let rest = flat;
  for (const size of [...shape].reverse()) {
    indices.unshift(rest % size);
    rest = Math.floor(rest / size);
  }
  return indices;
}
