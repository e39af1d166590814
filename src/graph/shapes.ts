// The shape of each op's result, one rule an op. A missing rule is a type error.

import { assert, shown } from "../errors.ts";
import type { Convolution, Depthwise, Pads } from "./ops.ts";
import type { LossOp, TrainingOp, TrainingOpName, TrainingOpOf } from "./training-ops.ts";

export type Shape = readonly number[];

/** Shapes of what is known so far: inputs, parameters and earlier results. */
export type ShapeOf = (name: string) => Shape;

const rules: { readonly [Name in TrainingOpName]: (op: TrainingOpOf<Name>, shapeOf: ShapeOf) => Shape } = {
  convolution: (op, shapeOf) => {
    const [outputs, inputs] = shapeOf(op.weight);
    const y = windows(op, shapeOf, inputs, outputs);
    if (op.residual !== null) expectShape(op, "residual", shapeOf(op.residual), y);
    return y;
  },
  depthwise: (op, shapeOf) => {
    const [channels, one] = shapeOf(op.weight);
    assert(one === 1, `${op.y}: expected one kernel a channel, got ${one}`);
    return windows(op, shapeOf, channels, channels);
  },
  linear: (op, shapeOf) => {
    const [n, inputs] = vectors(op, shapeOf(op.x));
    const weight = shapeOf(op.weight);
    const outputs = weight[0];
    expectShape(op, "weight", weight, weight.length === 4 ? [outputs, inputs, 1, 1] : [outputs, inputs]);
    expectVector(op, "bias", op.bias, outputs, shapeOf);
    return [n, outputs];
  },
  norm: (op, shapeOf) => {
    for (const part of ["weight", "bias", "mean", "variance"] as const) {
      expectVector(op, part, op[part], channelsOf(shapeOf(op.x)), shapeOf);
    }
    return shapeOf(op.x);
  },
  activate: (op, shapeOf) => shapeOf(op.x),
  meanPool: (op, shapeOf) => {
    const [n, , , c] = map(op, shapeOf(op.x));
    return [n, c];
  },
  gate: (op, shapeOf) => {
    const shape = shapeOf(op.x);
    expectShape(op, "gate", shapeOf(op.gate), oneAChannel(op, shape));
    return shape;
  },
  add: (op, shapeOf) => {
    const shape = shapeOf(op.x);
    expectShape(op, "other", shapeOf(op.other), shape);
    return shape;
  },
  statistics: (op, shapeOf) => [2, channelsOf(shapeOf(op.x))],
  runningStatistics: (op, shapeOf) => {
    const [channels] = shapeOf(op.mean);
    expectVector(op, "mean", op.mean, channels, shapeOf);
    expectVector(op, "variance", op.variance, channels, shapeOf);
    return [2, channels];
  },
  normalize: (op, shapeOf) => {
    const shape = normalized(op, shapeOf);
    expectVector(op, "bias", op.bias, channelsOf(shape), shapeOf);
    return shape;
  },
  mask: (op, shapeOf) => {
    const shape = shapeOf(op.x);
    const mask = shapeOf(op.mask);
    expectShape(op, "mask", mask, shape.slice(0, mask.length));
    return shape;
  },
  crossEntropy: lossShape,
  binaryCrossEntropy: lossShape,
  meanSquaredError: lossShape,
  convolutionInputGradient: (op, shapeOf) => {
    const [outputs] = shapeOf(op.weight);
    expectShape(op, "g", shapeOf(op.g), slid(op, op.shape, outputs));
    return op.shape;
  },
  convolutionWeightGradient: (op, shapeOf) => {
    const x = map(op, shapeOf(op.x));
    const g = map(op, shapeOf(op.g));
    expectShape(op, "g", g, slid(op, x, g[3]));
    return [g[3], x[3], ...op.kernel];
  },
  depthwiseInputGradient: (op, shapeOf) => {
    expectShape(op, "g", shapeOf(op.g), slid(op, op.shape, op.shape[3]));
    return op.shape;
  },
  depthwiseWeightGradient: (op, shapeOf) => {
    const x = map(op, shapeOf(op.x));
    expectShape(op, "g", shapeOf(op.g), slid(op, x, x[3]));
    return [x[3], 1, ...op.kernel];
  },
  linearInputGradient: (op, shapeOf) => [vectors(op, shapeOf(op.g))[0], shapeOf(op.weight)[1]],
  linearWeightGradient: (op, shapeOf) => {
    expectShape(op, "shape", op.shape.slice(0, 2), [channelsOf(shapeOf(op.g)), channelsOf(shapeOf(op.x))]);
    return op.shape;
  },
  biasGradient: (op, shapeOf) => [channelsOf(shapeOf(op.g))],
  activateGradient: (op, shapeOf) => alike(op, "g", op.g, op.x, shapeOf),
  normalizeSlope: (op, shapeOf) => alike(op, "g", op.g, op.x, shapeOf),
  normalizeSums: (op, shapeOf) => [2, channelsOf(alike(op, "g", op.g, op.x, shapeOf))],
  normalizeInputGradient: (op, shapeOf) => {
    const shape = normalized(op, shapeOf);
    if (op.sums !== null) expectShape(op, "sums", shapeOf(op.sums), [2, channelsOf(shape)]);
    return alike(op, "g", op.g, op.x, shapeOf);
  },
  row: (op, shapeOf) => [channelsOf(shapeOf(op.x))],
  meanPoolGradient: (op, shapeOf) => {
    const [n, , , c] = map(op, op.shape);
    expectShape(op, "g", shapeOf(op.g), [n, c]);
    return op.shape;
  },
  gateGradient: (op, shapeOf) => oneAChannel(op, alike(op, "g", op.g, op.x, shapeOf)),
  crossEntropyGradient: (op, shapeOf) => alike(op, "target", op.target, op.x, shapeOf),
  binaryCrossEntropyGradient: (op, shapeOf) => alike(op, "target", op.target, op.x, shapeOf),
  meanSquaredErrorGradient: (op, shapeOf) => alike(op, "target", op.target, op.x, shapeOf),
};

/** The shape of the op's result; a graph whose operands do not fit each other is a bug of its maker. */
export function resultShape(op: TrainingOp, shapeOf: ShapeOf): Shape {
  return (rules[op.op] as (op: TrainingOp, shapeOf: ShapeOf) => Shape)(op, shapeOf);
}

/** The map that windows over x give; also checks weight and bias. */
function windows(op: Convolution | Depthwise, shapeOf: ShapeOf, inputs: number, outputs: number): Shape {
  const x = map(op, shapeOf(op.x));
  assert(x[3] === inputs, `${op.y}: expected ${inputs} channels, got ${x[3]}`);
  const weight = shapeOf(op.weight);
  expectShape(op, "weight", weight, [outputs, weight[1], ...op.kernel]);
  expectVector(op, "bias", op.bias, outputs, shapeOf);
  return slid(op, x, outputs);
}

interface Windows {
  readonly y: string;
  readonly kernel: readonly [height: number, width: number];
  readonly stride: number;
  readonly pads: Pads;
}

/** ⌊(size + pads − kernel) / stride⌋ + 1 per axis. */
function slid({ y, kernel, stride, pads }: Windows, [n, h, w]: Shape, outputs: number): Shape {
  const side = (size: number, before: number, after: number, k: number): number =>
    Math.floor((size + before + after - k) / stride) + 1;
  const height = side(h, pads.top, pads.bottom, kernel[0]);
  const width = side(w, pads.left, pads.right, kernel[1]);
  assert(height >= 1 && width >= 1, `${y}: the kernel is larger than the padded map`);
  return [n, height, width, outputs];
}

/** The shape of x; statistics and weight must belong to its channels. */
function normalized(op: TrainingOp & Normalized, shapeOf: ShapeOf): Shape {
  const shape = shapeOf(op.x);
  expectShape(op, "statistics", shapeOf(op.statistics), [2, channelsOf(shape)]);
  expectVector(op, "weight", op.weight, channelsOf(shape), shapeOf);
  return shape;
}

interface Normalized {
  readonly x: string;
  readonly statistics: string;
  readonly weight: string;
}

function lossShape(op: LossOp, shapeOf: ShapeOf): Shape {
  alike(op, "target", op.target, op.x, shapeOf);
  return [];
}

/** The shape that two operands must share. */
function alike(op: TrainingOp, part: string, name: string, other: string, shapeOf: ShapeOf): Shape {
  const shape = shapeOf(other);
  expectShape(op, part, shapeOf(name), shape);
  return shape;
}

function map(op: TrainingOp, shape: Shape): Shape {
  assert(shape.length === 4, `${op.y}: expected a map [n, h, w, c], got ${shown(shape)}`);
  return shape;
}

function vectors(op: TrainingOp, shape: Shape): Shape {
  assert(shape.length === 2, `${op.y}: expected vectors [n, c], got ${shown(shape)}`);
  return shape;
}

/** `[n, c]` of a map or of vectors. */
function oneAChannel(op: TrainingOp, shape: Shape): Shape {
  return shape.length === 2 ? shape : [map(op, shape)[0], shape[3]];
}

function channelsOf(shape: Shape): number {
  return shape[shape.length - 1];
}

function expectVector(op: TrainingOp, part: string, name: string | null, length: number, shapeOf: ShapeOf): void {
  if (name !== null) expectShape(op, part, shapeOf(name), [length]);
}

function expectShape(op: TrainingOp, part: string, got: Shape, expected: Shape): void {
  const isSame = got.length === expected.length && got.every((size, axis) => size === expected[axis]);
  assert(isSame, `${op.y}: ${part}: expected ${shown(expected)}, got ${shown(got)}`);
}
