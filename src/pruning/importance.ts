// How much the network would lose with each channel: sums over samples of gate derivatives, which merge.

import type { BatchSource } from "../data/batch.ts";
import type { Model } from "../model/model.ts";
import type { WaitOptions } from "../progress.ts";
import type { ValueTables } from "./solve.ts";

export type ScoreName =
  | "fisher"
  | "gate-taylor"
  | "second-order"
  | "first"
  | "feature"
  | "energy"
  | "kp"
  | "l1"
  | "random";

/** Group → one number a channel (of a block: one). */
export type Scores = ReadonlyMap<string, Float64Array>;

/** Sums over samples, mergeable; `half` 0 and 1 are alternating samples. */
export interface Importance {
  readonly score: ScoreName;
  /** SHA-256 of the parent's shape text. */
  readonly parent: string;
  readonly samples: number;
  readonly halves: readonly { readonly samples: number; readonly sums: Scores }[];
}

export interface ImportanceOptions extends WaitOptions {
  readonly score?: ScoreName;
  readonly seed?: number;
  /** Pictures, at most; class-balanced and shuffled. Default 2,000. */
  readonly samples?: number;
  /** `fisher`: labels drawn a picture, or every class weighed by its probability. Default 2. */
  readonly draws?: number | "exact";
}

export declare function importance(model: Model, source: BatchSource, options?: ImportanceOptions): Promise<Importance>;
export declare function merged(parts: readonly Importance[]): Importance;
/** Sum / samples. */
export declare function scoresOf(importance: Importance): Scores;
/** Spearman correlation of the halves over all channels, and Spearman–Brown's 2ρ/(1 + ρ) of it. */
export declare function reliabilityOf(importance: Importance): { readonly halves: number; readonly whole: number };
/** Channels of each group, best first: falling score, ties by lower index. */
export declare function ranked(scores: Scores): ReadonlyMap<string, readonly number[]>;
/** Value of the w best channels as the sum of their scores. */
export declare function summed(scores: Scores): ValueTables;
/** Value of the w best channels from what the others lose together: −½ E[(Σ derivatives)²], made monotone. */
export declare function jointCurves(
  model: Model,
  source: BatchSource,
  scores: Scores,
  options?: ImportanceOptions,
): Promise<ValueTables>;
