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
