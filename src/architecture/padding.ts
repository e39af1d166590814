// Zeros around a convolution's input, per axis.

import type { Padding } from "./architecture.ts";

/**
 * Rows of zeros before and after one axis.
 *
 * `same` (TensorFlow's; timm's `get_same_padding`): total = max((⌈size / stride⌉ − 1) · stride + kernel − size, 0),
 * before = ⌊total / 2⌋, the odd row goes after. `symmetric` (torch's): ⌊(stride − 1 + kernel − 1) / 2⌋ on both sides.
 * Both leave ⌈size / stride⌉ rows, and agree at stride 1.
 * @param size pixels along the axis, ≥ 1
 * @returns `[before, after]`; same: (224, 3, 2) → [0, 1], (240, 5, 2) → [1, 2]
 */
export function padsOf(
  padding: Padding,
  size: number,
  kernel: number,
  stride: number,
): [before: number, after: number] {
  if (padding === "symmetric") {
    const both = Math.floor((stride - 1 + kernel - 1) / 2);
    return [both, both];
  }
  const total = Math.max((Math.ceil(size / stride) - 1) * stride + kernel - size, 0);
  const before = Math.floor(total / 2);
  return [before, total - before];
}
