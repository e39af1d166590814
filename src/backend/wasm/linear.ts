// A linear layer as one call of its kernel, panels of 8 outputs split over the threads.

import type { OpOf } from "../../graph/ops.ts";
import { PITCH, roundUp } from "./layout.ts";
import { activationCode, type Lowering } from "./lowering.ts";
import type { Call } from "./program.ts";

export function lowerLinear(op: OpOf<"linear">, lowering: Lowering): Call {
  const x = lowering.place(op.x);
  const y = lowering.place(op.y);
  const padded = roundUp(y.channels, PITCH);
  return {
    kernel: "linear",
    operands: [
      { arena: x.offset },
      x.channels,
      lowering.panels(op.weight, x.channels, PITCH),
      op.bias === null ? lowering.constant(new Float32Array(padded)) : lowering.vector(op.bias),
      { arena: y.offset },
      activationCode(op.activation),
      "from",
      "to",
    ],
    scale: 1,
  };
}
