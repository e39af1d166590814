// y[n, h, w, o] = act(Σ x[n, h·stride − top + kh, w·stride − left + kw, i] · weight[o, i, kh, kw] + bias[o] + residual[n, h, w, o])
//   for each pixel of y · for each o:  for kh · for kw · for i

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
