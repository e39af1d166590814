// y = x + other, element by element.

import type { Loop } from "./loop.ts";

export const add: Loop<"add"> = (op, read, y) => {
  const x = read(op.x).data;
  const other = read(op.other).data;
  for (let i = 0; i < x.length; i++) y.data[i] = x[i] + other[i];
};
