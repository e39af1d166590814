// y[n, h, w, c] = x[n, h, w, c] · gate[n, c]
//   for each n · for each pixel · for each c

import type { Loop } from "./loop.ts";

export const gate: Loop<"gate"> = (op, read, y) => {
  const x = read(op.x);
  const factors = read(op.gate).data;
  const [batch, height, width, channels] = x.shape;
  let at = 0;
  for (let n = 0; n < batch; n++) {
    for (let pixel = 0; pixel < height * width; pixel++) {
      for (let c = 0; c < channels; c++, at++) y.data[at] = x.data[at] * factors[n * channels + c];
    }
  }
};

/** y[n, c] = Σ g[n, h, w, c] · x[n, h, w, c] */
export const gateGradient: Loop<"gateGradient"> = (op, read, y) => {
  const x = read(op.x);
  const g = read(op.g).data;
  const [batch, height, width, channels] = x.shape;
  let at = 0;
  for (let n = 0; n < batch; n++) {
    for (let pixel = 0; pixel < height * width; pixel++) {
      for (let c = 0; c < channels; c++, at++) y.data[n * channels + c] += g[at] * x.data[at];
    }
  }
};
