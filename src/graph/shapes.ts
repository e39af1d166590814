// The shape of each op's result, one rule an op. A missing rule is a type error.

import { assert, shown } from "../errors.ts";
import type { Convolution, Depthwise, Op, OpName, OpOf } from "./ops.ts";

export type Shape = readonly number[];

/** Shapes of what is known so far: inputs, parameters and earlier results. */
export type ShapeOf = (name: string) => Shape;

const rules: { readonly [Name in OpName]: (op: OpOf<Name>, shapeOf: ShapeOf) => Shape } = {
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
    const [n, h, w, c] = map(op, shapeOf(op.x));
    expectShape(op, "gate", shapeOf(op.gate), [n, c]);
    return [n, h, w, c];
  },
  add: (op, shapeOf) => {
    const shape = shapeOf(op.x);
    expectShape(op, "other", shapeOf(op.other), shape);
    return shape;
  },
};

/** The shape of the op's result; a graph whose operands do not fit each other is a bug of its maker. */
export function resultShape(op: Op, shapeOf: ShapeOf): Shape {
  return (rules[op.op] as (op: Op, shapeOf: ShapeOf) => Shape)(op, shapeOf);
}

/** ⌊(size + pads − kernel) / stride⌋ + 1 per axis; also checks weight and bias. */
function windows(op: Convolution | Depthwise, shapeOf: ShapeOf, inputs: number, outputs: number): Shape {
  const [n, h, w, c] = map(op, shapeOf(op.x));
  const { kernel, pads, stride } = op;
  assert(c === inputs, `${op.y}: expected ${inputs} channels, got ${c}`);
  const weight = shapeOf(op.weight);
  expectShape(op, "weight", weight, [outputs, weight[1], ...kernel]);
  expectVector(op, "bias", op.bias, outputs, shapeOf);
  const side = (size: number, before: number, after: number, k: number): number =>
    Math.floor((size + before + after - k) / stride) + 1;
  const y = [n, side(h, pads.top, pads.bottom, kernel[0]), side(w, pads.left, pads.right, kernel[1]), outputs];
  assert(y[1] >= 1 && y[2] >= 1, `${op.y}: the kernel is larger than the padded map`);
  return y;
}

function map(op: Op, shape: Shape): Shape {
  assert(shape.length === 4, `${op.y}: expected a map [n, h, w, c], got ${shown(shape)}`);
  return shape;
}

function vectors(op: Op, shape: Shape): Shape {
  assert(shape.length === 2, `${op.y}: expected vectors [n, c], got ${shown(shape)}`);
  return shape;
}

function channelsOf(shape: Shape): number {
  return shape[shape.length - 1];
}

function expectVector(op: Op, part: string, name: string | null, length: number, shapeOf: ShapeOf): void {
  if (name !== null) expectShape(op, part, shapeOf(name), [length]);
}

function expectShape(op: Op, part: string, got: Shape, expected: Shape): void {
  const isSame = got.length === expected.length && got.every((size, axis) => size === expected[axis]);
  assert(isSame, `${op.y}: ${part}: expected ${shown(expected)}, got ${shown(got)}`);
}
