// y[n, c] = Σ x[n, h, w, c] / (height · width)
//   for each n · for each pixel · for each c;  then the division

import type { Loop } from "./loop.ts";

export const meanPool: Loop<"meanPool"> = (op, read, y) => {
  const x = read(op.x);
  const [batch, height, width, channels] = x.shape;
  const pixels = height * width;
  for (let n = 0; n < batch; n++) {
    for (let pixel = 0; pixel < pixels; pixel++) {
      for (let c = 0; c < channels; c++) y.data[n * channels + c] += x.data[(n * pixels + pixel) * channels + c];
    }
  }
  for (let i = 0; i < y.data.length; i++) y.data[i] /= pixels;
};

/** y[n, h, w, c] = g[n, c] / (height · width) */
export const meanPoolGradient: Loop<"meanPoolGradient"> = (op, read, y) => {
  const g = read(op.g).data;
  const [batch, height, width, channels] = y.shape;
  const pixels = height * width;
  for (let n = 0; n < batch; n++) {
    for (let pixel = 0; pixel < pixels; pixel++) {
      for (let c = 0; c < channels; c++) y.data[(n * pixels + pixel) * channels + c] = g[n * channels + c] / pixels;
    }
  }
};
