// How good answers are: logits and labels in, figures out.

import type { Tensor } from "../tensor.ts";
import { type Assurance, assurance, binned, checkAnswers, type Reliability, rowLoss } from "./calibration.ts";

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

/** What the metrics need to know of one answer; plain data. */
export interface Judgement extends Assurance {
  readonly label: number;
  readonly answer: number;
  /** How many answers come before the label: 0 is right. */
  readonly rank: number;
  /** −log p of the label; null if that is not a number. */
  readonly loss: number | null;
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
  return metricsFrom(judged(logits, labels, temperature), logits.shape[1]);
}

/** Each answer by itself, so that answers of many machines can be put together. @throws ShapeError as `metricsOf` */
export function judged(logits: Tensor, labels: ArrayLike<number>, temperature = 1): Judgement[] {
  checkAnswers(logits, labels);
  const classes = logits.shape[1];
  return Array.from(labels, (label, i) => {
    const row = logits.data.subarray(i * classes, (i + 1) * classes);
    const loss = rowLoss(logits, i, label, temperature);
    return {
      ...{ label, answer: answerOf(row), rank: rankOf(label, row) },
      loss: Number.isNaN(loss) ? null : loss,
      ...assurance(logits, i, label, temperature),
    };
  });
}

/** The metrics of at least one answer; the same for the same answers in the same order, to the last bit. */
export function metricsFrom(judgements: readonly Judgement[], classes: number): Metrics {
  const count = judgements.length;
  const confusion = Array.from({ length: classes }, () => new Array<number>(classes).fill(0));
  let [right, amongFive, loss] = [0, 0, 0];
  for (const judgement of judgements) {
    if (judgement.rank === 0) right++;
    if (judgement.rank < 5) amongFive++;
    loss += judgement.loss ?? Number.NaN;
    confusion[judgement.label][judgement.answer]++;
  }
  return {
    count,
    top1: right / count,
    top5: amongFive / count,
    logLoss: loss / count,
    perClass: confusion.map((_, label) => classMetrics(confusion, label)),
    confusion,
    reliability: binned(judgements),
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
