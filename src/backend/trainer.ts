// What a backend does to train: forward and backward passes that add up gradients, and updates of the parameters.
// All numbers stay with the backend; the caller draws masks, chooses rates and says when to update.

import type { StateDict, Tensor } from "../tensor.ts";

/** Parameters that share a learning rate and a weight decay. */
export interface ParameterGroup {
  readonly parameters: readonly string[];
  readonly weightDecay: number;
}

/** p −= lr·d with b ← μ·b + g, d = g + μ·b (Nesterov) or b. Decay: g += wd·p; decoupled: p *= 1 − lr·wd (timm's `sgdw`). */
export interface Sgd {
  readonly rule: "sgd";
  /** μ; 0 keeps no momentum. */
  readonly momentum: number;
  readonly isNesterov: boolean;
  readonly isDecoupled: boolean;
}

/**
 * m ← β1·m + (1 − β1)·g, v ← β2·v + (1 − β2)·g², p −= lr/(1 − β1^t) · m / (√v/√(1 − β2^t) + ε) at the t-th update.
 * Decay: g += wd·p; decoupled: p *= 1 − lr·wd first (AdamW).
 */
export interface Adam {
  readonly rule: "adam";
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  readonly isDecoupled: boolean;
}

/**
 * timm's RMSpropTF: v ← v + (1 − α)·(g² − v) from v = 1; r = √(v + ε), centred √(v − m² + ε) with m ← m + (1 − α)·(g − m);
 * b ← μ·b + lr·g/r, p −= b; with the rate outside the momentum b ← μ·b + g/r, p −= lr·b; without momentum p −= lr·g/r.
 * Decay as in `Sgd`.
 */
export interface RmsPropTf {
  readonly rule: "rmsproptf";
  /** α */
  readonly decay: number;
  readonly epsilon: number;
  /** μ */
  readonly momentum: number;
  readonly isCentered: boolean;
  readonly isDecoupled: boolean;
  readonly isRateInMomentum: boolean;
}

export type Optimizer = Sgd | Adam | RmsPropTf;

/**
 * What is done to the gradients before an update. `norm`: all times min(1, limit / (total norm + 1e-6)). `value`: clamped to
 * ±limit. `adaptive` (AGC): per output unit (first axis; a vector is one unit) with P = max(‖p‖, 1e-3)·limit and G = ‖g‖:
 * times P / max(G, 1e-6) where G ≥ P, but for the parameters that are exempt.
 */
export type Clip =
  | { readonly kind: "norm" | "value"; readonly limit: number }
  | { readonly kind: "adaptive"; readonly limit: number; readonly exempt: readonly string[] };

export interface TrainerOptions {
  /** Every parameter that learns, once. */
  readonly groups: readonly ParameterGroup[];
  readonly optimizer: Optimizer;
  readonly clip: Clip | null;
  /** Keeps a running average of all parameters and running statistics, too. It starts as a copy. */
  readonly hasAverage: boolean;
  /** Parameters of the graph that the weights it is compiled over do not have. */
  readonly parameters?: StateDict | undefined;
}

export interface Update {
  /** t, the number of this update, from 1. */
  readonly step: number;
  /** One learning rate a group. */
  readonly rates: readonly number[];
  /** average ← average + (1 − decay)·(parameter − average), after the update; 0 copies. */
  readonly averageDecay: number;
}

export interface Updated {
  /** ‖gradient‖ over all parameters before clipping; null unless clipped by norm, which alone needs it. */
  readonly gradientNorm: number | null;
}

/** b, m and v of the optimizers' formulas, as each rule has them. */
export type Slot = "momentum" | "firstMoment" | "secondMoment";

/** Which tensors, all under timm's names: every parameter of the graph; those that learn for gradients and slots. */
export type TrainerTensors = "weights" | "average" | "gradients" | Slot;

/** A training graph ready to run, with parameters, gradients and optimizer state of its own. */
export interface Trainer {
  /** The optimizer's slots, in a fixed order: what besides weights and average a resumed run needs. */
  readonly slots: readonly Slot[];
  /**
   * Forward and backward: adds this batch's gradients to those since the last update, moves the running statistics, and
   * gives the graph's outputs. The same bits for any number of threads.
   * @throws ShapeError
   */
  accumulate(inputs: Readonly<Record<string, Tensor>>): Promise<Record<string, Tensor>>;
  /** Divides the gradients by the number of batches added up, clips, updates and averages; they start anew. */
  update(update: Update): Promise<Updated>;
  /** Copies; gradients as they are added up so far. */
  read(tensors: TrainerTensors): Promise<StateDict>;
  /** The opposite, to resume; gradients cannot be written. @throws FileError if a tensor is missing or does not fit */
  write(tensors: Exclude<TrainerTensors, "gradients">, stateDict: StateDict): Promise<void>;
  dispose(): Promise<void>;
}
