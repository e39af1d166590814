// A linear layer as one call of its kernel, panels of 8 outputs split over the threads.

import type { OpOf } from "../../graph/ops.ts";
import { PITCH, roundUp } from "./layout.ts";
import { activationCode, type Lowering } from "./lowering.ts";
import { packPanels } from "./pack.ts";
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
      lowering.packed(op.weight, `panels of ${PITCH}/${x.channels}`, (weight, room) =>
        packPanels(weight, x.channels, PITCH, room),
      ),
      op.bias === null ? lowering.constant(new Float32Array(padded)) : lowering.packedVector(op.bias),
      { arena: y.offset },
      activationCode(op.activation),
      "from",
      "to",
    ],
    scale: 1,
  };
}
