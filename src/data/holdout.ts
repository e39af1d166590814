// Which samples are held back from training where nobody made a validation split.

import { UsageError } from "../errors.ts";
import { Random } from "../random.ts";
import type { Sample } from "./batch.ts";
import { byLabel, type Dataset, type Finding, sampleCount } from "./dataset.ts";

export const DEFAULT_HOLDOUT = 0.1;

/** @throws UsageError unless the share is one of 0 … 0.9 */
export function checkHoldout(share: number): void {
  if (!(share >= 0 && share <= 0.9)) throw new UsageError("holdout", `expected a share of 0 … 0.9, got ${share}.`);
}

/**
 * The samples in two parts, stratified: of each class with n ≥ 2 samples round(share · n), but at least 1 and at most
 * n − 1, are held back. A sample's name decides by a hash, so neither the order nor most new files change the parts.
 */
export function holdOut(
  samples: readonly Sample[],
  classes: number,
  { share, seed }: { readonly share: number; readonly seed: number },
): { readonly kept: Sample[]; readonly held: Sample[] } {
  const held = new Set<Sample>();
  if (share > 0) {
    for (const ofClass of byLabel(samples, classes)) {
      const count = Math.min(Math.max(Math.round(share * ofClass.length), 1), Math.max(ofClass.length - 1, 0));
      const ranked = ofClass.map((sample) => ({ sample, rank: holdoutRank(sample.name, seed) }));
      ranked.sort((a, b) => a.rank - b.rank || (a.sample.name < b.sample.name ? -1 : 1));
      for (const { sample } of ranked.slice(0, count)) held.add(sample);
    }
  }
  return { kept: samples.filter((sample) => !held.has(sample)), held: samples.filter((sample) => held.has(sample)) };
}

/** A number in [0, 1) that depends on the seed and the name only; streams hold back what is below the share. */
export function holdoutRank(name: string, seed: number): number {
  return new Random(seed, "holdout", name).float();
}

/** The line that says what a missing validation split led to. */
export function heldBack(name: string, train: Dataset | null, validation: Dataset | null, seed: number): Finding {
  const [kept, held] = [train, validation].map((part) => (part === null ? 0 : sampleCount(part)));
  const consequence =
    held > 0
      ? `${held} of its ${kept + held} training pictures are held back as one (seed ${seed})`
      : "too few pictures of every class to hold any back";
  return { kind: "split", message: `${name}: no validation split: ${consequence}.` };
}
