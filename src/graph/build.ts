// The graph of a network for one batch and one size, one op after the other as timm computes them, nothing fused.
// The only file of the room that knows networks; what it knows comes from `layers`.

import type { Architecture } from "../architecture/architecture.ts";
import { featureLevels } from "../architecture/features.ts";
import { type Layer, type LayerKind, layers, type TensorRole } from "../architecture/layers.ts";
import { assert, listed, nearest, UsageError } from "../errors.ts";
import { graphOf } from "./graph.ts";
import type { Activation, Graph, Op, Parameter } from "./ops.ts";

/**
 * `logits`: `[n, classes]`, for 0 classes the pooled vectors; `embedding`: pooled vectors `[n, c]`; `map`: the last map,
 * activated; `features`: one map per resolution, named by its stage, `blocks.S`. A list names results (see `buildGraph`).
 */
export type Outputs = "logits" | "embedding" | "map" | "features" | readonly string[];

export interface BuildOptions {
  readonly batch: number;
  /** Of the input, in pixels. */
  readonly height: number;
  readonly width: number;
  readonly outputs: Outputs;
}

/**
 * The input is called `input`, `[n, h, w, c]`; parameters have timm's tensor names.
 *
 * Results have timm's module paths, activations included: `bn1`, `blocks.0.0.conv_dw`, `blocks.0.0.se.conv_reduce`; before
 * its activation a norm's result is `bn1.norm`, an se layer's `….conv_reduce.linear`. A block's result is also
 * `blocks.S.B`, a stage's `blocks.S`, the last map `map`, the pooled vector `embedding`, the classifier's `logits`: what is
 * asked for has the name it was asked by.
 * @throws UsageError for an output that the network does not have
 */
export function buildGraph(a: Architecture, { batch, height, width, outputs }: BuildOptions): Graph {
  const names = namesOf(a, outputs);
  const list = layers(a, { height, width });
  const callings = callingsOf(list, names);
  const parameters: Parameter[] = [];
  const ops: Op[] = [];
  const state: State = { x: "input", blockInput: "input", squeezed: "input", block: null };
  for (const layer of list) {
    if (layer.block?.join() !== state.block?.join()) {
      state.block = layer.block;
      state.blockInput = state.x;
    }
    if (layer.kind === "squeeze") state.squeezed = state.x;
    for (const op of opsOf(layer, state, callings.get(layer) as string)) {
      ops.push(op);
      state.x = op.y;
    }
    for (const { name, shape, role } of layer.tensors) {
      if (role !== "num_batches_tracked") parameters.push({ name, shape, source: { kind: "stored", tensor: name } });
    }
  }
  const input = { name: "input", shape: [batch, height, width, a.inChannels] };
  return graphOf({ inputs: [input], parameters, ops, outputs: known(names, [input.name, ...ops.map(({ y }) => y)]) });
}

/** Where the walk over the layers stands: names of values. */
interface State {
  /** What the next layer reads. */
  x: string;
  /** What the skip adds. */
  blockInput: string;
  /** The map that the se gate multiplies. */
  squeezed: string;
  block: Layer["block"];
}

const rules: {
  readonly [Kind in LayerKind]: (layer: Layer & { readonly kind: Kind }, state: State, y: string) => Op[];
} = {
  convolution: (layer, { x }, y) => {
    const { kernel, stride, padding, hasBias, isDepthwise } = layer;
    const [top, bottom, left, right] = padding;
    const weight = tensorOf(layer, "weight");
    const bias = hasBias ? tensorOf(layer, "bias") : null;
    const window = { kernel: [kernel, kernel], stride, pads: { top, bottom, left, right } } as const;
    return isDepthwise
      ? [{ op: "depthwise", x, weight, bias, activation: null, ...window, y }]
      : [{ op: "convolution", x, weight, bias, residual: null, activation: null, ...window, y }];
  },
  norm: (layer, { x }, y) => {
    const weight = tensorOf(layer, "weight");
    const bias = tensorOf(layer, "bias");
    const mean = tensorOf(layer, "running_mean");
    const variance = tensorOf(layer, "running_var");
    const { epsilon } = layer;
    return activated(layer.activation, y, "norm", (z) => ({
      op: "norm",
      x,
      weight,
      bias,
      mean,
      variance,
      epsilon,
      y: z,
    }));
  },
  squeeze: (_, { x }, y) => [{ op: "meanPool", x, y }],
  pool: (_, { x }, y) => [{ op: "meanPool", x, y }],
  se: (layer, { x }, y) => activated(layer.activation, y, "linear", (z) => linear(layer, x, z)),
  gate: (_, { x, squeezed }, y) => [{ op: "gate", x: squeezed, gate: x, y }],
  add: (_, { x, blockInput }, y) => [{ op: "add", x, other: blockInput, y }],
  linear: (layer, { x }, y) => [linear(layer, x, y)],
};

function opsOf(layer: Layer, state: State, y: string): Op[] {
  return (rules[layer.kind] as (layer: Layer, state: State, y: string) => Op[])(layer, state, y);
}

function linear(layer: Layer, x: string, y: string): Op {
  return { op: "linear", x, weight: tensorOf(layer, "weight"), bias: tensorOf(layer, "bias"), activation: null, y };
}

/** The op, then its activation where there is one; the result before it is called `y.suffix`. */
function activated(activation: Activation | null, y: string, suffix: string, make: (y: string) => Op): Op[] {
  if (activation === null) return [make(y)];
  return [make(`${y}.${suffix}`), { op: "activate", x: `${y}.${suffix}`, activation, y }];
}

function tensorOf(layer: Layer, role: TensorRole): string {
  const tensor = layer.tensors.find((spec) => spec.role === role);
  assert(tensor !== undefined, `${layer.name} has no ${role}`);
  return tensor.name;
}

function namesOf(a: Architecture, outputs: Outputs): readonly string[] {
  if (outputs === "features") return featureLevels(a).map(({ module }) => module);
  return typeof outputs === "string" ? [outputs] : outputs;
}

/** The name of each layer's result: the one it was asked by, else the layer's own. */
function callingsOf(list: readonly Layer[], asked: readonly string[]): Map<Layer, string> {
  return new Map(
    list.map((layer, at) => {
      const wanted = [layer.name, ...otherNames(layer, list[at + 1])].filter((name) => asked.includes(name));
      if (wanted.length > 1) {
        throw new UsageError("outputs", `${wanted.join(" and ")} are one value here. Ask for one of them.`);
      }
      return [layer, wanted[0] ?? layer.name];
    }),
  );
}

/** `blocks.S.B` and `blocks.S` for the last layer of a block and of a stage, and what the head's results are called. */
function otherNames({ kind, block }: Layer, next: Layer | undefined): string[] {
  const names: string[] = [];
  if (block !== null && next?.block?.join() !== block.join()) {
    names.push(`blocks.${block.join(".")}`);
    if (next?.block?.[0] !== block[0]) names.push(`blocks.${block[0]}`);
  }
  if (next?.kind === "pool") names.push("map");
  if (kind === "pool") names.push("embedding");
  if (next === undefined) names.push("logits");
  return names;
}

function known(asked: readonly string[], names: readonly string[]): readonly string[] {
  for (const name of asked) {
    if (names.includes(name)) continue;
    const suggested = nearest(name, names);
    const instead = suggested === undefined ? `They are ${listed(names)}.` : `Did you mean ${suggested}?`;
    throw new UsageError("outputs", `expected names of results, got "${name}". ${instead}`);
  }
  return asked;
}
