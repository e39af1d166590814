// Small graphs with numbers to run them on: one op after the other by hand, or by a stream of choices.

import { graphOf } from "#effnet/graph/graph.js";
import type { Activation, Graph, Op, Pads, Parameter, Value } from "#effnet/graph/ops.js";
import { resultShape } from "#effnet/graph/shapes.js";
import { Random } from "#effnet/random.js";
import { elements, type StateDict, type Tensor } from "#effnet/tensor.js";

/** A graph, the state dict it names, and one tensor an input. */
export interface SmallGraph {
  readonly graph: Graph;
  readonly parameters: StateDict;
  readonly inputs: Readonly<Record<string, Tensor>>;
}

export type Padding = "same" | "symmetric" | "none" | "uneven";

export interface WindowOptions {
  readonly kernel: number;
  readonly stride: number;
  readonly padding: Padding;
  readonly hasBias: boolean;
  readonly activation: Activation | null;
}

export const ACTIVATIONS: readonly (Activation | null)[] = [null, "silu", "relu", "relu6", "sigmoid"];

/** Puts a graph together; every method adds an op and gives its result's name. Numbers follow from `key` alone. */
export class GraphMaker {
  readonly #key: string;
  readonly #inputs: Value[] = [];
  readonly #parameters: Parameter[] = [];
  readonly #ops: Op[] = [];
  readonly #shapes = new Map<string, readonly number[]>();
  readonly #stateDict: StateDict = new Map();
  readonly #tensors: Record<string, Tensor> = {};

  /** Tensors of the state dict are called `key/…`, so that many graphs may share one. */
  constructor(key: string) {
    this.#key = key;
  }

  shapeOf(name: string): readonly number[] {
    const shape = this.#shapes.get(name);
    if (shape === undefined) throw new Error(`nothing is called ${name}`);
    return shape;
  }

  /** Standard normal numbers, or those given. */
  input(shape: readonly number[], data?: Float32Array): string {
    const name = `x${this.#inputs.length}`;
    this.#inputs.push({ name, shape });
    this.#shapes.set(name, shape);
    this.#tensors[name] = { shape, data: data ?? this.#normal(name, shape, 1) };
    return name;
  }

  /** A parameter by its shape, or with the numbers given. */
  parameter(name: string, shape: readonly number[], data: Float32Array): string {
    const tensor = `${this.#key}/${name}`;
    this.#stateDict.set(tensor, { shape, data });
    this.#parameters.push({ name, shape, source: { kind: "stored", tensor } });
    this.#shapes.set(name, shape);
    return name;
  }

  convolution(
    x: string,
    outputs: number,
    options: WindowOptions & { residual: string | null; weight?: string },
  ): string {
    const { kernel, stride, activation, residual } = options;
    const channels = this.#channels(x);
    return this.#add((y) => ({
      ...{ op: "convolution", x, residual, activation, stride, kernel: [kernel, kernel], y },
      weight: options.weight ?? this.#weight(y, [outputs, channels, kernel, kernel]),
      bias: this.#bias(y, options.hasBias ? outputs : null),
      pads: this.pads(x, options),
    }));
  }

  depthwise(x: string, options: WindowOptions): string {
    const { kernel, stride, activation } = options;
    const channels = this.#channels(x);
    return this.#add((y) => ({
      ...{ op: "depthwise", x, activation, stride, kernel: [kernel, kernel], y },
      weight: this.#weight(y, [channels, 1, kernel, kernel]),
      bias: this.#bias(y, options.hasBias ? channels : null),
      pads: this.pads(x, options),
    }));
  }

  linear(
    x: string,
    outputs: number,
    options: { hasBias: boolean; activation: Activation | null; isMap?: boolean },
  ): string {
    const shape = options.isMap ? [outputs, this.#channels(x), 1, 1] : [outputs, this.#channels(x)];
    return this.#add((y) => ({
      ...{ op: "linear", x, activation: options.activation, y },
      weight: this.#weight(y, shape),
      bias: this.#bias(y, options.hasBias ? outputs : null),
    }));
  }

  norm(x: string): string {
    const channels = this.#channels(x);
    return this.#add((y) => ({
      ...{ op: "norm", x, epsilon: 1e-3, y },
      weight: this.parameter(`${y}.weight`, [channels], this.#uniform(`${y}.weight`, channels, 0.5, 1.5)),
      bias: this.#bias(y, channels) as string,
      mean: this.parameter(`${y}.mean`, [channels], this.#uniform(`${y}.mean`, channels, -0.5, 0.5)),
      variance: this.parameter(`${y}.variance`, [channels], this.#uniform(`${y}.variance`, channels, 0.5, 1.5)),
    }));
  }

  activate(x: string, activation: Activation): string {
    return this.#add((y) => ({ op: "activate", x, activation, y }));
  }

  meanPool(x: string): string {
    return this.#add((y) => ({ op: "meanPool", x, y }));
  }

  gate(x: string, gate: string): string {
    return this.#add((y) => ({ op: "gate", x, gate, y }));
  }

  add(x: string, other: string): string {
    return this.#add((y) => ({ op: "add", x, other, y }));
  }

  done(...outputs: readonly string[]): SmallGraph {
    const graph = graphOf({ inputs: this.#inputs, parameters: this.#parameters, ops: this.#ops, outputs });
    return { graph, parameters: this.#stateDict, inputs: this.#tensors };
  }

  pads(x: string, { kernel, stride, padding }: Pick<WindowOptions, "kernel" | "stride" | "padding">): Pads {
    const [, height, width] = this.shapeOf(x);
    const [top, bottom] = padsOf(height, kernel, stride, padding);
    const [left, right] = padsOf(width, kernel, stride, padding);
    return padding === "uneven" ? { top, bottom, left: right, right: left } : { top, bottom, left, right };
  }

  #add(make: (y: string) => Op): string {
    const y = `v${this.#ops.length}`;
    const op = make(y);
    this.#ops.push(op);
    this.#shapes.set(
      y,
      resultShape(op, (name) => this.shapeOf(name)),
    );
    return y;
  }

  #channels(x: string): number {
    return this.shapeOf(x).at(-1) as number;
  }

  #weight(y: string, shape: readonly number[]): string {
    const name = `${y}.weight`;
    return this.parameter(name, shape, this.#normal(name, shape, 1 / Math.sqrt(elements(shape.slice(1)))));
  }

  #bias(y: string, channels: number | null): string | null {
    if (channels === null) return null;
    return this.parameter(`${y}.bias`, [channels], this.#uniform(`${y}.bias`, channels, -0.5, 0.5));
  }

  #normal(name: string, shape: readonly number[], deviation: number): Float32Array {
    const stream = new Random(8, this.#key, name);
    return Float32Array.from({ length: elements(shape) }, () => stream.normal() * deviation);
  }

  #uniform(name: string, length: number, from: number, to: number): Float32Array {
    const stream = new Random(8, this.#key, name);
    return Float32Array.from({ length }, () => stream.uniform(from, to));
  }
}

function padsOf(size: number, kernel: number, stride: number, padding: Padding): [before: number, after: number] {
  switch (padding) {
    case "same": {
      const total = Math.max((Math.ceil(size / stride) - 1) * stride + kernel - size, 0);
      return [Math.floor(total / 2), Math.ceil(total / 2)];
    }
    case "symmetric":
      return [(kernel - 1) / 2, (kernel - 1) / 2];
    case "uneven":
      return [0, Math.max(kernel - 1, 1)];
    case "none":
      return [0, Math.max(kernel - size, 0)];
  }
}

/**
 * A graph that follows from a list of choices, up to 10 ops; with no choices left it ends. Ops read the latest
 * or any earlier value, and some results are outputs on top of the last one.
 */
export function graphOfChoices(choices: readonly number[], key: string): SmallGraph {
  let next = 0;
  const pick = <T>(options: readonly T[]): T => options[(choices[next++] ?? 0) % options.length];
  const maker = new GraphMaker(key);
  const values = [maker.input([pick([1, 2, 3]), pick([5, 1, 2, 8]), pick([4, 1, 3, 9]), pick([3, 1, 8, 11])])];
  if (pick([false, false, true])) values.push(maker.input(maker.shapeOf(values[0])));
  const outputs = new Set<string>();
  do {
    const result = randomOp(maker, values, pick);
    values.push(result);
    if (pick([false, false, false, false, false, true])) outputs.add(result);
  } while (next < choices.length && values.length < 12);
  outputs.add(values[values.length - 1]);
  return maker.done(...outputs);
}

// biome-ignore format: one line
const MAP_OPS = ["convolution", "norm", "activate", "add", "depthwise", "convolution", "norm", "gate", "add", "meanPool"] as const;

function randomOp(maker: GraphMaker, values: readonly string[], pick: <T>(options: readonly T[]) => T): string {
  const latest = [...values].reverse();
  const like = (shape: readonly number[]): string[] =>
    latest.filter((name) => maker.shapeOf(name).join() === shape.join());
  const x = pick([...Array<string>(12).fill(latest[0]), ...latest]); // mostly a chain, so that there is much to fuse
  const [n, h, w, c] = maker.shapeOf(x);
  const isMap = w !== undefined;
  const kind = isMap ? pick(MAP_OPS) : pick(["norm", "linear", "activate", "add", "linear"] as const);
  if (kind === "norm") return maker.norm(x);
  if (kind === "activate") return maker.activate(x, pick(["silu", "relu", "relu6", "sigmoid"] as const));
  if (kind === "add") return maker.add(x, pick([...like(maker.shapeOf(x)).filter((name) => name !== x), x]));
  if (kind === "linear") {
    const options = { hasBias: pick([true, false]), activation: null, isMap: pick([true, false]) };
    return maker.linear(x, pick([3, 8, 1, 11]), options);
  }
  if (kind === "meanPool") return maker.meanPool(x);
  if (kind === "gate") return maker.gate(x, pick(like([n, c])) ?? maker.meanPool(x));
  const options: WindowOptions = {
    kernel: pick([3, 1, 5]),
    stride: pick([1, 1, 2]),
    padding: pick(["same", "symmetric", "none", "uneven"] as const),
    hasBias: pick([false, true]),
    activation: pick([null, null, "silu"] as const),
  };
  const normed = (y: string): string => (pick([true, false]) ? maker.norm(y) : y);
  if (kind === "depthwise") return normed(maker.depthwise(x, options));
  const pads = maker.pads(x, options);
  const side = (size: number, both: number): number => Math.floor((size + both - options.kernel) / options.stride) + 1;
  const outputs = pick([c, c, 3, 8, 11]);
  const shape = [n, side(h, pads.top + pads.bottom), side(w, pads.left + pads.right), outputs];
  const residual = pick([null, null, ...like(shape)]);
  return normed(maker.convolution(x, outputs, { ...options, residual }));
}
