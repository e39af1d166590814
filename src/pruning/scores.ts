// From sums to scores: one rule a score, and what scores are good for.

import { spearman, spearmanBrown } from "./rank-correlation.ts";
import { type Half, type Importance, type ScoreName, type Scores, wholeOf } from "./sums.ts";

/** The score of a channel from its sums, n pictures. */
type Rule = (sums: Float64Array, n: number) => number;

const mean: Rule = ([sum], n) => sum / n;
const itself: Rule = ([value]) => value;

const rules: { readonly [Name in ScoreName]: Rule } = {
  fisher: mean,
  "gate-taylor": mean,
  "second-order": mean,
  first: ([sum], n) => Math.abs(sum / n),
  feature: mean,
  // E[x²] − E[x]², x scaled by the column's norm
  energy: ([sum, squares], n) => Math.max(0, squares / n - (sum / n) ** 2),
  kp: (sums, n) => sums.reduce((total, sum) => total + Math.abs(sum / n), 0),
  l1: itself,
  random: itself,
};

/** Scores from the pictures of both halves. */
export function scoresOf(importance: Importance): Scores {
  return reduced(importance, importance.samples === 0 ? importance.halves[0] : wholeOf(importance));
}

/**
 * How well the pictures are enough: Spearman's correlation of the two halves' scores over all channels, blocks left out, and
 * what follows for the whole of both (Spearman–Brown). Below 0.8 more samples are worth their time.
 */
export function reliabilityOf(importance: Importance): { readonly halves: number; readonly whole: number } {
  const [one, other] = importance.halves.map((half) => channelsOf(reduced(importance, half)));
  const halves = spearman(one, other);
  return { halves, whole: spearmanBrown(halves) };
}

/** Channels of each group, best first: falling score, ties by lower index. */
export function ranked(scores: Scores): ReadonlyMap<string, readonly number[]> {
  return new Map(
    Array.from(scores, ([group, values]) => {
      const channels = Array.from(values.keys());
      return [group, channels.sort((a, b) => values[b] - values[a] || a - b)];
    }),
  );
}

function reduced({ score, widths }: Importance, { samples, sums }: Half): Scores {
  return new Map(
    Array.from(sums, ([group, values]) => {
      const width = widths.get(group) as number;
      const terms = values.length / width;
      const of = (c: number): number => rules[score](values.subarray(c * terms, (c + 1) * terms), samples);
      return [group, Float64Array.from({ length: width }, (_, c) => of(c))];
    }),
  );
}

/** All channels in one row. A block's scale is another, and there are few. */
function channelsOf(scores: Scores): number[] {
  return Array.from(scores).flatMap(([group, values]) => (group.endsWith(".block") ? [] : Array.from(values)));
}
