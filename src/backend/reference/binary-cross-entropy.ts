// y = Σ (max(x, 0) − x·target + log(1 + e^−|x|)) / batch, and / classes unless classes are summed

import type { Numbers } from "../parameters.ts";
import type { Loop } from "./loop.ts";

export const binaryCrossEntropy: Loop<"binaryCrossEntropy"> = (op, read, y) => {
  const x = read(op.x);
  const target = read(op.target).data;
  for (let i = 0; i < target.length; i++) {
    const z = x.data[i];
    y.data[0] += (Math.max(z, 0) - z * target[i] + Math.log1p(Math.exp(-Math.abs(z)))) / divisor(x, op.sumsClasses);
  }
};

/** y = weight · (σ(x) − target) / batch, and / classes unless classes are summed */
export const binaryCrossEntropyGradient: Loop<"binaryCrossEntropyGradient"> = (op, read, y) => {
  const x = read(op.x);
  const target = read(op.target).data;
  for (let i = 0; i < target.length; i++) {
    y.data[i] = (op.weight * (1 / (1 + Math.exp(-x.data[i])) - target[i])) / divisor(x, op.sumsClasses);
  }
};

function divisor({ shape: [batch, classes] }: Numbers, sumsClasses: boolean): number {
  return sumsClasses ? batch : batch * classes;
}
