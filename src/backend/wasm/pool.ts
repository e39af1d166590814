// The mean over a map as one call of its kernel, channels split over the threads.

import type { OpOf } from "../../graph/ops.ts";
import { originBytes, PITCH, pixelBytes, rowBytes } from "./layout.ts";
import type { Lowering } from "./lowering.ts";
import type { SplitStep } from "./program.ts";

const UNIT_BYTES = PITCH * Float32Array.BYTES_PER_ELEMENT;

export function lowerMeanPool(op: OpOf<"meanPool">, lowering: Lowering): SplitStep {
  const x = lowering.place(op.x);
  const y = lowering.place(op.y);
  return {
    kernel: "meanPool",
    operands: [
      { arena: x.offset + originBytes(x) },
      rowBytes(x),
      pixelBytes(x),
      x.height,
      x.width,
      lowering.constant(new Float32Array([1 / (x.height * x.width)])),
      { arena: y.offset },
      "from",
      "to",
    ],
    units: pixelBytes(x) / UNIT_BYTES,
    scale: UNIT_BYTES,
  };
}
