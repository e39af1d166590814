// y[n, h, w, c] = act(Σ x[n, h·stride − top + kh, w·stride − left + kw, c] · weight[c, 0, kh, kw] + bias[c])
//   for each pixel of y · for each c:  for kh · for kw

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
