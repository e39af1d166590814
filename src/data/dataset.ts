// A dataset as a value: classes, how many samples each has, and the samples themselves in any epoch's order.

import type { Sample } from "./batch.ts";

/** The order of one epoch. */
export interface Order {
  readonly seed: number;
  readonly epoch: number;
  /** As many draws as there are samples, each class as often as any other. Default false: every sample once. */
  readonly isBalanced?: boolean | undefined;
}

export interface Dataset {
  /** What messages call it: `train`, or the folder. */
  readonly name: string;
  readonly classes: readonly string[];
  /** Samples of each class. */
  readonly perClass: readonly number[];
  /**
   * The samples, shuffled by `order`, or without it as they are stored. The same each time for the same order.
   * @throws UnsupportedError for an order that this kind of dataset cannot give
   */
  samples(order?: Order): Iterable<Sample> | AsyncIterable<Sample>;
  /** Where samples lie in tar shards: each shard by itself, in name order. */
  readonly tars?: readonly Dataset[] | undefined;
}

/** Something about the data that whoever started the work should hear: one line. */
export interface Finding {
  readonly kind: "split" | "empty class" | "ignored" | "broken" | "repeated";
  readonly message: string;
}

/** What a place holds. One list of classes serves all splits. */
export interface Splits {
  readonly classes: readonly string[];
  readonly train: Dataset | null;
  readonly validation: Dataset | null;
  readonly test: Dataset | null;
  readonly findings: readonly Finding[];
}

export interface SplitOptions {
  /** Decides which samples are held back where there is no validation split. Default 0. */
  readonly seed?: number | undefined;
  /** Share of every class that is held back from training where there is no validation split. Default 0.1; 0: none. */
  readonly holdout?: number | undefined;
  /** The class names that a run or a network has already; default: those of the training split. */
  readonly classes?: readonly string[] | undefined;
}

export const SPLIT_NAMES = ["train", "validation", "test"] as const;
export type SplitName = (typeof SPLIT_NAMES)[number];

const ALIASES: Readonly<Record<string, SplitName>> = { training: "train", val: "validation", valid: "validation" };

/** The split that a folder or shard of this name holds. */
export function splitNamed(name: string): SplitName | undefined {
  const lower = name.toLowerCase();
  return SPLIT_NAMES.find((split) => split === lower) ?? (Object.hasOwn(ALIASES, lower) ? ALIASES[lower] : undefined);
}

/** Samples in all, broken ones included. */
export function sampleCount({ perClass }: Dataset): number {
  return perClass.reduce((sum, count) => sum + count, 0);
}

/** A line for every class without samples. */
export function emptyClasses(dataset: Dataset): Finding[] {
  return dataset.classes
    .filter((_, label) => dataset.perClass[label] === 0)
    .map((name) => ({ kind: "empty class", message: `${dataset.name}: class "${name}" has no pictures.` }));
}

/** The samples of every label below `classes`, each in the order given. */
export function byLabel(samples: readonly Sample[], classes: number): Sample[][] {
  const groups: Sample[][] = Array.from({ length: classes }, () => []);
  for (const sample of samples) groups[sample.label].push(sample);
  return groups;
}
