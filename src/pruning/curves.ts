// What the w best channels of a group are worth, for every w: as the sum of their scores, or from what the others lose
// together. Scores add up, effects do not: channels of one axis that go together act together.

import type { BatchSource } from "../data/batch.ts";
import { UsageError } from "../errors.ts";
import type { Model } from "../model/model.ts";
import { derivatives } from "./derivatives.ts";
import { groups } from "./groups.ts";
import { alongOf, type ImportanceOptions } from "./importance.ts";
import type { ValueTables } from "./problem.ts";
import { ranked } from "./scores.ts";
import type { Scores } from "./sums.ts";

/**
 * Value of the w best channels as the sum of their scores, negative ones as 0. A block's: what it is worth by itself.
 *
 * A block's table has two values, removed and kept, on the scale of the widths' tables of the same call. Removing it loses
 * the larger of their difference and of what its expanded channels are worth all together: with those goes the block's own
 * bias, too.
 */
export function summed(scores: Scores): ValueTables {
  const order = ranked(scores);
  return new Map(
    Array.from(scores, ([group, values]) => {
      const table = new Float64Array(values.length + 1);
      order.get(group)?.forEach((channel, w) => {
        table[w + 1] = table[w] + Math.max(0, values[channel]);
      });
      return [group, table];
    }),
  );
}

/**
 * Value of the w best channels from what the others lose together: −½·E[(Σ d of the others)²], the second-order change of the
 * loss, made monotone (running maximum from w = 0 up). All are ≤ 0 and end with 0; blocks as in `summed`.
 *
 * The expectation is over pictures and directions of the score in `options`, one of those that are made of gate derivatives.
 * Only sums are kept: the order inside the groups is that of `scores`, which must be known before.
 * @param scores of every group that shall have a table
 * @throws UsageError as `importance` does, and for scores that know no gates
 */
export async function jointCurves(
  model: Model,
  source: BatchSource,
  scores: Scores,
  options: ImportanceOptions = {},
): Promise<ValueTables> {
  const { score = "fisher" } = options;
  const along = alongOf(score);
  if (along === null) {
    throw new UsageError("score", `${score} knows no gates, and joint curves are made of them. Use the curve sum.`);
  }
  const order = ranked(scores);
  const losses = new Map(Array.from(scores, ([group, { length }]) => [group, new Float64Array(length + 1)]));
  const list = groups(model.architecture);
  let seen = 0;
  for await (const { from, weights, derivatives: found } of derivatives(model, list, source, along, options)) {
    seen = from + weights.length;
    for (const [group, channels] of order) {
      const loss = losses.get(group) as Float64Array;
      const d = found.get(group) ?? [];
      weights.forEach((weight, n) => {
        let removed = 0;
        for (let w = channels.length - 1; w >= 0; w--) {
          removed += d[n * channels.length + channels[w]];
          loss[w] += weight * removed * removed;
        }
      });
    }
  }
  return new Map(Array.from(losses, ([group, loss]) => [group, risen(loss.map((sum) => -sum / (2 * seen)))]));
}

/** The running maximum. */
function risen(values: Float64Array): Float64Array {
  let most = Number.NEGATIVE_INFINITY;
  return values.map((value) => {
    most = Math.max(most, value);
    return most;
  });
}
