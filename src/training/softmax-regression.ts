// A linear classifier on fixed features: mean of weight[y]·(−log softmax(W·x + b)[y]) + λ/2 · ‖W‖², the bias unpenalised.
// Convex, so that every way to its minimum ends in the same place.

import type { Objective } from "./minimize.ts";

/** Features of pictures and their classes. */
export interface Examples {
  /** `[n, d]` */
  readonly features: Float32Array;
  /** `[n]` */
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
}

/** Of a point `[classes, d]` followed by `[classes]`: W and b. */
export function regressionLoss(examples: Examples, options: RegressionOptions): Objective {
  const { features, labels, width } = examples;
  const { classes, penalty, classWeights } = options;
  const count = labels.length;
  const logits = new Float64Array(classes);
  return (point, gradient) => {
    const bias = classes * width;
    gradient.fill(0);
    let loss = 0;
    for (let n = 0; n < count; n++) {
      const label = labels[n];
      const share = (classWeights === null ? 1 : classWeights[label]) / count;
      logitsAt(examples, n, point, logits);
      loss += share * softmaxInPlace(logits, label);
      for (let c = 0; c < classes; c++) {
        const g = share * (logits[c] - (c === label ? 1 : 0));
        gradient[bias + c] += g;
        addRow(features, n * width, width, g, gradient, c * width);
      }
    }
    for (let i = 0; i < bias; i++) {
      loss += 0.5 * penalty * point[i] * point[i];
      gradient[i] += penalty * point[i];
    }
    return loss;
  };
}

/** W·x + b of example n. */
export function logitsAt({ features, width }: Examples, n: number, point: Float64Array, out: Float64Array): void {
  const classes = out.length;
  const from = n * width;
  let c = 0;
  for (; c + 4 <= classes; c += 4) {
    // four classes at a time: the features are read once for them
    const [w0, w1, w2, w3] = [c * width, (c + 1) * width, (c + 2) * width, (c + 3) * width];
    let [s0, s1, s2, s3] = [0, 0, 0, 0];
    for (let i = 0; i < width; i++) {
      const x = features[from + i];
      s0 += x * point[w0 + i];
      s1 += x * point[w1 + i];
      s2 += x * point[w2 + i];
      s3 += x * point[w3 + i];
    }
    out.set([s0, s1, s2, s3], c);
  }
  for (; c < classes; c++) {
    let sum = 0;
    for (let i = 0; i < width; i++) sum += features[from + i] * point[c * width + i];
    out[c] = sum;
  }
  for (let k = 0; k < classes; k++) out[k] += point[classes * width + k];
}

/** Logits become probabilities. @returns −log p[label] */
function softmaxInPlace(logits: Float64Array, label: number): number {
  let most = Number.NEGATIVE_INFINITY;
  for (const z of logits) most = Math.max(most, z);
  let sum = 0;
  for (const z of logits) sum += Math.exp(z - most);
  const loss = Math.log(sum) + most - logits[label];
  for (let c = 0; c < logits.length; c++) logits[c] = Math.exp(logits[c] - most) / sum;
  return loss;
}

function addRow(
  features: Float32Array,
  from: number,
  width: number,
  factor: number,
  to: Float64Array,
  at: number,
): void {
  for (let i = 0; i < width; i++) to[at + i] += factor * features[from + i];
}
