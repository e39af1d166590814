// A depthwise convolution as one call of its kernel: taps at the pitch, borders already around the map.

import type { OpOf } from "../../graph/ops.ts";
import { originBytes, pixelBytes, rowBytes, UNIT_BYTES } from "./layout.ts";
import { activationCode, type Lowering } from "./lowering.ts";
import type { Call, Operand } from "./program.ts";
import type { Split } from "./split.ts";

export function lowerDepthwise(op: OpOf<"depthwise">, lowering: Lowering, { axis }: Split): Call {
  const x = lowering.place(op.x);
  const y = lowering.place(op.y);
  const bytes = pixelBytes(y);
  const operands: Operand[] = [
    { arena: x.offset + originBytes(x, op.pads) },
    rowBytes(x),
    pixelBytes(x),
    lowering.taps(op.weight),
    op.bias === null ? lowering.constant(new Float32Array(y.pitch)) : lowering.vector(op.bias),
    bytes,
    { arena: y.offset + originBytes(y) },
    rowBytes(y),
    bytes,
    y.width,
    op.kernel[0],
    op.kernel[1],
    op.stride,
    activationCode(op.activation),
    ...(axis === "rows" ? (["from", "to", 0, bytes] as const) : ([0, y.height, "from", "to"] as const)),
  ];
  return { kernel: "depthwise", operands, scale: axis === "rows" ? 1 : UNIT_BYTES };
}
