// The one enumeration: every named layer of a network, in order of execution, with shapes and cost.
// Parameters, MACs, activations, state-dict names, the graph, the cards and the latency tables all read it.

import { assert } from "../errors.ts";
import type { Activation, Architecture, Block } from "./architecture.ts";
import { padsOf } from "./padding.ts";

/** Height and width of a map in pixels, and its channels. */
export interface MapShape {
  readonly height: number;
  readonly width: number;
  readonly channels: number;
}

export type TensorRole = "weight" | "bias" | "running_mean" | "running_var" | "num_batches_tracked";

/** One entry of the state dict. `[]` and role `num_batches_tracked`: the int64 counter. */
export interface TensorSpec {
  /** timm's name, e.g. `blocks.1.0.conv_pw.weight`. */
  readonly name: string;
  /** OIHW for convolutions, `[out, in]` for the classifier, `[c]` for vectors, `[]` for a counter. */
  readonly shape: readonly number[];
  readonly role: TensorRole;
}

interface LayerBase {
  /** timm's module path: `conv_stem`, `blocks.1.0.bn2`, `blocks.1.0.se.conv_reduce`, `classifier`; for what has no
   * module in timm a path in the same style: `blocks.1.0.se.squeeze`, `blocks.1.0.se.gate`, `blocks.1.0.skip`, `global_pool`. */
  readonly name: string;
  /** `[stage, block]` of the block the layer belongs to; null for stem and head. */
  readonly block: readonly [stage: number, block: number] | null;
  readonly input: MapShape;
  readonly output: MapShape;
  /** State-dict entries the layer owns, in timm's order. */
  readonly tensors: readonly TensorSpec[];
  /** Multiply-accumulates for one picture; 0 for everything but convolutions and the classifier. */
  readonly macs: number;
  /** Output elements of convolutions and the classifier; 0 otherwise. */
  readonly activations: number;
}

/** A convolution. `padding` is `[top, bottom, left, right]` in pixels, at this input size. Depthwise: groups = channels. */
export interface ConvolutionLayer extends LayerBase {
  readonly kind: "convolution";
  readonly kernel: number;
  readonly stride: number;
  readonly padding: readonly [top: number, bottom: number, left: number, right: number];
  readonly isDepthwise: boolean;
  readonly hasBias: boolean;
  /** True where timm pads SAME at run time (stride 2, padding "same"); the published cards count these as 0. */
  readonly isDynamicallyPadded: boolean;
}

/** Batch norm, then `activation` where there is one. */
export interface NormLayer extends LayerBase {
  readonly kind: "norm";
  readonly epsilon: number;
  readonly activation: Activation | null;
}

/** Mean over height and width: squeeze of an se module (`squeeze`), or the global pool (`pool`). Output is 1×1. */
export interface PoolLayer extends LayerBase {
  readonly kind: "squeeze" | "pool";
}

/** One of the two se layers, a 1×1 convolution with bias on a 1×1 map; `activation` follows it (the gate is a sigmoid). */
export interface SqueezeExciteLayer extends LayerBase {
  readonly kind: "se";
  readonly activation: Activation | "sigmoid";
}

/** The map before the squeeze, times the gate, channel by channel. `input` is the map. */
export interface GateLayer extends LayerBase {
  readonly kind: "gate";
}

/** Adds the block's input to its output. */
export interface AddLayer extends LayerBase {
  readonly kind: "add";
}

/** The classifier: `[classes, head]` with bias. Absent for 0 classes. */
export interface LinearLayer extends LayerBase {
  readonly kind: "linear";
}

export type Layer = ConvolutionLayer | NormLayer | PoolLayer | SqueezeExciteLayer | GateLayer | AddLayer | LinearLayer;
export type LayerKind = Layer["kind"];

/**
 * Every layer of a network for one picture of that size, in order of execution.
 *
 * Order and names are timm's: stem, `blocks.S.B` as each kind of block runs, head, pool, classifier. Maps shrink as
 * ⌈size / stride⌉.
 * @param size input height and width in pixels, ≥ 1
 */
export function layers(a: Architecture, size: { readonly height: number; readonly width: number }): Layer[] {
  const walk = new Walk(a, { ...size, channels: a.inChannels });
  walk.convolution("conv_stem", a.stem.width, a.stem);
  walk.norm("bn1", a.activation);
  a.stages.forEach((blocks, stage) => {
    blocks.forEach((block, index) => {
      walkBlock(walk, a.activation, block, [stage, index]);
    });
  });
  walk.block = null;
  walk.convolution("conv_head", a.head.width);
  walk.norm("bn2", a.activation);
  walk.pool("global_pool", "pool");
  if (a.classes > 0) walk.linear("classifier", a.classes);
  return walk.layers;
}

/** One block in timm's order of operations; names repeat between kinds and mean other layers. */
function walkBlock(walk: Walk, act: Activation, block: Block, at: readonly [stage: number, block: number]): void {
  walk.block = at;
  const entering = walk.map.channels;
  switch (block.kind) {
    case "ds":
      walk.depthwise("conv_dw", block);
      walk.norm("bn1", act);
      walk.squeezeExcite(block.squeeze, act);
      walk.convolution("conv_pw", block.out);
      walk.norm("bn2", null);
      break;
    case "ir":
      walk.convolution("conv_pw", block.expanded);
      walk.norm("bn1", act);
      walk.depthwise("conv_dw", block);
      walk.norm("bn2", act);
      walk.squeezeExcite(block.squeeze, act);
      walk.convolution("conv_pwl", block.out);
      walk.norm("bn3", null);
      break;
    case "er":
      walk.convolution("conv_exp", block.expanded, block);
      walk.norm("bn1", act);
      walk.convolution("conv_pwl", block.out);
      walk.norm("bn2", null);
      break;
    case "cn":
      walk.convolution("conv", block.out, block);
      walk.norm("bn1", act);
      break;
  }
  if (block.hasSkip) {
    assert(block.stride === 1 && entering === block.out, `blocks.${at.join(".")}: a skip joins maps of one shape`);
    walk.add("skip");
  }
}

/** Carries the map from layer to layer and writes down what it passes. */
class Walk {
  readonly layers: Layer[] = [];
  map: MapShape;
  /** The block that the next layers belong to. */
  block: readonly [stage: number, block: number] | null = null;
  readonly #a: Architecture;

  constructor(a: Architecture, input: MapShape) {
    this.#a = a;
    this.map = input;
  }

  convolution(leaf: string, channels: number, { kernel, stride } = { kernel: 1, stride: 1 }): void {
    this.#convolve(leaf, kernel, stride, channels, this.map.channels, false);
  }

  depthwise(leaf: string, { kernel, stride }: Block): void {
    this.#convolve(leaf, kernel, stride, this.map.channels, 1, true);
  }

  norm(leaf: string, activation: Activation | null): void {
    const name = this.#path(leaf);
    const shape = [this.map.channels];
    const tensors: TensorSpec[] = [
      ...(["weight", "bias", "running_mean", "running_var"] as const).map((role) => spec(name, role, shape)),
      spec(name, "num_batches_tracked", []),
    ];
    const { epsilon } = this.#a.norm;
    this.layers.push({ kind: "norm", epsilon, activation, ...this.#step(leaf, this.map, { tensors }) });
  }

  /** squeeze → reduce, activation → expand, sigmoid → gate; the map comes back as it was. */
  squeezeExcite(width: number | null, activation: Activation): void {
    if (width === null) return;
    const { map } = this;
    this.pool("se.squeeze", "squeeze");
    this.#excite("se.conv_reduce", width, activation);
    this.#excite("se.conv_expand", map.channels, "sigmoid");
    this.map = map;
    this.layers.push({ kind: "gate", ...this.#step("se.gate", map) });
  }

  pool(leaf: string, kind: PoolLayer["kind"]): void {
    this.layers.push({ kind, ...this.#step(leaf, { height: 1, width: 1, channels: this.map.channels }) });
  }

  linear(leaf: string, outputs: number): void {
    const name = this.#path(leaf);
    const tensors = [spec(name, "weight", [outputs, this.map.channels]), spec(name, "bias", [outputs])];
    const counts = { tensors, macs: outputs * this.map.channels, activations: outputs };
    this.layers.push({ kind: "linear", ...this.#step(leaf, { height: 1, width: 1, channels: outputs }, counts) });
  }

  add(leaf: string): void {
    this.layers.push({ kind: "add", ...this.#step(leaf, this.map) });
  }

  #convolve(
    leaf: string,
    kernel: number,
    stride: number,
    channels: number,
    inputs: number,
    isDepthwise: boolean,
  ): void {
    const { padding } = this.#a;
    const [top, bottom] = padsOf(padding, this.map.height, kernel, stride);
    const [left, right] = padsOf(padding, this.map.width, kernel, stride);
    const output = {
      height: Math.ceil(this.map.height / stride),
      width: Math.ceil(this.map.width / stride),
      channels,
    };
    const activations = elementsOf(output);
    const counts = {
      tensors: [spec(this.#path(leaf), "weight", [channels, inputs, kernel, kernel])],
      macs: activations * inputs * kernel * kernel,
      activations,
    };
    this.layers.push({
      kind: "convolution",
      kernel,
      stride,
      padding: [top, bottom, left, right],
      isDepthwise,
      hasBias: false,
      isDynamicallyPadded: padding === "same" && stride > 1,
      ...this.#step(leaf, output, counts),
    });
  }

  #excite(leaf: string, outputs: number, activation: Activation | "sigmoid"): void {
    const name = this.#path(leaf);
    const inputs = this.map.channels;
    const tensors = [spec(name, "weight", [outputs, inputs, 1, 1]), spec(name, "bias", [outputs])];
    const counts = { tensors, macs: outputs * inputs, activations: outputs };
    const output = { height: 1, width: 1, channels: outputs };
    this.layers.push({ kind: "se", activation, ...this.#step(leaf, output, counts) });
  }

  /** What every layer says of itself; the map moves on to its output. */
  #step(leaf: string, output: MapShape, counts: Partial<Counts> = {}): LayerBase {
    const input = this.map;
    this.map = output;
    return {
      name: this.#path(leaf),
      block: this.block,
      input,
      output,
      tensors: [],
      macs: 0,
      activations: 0,
      ...counts,
    };
  }

  #path(leaf: string): string {
    return this.block === null ? leaf : `blocks.${this.block.join(".")}.${leaf}`;
  }
}

type Counts = Pick<LayerBase, "tensors" | "macs" | "activations">;

function spec(layer: string, role: TensorRole, shape: readonly number[]): TensorSpec {
  return { name: `${layer}.${role}`, shape, role };
}

function elementsOf({ height, width, channels }: MapShape): number {
  return height * width * channels;
}
