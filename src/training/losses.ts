// What is minimised: the loss op of the training graph, and the targets that it compares logits with.

import type { LossOp } from "../graph/training-ops.ts";
import type { Tensor } from "../tensor.ts";
import type { Recipe } from "./recipe.ts";

/** Names in the training graph. */
export const TARGET = "target";
export const LOSS = "loss";

export function lossOp({ loss }: Pick<Recipe, "loss">): LossOp {
  const ends = { x: "logits", target: TARGET, weight: 1, y: LOSS } as const;
  if (loss === "crossEntropy") return { op: "crossEntropy", ...ends };
  return { op: "binaryCrossEntropy", ...ends, sumsClasses: loss === "binaryCrossEntropySum" };
}

/** What a batch brings; targets where pictures were mixed, which are smoothed already. */
export interface Labelled {
  readonly labels: Int32Array;
  readonly targets?: Tensor | undefined;
}

/**
 * `[n, classes]`: at the label 1 − s + s/C, elsewhere s/C; each class times its weight.
 */
export function targetsOf(
  { labels, targets }: Labelled,
  classes: number,
  { smoothing, classWeights }: Pick<Recipe, "smoothing" | "classWeights">,
): Tensor {
  const data = targets === undefined ? smoothed(labels, classes, smoothing) : Float64Array.from(targets.data);
  if (classWeights !== null) for (let i = 0; i < data.length; i++) data[i] *= classWeights[i % classes];
  return { shape: [labels.length, classes], data };
}

/** Weights that make every class count the same: N / (C · n_c). A class without pictures has 0. */
export function balancedWeights(perClass: readonly number[]): number[] {
  const all = perClass.reduce((sum, count) => sum + count, 0);
  return perClass.map((count) => (count === 0 ? 0 : all / (perClass.length * count)));
}

function smoothed(labels: Int32Array, classes: number, smoothing: number): Float64Array {
  const data = new Float64Array(labels.length * classes).fill(smoothing / classes);
  labels.forEach((label, n) => {
    data[n * classes + label] = 1 - smoothing + smoothing / classes;
  });
  return data;
}
