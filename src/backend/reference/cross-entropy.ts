// y = −Σ target[n, c] · log p[n, c] / batch, p = softmax(x): log p[c] = x[c] − max − log Σ e^(x − max)
//   for each n · for each c

import type { Loop } from "./loop.ts";

export const crossEntropy: Loop<"crossEntropy"> = (op, read, y) => {
  const { shape, data } = read(op.x);
  const target = read(op.target).data;
  const [batch, classes] = shape;
  for (let from = 0; from < data.length; from += classes) {
    const logSum = logSumOf(data.subarray(from, from + classes));
    for (let i = from; i < from + classes; i++) y.data[0] -= (target[i] * (data[i] - logSum)) / batch;
  }
};

/** y[n, c] = weight · (p[n, c] · Σ target[n] − target[n, c]) / batch */
export const crossEntropyGradient: Loop<"crossEntropyGradient"> = (op, read, y) => {
  const { shape, data } = read(op.x);
  const target = read(op.target).data;
  const [batch, classes] = shape;
  for (let from = 0; from < data.length; from += classes) {
    const logSum = logSumOf(data.subarray(from, from + classes));
    let total = 0;
    for (let i = from; i < from + classes; i++) total += target[i];
    for (let i = from; i < from + classes; i++) {
      y.data[i] = (op.weight * (Math.exp(data[i] - logSum) * total - target[i])) / batch;
    }
  }
};

/** log Σ e^x, without overflow. */
function logSumOf(x: Float64Array): number {
  let most = Number.NEGATIVE_INFINITY;
  for (const value of x) most = Math.max(most, value);
  let sum = 0;
  for (const value of x) sum += Math.exp(value - most);
  return most + Math.log(sum);
}
