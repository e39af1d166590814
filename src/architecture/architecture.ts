// A network as a value: plain JSON with every width written out. Scaled, pruned and trained networks are this one type.

/** Activation functions of the family. SiLU = x·σ(x); ReLU6 = min(max(x, 0), 6). */
export type Activation = "silu" | "relu" | "relu6";

/** TensorFlow's SAME (the odd row goes after) or torch's symmetric padding. */
export type Padding = "same" | "symmetric";

/** First convolution: kernel × kernel, with stride 2 in the whole family. */
export interface Stem {
  readonly width: number;
  readonly kernel: number;
  readonly stride: number;
}

interface BlockBase {
  /** Side of the k×k convolution, in pixels. */
  readonly kernel: number;
  readonly stride: number;
  /** Channels that leave the block; those that enter are the `out` of the block before (or the stem's width). */
  readonly out: number;
  /** The block's input is added to its output. */
  readonly hasSkip: boolean;
}

/** Depthwise k×k → [se] → project 1×1. */
export interface DepthwiseSeparable extends BlockBase {
  readonly kind: "ds";
  /** Width of the squeeze between the two se layers; null without se. */
  readonly squeeze: number | null;
}

/** Expand 1×1 → depthwise k×k → [se] → project 1×1. */
export interface InvertedResidual extends BlockBase {
  readonly kind: "ir";
  readonly expanded: number;
  readonly squeeze: number | null;
}

/** Full k×k expansion → project 1×1. */
export interface FusedResidual extends BlockBase {
  readonly kind: "er";
  readonly expanded: number;
}

/** One full k×k convolution. */
export interface PlainConv extends BlockBase {
  readonly kind: "cn";
}

export type Block = DepthwiseSeparable | InvertedResidual | FusedResidual | PlainConv;

/** A whole network. `classes` 0 means: no classifier, the network ends with the pooled vector. */
export interface Architecture {
  readonly name: string;
  readonly inChannels: number;
  readonly classes: number;
  readonly stem: Stem;
  readonly stages: readonly (readonly Block[])[];
  readonly head: { readonly width: number };
  readonly activation: Activation;
  /** Of every batch norm; `momentum` in torch's sense (running ← (1 − momentum)·running + momentum·batch). */
  readonly norm: { readonly epsilon: number; readonly momentum: number };
  readonly padding: Padding;
}

/** Preprocessing and classes that belong to one set of weights; a tag of timm. Sizes are pixels. */
export interface PretrainedConfig {
  readonly inputSize: { readonly channels: number; readonly height: number; readonly width: number };
  readonly testInputSize?: { readonly channels: number; readonly height: number; readonly width: number };
  readonly interpolation: "bilinear" | "bicubic";
  readonly cropPct: number;
  readonly testCropPct?: number;
  readonly cropMode: "center" | "squash" | "border";
  readonly mean: readonly number[];
  readonly std: readonly number[];
  readonly classes: number;
  /** Divides the logits before the softmax, so that probabilities say how often answers are right. Default 1. */
  readonly temperature?: number;
  /** Answers below it are called unsure; 0 … 1. Default 0. */
  readonly minProbability?: number;
}
