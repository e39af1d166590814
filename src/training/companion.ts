// What may learn beside a network: losses of results inside it, inputs that they compare with, parameters of its own.
// A training takes one and knows no more of it than this.

import type { Appended } from "../graph/training.ts";
import type { LossOp } from "../graph/training-ops.ts";
import type { StateDict, Tensor } from "../tensor.ts";

/** The loss is lossWeight · the recipe's + Σ weight · the companion's + constant. */
export interface Companion {
  /** Of the recipe's own loss. */
  readonly lossWeight: number;
  /** Results of the network that the companion reads, by the names that `buildGraph` knows them by. */
  readonly taps: readonly string[];
  /** Parameters of its own as they are at first; part of the training's state, but no weights of the network. */
  readonly parameters: StateDict;
  /** What joins the network's graph for batches of n pictures. Every input has n rows. */
  parts(n: number, shapeOf: (tap: string) => readonly number[]): CompanionParts;
  /** The inputs of those parts for a whole batch x `[n, h, w, c]`, and what its loss has besides. */
  inputs(x: Tensor): Promise<CompanionInputs>;
  /** Whether the residuals of this update are all kept, from 1, whatever the recipe drops. */
  keepsResiduals(update: number): boolean;
}

export interface CompanionParts extends Omit<Appended, "parameters"> {
  readonly losses: readonly LossOp[];
}

export interface CompanionInputs {
  readonly inputs: Readonly<Record<string, Tensor>>;
  /** A mean over the pictures of the batch; no parameter changes it. */
  readonly constant: number;
}
