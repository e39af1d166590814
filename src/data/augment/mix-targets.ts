// Soft targets: what a batch's loss takes instead of labels.

import { type Tensor, tensor } from "../../tensor.ts";

const { fround } = Math;

/**
 * λ · (the smoothed label of picture i) + (1 − λ) · (that of picture n − 1 − i).
 *
 * A smoothed label is 1 − s + s / C at its class and s / C elsewhere.
 * @param lambdas as many as targets are wanted
 * @param round of every operation: `Math.fround` as timm; its doubles of mode `half` take the identity
 * @returns `[lambdas, classes]`
 */
export function mixTargets(
  labels: ArrayLike<number>,
  classes: number,
  smoothing: number,
  lambdas: readonly number[],
  round: (value: number) => number,
): Tensor {
  const off = fround(smoothing / classes);
  const on = fround(1 - smoothing + smoothing / classes);
  const data = new Float32Array(lambdas.length * classes);
  lambdas.forEach((lambda, i) => {
    const [own, partner] = [labels[i], labels[labels.length - 1 - i]];
    const share = round(lambda);
    const rest = round(1 - lambda);
    for (let c = 0; c < classes; c++) {
      data[i * classes + c] = round((c === own ? on : off) * share) + round((c === partner ? on : off) * rest);
    }
  });
  return tensor(data, [lambdas.length, classes]);
}
