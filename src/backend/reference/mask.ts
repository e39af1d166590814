// y[n, …] = x[n, …] · mask[n], or · mask[n, …]: the mask spans the leading axes of x

import type { Loop } from "./loop.ts";

export const mask: Loop<"mask"> = (op, read, y) => {
  const x = read(op.x).data;
  const factors = read(op.mask).data;
  const span = x.length / factors.length;
  for (let i = 0; i < x.length; i++) y.data[i] = x[i] * factors[Math.floor(i / span)];
};
