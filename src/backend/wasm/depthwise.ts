// A depthwise convolution as one call of its kernel: taps at the pitch, borders already around the map.

import type { OpOf } from "../../graph/ops.ts";
import { originBytes, PITCH, pixelBytes, rowBytes } from "./layout.ts";
import { activationCode, type Lowering } from "./lowering.ts";
import { packTaps, packVector } from "./pack.ts";
import type { Operand, SplitStep } from "./program.ts";

/** Maps of at least this many rows split rows; smaller ones split channels, which divides them more evenly. */
const ROWS_TO_SPLIT = 20;
const UNIT_BYTES = PITCH * Float32Array.BYTES_PER_ELEMENT;

export function lowerDepthwise(op: OpOf<"depthwise">, lowering: Lowering): SplitStep {
  const x = lowering.place(op.x);
  const y = lowering.place(op.y);
  const bytes = pixelBytes(y);
  const splitsRows = y.height >= ROWS_TO_SPLIT;
  const operands: Operand[] = [
    { arena: x.offset + originBytes(x, op.pads) },
    rowBytes(x),
    pixelBytes(x),
    lowering.packed(op.weight, "taps", packTaps),
    op.bias === null ? lowering.constant(new Float32Array(y.pitch)) : lowering.packed(op.bias, "vector", packVector),
    bytes,
    { arena: y.offset + originBytes(y) },
    rowBytes(y),
    bytes,
    y.width,
    op.kernel[0],
    op.kernel[1],
    op.stride,
    activationCode(op.activation),
    ...(splitsRows ? (["from", "to", 0, bytes] as const) : ([0, y.height, "from", "to"] as const)),
  ];
  return splitsRows
    ? { kernel: "depthwise", operands, units: y.height, scale: 1 }
    : { kernel: "depthwise", operands, units: bytes / UNIT_BYTES, scale: UNIT_BYTES };
}
