// y[…, c] = weight[c] · (x[…, c] − mean[c]) / √(variance[c] + ε) + bias[c]
//   for each row of channels · for each c

import type { Loop } from "./loop.ts";

export const norm: Loop<"norm"> = (op, read, y) => {
  const x = read(op.x).data;
  const weight = read(op.weight).data;
  const bias = read(op.bias).data;
  const mean = read(op.mean).data;
  const deviation = read(op.variance).data.map((variance) => Math.sqrt(variance + op.epsilon));
  const channels = weight.length;
  for (let row = 0; row < x.length; row += channels) {
    for (let c = 0; c < channels; c++) {
      y.data[row + c] = (weight[c] * (x[row + c] - mean[c])) / deviation[c] + bias[c];
    }
  }
};
