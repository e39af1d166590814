// The one enumeration: every named layer of a network, in order of execution, with shapes and cost.
// Parameters, MACs, activations, state-dict names, the graph, the cards and the latency tables all read it.

import type { Activation } from "./architecture.ts";

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
