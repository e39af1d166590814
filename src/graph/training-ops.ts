// What training computes besides the ops of inference: batch statistics, losses, and every op's gradient.
// One result an op; where two vectors belong together they are the rows of one value `[2, c]`. In all of them g is the
// gradient of the loss with respect to the result of the op that is differentiated. The meaning of each op is its loop in
// `backend/reference/`; README.md shows the ops of a whole block, and which of them a fast backend computes in one pass.

import type { Activation, Graph, Norm, Op, Pads } from "./ops.ts";

/** `[…, c]` → `[2, c]`: mean and biased variance, mean((x − mean)²), of each channel over all but the last axis. */
export interface Statistics {
  readonly op: "statistics";
  readonly x: string;
  readonly y: string;
}

/** `[2, c]`: the two parameters as the rows that `statistics` gives, for a batch norm that does not learn them. */
export interface RunningStatistics {
  readonly op: "runningStatistics";
  readonly mean: string;
  readonly variance: string;
  readonly y: string;
}

/** y = act(weight·x̂ + bias), x̂ = (x − mean)/√(variance + ε), mean and variance the rows of `statistics`. */
export interface Normalize {
  readonly op: "normalize";
  readonly x: string;
  readonly statistics: string;
  readonly weight: string;
  readonly bias: string;
  readonly epsilon: number;
  readonly activation: Activation | null;
  readonly y: string;
}

/**
 * y = x · mask, the mask an input that spans the leading axes of x: `[n]` for drop path (one factor a picture), the shape
 * of x for dropout. Whoever draws it scales what is kept by 1 / (1 − rate).
 */
export interface Mask {
  readonly op: "mask";
  readonly x: string;
  readonly mask: string;
  readonly y: string;
}

/** A loss: a scalar `[]`. What is minimised is the sum of weight · y over all losses of a graph. */
interface LossBase {
  /** Logits `[n, classes]`, or any value for the mean squared error. */
  readonly x: string;
  /** An input of the shape of x. */
  readonly target: string;
  readonly weight: number;
  readonly y: string;
}

/** y = −Σ target · log softmax(x) / n. Smoothed, mixed and weighted labels are targets; they need not add up to 1. */
export interface CrossEntropy extends LossBase {
  readonly op: "crossEntropy";
}

/** y = Σ (max(x, 0) − x·target + log(1 + e^−|x|)) / n, and / classes, too, unless classes are summed. */
export interface BinaryCrossEntropy extends LossBase {
  readonly op: "binaryCrossEntropy";
  readonly sumsClasses: boolean;
}

/** y = mean over all elements of (x − target)². */
export interface MeanSquaredError extends LossBase {
  readonly op: "meanSquaredError";
}

export type LossOp = CrossEntropy | BinaryCrossEntropy | MeanSquaredError;

/** What a training graph's forward half is made of, unfused: its convolutions and linear layers have no activation. */
export type ForwardOp = Exclude<Op, Norm> | Statistics | RunningStatistics | Normalize | Mask | LossOp;

/** ∂L/∂x of a convolution: y[n, p, q, i] = Σ g[n, h, w, o] · weight[o, i, kh, kw] over h·stride − top + kh = p (w, q alike). */
export interface ConvolutionInputGradient {
  readonly op: "convolutionInputGradient";
  readonly g: string;
  readonly weight: string;
  readonly kernel: readonly [height: number, width: number];
  readonly stride: number;
  readonly pads: Pads;
  /** Of y: what the stride swallowed cannot be told from g. */
  readonly shape: readonly number[];
  readonly y: string;
}

/** ∂L/∂weight of a convolution: y[o, i, kh, kw] = Σ x[n, h·stride − top + kh, w·stride − left + kw, i] · g[n, h, w, o]. */
export interface ConvolutionWeightGradient {
  readonly op: "convolutionWeightGradient";
  readonly x: string;
  readonly g: string;
  readonly kernel: readonly [height: number, width: number];
  readonly stride: number;
  readonly pads: Pads;
  readonly y: string;
}

/** The same with one kernel a channel. */
export interface DepthwiseInputGradient extends Omit<ConvolutionInputGradient, "op"> {
  readonly op: "depthwiseInputGradient";
}

/** The same with one kernel a channel: `[c, 1, kh, kw]`. */
export interface DepthwiseWeightGradient extends Omit<ConvolutionWeightGradient, "op"> {
  readonly op: "depthwiseWeightGradient";
}

/** ∂L/∂x of a linear layer: y[n, i] = Σ g[n, o] · weight[o, i]. */
export interface LinearInputGradient {
  readonly op: "linearInputGradient";
  readonly g: string;
  readonly weight: string;
  readonly y: string;
}

/** ∂L/∂weight of a linear layer: y[o, i] = Σ g[n, o] · x[n, i]. */
export interface LinearWeightGradient {
  readonly op: "linearWeightGradient";
  readonly x: string;
  readonly g: string;
  /** Of y: `[out, in]` or `[out, in, 1, 1]`, as the weight's. */
  readonly shape: readonly number[];
  readonly y: string;
}

/** ∂L/∂bias of anything: y[c] = Σ g[…, c]. */
export interface BiasGradient {
  readonly op: "biasGradient";
  readonly g: string;
  readonly y: string;
}

/** y = g · act′(x), element by element. */
export interface ActivateGradient {
  readonly op: "activateGradient";
  readonly x: string;
  readonly activation: Activation;
  readonly g: string;
  readonly y: string;
}

/** y = g · act′(weight·x̂ + bias): the gradient before the activation of a `normalize`, whose input is computed again. */
export interface NormalizeSlope extends Omit<Normalize, "op" | "activation"> {
  readonly op: "normalizeSlope";
  readonly activation: Activation;
  readonly g: string;
}

/** `[2, c]`: Σ g = ∂L/∂bias and Σ g·x̂ = ∂L/∂weight of a `normalize` without activation. */
export interface NormalizeSums {
  readonly op: "normalizeSums";
  readonly x: string;
  readonly statistics: string;
  readonly epsilon: number;
  readonly g: string;
  readonly y: string;
}

/**
 * ∂L/∂x of a `normalize` without activation: y = weight/√(variance + ε) · (g − Σg/n − x̂·Σg·x̂/n), the sums from
 * `normalizeSums`, n elements a channel. Null where x has no part in the statistics: y = weight/√(variance + ε) · g.
 */
export interface NormalizeInputGradient {
  readonly op: "normalizeInputGradient";
  readonly x: string;
  readonly statistics: string;
  readonly weight: string;
  readonly epsilon: number;
  readonly g: string;
  readonly sums: string | null;
  readonly y: string;
}

/** `[2, c]` → `[c]`: one of the two rows. */
export interface Row {
  readonly op: "row";
  readonly x: string;
  readonly row: 0 | 1;
  readonly y: string;
}

/** ∂L/∂x of a mean over a map: y[n, h, w, c] = g[n, c] / (height · width). */
export interface MeanPoolGradient {
  readonly op: "meanPoolGradient";
  readonly g: string;
  /** Of y. */
  readonly shape: readonly number[];
  readonly y: string;
}

/** ∂L/∂gate of a gate: y[n, c] = Σ g[n, h, w, c] · x[n, h, w, c], of vectors g[n, c] · x[n, c]. */
export interface GateGradient {
  readonly op: "gateGradient";
  readonly x: string;
  readonly g: string;
  readonly y: string;
}

/** weight · ∂/∂x of the cross entropy: y = weight · (softmax(x) · Σ target − target) / n, the sum over classes. */
export interface CrossEntropyGradient extends LossBase {
  readonly op: "crossEntropyGradient";
}

/** weight · ∂/∂x of the binary cross entropy: y = weight · (σ(x) − target) / n, and / classes unless classes are summed. */
export interface BinaryCrossEntropyGradient extends LossBase {
  readonly op: "binaryCrossEntropyGradient";
  readonly sumsClasses: boolean;
}

/** weight · ∂/∂x of the mean squared error: y = weight · 2 (x − target) / elements. */
export interface MeanSquaredErrorGradient extends LossBase {
  readonly op: "meanSquaredErrorGradient";
}

export type GradientOp =
  | ConvolutionInputGradient
  | ConvolutionWeightGradient
  | DepthwiseInputGradient
  | DepthwiseWeightGradient
  | LinearInputGradient
  | LinearWeightGradient
  | BiasGradient
  | ActivateGradient
  | NormalizeSlope
  | NormalizeSums
  | NormalizeInputGradient
  | Row
  | MeanPoolGradient
  | GateGradient
  | CrossEntropyGradient
  | BinaryCrossEntropyGradient
  | MeanSquaredErrorGradient;

/** Everything that any graph is made of. */
export type TrainingOp = Op | ForwardOp | GradientOp;
export type TrainingOpName = TrainingOp["op"];
export type TrainingOpOf<Name extends TrainingOpName> = Extract<TrainingOp, { op: Name }>;
export type ForwardOpName = ForwardOp["op"];
export type GradientOpName = GradientOp["op"];

/**
 * After each forward pass: running ← (1 − momentum)·running + momentum·batch, of the mean and of the unbiased variance,
 * variance · n/(n − 1) with n elements a channel.
 */
export interface RunningUpdate {
  /** The value that `statistics` gives. */
  readonly statistics: string;
  /** Parameters. */
  readonly mean: string;
  readonly variance: string;
  readonly momentum: number;
  readonly n: number;
}

/** One pass forward and back. Its outputs are what a step gives to its caller, the losses first. */
export interface TrainingGraph extends Graph<ForwardOp | GradientOp> {
  /** The parameters that learn, each with the value that holds its gradient, of the parameter's shape. */
  readonly gradients: ReadonlyMap<string, string>;
  /** The inputs whose gradients were asked for, each with the output that holds it. */
  readonly inputGradients: ReadonlyMap<string, string>;
  readonly running: readonly RunningUpdate[];
}
