// The mean over a map: small maps in one call of its kernel, large ones as sums of rows and then the mean of those.

import type { OpOf } from "../../graph/ops.ts";
import { originBytes, type Place, pixelBytes, rowBytes, UNIT_BYTES } from "./layout.ts";
import type { Lowering } from "./lowering.ts";
import type { MeanOfRows, RowSums } from "./ops.ts";
import type { Call } from "./program.ts";

export function lowerMeanPool(op: OpOf<"meanPool">, lowering: Lowering): Call {
  const x = lowering.place(op.x);
  return meanOver(x, x.height * x.width, lowering.place(op.y), lowering);
}

export function lowerMeanOfRows(op: MeanOfRows, lowering: Lowering): Call {
  return meanOver(lowering.place(op.x), op.pixels, lowering.place(op.y), lowering);
}

export function lowerRowSums(op: RowSums, lowering: Lowering): Call {
  const x = lowering.place(op.x);
  const y = lowering.place(op.y);
  const one = lowering.constant(Float32Array.of(1));
  const operands = [...map(x), x.width, one, { arena: y.offset }, rowBytes(y), pixelBytes(x), "from", "to"] as const;
  return { kernel: "rowSums", operands, scale: 1 };
}

function meanOver(x: Place, pixels: number, y: Place, lowering: Lowering): Call {
  const scale = lowering.constant(Float32Array.of(1 / pixels));
  const operands = [...map(x), x.height, x.width, scale, { arena: y.offset }, "from", "to"] as const;
  return { kernel: "meanPool", operands, scale: UNIT_BYTES };
}

function map(x: Place) {
  return [{ arena: x.offset + originBytes(x) }, rowBytes(x), pixelBytes(x)] as const;
}
