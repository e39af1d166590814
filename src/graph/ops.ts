// What can be computed: a closed union of ops over named values. Meaning only; how is a backend's business.
// Maps are `[n, h, w, c]`, vectors `[n, c]`. The meaning of each op is the loop in `backend/reference/`.

import type { Activation as FamilyActivation } from "../architecture/architecture.ts";

/** A function applied element by element. */
export type Activation = FamilyActivation | "sigmoid";

/** Zeros around a map, in pixels. */
export interface Pads {
  readonly top: number;
  readonly bottom: number;
  readonly left: number;
  readonly right: number;
}

/** A value of the graph: an input, a parameter or an op's result. Names are unique; results carry timm's module path. */
export interface Value {
  readonly name: string;
  readonly shape: readonly number[];
}

/** Names of the four vectors of a batch norm; `epsilon` is added to the variance. */
export interface NormSource {
  readonly weight: string;
  readonly bias: string;
  readonly mean: string;
  readonly variance: string;
  readonly epsilon: number;
}

/**
 * Where a parameter's numbers come from. `stored`: the state dict's tensor of that name. `foldedWeight`: the stored
 * weight (OIHW), row o times s[o] = gamma[o] / √(variance[o] + ε). `foldedBias`: beta + (bias − mean) · s, bias 0 if null.
 */
export type ParameterSource =
  | { readonly kind: "stored"; readonly tensor: string }
  | { readonly kind: "foldedWeight"; readonly tensor: string; readonly norm: NormSource }
  | { readonly kind: "foldedBias"; readonly tensor: string | null; readonly norm: NormSource };

export interface Parameter extends Value {
  readonly source: ParameterSource;
}

/** y = act(Σ x·w + bias + residual). `weight` OIHW `[out, in, kh, kw]`; x is surrounded by `pads` zeros. */
export interface Convolution {
  readonly op: "convolution";
  readonly x: string;
  readonly weight: string;
  readonly bias: string | null;
  /** Added before the activation; shape of y. */
  readonly residual: string | null;
  readonly activation: Activation | null;
  readonly kernel: readonly [height: number, width: number];
  readonly stride: number;
  readonly pads: Pads;
  readonly y: string;
}

/** The same with one kernel a channel: `weight` `[c, 1, kh, kw]`. */
export interface Depthwise {
  readonly op: "depthwise";
  readonly x: string;
  readonly weight: string;
  readonly bias: string | null;
  readonly activation: Activation | null;
  readonly kernel: readonly [height: number, width: number];
  readonly stride: number;
  readonly pads: Pads;
  readonly y: string;
}

/** y[n, o] = act(Σ x[n, i]·w[o, i] + bias[o]). `weight` `[out, in]` or `[out, in, 1, 1]`. */
export interface Linear {
  readonly op: "linear";
  readonly x: string;
  readonly weight: string;
  readonly bias: string | null;
  readonly activation: Activation | null;
  readonly y: string;
}

/** Inference batch norm: y = weight·(x − mean)/√(variance + ε) + bias, per channel. */
export interface Norm {
  readonly op: "norm";
  readonly x: string;
  readonly weight: string;
  readonly bias: string;
  readonly mean: string;
  readonly variance: string;
  readonly epsilon: number;
  readonly y: string;
}

/** y = activation(x), element by element. */
export interface Activate {
  readonly op: "activate";
  readonly x: string;
  readonly activation: Activation;
  readonly y: string;
}

/** `[n, h, w, c]` → `[n, c]`, the mean over height and width. */
export interface MeanPool {
  readonly op: "meanPool";
  readonly x: string;
  readonly y: string;
}

/** y[n, h, w, c] = x[n, h, w, c] · gate[n, c], of a map; y[n, c] = x[n, c] · gate[n, c], of vectors. */
export interface Gate {
  readonly op: "gate";
  readonly x: string;
  readonly gate: string;
  readonly y: string;
}

/** y = x + other, of one shape. */
export interface Add {
  readonly op: "add";
  readonly x: string;
  readonly other: string;
  readonly y: string;
}

export type Op = Convolution | Depthwise | Linear | Norm | Activate | MeanPool | Gate | Add;
export type OpName = Op["op"];
export type OpOf<Name extends OpName> = Extract<Op, { op: Name }>;

/** A computation for fixed shapes. `ops` are in order of execution; `values` holds the shape of every op's result. */
export interface Graph<O = Op> {
  readonly inputs: readonly Value[];
  readonly parameters: readonly Parameter[];
  readonly ops: readonly O[];
  /** Every result of `ops`, by name. */
  readonly values: ReadonlyMap<string, Value>;
  /** Names of the values the caller wants; fused or dead values are gone. */
  readonly outputs: readonly string[];
}
