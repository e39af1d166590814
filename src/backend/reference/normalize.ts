// y = act(weight · x̂ + bias), x̂ = (x − mean) / √(variance + ε), mean and variance the rows of the statistics
//   for each row of channels · for each c;  the gradients alike, from x again

import type { Numbers } from "../parameters.ts";
import { activationOf, slopeOf } from "./activate.ts";
import type { Loop } from "./loop.ts";

export const normalize: Loop<"normalize"> = (op, read, y) => {
  const standardized = standardize(read(op.x), read(op.statistics), op.epsilon);
  const weight = read(op.weight).data;
  const bias = read(op.bias).data;
  const act = activationOf(op.activation);
  const channels = weight.length;
  for (let i = 0; i < y.data.length; i++) {
    const c = i % channels;
    y.data[i] = act(weight[c] * standardized(i) + bias[c]);
  }
};

/** y = g · act′(weight · x̂ + bias) */
export const normalizeSlope: Loop<"normalizeSlope"> = (op, read, y) => {
  const standardized = standardize(read(op.x), read(op.statistics), op.epsilon);
  const weight = read(op.weight).data;
  const bias = read(op.bias).data;
  const g = read(op.g).data;
  const slope = slopeOf(op.activation);
  const channels = weight.length;
  for (let i = 0; i < y.data.length; i++) {
    const c = i % channels;
    y.data[i] = g[i] * slope(weight[c] * standardized(i) + bias[c]);
  }
};

/** y[0, c] = Σ g[…, c];  y[1, c] = Σ g[…, c] · x̂[…, c] */
export const normalizeSums: Loop<"normalizeSums"> = (op, read, y) => {
  const standardized = standardize(read(op.x), read(op.statistics), op.epsilon);
  const g = read(op.g).data;
  const channels = y.shape[1];
  for (let i = 0; i < g.length; i++) {
    const c = i % channels;
    y.data[c] += g[i];
    y.data[channels + c] += g[i] * standardized(i);
  }
};

/** y = weight / √(variance + ε) · (g − Σg/n − x̂ · Σ(g·x̂)/n), without the sums where there are none */
export const normalizeInputGradient: Loop<"normalizeInputGradient"> = (op, read, y) => {
  const statistics = read(op.statistics);
  const standardized = standardize(read(op.x), statistics, op.epsilon);
  const weight = read(op.weight).data;
  const g = read(op.g).data;
  const sums = op.sums === null ? null : read(op.sums).data;
  const channels = weight.length;
  const n = g.length / channels;
  for (let i = 0; i < g.length; i++) {
    const c = i % channels;
    const through = sums === null ? 0 : sums[c] / n + (standardized(i) * sums[channels + c]) / n;
    y.data[i] = (weight[c] / Math.sqrt(statistics.data[channels + c] + op.epsilon)) * (g[i] - through);
  }
};

/** i → x̂[i] */
function standardize(x: Numbers, statistics: Numbers, epsilon: number): (i: number) => number {
  const channels = statistics.shape[1];
  const mean = statistics.data.subarray(0, channels);
  const deviation = statistics.data.subarray(channels).map((variance) => Math.sqrt(variance + epsilon));
  return (i) => (x.data[i] - mean[i % channels]) / deviation[i % channels];
}
