// The ops once more, written from their definitions in graph/ops.ts and from nothing else: elements by their indices,
// zeros wherever an index is outside. Slow; the backends' answers are compared with these.

import type { Activation, Graph, Op, Parameter } from "#effnet/graph/ops.js";
import type { StateDict, Tensor } from "#effnet/tensor.js";

/** The graph's outputs in float64. */
export function naive(
  graph: Graph,
  parameters: StateDict,
  inputs: Readonly<Record<string, Tensor>>,
): Record<string, Tensor> {
  const known = new Map<string, Tensor>(Object.entries(inputs));
  for (const parameter of graph.parameters) known.set(parameter.name, numbersOf(parameter, parameters));
  for (const op of graph.ops) {
    const value = graph.values.get(op.y);
    if (value === undefined) throw new Error(`${op.y} has no shape`);
    known.set(
      op.y,
      filled(
        value.shape,
        elementOf(op, (name) => at(known.get(name) as Tensor), known),
      ),
    );
  }
  return Object.fromEntries(graph.outputs.map((name) => [name, known.get(name) as Tensor]));
}

/** An element by its indices; 0 outside. */
type Element = (...indices: number[]) => number;

function at({ shape, data }: Tensor): Element {
  return (...indices) => {
    let flat = 0;
    for (let axis = 0; axis < shape.length; axis++) {
      if (indices[axis] < 0 || indices[axis] >= shape[axis]) return 0;
      flat = flat * shape[axis] + indices[axis];
    }
    return data[flat];
  };
}

function filled(shape: readonly number[], element: Element): Tensor {
  const data = new Float64Array(shape.reduce((product, size) => product * size, 1));
  const indices = shape.map(() => 0);
  for (let flat = 0; flat < data.length; flat++) {
    data[flat] = element(...indices);
    for (let axis = shape.length - 1; axis >= 0 && ++indices[axis] === shape[axis]; axis--) indices[axis] = 0;
  }
  return { shape, data };
}

function elementOf(op: Op, read: (name: string) => Element, known: ReadonlyMap<string, Tensor>): Element {
  const x = read(op.x);
  const sizes = (known.get(op.x) as Tensor).shape;
  switch (op.op) {
    case "convolution": {
      const weight = read(op.weight);
      const bias = op.bias === null ? () => 0 : read(op.bias);
      const residual = op.residual === null ? () => 0 : read(op.residual);
      const products = windowSum(op, (n, row, column, o, kh, kw) => {
        let sum = 0;
        for (let i = 0; i < sizes[3]; i++) sum += x(n, row, column, i) * weight(o, i, kh, kw);
        return sum;
      });
      return (n, h, w, o) => act(op.activation, products(n, h, w, o) + bias(o) + residual(n, h, w, o));
    }
    case "depthwise": {
      const weight = read(op.weight);
      const bias = op.bias === null ? () => 0 : read(op.bias);
      const products = windowSum(op, (n, row, column, c, kh, kw) => x(n, row, column, c) * weight(c, 0, kh, kw));
      return (n, h, w, c) => act(op.activation, products(n, h, w, c) + bias(c));
    }
    case "linear": {
      const weight = read(op.weight);
      const bias = op.bias === null ? () => 0 : read(op.bias);
      return (n, o) => {
        let sum = 0;
        for (let i = sizes[1] - 1; i >= 0; i--) sum += x(n, i) * weight(o, i, 0, 0);
        return act(op.activation, sum + bias(o));
      };
    }
    case "norm": {
      const [weight, bias, mean, variance] = [op.weight, op.bias, op.mean, op.variance].map(read);
      return (...indices) => {
        const c = indices[indices.length - 1];
        return ((x(...indices) - mean(c)) / (variance(c) + op.epsilon) ** 0.5) * weight(c) + bias(c);
      };
    }
    case "activate":
      return (...indices) => act(op.activation, x(...indices));
    case "meanPool":
      return (n, c) => {
        let sum = 0;
        for (let h = 0; h < sizes[1]; h++) for (let w = 0; w < sizes[2]; w++) sum += x(n, h, w, c);
        return sum / (sizes[1] * sizes[2]);
      };
    case "gate": {
      const gate = read(op.gate);
      return (...indices) => x(...indices) * gate(indices[0], indices[indices.length - 1]);
    }
    case "add": {
      const other = read(op.other);
      return (...indices) => x(...indices) + other(...indices);
    }
  }
}

/** Σ over the taps of `term`, whose row and column may lie in the padding. */
function windowSum(
  op: Extract<Op, { op: "convolution" | "depthwise" }>,
  term: (n: number, row: number, column: number, channel: number, kh: number, kw: number) => number,
): Element {
  return (n, h, w, channel) => {
    let sum = 0;
    for (let kw = 0; kw < op.kernel[1]; kw++) {
      for (let kh = 0; kh < op.kernel[0]; kh++) {
        sum += term(n, h * op.stride + kh - op.pads.top, w * op.stride + kw - op.pads.left, channel, kh, kw);
      }
    }
    return sum;
  };
}

function act(activation: Activation | null, x: number): number {
  switch (activation) {
    case null:
      return x;
    case "silu":
      return x * (1 / (1 + Math.E ** -x));
    case "sigmoid":
      return 1 / (1 + Math.E ** -x);
    case "relu":
      return Math.max(0, x);
    case "relu6":
      return Math.min(6, Math.max(0, x));
  }
}

function numbersOf({ shape, source }: Parameter, stateDict: StateDict): Tensor {
  const stored = (name: string): Element => at(stateDict.get(name) as Tensor);
  if (source.kind === "stored") return stateDict.get(source.tensor) as Tensor;
  const { norm, tensor } = source;
  const [gamma, beta, mean, variance] = [norm.weight, norm.bias, norm.mean, norm.variance].map(stored);
  const scale = (o: number): number => gamma(o) / (variance(o) + norm.epsilon) ** 0.5;
  if (source.kind === "foldedWeight") {
    const weight = stored(source.tensor);
    return filled(shape, (o, ...rest) => weight(o, ...rest) * scale(o));
  }
  const bias = tensor === null ? () => 0 : stored(tensor);
  return filled(shape, (o) => beta(o) + (bias(o) - mean(o)) * scale(o));
}
