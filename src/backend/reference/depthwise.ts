// y[n, h, w, c] = act(Σ x[n, h·stride − top + kh, w·stride − left + kw, c] · weight[c, 0, kh, kw] + bias[c])
//   for each pixel of y · for each c:  for kh · for kw
// Its gradients walk the same taps: each product x·w that went into y[n, h, w, c] gives w·g to x's place and x·g to w's.

import type { Depthwise } from "../../graph/ops.ts";
import type { Numbers } from "../parameters.ts";
import { activationOf } from "./activate.ts";
import { type Loop, tapsInside } from "./loop.ts";

export const depthwise: Loop<"depthwise"> = (op, read, y) => {
  const { kernel, stride, pads } = op;
  const [kernelHeight, kernelWidth] = kernel;
  const x = read(op.x);
  const weight = read(op.weight).data;
  const bias = op.bias === null ? null : read(op.bias).data;
  const act = activationOf(op.activation);
  const [, xHeight, xWidth, channels] = x.shape;
  const [batch, yHeight, yWidth] = y.shape;
  const taps = kernelHeight * kernelWidth;
  let at = 0;
  for (let n = 0; n < batch; n++) {
    for (let h = 0; h < yHeight; h++) {
      const top = h * stride - pads.top;
      const [khFrom, khTo] = tapsInside(top, kernelHeight, xHeight);
      for (let w = 0; w < yWidth; w++) {
        const left = w * stride - pads.left;
        const [kwFrom, kwTo] = tapsInside(left, kernelWidth, xWidth);
        for (let c = 0; c < channels; c++) {
          let sum = bias === null ? 0 : bias[c];
          for (let kh = khFrom; kh < khTo; kh++) {
            const row = ((n * xHeight + top + kh) * xWidth + left) * channels + c;
            const tap = c * taps + kh * kernelWidth;
            for (let kw = kwFrom; kw < kwTo; kw++) sum += x.data[row + kw * channels] * weight[tap + kw];
          }
          y.data[at++] = act(sum);
        }
      }
    }
  }
};

/** y[n, h·stride − top + kh, w·stride − left + kw, c] += g[n, h, w, c] · weight[c, 0, kh, kw] */
export const depthwiseInputGradient: Loop<"depthwiseInputGradient"> = (op, read, y) => {
  const weight = read(op.weight).data;
  eachTap(op, y.shape, read(op.g), (g, pixel, tap) => {
    y.data[pixel] += g * weight[tap];
  });
};

/** y[c, 0, kh, kw] += x[n, h·stride − top + kh, w·stride − left + kw, c] · g[n, h, w, c] */
export const depthwiseWeightGradient: Loop<"depthwiseWeightGradient"> = (op, read, y) => {
  const x = read(op.x);
  eachTap(op, x.shape, read(op.g), (g, pixel, tap) => {
    y.data[tap] += x.data[pixel] * g;
  });
};

/** Calls back for each element of g and each tap inside the map: where its element of x and its weight lie. */
function eachTap(
  { kernel, stride, pads }: Pick<Depthwise, "kernel" | "stride" | "pads">,
  [, xHeight, xWidth, channels]: readonly number[],
  g: Numbers,
  use: (g: number, pixel: number, tap: number) => void,
): void {
  const [kernelHeight, kernelWidth] = kernel;
  const [batch, height, width] = g.shape;
  let at = 0;
  for (let n = 0; n < batch; n++) {
    for (let h = 0; h < height; h++) {
      const top = h * stride - pads.top;
      const [khFrom, khTo] = tapsInside(top, kernelHeight, xHeight);
      for (let w = 0; w < width; w++) {
        const left = w * stride - pads.left;
        const [kwFrom, kwTo] = tapsInside(left, kernelWidth, xWidth);
        for (let c = 0; c < channels; c++, at++) {
          for (let kh = khFrom; kh < khTo; kh++) {
            for (let kw = kwFrom; kw < kwTo; kw++) {
              const pixel = ((n * xHeight + top + kh) * xWidth + left + kw) * channels + c;
              use(g.data[at], pixel, (c * kernelHeight + kh) * kernelWidth + kw);
            }
          }
        }
      }
    }
  }
}
