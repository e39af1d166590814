// Whether widened kernels can be trusted: every kernel runs once in both forms on the same numbers, and every bit of memory
// is compared; then the largest must be faster. Some milliseconds, once a process.

import { Random } from "../../random.ts";
import { instantiate, type Kernels, RESERVED_BYTES } from "./kernels.ts";

/** Null if both modules do the same and the first is faster; else what is wrong, in words. */
export type Difference = (wide: WebAssembly.Module, narrow: WebAssembly.Module) => string | null;

const PAGES = 3;
const PAGE_BYTES = 65536;
const PIXEL = 48 * 4; // bytes; 48 channels: panels of 16 and 8 in every kernel
const ROW = 12 * PIXEL;
const X = RESERVED_BYTES; // a map of 12 × 12 pixels, borders and all
const Y = X + 16 * ROW;
const W = Y + 16 * ROW; // weights, taps, vectors
const TABLE = W + 48 * 48 * 9 * 4;
const PATTERN = 1021; // numbers before they repeat; a prime, so that no two rows are alike
const GAIN = 1.15; // of the GEMM; a true pair of vectors gives 1.6

export const firstDifference: Difference = (wide, narrow) => {
  const [a, b] = [wide, narrow].map((module) => {
    const memory = new WebAssembly.Memory({ initial: PAGES, maximum: PAGES, shared: true });
    return { kernels: instantiate(module, memory), words: new Uint32Array(memory.buffer, RESERVED_BYTES) };
  });
  const before = contents();
  for (const [name, call] of calls()) {
    for (const { kernels, words } of [a, b]) {
      words.set(before);
      call(kernels);
    }
    if (firstOther(a.words, b.words) !== -1) return `widened, ${name} gives other bits`;
  }
  const gemm = calls()[0][1];
  const gain = timeOf(() => gemm(b.kernels)) / timeOf(() => gemm(a.kernels));
  return gain < GAIN ? `widening gains nothing on this processor (${gain.toFixed(2)} times as fast)` : null;
};

/** The kernels by name; the GEMM first. Their operands are those of kernels/. */
function calls(): [name: string, call: (kernels: Kernels) => void][] {
  const map = [X, ROW, PIXEL] as const;
  const result = [Y, ROW, PIXEL] as const;
  const gemm = (channels: number, kind: number, rows: number) => (kernels: Kernels) =>
    kernels.convolution(
      X,
      TABLE,
      ROW,
      rows,
      48,
      W,
      W,
      Y,
      TABLE,
      X,
      TABLE,
      kind,
      60,
      channels,
      0,
      10,
      0,
      Math.ceil(channels / kernels.panel()),
    );
  const window = (kernel: number, stride: number) => (kernels: Kernels) =>
    kernels.depthwise(...map, W, W, PIXEL, ...result, 4, kernel, kernel, stride, 1, 0, 3, 0, PIXEL);
  return [
    ["convolution", gemm(48, 0, 1)],
    ["convolution with a panel of 8", gemm(40, 1, 3)],
    ...[2, 3, 4].map((kind): [string, (kernels: Kernels) => void] => [`activation ${kind}`, gemm(48, kind, 1)]),
    ...[3, 5].flatMap((kernel) =>
      [1, 2].map((stride): [string, (kernels: Kernels) => void] => [
        `depthwise ${kernel}×${kernel}, stride ${stride}`,
        window(kernel, stride),
      ]),
    ),
    ["depthwise 7×7", window(7, 1)],
    ...[0, 1, 2, 3, 4].map((kind): [string, (kernels: Kernels) => void] => [
      `linear, activation ${kind}`,
      (kernels) => kernels.linear(X, 45, W, W, Y, kind, 0, 6),
    ]),
    ["mean", (kernels) => kernels.meanPool(...map, 9, 9, W, Y, 0, PIXEL)],
    ["row sums", (kernels) => kernels.rowSums(...map, 9, W, Y, PIXEL, PIXEL, 0, 12)],
    ["gate", (kernels) => kernels.gate(...map, W, ...result, 12, 0, 12, 0, PIXEL)],
    ["sum", (kernels) => kernels.add(...map, ...map, ...result, PIXEL, 12, 0, 12)],
    ["norm", (kernels) => kernels.affine(...map, W, W, ...result, PIXEL, 12, 0, 12)],
    ["activation of a map", (kernels) => kernels.activateMap(...map, ...result, PIXEL, 12, 1, 0, 12)],
    ["packing", (kernels) => kernels.packPanel(X, W, Y, 14, 5, 3, 3, 8, 16)],
    ["border", (kernels) => kernels.clearBorder(Y, ROW, PIXEL, 1, 9, PIXEL, 2 * PIXEL, 0, 12, 0, PIXEL)],
  ];
}

/** What memory holds before each call: numbers in −2 … 2, and a table of the pixels of 12 rows. */
function contents(): Uint32Array {
  const random = new Random(0, "wide check");
  const words = new Uint32Array((PAGES * PAGE_BYTES - RESERVED_BYTES) / 4);
  const floats = new Float32Array(words.buffer);
  for (let i = 0; i < floats.length; i++) floats[i] = i < PATTERN ? random.uniform(-2, 2) : floats[i - PATTERN];
  const table = (TABLE - RESERVED_BYTES) / 4;
  for (let pixel = 0; pixel < 72; pixel++) words[table + pixel] = Math.floor(pixel / 8) * ROW + (pixel % 8) * PIXEL;
  return words;
}

/** The first word that differs, or −1. */
function firstOther(a: Uint32Array, b: Uint32Array): number {
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return i;
  return -1;
}

/** The shortest of some rounds, so that what else the machine does counts little. */
function timeOf(call: () => void): number {
  let least = Number.POSITIVE_INFINITY;
  for (let round = 0; round < 20; round++) {
    const start = performance.now();
    for (let i = 0; i < 10; i++) call();
    least = Math.min(least, performance.now() - start);
  }
  return least;
}
