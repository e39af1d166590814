// y[n, h, w, c] = x[n, h, w, c] · gate[n, c]; vectors [n, c] have one pixel
//   for each n · for each pixel · for each c

import type { Loop } from "./loop.ts";

export const gate: Loop<"gate"> = (op, read, y) => {
  const x = read(op.x);
  const factors = read(op.gate).data;
  const { batch, pixels, channels } = sizesOf(x.shape);
  let at = 0;
  for (let n = 0; n < batch; n++) {
    for (let pixel = 0; pixel < pixels; pixel++) {
      for (let c = 0; c < channels; c++, at++) y.data[at] = x.data[at] * factors[n * channels + c];
    }
  }
};

/** y[n, c] = Σ g[n, h, w, c] · x[n, h, w, c] */
export const gateGradient: Loop<"gateGradient"> = (op, read, y) => {
  const x = read(op.x);
  const g = read(op.g).data;
  const { batch, pixels, channels } = sizesOf(x.shape);
  let at = 0;
  for (let n = 0; n < batch; n++) {
    for (let pixel = 0; pixel < pixels; pixel++) {
      for (let c = 0; c < channels; c++, at++) y.data[n * channels + c] += g[at] * x.data[at];
    }
  }
};

function sizesOf(shape: readonly number[]): { batch: number; pixels: number; channels: number } {
  const [batch, ...sides] = shape.slice(0, -1);
  return { batch, pixels: sides.reduce((product, side) => product * side, 1), channels: shape[shape.length - 1] };
}
