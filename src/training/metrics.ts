// How good answers are: logits and labels in, figures out.

import type { Tensor } from "../tensor.ts";
import { checkAnswers, logLoss, type Reliability, reliability } from "./calibration.ts";

/** Of one class. Null where there is nothing to take a share of. */
export interface ClassMetrics {
  /** Pictures of the class. */
  readonly count: number;
  /** Pictures taken for it. */
  readonly predicted: number;
  /** Of those taken for it, the share that is of it. */
  readonly precision: number | null;
  /** Of its pictures, the share taken for it. */
  readonly recall: number | null;
}

/** Plain data, for JSON as it is. Shares are in 0 … 1. */
export interface Metrics {
  readonly count: number;
  /** Share of pictures whose label is the answer, and among the five best answers. */
  readonly top1: number;
  readonly top5: number;
  /** Mean −log p of the label: cross entropy without smoothing. */
  readonly logLoss: number;
  readonly perClass: readonly ClassMetrics[];
  /** `confusion[label][answer]` pictures. */
  readonly confusion: readonly (readonly number[])[];
  readonly reliability: Reliability;
}

/**
 * Everything that `evaluate` says about answers.
 *
 * Of equal logits the lower index comes first, as in `classify`; an answer that is not a number is never right.
 * @param logits `[n, classes]`, n ≥ 1
 * @param labels `[n]`
 * @param temperature divides the logits before the softmax: changes probabilities, not answers
 * @throws ShapeError if there is no row, or not one label of 0 … classes − 1 for each
 */
export function metricsOf(logits: Tensor, labels: ArrayLike<number>, temperature = 1): Metrics {
  checkAnswers(logits, labels);
  const [count, classes] = logits.shape;
  const confusion = Array.from({ length: classes }, () => new Array<number>(classes).fill(0));
  let right = 0;
  let amongFive = 0;
  for (let i = 0; i < count; i++) {
    const row = logits.data.subarray(i * classes, (i + 1) * classes);
    const rank = rankOf(labels[i], row);
    if (rank === 0) right++;
    if (rank < 5) amongFive++;
    confusion[labels[i]][answerOf(row)]++;
  }
  return {
    count,
    top1: right / count,
    top5: amongFive / count,
    logLoss: logLoss(logits, labels, temperature),
    perClass: confusion.map((_, label) => classMetrics(confusion, label)),
    confusion,
    reliability: reliability(logits, labels, { temperature }),
  };
}

/** How many answers come before `label`; all others if its logit is not a number. */
function rankOf(label: number, row: Tensor["data"]): number {
  const own = row[label];
  let rank = 0;
  for (let c = 0; c < row.length; c++) {
    const isBehind = row[c] < own || (row[c] === own && c >= label);
    if (!isBehind && c !== label) rank++;
  }
  return rank;
}

function answerOf(row: Tensor["data"]): number {
  let best = 0;
  for (let c = 1; c < row.length; c++) if (row[c] > row[best] || Number.isNaN(row[best])) best = c;
  return best;
}

function classMetrics(confusion: readonly (readonly number[])[], label: number): ClassMetrics {
  const right = confusion[label][label];
  const count = confusion[label].reduce((sum, pictures) => sum + pictures, 0);
  const predicted = confusion.reduce((sum, answers) => sum + answers[label], 0);
  return {
    count,
    predicted,
    precision: predicted === 0 ? null : right / predicted,
    recall: count === 0 ? null : right / count,
  };
}
