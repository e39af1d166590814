// y[n, o] = act(Σ x[n, i] · weight[o, i] + bias[o])
//   for each n · for each o:  for i

import { activationOf } from "./activate.ts";
import type { Loop } from "./loop.ts";

export const linear: Loop<"linear"> = (op, read, y) => {
  const x = read(op.x);
  const weight = read(op.weight).data;
  const bias = op.bias === null ? null : read(op.bias).data;
  const act = activationOf(op.activation);
  const inputs = x.shape[1];
  const [batch, outputs] = y.shape;
  for (let n = 0; n < batch; n++) {
    for (let o = 0; o < outputs; o++) {
      let sum = bias === null ? 0 : bias[o];
      for (let i = 0; i < inputs; i++) sum += x.data[n * inputs + i] * weight[o * inputs + i];
      y.data[n * outputs + o] = act(sum);
    }
  }
};

/** y[n, i] = Σ g[n, o] · weight[o, i] */
export const linearInputGradient: Loop<"linearInputGradient"> = (op, read, y) => {
  const g = read(op.g);
  const weight = read(op.weight).data;
  const [batch, outputs] = g.shape;
  const inputs = y.shape[1];
  for (let n = 0; n < batch; n++) {
    for (let o = 0; o < outputs; o++) {
      for (let i = 0; i < inputs; i++) y.data[n * inputs + i] += g.data[n * outputs + o] * weight[o * inputs + i];
    }
  }
};

/** y[o, i] = Σ g[n, o] · x[n, i] */
export const linearWeightGradient: Loop<"linearWeightGradient"> = (op, read, y) => {
  const x = read(op.x).data;
  const g = read(op.g);
  const [batch, outputs] = g.shape;
  const inputs = y.shape[1];
  for (let n = 0; n < batch; n++) {
    for (let o = 0; o < outputs; o++) {
      for (let i = 0; i < inputs; i++) y.data[o * inputs + i] += g.data[n * outputs + o] * x[n * inputs + i];
    }
  }
};

/** y[c] = Σ g[…, c], of a linear layer or a convolution */
export const biasGradient: Loop<"biasGradient"> = (op, read, y) => {
  const g = read(op.g).data;
  for (let i = 0; i < g.length; i++) y.data[i % y.data.length] += g[i];
};
