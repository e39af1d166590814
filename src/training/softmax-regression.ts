// A linear classifier on fixed features: mean of weight[y]·(−log softmax(W·x + b)[y]) + λ/2 · ‖W‖², the bias unpenalised;
// and for examples of no class μ · their mean of −1/C Σ log softmax(W·x + b) (outlier exposure: Hendrycks et al. 2019, eq. 1
// with the uniform distribution as target). Convex, so that every way to its minimum ends in the same place.

import type { Objective } from "./minimize.ts";

/** Features of pictures and their classes. */
export interface Examples {
  /** `[n, d]` */
  readonly features: Float32Array;
  /** `[n]`; `NO_CLASS` for what is none of the classes. */
  readonly labels: Int32Array;
  /** d */
  readonly width: number;
}

export interface RegressionOptions {
  readonly classes: number;
  /** λ */
  readonly penalty: number;
  /** One a class; null: all 1. */
  readonly classWeights: readonly number[] | null;
  /** μ; default 0. */
  readonly othersWeight?: number;
}

export const NO_CLASS = -1;

const BLOCK = 4; // examples at a time: what is read of the point and written of the gradient serves them all, in half the time

/** Of a point `[classes, d]` followed by `[classes]`: W and b. */
export function regressionLoss(examples: Examples, options: RegressionOptions): Objective {
  const { labels, width } = examples;
  const { classes, penalty, classWeights, othersWeight = 0 } = options;
  const count = labels.length;
  const others = labels.reduce((sum, label) => sum + Number(label === NO_CLASS), 0);
  const shareOf = (label: number): number => {
    if (label === NO_CLASS) return othersWeight / others;
    return (classWeights === null ? 1 : classWeights[label]) / (count - others);
  };
  const bias = classes * width;
  const logits = new Float64Array(BLOCK * classes);
  return (point, gradient) => {
    gradient.fill(0);
    let loss = 0;
    for (let first = 0; first < count; first += BLOCK) {
      logitsOfBlock(examples, first, point, logits);
      for (let k = 0; k < BLOCK; k++) {
        const label = labels[first + k] ?? 0;
        const share = first + k < count ? shareOf(label) : 0; // past the end nothing counts
        const row = logits.subarray(k * classes, (k + 1) * classes);
        loss += share * softmaxInPlace(row, label);
        for (let c = 0; c < classes; c++) {
          row[c] = share * (row[c] - targetOf(label, c, classes));
          gradient[bias + c] += row[c];
        }
      }
      addBlock(examples, first, logits, gradient);
    }
    for (let i = 0; i < bias; i++) {
      loss += 0.5 * penalty * point[i] * point[i];
      gradient[i] += penalty * point[i];
    }
    return loss;
  };
}

/** W·x + b of every example, `[n, classes]`. */
export function regressionLogits(examples: Examples, classes: number, point: Float64Array): Float32Array {
  const count = examples.labels.length;
  const all = new Float32Array(count * classes);
  const block = new Float64Array(BLOCK * classes);
  for (let first = 0; first < count; first += BLOCK) {
    logitsOfBlock(examples, first, point, block);
    all.set(block.subarray(0, Math.min(BLOCK, count - first) * classes), first * classes);
  }
  return all;
}

/** `[BLOCK, classes]` */
function logitsOfBlock(examples: Examples, first: number, point: Float64Array, out: Float64Array): void {
  const { features, width } = examples;
  const [a, b, c, d] = rowsOf(examples, first);
  const classes = out.length / BLOCK;
  for (let k = 0; k < classes; k++) {
    const at = k * width;
    let [s0, s1, s2, s3] = [0, 0, 0, 0];
    for (let i = 0; i < width; i++) {
      const w = point[at + i];
      s0 += features[a + i] * w;
      s1 += features[b + i] * w;
      s2 += features[c + i] * w;
      s3 += features[d + i] * w;
    }
    const bias = point[classes * width + k];
    out[k] = s0 + bias;
    out[classes + k] = s1 + bias;
    out[2 * classes + k] = s2 + bias;
    out[3 * classes + k] = s3 + bias;
  }
}

/** Adds Σ g·x over the examples of a block, g `[BLOCK, classes]`. */
function addBlock(examples: Examples, first: number, g: Float64Array, gradient: Float64Array): void {
  const { features, width } = examples;
  const [a, b, c, d] = rowsOf(examples, first);
  const classes = g.length / BLOCK;
  for (let k = 0; k < classes; k++) {
    const at = k * width;
    const [g0, g1, g2, g3] = [g[k], g[classes + k], g[2 * classes + k], g[3 * classes + k]];
    for (let i = 0; i < width; i++) {
      gradient[at + i] += g0 * features[a + i] + g1 * features[b + i] + g2 * features[c + i] + g3 * features[d + i];
    }
  }
}

/** Where the examples of a block begin; past the end the last one stands in. */
function rowsOf({ labels, width }: Examples, first: number): [number, number, number, number] {
  const at = (k: number): number => Math.min(first + k, labels.length - 1) * width;
  return [at(0), at(1), at(2), at(3)];
}

/** What the label's target says of class c. */
function targetOf(label: number, c: number, classes: number): number {
  return label === NO_CLASS ? 1 / classes : Number(label === c);
}

/** Logits become probabilities. @returns −log p[label], for no class the mean of −log p */
function softmaxInPlace(logits: Float64Array, label: number): number {
  let most = Number.NEGATIVE_INFINITY;
  for (const z of logits) most = Math.max(most, z);
  let sum = 0;
  for (const z of logits) sum += Math.exp(z - most);
  const aim = label === NO_CLASS ? logits.reduce((total, z) => total + z, 0) / logits.length : logits[label];
  const loss = Math.log(sum) + most - aim;
  for (let c = 0; c < logits.length; c++) logits[c] = Math.exp(logits[c] - most) / sum;
  return loss;
}
