// Whether widened training kernels can be trusted: each that V8 widens runs once in both forms on the same numbers, and every
// bit of memory is compared. What they share with inference, its own check has seen, and the speed, too.

import { Random } from "../../../random.ts";
import { instantiateTraining, RESERVED_BYTES, type TrainingKernels } from "./kernels.ts";

const PAGES = 4;
const PAGE_BYTES = 65536;
const PIXEL = 40 * 4; // bytes; 40 channels: panels of 16 and 8 in every kernel
const ROW = 14 * PIXEL;
const MAP = 15 * ROW;
const X = RESERVED_BYTES; // a map of 14 × 14 pixels, borders and all
const G = X + MAP;
const Y = G + MAP;
const V = Y + MAP; // vectors of 40 channels
const W = V + 64 * PIXEL; // weights, gradients and slots
const TABLE = W + 40 * 40 * 9 * 4;
const PIXELS = 49; // a number that no tile divides
const PATTERN = 1021; // numbers before they repeat; a prime, so that no two rows are alike

/** Null if both modules do the same; else what is wrong, in words. */
export function firstTrainingDifference(wide: WebAssembly.Module, narrow: WebAssembly.Module): string | null {
  const [a, b] = [wide, narrow].map((module) => {
    const memory = new WebAssembly.Memory({ initial: PAGES, maximum: PAGES, shared: true });
    return { kernels: instantiateTraining(module, memory), words: new Uint32Array(memory.buffer, RESERVED_BYTES) };
  });
  const before = contents();
  for (const [name, call] of calls()) {
    for (const { kernels, words } of [a, b]) {
      words.set(before);
      call(kernels);
    }
    if (!areSame(a.words, b.words)) return `widened, ${name} gives other bits`;
  }
  return null;
}

function areSame(a: Uint32Array, b: Uint32Array): boolean {
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

type Call = readonly [name: string, call: (kernels: TrainingKernels) => void];

/** The kernels by name, with the operands of kernels/training/. */
function calls(): Call[] {
  const vector = (index: number): number => V + index * PIXEL;
  const [mean, scale, bias, sums] = [vector(0), vector(1), vector(2), vector(8)];
  const size = [PIXEL, 12, 3] as const;
  const kinds = [1, 2, 3, 4];
  const bytes = 40 * PIXEL;
  const slot = (index: number): number => W + index * bytes;
  const window = (kernel: number, stride: number): Call[] => {
    const origin = G + 2 * ROW + 2 * PIXEL;
    const ends = [PIXEL, 11, kernel, kernel, stride] as const;
    return [
      [
        `depthwise input gradient ${kernel}×${kernel}, stride ${stride}`,
        (k) =>
          k.depthwiseInputGradient(
            origin,
            ROW,
            PIXEL,
            W,
            V,
            PIXEL,
            Y,
            ROW,
            ...ends,
            kernel >> 1,
            kernel >> 1,
            0,
            5,
            0,
            PIXEL,
          ),
      ],
      [
        `depthwise weight gradient ${kernel}×${kernel}, stride ${stride}`,
        (k) => {
          for (const width of [3, 4, 5, 7]) {
            k.depthwiseWeightGradient(
              X,
              ROW,
              PIXEL,
              G,
              ROW,
              PIXEL,
              W,
              PIXEL,
              width / stride,
              kernel,
              kernel,
              stride,
              1,
              0,
              4,
              0,
              PIXEL,
            );
          }
        },
      ],
    ];
  };
  return [
    [
      "weight gradient",
      (k) => k.weightGradient(X, TABLE, ROW, 1, 40, G, TABLE, W, PIXELS, 40, 1, 0, 40, 0, Math.ceil(40 / k.panel())),
    ],
    [
      "weight gradient of a window",
      (k) => k.weightGradient(X, TABLE, ROW, 3, 23, G, TABLE, W, PIXELS, 40, 0, 0, 69, 0, Math.ceil(40 / k.panel())),
    ],
    [
      "input gradient",
      (k) =>
        k.convolution(
          X,
          TABLE,
          ROW,
          1,
          40,
          W,
          V,
          Y,
          TABLE,
          G,
          TABLE,
          0,
          PIXELS,
          40,
          0,
          9,
          0,
          Math.ceil(40 / k.panel()),
        ),
    ],
    ["transposed weights", (k) => k.transpose(W, 40, 0, 40, Y, 40, 0, 40, 0, Math.ceil(40 / k.panel()))],
    ...[3, 5].flatMap((kernel) => [1, 2].flatMap((stride) => window(kernel, stride))),
    ["statistics", (k) => k.sumShifted(X, ROW, ...size, sums, 1)],
    ["statistics of groups", (k) => k.combineStatistics(V, 3 * PIXEL, 8, Y, PIXEL, sums + 16 * PIXEL)],
    ["scale", (k) => k.standardScale(mean, scale, 2.5, PIXEL, sums)],
    ["running statistics", (k) => k.moveRunning(mean, scale, sums, 0.1, 1.02, PIXEL)],
    ...[0, ...kinds].map(
      (kind): Call => [
        `norm, activation ${kind}`,
        (k) => k.normalize(X, ROW, mean, scale, bias, Y, ROW, ...size, kind),
      ],
    ),
    ...kinds.map(
      (kind): Call => [
        `slope ${kind}`,
        (k) => k.normalizeSlope(X, ROW, G, ROW, mean, scale, bias, Y, ROW, ...size, kind, sums, 1),
      ],
    ),
    ...kinds.map(
      (kind): Call => [`slope of activation ${kind}`, (k) => k.activateGradient(X, ROW, G, ROW, Y, ROW, ...size, kind)],
    ),
    [
      "gated slope",
      (k) => k.gatedSlope(X, ROW, G, ROW, vector(3), vector(4), 0.25, mean, scale, bias, Y, ROW, ...size, sums, 1),
    ],
    ["gated map", (k) => k.gatedAgain(X, ROW, G, ROW, vector(3), mean, scale, bias, Y, ROW, ...size, sums)],
    ["sums of a gradient", (k) => k.sumGradient(X, ROW, G, ROW, mean, ...size, sums, 1)],
    ["sums of groups", (k) => k.combineSums(V, 4 * PIXEL, 8, scale, PIXEL, Y)],
    ["coefficients", (k) => k.gradientCoefficients(sums, mean, bias, scale, 0.02, PIXEL, Y)],
    ["input gradient of a norm", (k) => k.normalizeInputGradient(X, ROW, G, ROW, scale, mean, Y, ROW, ...size)],
    ["gate's gradient", (k) => k.gateGradient(X, ROW, G, ROW, ...size, Y)],
    ["spread", (k) => k.spread(mean, 0.25, Y, ROW, ...size)],
    ["path mask", (k) => k.scaleMap(X, ROW, V, Y, ROW, ...size)],
    ["mask", (k) => k.multiply(X, ROW, G, ROW, Y, ROW, ...size)],
    ["sums of rows", (k) => k.sumRows(X, ROW, ...size, sums, 0)],
    ["groups' gradients", (k) => k.addPartials(X, ROW, 8, Y, 0, ROW)],
    ["squared error", (k) => k.squaredErrorGradient(X, ROW, G, ROW, Y, ROW, ...size, 0.5)],
    [
      "Adam with average",
      (k) => k.adam(slot(0), slot(1), slot(2), X, slot(3), bytes, 0.5, 0.1, 0.9, 0.9, 0.99, 0.1, 2, 2.5, 0.9),
    ],
    ["Adam", (k) => k.adam(slot(0), slot(1), slot(2), X, 0, bytes, 0.5, 0.1, 0.9, 0.9, 0.99, 0.1, 2, 2.5, 0.9)],
    ["momentum", (k) => k.momentum(slot(0), slot(1), slot(2), bytes, 0.5, 0.1, 0.9, 0.9, 1, 0.2, 0.3)],
    ["plain descent", (k) => k.plain(slot(0), slot(1), bytes, 0.5, 0.1, 0.9, 0.3)],
    ["mean square", (k) => k.rootMeanSquare(slot(0), slot(1), slot(2), bytes, 0.5, 0.1, 0.1, 8)],
    [
      "centred mean square",
      (k) => k.rootMeanSquareCentered(slot(0), slot(1), slot(2), slot(3), bytes, 0.5, 0.1, 0.1, 64),
    ],
    ["average", (k) => k.average(slot(0), slot(1), bytes, 0.9)],
    ["clamp", (k) => k.clamp(slot(0), bytes, 2, 0.7)],
    ["units", (k) => k.clipUnits(slot(0), slot(1), 40, PIXEL, 0.5, 0.1, 1e-3, 1e-6)],
  ];
}

/** What memory holds before each call: numbers in −2 … 2, and a table of pixels. */
function contents(): Uint32Array {
  const random = new Random(0, "wide check of training");
  const words = new Uint32Array((PAGES * PAGE_BYTES - RESERVED_BYTES) / 4);
  const floats = new Float32Array(words.buffer);
  for (let i = 0; i < floats.length; i++) floats[i] = i < PATTERN ? random.uniform(-2, 2) : floats[i - PATTERN];
  const table = (TABLE - RESERVED_BYTES) / 4;
  for (let pixel = 0; pixel < PIXELS + 8; pixel++)
    words[table + pixel] = Math.floor(pixel / 12) * ROW + (pixel % 12) * PIXEL;
  return words;
}
