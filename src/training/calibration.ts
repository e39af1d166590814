// Whether probabilities mean what they say, and the temperature that makes them (Guo et al. 2017, "On calibration of
// modern neural networks").

import { ShapeError, shown } from "../errors.ts";
import { softmax } from "../model/predict.ts";
import type { Tensor } from "../tensor.ts";

/** Pictures whose answer has a probability above `from`, up to `to`. */
export interface ReliabilityBin {
  readonly from: number;
  readonly to: number;
  readonly count: number;
  /** Share of right answers and their mean probability; null in an empty bin. */
  readonly accuracy: number | null;
  readonly confidence: number | null;
}

export interface Reliability {
  /** Σ (pictures of a bin / all) · |accuracy − confidence|: the expected calibration error, 0 … 1. */
  readonly expectedError: number;
  readonly bins: readonly ReliabilityBin[];
}

export interface ReliabilityOptions {
  /** Equal parts of 0 … 1. Default 15, as is usual. */
  readonly bins?: number | undefined;
  /** Default 1. */
  readonly temperature?: number | undefined;
}

/**
 * How often answers of each probability are right.
 * @param logits `[n, classes]`, n ≥ 1
 * @param labels `[n]`
 * @throws ShapeError if there is no row, or not one label of 0 … classes − 1 for each
 */
export function reliability(
  logits: Tensor,
  labels: ArrayLike<number>,
  { bins = 15, temperature = 1 }: ReliabilityOptions = {},
): Reliability {
  checkAnswers(logits, labels);
  return binned(
    Array.from(labels, (label, i) => assurance(logits, i, label, temperature)),
    bins,
  );
}

/** How sure an answer is, and whether rightly. */
export interface Assurance {
  /** Probability of the answer; null if it is not a number, which says nothing that could be true. */
  readonly confidence: number | null;
  readonly isRight: boolean;
}

/** Of one row. */
export function assurance(logits: Tensor, row: number, label: number, temperature: number): Assurance {
  const probabilities = softmax(scaledRow(logits, row, 1 / temperature));
  let answer = 0;
  for (let c = 1; c < probabilities.length; c++) if (probabilities[c] > probabilities[answer]) answer = c;
  const confidence = probabilities[answer];
  return { confidence: Number.isNaN(confidence) ? null : confidence, isRight: answer === label };
}

/** Reliability of answers that have been looked at one by one. */
export function binned(answers: readonly Assurance[], bins = 15): Reliability {
  const sums = Array.from({ length: bins }, () => ({ count: 0, right: 0, confidence: 0 }));
  for (const { confidence, isRight } of answers) {
    if (confidence === null) continue;
    const bin = sums[Math.min(Math.max(Math.ceil(confidence * bins) - 1, 0), bins - 1)];
    bin.count++;
    bin.confidence += confidence;
    if (isRight) bin.right++;
  }
  const gaps = sums.map(({ right, confidence }) => Math.abs(right - confidence) / answers.length);
  return {
    expectedError: gaps.reduce((sum, gap) => sum + gap, 0),
    bins: sums.map(({ count, right, confidence }, at) => ({
      from: at / bins,
      to: (at + 1) / bins,
      count,
      accuracy: count === 0 ? null : right / count,
      confidence: count === 0 ? null : confidence / count,
    })),
  };
}

/**
 * Mean of −log softmax(logits / temperature) at the labels.
 * @throws ShapeError as `reliability`
 */
export function logLoss(logits: Tensor, labels: ArrayLike<number>, temperature = 1): number {
  checkAnswers(logits, labels);
  let sum = 0;
  for (let i = 0; i < labels.length; i++) sum += rowLoss(logits, i, labels[i], temperature);
  return sum / labels.length;
}

/** −log softmax(logits / temperature) of one row at its label. */
export function rowLoss(logits: Tensor, at: number, label: number, temperature: number): number {
  const row = scaledRow(logits, at, 1 / temperature);
  const largest = row.reduce((most, z) => Math.max(most, z));
  const total = row.reduce((all, z) => all + Math.exp(z - largest), 0);
  return largest + Math.log(total) - row[label];
}

const COLDEST = 0.01; // where every answer is right the best temperature is 0
const HOTTEST = 100; // where answers are worse than chance it is infinite
const MOST_STEPS = 100; // Newton needs 5 to 10, halving 50

/**
 * The temperature of the least `logLoss`, fitted on answers that training did not see; from 0.01 to 100.
 *
 * With β = 1 / temperature the loss is convex: its slope is the mean of Σ p·z − z_label, its curvature the mean variance
 * of z under p. Newton's step where that stays between the bounds known so far, else their middle.
 * @throws ShapeError as `reliability`
 */
export function fitTemperature(logits: Tensor, labels: ArrayLike<number>): number {
  checkAnswers(logits, labels);
  let [least, most] = [1 / HOTTEST, 1 / COLDEST]; // of β
  if (slopeAt(least, logits, labels).slope >= 0) return HOTTEST;
  if (slopeAt(most, logits, labels).slope <= 0) return COLDEST;
  let beta = 1;
  for (let step = 0; step < MOST_STEPS; step++) {
    const { slope, curvature } = slopeAt(beta, logits, labels);
    if (slope < 0) least = beta;
    else most = beta;
    const newton = beta - slope / curvature;
    const next = newton > least && newton < most ? newton : (least + most) / 2;
    if (Math.abs(next - beta) <= 1e-12 * beta) return 1 / next;
    beta = next;
  }
  return 1 / beta;
}

/** First and second derivative of the mean loss by β. */
function slopeAt(beta: number, logits: Tensor, labels: ArrayLike<number>): { slope: number; curvature: number } {
  let slope = 0;
  let curvature = 0;
  for (let i = 0; i < labels.length; i++) {
    const z = scaledRow(logits, i, 1);
    const p = softmax(scaledRow(logits, i, beta));
    const mean = p.reduce((sum, share, c) => sum + share * z[c], 0);
    slope += mean - z[labels[i]];
    curvature += p.reduce((sum, share, c) => sum + share * (z[c] - mean) ** 2, 0);
  }
  return { slope: slope / labels.length, curvature: curvature / labels.length };
}

function scaledRow({ data, shape: [, classes] }: Tensor, row: number, by: number): Float64Array {
  return Float64Array.from({ length: classes }, (_, c) => data[row * classes + c] * by);
}

/** @throws ShapeError if there is no row of logits, or not one label of 0 … classes − 1 for each */
export function checkAnswers({ shape }: Tensor, labels: ArrayLike<number>): void {
  const [count, classes] = shape;
  if (shape.length !== 2 || count < 1 || classes < 1) {
    throw new ShapeError("logits", `expected [n, classes] with n ≥ 1, got ${shown(shape)}`);
  }
  if (labels.length !== count) throw new ShapeError("labels", `expected ${count}, one a row, got ${labels.length}`);
  for (let i = 0; i < count; i++) {
    if (Number.isInteger(labels[i]) && labels[i] >= 0 && labels[i] < classes) continue;
    throw new ShapeError("labels", `expected whole numbers from 0 to ${classes - 1}, got ${labels[i]} in row ${i}`);
  }
}
