// y[0, c] = mean = Σ x[…, c] / n;  y[1, c] = Σ (x[…, c] − mean)² / n, n values a channel
//   for each row of channels · for each c;  twice, since the second needs the first

import type { Loop } from "./loop.ts";

export const statistics: Loop<"statistics"> = (op, read, y) => {
  const x = read(op.x).data;
  const channels = y.shape[1];
  const n = x.length / channels;
  const mean = y.data.subarray(0, channels);
  const variance = y.data.subarray(channels);
  for (let i = 0; i < x.length; i++) mean[i % channels] += x[i];
  for (let c = 0; c < channels; c++) mean[c] /= n;
  for (let i = 0; i < x.length; i++) variance[i % channels] += (x[i] - mean[i % channels]) ** 2;
  for (let c = 0; c < channels; c++) variance[c] /= n;
};

/** The same rows from two parameters. */
export const runningStatistics: Loop<"runningStatistics"> = (op, read, y) => {
  y.data.set(read(op.mean).data);
  y.data.set(read(op.variance).data, y.shape[1]);
};

/** y = x[row] */
export const row: Loop<"row"> = (op, read, y) => {
  const channels = y.data.length;
  y.data.set(read(op.x).data.subarray(op.row * channels, (op.row + 1) * channels));
};
