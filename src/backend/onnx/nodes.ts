// Each op as ONNX nodes, one rule an op; a missing rule is a type error. Maps are [n, c, h, w] here and vectors [n, c, 1, 1]:
// so the layers of squeeze-and-excitation are convolutions, and a runtime that keeps channels in blocks need not leave them.

import type { Activation, Convolution, Op, OpName, OpOf } from "../../graph/ops.ts";
import type { Attribute } from "./model.ts";

type Attributes = Readonly<Record<string, Attribute>>;

/** Where rules read names and put nodes. */
export interface Nodes {
  /** The tensor [n, c, h, w] of a map, [n, c, 1, 1] of vectors. */
  map(value: string): string;
  /** The tensor [n, c] of vectors. */
  flat(value: string): string;
  /** What the tensor of the op's result is to be called; `form` is what the rule makes of it. */
  result(value: string, form: "map" | "flat"): string;
  /** Channels of a value, padded ones included. */
  width(value: string): number;
  /** A parameter's tensor: of that shape, and zero where the parameter has no numbers. */
  parameter(name: string, shape: readonly number[]): string;
  /** Axes of a parameter as it is stored. */
  axes(parameter: string): number;
  /** A float32 scalar. */
  scalar(value: number): string;
  /** The window's padding as attributes of Conv. */
  padding(op: Pick<Convolution, "y" | "kernel" | "stride" | "pads">): Attributes;
  add(op: string, inputs: readonly string[], output: string, attributes?: Attributes): void;
}

type Rule<Name extends OpName> = (op: OpOf<Name>, nodes: Nodes) => void;

const rules: { readonly [Name in OpName]: Rule<Name> } = {
  convolution: (op, nodes) => {
    const y = nodes.result(op.y, "map");
    const inputs = weighted(op, nodes, [nodes.width(op.y), nodes.width(op.x), ...op.kernel]);
    const { kernel: kernel_shape, stride } = op;
    const attributes = { kernel_shape, strides: [stride, stride], ...nodes.padding(op) };
    activated(op, nodes, y, (sum) => {
      const product = op.residual === null ? sum : `${op.y}/product`;
      nodes.add("Conv", inputs, product, attributes);
      if (op.residual !== null) nodes.add("Add", [product, nodes.map(op.residual)], sum);
    });
  },
  depthwise: (op, nodes) => {
    const y = nodes.result(op.y, "map");
    const channels = nodes.width(op.y);
    const inputs = weighted(op, nodes, [channels, 1, ...op.kernel]);
    const { kernel: kernel_shape, stride } = op;
    const attributes = { group: channels, kernel_shape, strides: [stride, stride], ...nodes.padding(op) };
    activated(op, nodes, y, (sum) => nodes.add("Conv", inputs, sum, attributes));
  },
  linear: (op, nodes) => {
    const isMap = nodes.axes(op.weight) === 4;
    const y = nodes.result(op.y, isMap ? "map" : "flat");
    const shape = [nodes.width(op.y), nodes.width(op.x)];
    activated(op, nodes, y, (sum) => {
      if (isMap) nodes.add("Conv", weighted(op, nodes, [...shape, 1, 1]), sum, { kernel_shape: [1, 1] });
      else nodes.add("Gemm", weighted(op, nodes, shape), sum, { transB: 1 });
    });
  },
  norm: (op, nodes) => {
    const vectors = [op.weight, op.bias, op.mean, op.variance];
    const inputs = vectors.map((name) => nodes.parameter(name, [nodes.width(op.y)]));
    const y = nodes.result(op.y, "map");
    nodes.add("BatchNormalization", [nodes.map(op.x), ...inputs], y, { epsilon: { float: op.epsilon } });
  },
  activate: (op, nodes) => {
    functions[op.activation](nodes, nodes.map(op.x), nodes.result(op.y, "map"));
  },
  meanPool: (op, nodes) => {
    nodes.add("GlobalAveragePool", [nodes.map(op.x)], nodes.result(op.y, "map"));
  },
  gate: (op, nodes) => {
    nodes.add("Mul", [nodes.map(op.x), nodes.map(op.gate)], nodes.result(op.y, "map"));
  },
  add: (op, nodes) => {
    nodes.add("Add", [nodes.map(op.x), nodes.map(op.other)], nodes.result(op.y, "map"));
  },
};

const functions: { readonly [Name in Activation]: (nodes: Nodes, x: string, y: string) => void } = {
  // Swish itself exists only from opset 24 on.
  silu: (nodes, x, y) => {
    nodes.add("Sigmoid", [x], `${y}/sigmoid`);
    nodes.add("Mul", [x, `${y}/sigmoid`], y);
  },
  relu: (nodes, x, y) => nodes.add("Relu", [x], y),
  relu6: (nodes, x, y) => nodes.add("Clip", [x, nodes.scalar(0), nodes.scalar(6)], y),
  sigmoid: (nodes, x, y) => nodes.add("Sigmoid", [x], y),
};

/** Adds the op's nodes. */
export function addNodes(op: Op, nodes: Nodes): void {
  (rules[op.op] as (op: Op, nodes: Nodes) => void)(op, nodes);
}

interface Weighted {
  readonly x: string;
  readonly y: string;
  readonly weight: string;
  readonly bias: string | null;
}

/** x, the weight in that shape, and the bias where there is one. */
function weighted({ x, y, weight, bias }: Weighted, nodes: Nodes, shape: readonly number[]): string[] {
  const read = shape.length === 4 ? nodes.map(x) : nodes.flat(x);
  const inputs = [read, nodes.parameter(weight, shape)];
  return bias === null ? inputs : [...inputs, nodes.parameter(bias, [nodes.width(y)])];
}

/** What `make` makes, then the op's activation where it has one; the last of them is called `y`. */
function activated(
  { y: name, activation }: { readonly y: string; readonly activation: Activation | null },
  nodes: Nodes,
  y: string,
  make: (sum: string) => void,
): void {
  const sum = activation === null ? y : `${name}/sum`;
  make(sum);
  if (activation !== null) functions[activation](nodes, sum, y);
}
