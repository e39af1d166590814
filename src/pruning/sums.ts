// What importance is made of: sums over pictures that add up to the sums over all of them, whoever made the parts.

import { UsageError } from "../errors.ts";
import type { Size } from "../image/resize.ts";

/**
 * With d the derivative of a picture's loss by a channel's gate, means over pictures of
 *
 * - `fisher`: Σ_y p_y·(∂log p_y/∂gate)², the labels y being the network's own; estimated from draws, or exact;
 * - `gate-taylor`: d², of the cross entropy with the true label;
 * - `second-order`: ½d² − d, how much a removal raises the loss; may be negative;
 * - `first`: d, whose absolute value is the score;
 * - `feature`: Σ_k (∂f_k/∂gate)² over the pooled features f; estimated along random vectors of ±1, or exact. What the
 *   classifier makes of the features does not count.
 *
 * `energy`: the variance of a projection's input channel times its column's squared norm; expanded groups alone.
 * `kp`: Σ |w · ∂L/∂w| over the weights that make the channel, L the mean loss (the paper's). `l1`: Σ |w| over the same.
 * `random`: from the seed alone. The last four say nothing of whole blocks.
 */
export type ScoreName = (typeof SCORE_NAMES)[number];

export const SCORE_NAMES = [
  "fisher",
  "gate-taylor",
  "second-order",
  "first",
  "feature",
  "energy",
  "kp",
  "l1",
  "random",
] as const;

/** Group → one number a channel (of a block: one). */
export type Scores = ReadonlyMap<string, Float64Array>;

export interface Half {
  /** Pictures. */
  readonly samples: number;
  /** Group → `[width, terms]`: of every channel the sums over pictures that its score is made of, one for most scores. */
  readonly sums: Scores;
}

/** Sums over samples, mergeable. */
export interface Importance {
  readonly score: ScoreName;
  /** SHA-256, hex, of the parent's shape text. */
  readonly parent: string;
  /** How many directions stood for all (`fisher`, `feature`); null for the other scores. */
  readonly draws: number | "exact" | null;
  /** Of the pictures, in pixels; null for scores that look at none. */
  readonly size: Size | null;
  /** Pictures in both halves; 0 for scores that look at none, whose sums are scores. */
  readonly samples: number;
  /** Group → channels. */
  readonly widths: ReadonlyMap<string, number>;
  /** Two, of alternating samples. */
  readonly halves: readonly [Half, Half];
}

/**
 * One importance of several: sums and samples add up, half by half.
 * @throws UsageError if there is none, or they are not of one network, score and size
 */
export function merged(parts: readonly Importance[]): Importance {
  const [first, ...rest] = parts;
  if (first === undefined) throw new UsageError("importance", "expected at least one part to merge, got none.");
  for (const part of rest) {
    const difference = (["score", "parent", "draws"] as const).find((key) => part[key] !== first[key]);
    if (difference !== undefined) {
      const values = `expected parts of one ${difference}, got ${first[difference]} and ${part[difference]}`;
      throw new UsageError("importance", `${values}. Score all parts alike.`);
    }
    if (sizeText(part.size) !== sizeText(first.size)) {
      const values = `${sizeText(first.size)} and ${sizeText(part.size)}`;
      throw new UsageError("importance", `expected pictures of one size, got ${values}. Score all parts alike.`);
    }
  }
  if (rest.some((part) => groupsText(part) !== groupsText(first))) {
    throw new UsageError("importance", "expected parts of the same groups, got others. Score all parts alike.");
  }
  if (first.samples === 0) return first;
  const [one, other] = first.halves.map((_, half) => added(parts.map(({ halves }) => halves[half])));
  return { ...first, samples: one.samples + other.samples, halves: [one, other] };
}

/** Both halves as one. */
export function wholeOf({ halves }: Importance): Half {
  return added(halves);
}

function added(halves: readonly Half[]): Half {
  const sums = new Map(Array.from(halves[0].sums, ([group, values]) => [group, values.slice()]));
  for (const half of halves.slice(1)) {
    for (const [group, sum] of sums) {
      half.sums.get(group)?.forEach((value, i) => {
        sum[i] += value;
      });
    }
  }
  return { samples: halves.reduce((count, { samples }) => count + samples, 0), sums };
}

function groupsText({ halves: [{ sums }] }: Importance): string {
  return Array.from(sums, ([group, { length }]) => `${group} ${length}`).join();
}

function sizeText(size: Size | null): string {
  return size === null ? "none" : `${size.width}×${size.height}`;
}
