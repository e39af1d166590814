// What training takes and what it yields, and the state that it goes on from. All but the sources is plain data.

import type { Slot } from "../backend/trainer.ts";
import type { BatchSource } from "../data/batch.ts";
import type { WaitOptions } from "../progress.ts";
import type { StateDict } from "../tensor.ts";
import type { Companion } from "./companion.ts";
import type { Evaluation, Score } from "./evaluate.ts";
import type { Recipe } from "./recipe.ts";

/** The classes of all sources are those of the model, in its order. */
export interface TrainingData {
  /** Shuffled and augmented; read once an epoch. */
  readonly train: BatchSource;
  /** The same pictures as evaluation prepares them, in any fixed order: what a head is fitted on. Absent: no head is. */
  readonly plain?: BatchSource | undefined;
  /** Pictures of none of the classes, whatever their labels: the head learns to be unsure of them. */
  readonly others?: BatchSource | undefined;
  /** Held back: decides which weights are the best. Without it the last are. */
  readonly validation?: BatchSource | undefined;
}

/** `onProgress` hears of features and validations, `pictures` each; updates are reports of their own. */
export interface TrainOptions extends WaitOptions {
  /** Goes on from here; the same recipe and data give the same bits as a training that was never stopped. */
  readonly resume?: Resume | undefined;
  /** What learns beside the network and adds to the loss. */
  readonly companion?: Companion | undefined;
}

export interface Resume {
  readonly state: TrainingState;
  /** The best weights so far, where `state.place.best` says that there are any. */
  readonly best?: StateDict | undefined;
}

/** All that a training needs to go on, and nothing that its recipe and data know. */
export interface TrainingState {
  /**
   * `weights`, `average` where one is kept, and the optimizer's slots; all under timm's names, batch counters included, and
   * a companion's parameters under its own.
   */
  readonly tensors: ReadonlyMap<"weights" | "average" | Slot, StateDict>;
  /** Plain JSON. */
  readonly place: Place;
}

/** Where a training is. */
export interface Place {
  /** The epoch under way, or the next one; from 0. */
  readonly epoch: number;
  /** `from` of that epoch's stream. */
  readonly next: number;
  /** Updates so far. */
  readonly update: number;
  /** Of the epoch under way: the loss added up over pictures, right answers (null once pictures were mixed), pictures. */
  readonly lossSum: number;
  readonly right: number | null;
  readonly pictures: number;
  readonly best: Best | null;
}

/** Which weights are the best on the validation split, as the recipe's `best` says. */
export interface Best {
  /** The head alone: 0; after epoch e (from 0): e + 1. */
  readonly epochs: number;
  /** Null without a validation split: the last are the best. */
  readonly score: Score | null;
  /** They are the running average. */
  readonly isAverage: boolean;
  /** Of their probabilities, fitted on the validation split (`fitTemperature`); null without one. */
  readonly temperature: number | null;
}

export type Report = StartReport | HeadReport | StepReport | EpochReport;

/** First of all, also after a resume. */
export interface StartReport {
  readonly kind: "start";
  /** With every number that was left to the defaults. */
  readonly recipe: Recipe;
  /** Updates of the whole training, and of an epoch. */
  readonly updates: number;
  readonly updatesPerEpoch: number;
  /** Parameters that learn, and parameters in all: numbers, not tensors. */
  readonly learning: number;
  readonly parameters: number;
  /** What is worth knowing, one line each: a batch cut into parts, batch norm whose statistics mean nothing. */
  readonly notices: readonly string[];
}

/** The head has been fitted on cached features; the network's other weights are as they were. */
export interface HeadReport extends Snapshot {
  readonly kind: "head";
  /** Pictures whose features were computed. */
  readonly pictures: number;
  /** Of the penalty λ/2 · ‖W‖² that was chosen, on standardised features. */
  readonly penalty: number;
  readonly iterations: number;
  /** Mean cross entropy of the training pictures. */
  readonly loss: number;
  readonly validation: Evaluation | null;
  readonly isBest: boolean;
  /** Of the best weights' probabilities, as `Best` has it. */
  readonly temperature: number | null;
  readonly milliseconds: number;
}

/** After every update. */
export interface StepReport extends Snapshot {
  readonly kind: "step";
  /** From 0. */
  readonly epoch: number;
  /** Updates so far, this one included. */
  readonly update: number;
  /** Mean over the update's pictures. */
  readonly loss: number;
  /** Share of right answers; null where pictures were mixed. */
  readonly top1: number | null;
  /** Of layers whose scale is 1. */
  readonly rate: number;
  /** Before clipping; null unless clipped by norm. */
  readonly gradientNorm: number | null;
  readonly pictures: number;
  /** Since the step before, waiting included, and the part of it that was spent waiting for pictures. */
  readonly milliseconds: number;
  readonly waitedMs: number;
}

/** After the last update of every epoch and its validation. */
export interface EpochReport extends Snapshot {
  readonly kind: "epoch";
  /** From 0. */
  readonly epoch: number;
  readonly update: number;
  /** Mean over the epoch's pictures, in training mode. */
  readonly loss: number;
  readonly top1: number | null;
  readonly rate: number;
  readonly pictures: number;
  /** Of the weights, and of their average where one is kept. */
  readonly validation: Evaluation | null;
  readonly averageValidation: Evaluation | null;
  /** The weights of `best()` are better than all before. */
  readonly isBest: boolean;
  /** Of the best weights' probabilities, as `Best` has it. */
  readonly temperature: number | null;
  readonly milliseconds: number;
}

/** Copies on request, until the next report is asked for. */
export interface Snapshot {
  /** What a checkpoint holds. */
  state(): Promise<TrainingState>;
  /** The best weights so far, before the first validation the latest: a whole state dict, as a weights file holds it. */
  best(): Promise<StateDict>;
}
