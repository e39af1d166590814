// y[n, h, w, o] = act(Σ x[n, h·stride − top + kh, w·stride − left + kw, i] · weight[o, i, kh, kw] + bias[o] + residual[n, h, w, o])
//   for each pixel of y · for each o:  for kh · for kw · for i
// Its gradients walk the same taps: each product x·w that went into y[n, h, w, o] gives w·g to x's place and x·g to w's.

import type { Convolution } from "../../graph/ops.ts";
import type { Numbers } from "../parameters.ts";
import { activationOf } from "./activate.ts";
import { type Loop, tapsInside } from "./loop.ts";

export const convolution: Loop<"convolution"> = (op, read, y) => {
  const { kernel, stride, pads } = op;
  const [kernelHeight, kernelWidth] = kernel;
  const x = read(op.x);
  const weight = read(op.weight).data;
  const bias = op.bias === null ? null : read(op.bias).data;
  const residual = op.residual === null ? null : read(op.residual).data;
  const act = activationOf(op.activation);
  const [, xHeight, xWidth, inputs] = x.shape;
  const [batch, yHeight, yWidth, outputs] = y.shape;
  const taps = kernelHeight * kernelWidth;
  let at = 0;
  for (let n = 0; n < batch; n++) {
    for (let h = 0; h < yHeight; h++) {
      const top = h * stride - pads.top;
      const [khFrom, khTo] = tapsInside(top, kernelHeight, xHeight);
      for (let w = 0; w < yWidth; w++) {
        const left = w * stride - pads.left;
        const [kwFrom, kwTo] = tapsInside(left, kernelWidth, xWidth);
        for (let o = 0; o < outputs; o++) {
          let sum = bias === null ? 0 : bias[o];
          for (let kh = khFrom; kh < khTo; kh++) {
            for (let kw = kwFrom; kw < kwTo; kw++) {
              const pixel = ((n * xHeight + top + kh) * xWidth + left + kw) * inputs;
              const tap = o * inputs * taps + kh * kernelWidth + kw;
              for (let i = 0; i < inputs; i++) sum += x.data[pixel + i] * weight[tap + i * taps];
            }
          }
          y.data[at] = act(residual === null ? sum : sum + residual[at]);
          at++;
        }
      }
    }
  }
};

/** y[n, h·stride − top + kh, w·stride − left + kw, i] += g[n, h, w, o] · weight[o, i, kh, kw] */
export const convolutionInputGradient: Loop<"convolutionInputGradient"> = (op, read, y) => {
  const weight = read(op.weight).data;
  eachTap(op, y.shape, read(op.g), (g, pixel, tap, inputs, taps) => {
    for (let i = 0; i < inputs; i++) y.data[pixel + i] += g * weight[tap + i * taps];
  });
};

/** y[o, i, kh, kw] += x[n, h·stride − top + kh, w·stride − left + kw, i] · g[n, h, w, o] */
export const convolutionWeightGradient: Loop<"convolutionWeightGradient"> = (op, read, y) => {
  const x = read(op.x);
  eachTap(op, x.shape, read(op.g), (g, pixel, tap, inputs, taps) => {
    for (let i = 0; i < inputs; i++) y.data[tap + i * taps] += x.data[pixel + i] * g;
  });
};

/** Calls back for each element of g and each tap inside the map: where its pixel and its first weight lie. */
function eachTap(
  { kernel, stride, pads }: Pick<Convolution, "kernel" | "stride" | "pads">,
  [, xHeight, xWidth, inputs]: readonly number[],
  g: Numbers,
  use: (g: number, pixel: number, tap: number, inputs: number, taps: number) => void,
): void {
  const [kernelHeight, kernelWidth] = kernel;
  const [batch, height, width, outputs] = g.shape;
  const taps = kernelHeight * kernelWidth;
  let at = 0;
  for (let n = 0; n < batch; n++) {
    for (let h = 0; h < height; h++) {
      const top = h * stride - pads.top;
      const [khFrom, khTo] = tapsInside(top, kernelHeight, xHeight);
      for (let w = 0; w < width; w++) {
        const left = w * stride - pads.left;
        const [kwFrom, kwTo] = tapsInside(left, kernelWidth, xWidth);
        for (let o = 0; o < outputs; o++, at++) {
          for (let kh = khFrom; kh < khTo; kh++) {
            for (let kw = kwFrom; kw < kwTo; kw++) {
              const pixel = ((n * xHeight + top + kh) * xWidth + left + kw) * inputs;
              use(g.data[at], pixel, o * inputs * taps + kh * kernelWidth + kw, inputs, taps);
            }
          }
        }
      }
    }
  }
}
