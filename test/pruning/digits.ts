// Ten drawn digits in noise, and a small network that learns them in seconds.

import type { Architecture } from "#effnet/architecture/architecture.js";
import { Random } from "#effnet/random.js";
import type { Tensor } from "#effnet/tensor.js";

export const DIGITS = 10;
const SIDE = 8;
const NOISE = 0.3; // deviation; ink is 1

/** Rows of 5 pixels, the leftmost the highest bit. */
// biome-ignore format: one digit a line
const GLYPHS: readonly (readonly number[])[] = [
  [14, 17, 19, 21, 25, 17, 14],
  [4, 12, 4, 4, 4, 4, 14],
  [14, 17, 1, 2, 4, 8, 31],
  [31, 2, 4, 2, 1, 17, 14],
  [2, 6, 10, 18, 31, 2, 2],
  [31, 16, 30, 1, 1, 17, 14],
  [6, 8, 16, 30, 17, 17, 14],
  [31, 1, 2, 4, 8, 8, 8],
  [14, 17, 17, 14, 17, 17, 14],
  [14, 17, 17, 15, 1, 2, 12],
];

/** All kinds of channels: a ds block within a stream, se, skips. */
export const digitNetwork: Architecture = {
  name: "digits",
  inChannels: 1,
  classes: DIGITS,
  stem: { width: 12, kernel: 3, stride: 1 },
  stages: [
    [{ kind: "ds", kernel: 3, stride: 1, out: 12, hasSkip: true, squeeze: 3 }],
    [
      { kind: "ir", kernel: 3, stride: 2, out: 16, expanded: 24, squeeze: 3, hasSkip: false },
      { kind: "ir", kernel: 3, stride: 1, out: 16, expanded: 32, squeeze: 4, hasSkip: true },
    ],
    [{ kind: "ir", kernel: 3, stride: 2, out: 20, expanded: 32, squeeze: 4, hasSkip: false }],
  ],
  head: { width: 40 },
  activation: "silu",
  norm: { epsilon: 1e-3, momentum: 0.1 },
  padding: "same",
};

/** `[count, 8, 8, 1]`, each digit at a place and in a strength of its own; its class is its index modulo ten. */
export function digits(count: number, split: string): { readonly x: Tensor; readonly labels: Int32Array } {
  const data = new Float64Array(count * SIDE * SIDE);
  for (let n = 0; n < count; n++) {
    const random = new Random(11, "digit", split, n);
    const [left, top] = [random.below(SIDE - 4), random.below(SIDE - 6)];
    const ink = random.uniform(0.6, 1.2);
    for (let i = 0; i < SIDE * SIDE; i++) {
      const [row, column] = [Math.floor(i / SIDE) - top, (i % SIDE) - left];
      const bits = column >= 0 && column < 5 ? (GLYPHS[n % DIGITS][row] ?? 0) : 0;
      data[n * SIDE * SIDE + i] = ink * ((bits >> (4 - column)) & 1) - 0.3 + NOISE * random.normal();
    }
  }
  return {
    x: { shape: [count, SIDE, SIDE, 1], data },
    labels: Int32Array.from({ length: count }, (_, n) => n % DIGITS),
  };
}
