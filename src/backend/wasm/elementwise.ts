// Ops that touch each element once, as calls of their kernels; rows are split over the threads.

import type { OpOf } from "../../graph/ops.ts";
import { originBytes, type Place, pixelBytes, rowBytes, UNIT_BYTES } from "./layout.ts";
import { activationCode, type Lowering } from "./lowering.ts";
import { padded } from "./pack.ts";
import type { Call, Operand } from "./program.ts";
import type { Split } from "./split.ts";

export function lowerGate(op: OpOf<"gate">, lowering: Lowering, { axis }: Split): Call {
  const y = lowering.place(op.y);
  const factors = { arena: lowering.place(op.gate).offset };
  const share = axis === "rows" ? (["from", "to", 0, pixelBytes(y)] as const) : ([0, y.height, "from", "to"] as const);
  const operands = [...map(lowering.place(op.x)), factors, ...map(y), y.width, ...share];
  return { kernel: "gate", operands, scale: axis === "rows" ? 1 : UNIT_BYTES };
}

export function lowerAdd(op: OpOf<"add">, lowering: Lowering): Call {
  const y = lowering.place(op.y);
  const operands = [
    ...map(lowering.place(op.x)),
    ...map(lowering.place(op.other)),
    ...map(y),
    pixelBytes(y),
    y.width,
    ...ROWS,
  ];
  return { kernel: "add", operands, scale: 1 };
}

export function lowerActivate(op: OpOf<"activate">, lowering: Lowering): Call {
  const y = lowering.place(op.y);
  const kind = activationCode(op.activation);
  const operands = [...map(lowering.place(op.x)), ...map(y), pixelBytes(y), y.width, kind, ...ROWS];
  return { kernel: "activateMap", operands, scale: 1 };
}

/** y = x · scale + shift with scale = weight / √(variance + ε) and shift = bias − mean · scale. */
export function lowerNorm(op: OpOf<"norm">, lowering: Lowering): Call {
  const y = lowering.place(op.y);
  const [weight, bias, mean, variance] = [op.weight, op.bias, op.mean, op.variance].map(
    (name) => lowering.numbers(name).data,
  );
  const scale = weight.map((value, c) => value / Math.sqrt(variance[c] + op.epsilon));
  const shift = bias.map((value, c) => value - mean[c] * scale[c]);
  const constant = (data: Float64Array): number => lowering.constant(padded(data));
  const operands = [
    ...map(lowering.place(op.x)),
    constant(scale),
    constant(shift),
    ...map(y),
    pixelBytes(y),
    y.width,
    ...ROWS,
  ];
  return { kernel: "affine", operands, scale: 1 };
}

const ROWS = ["from", "to"] as const;

/** Address of pixel (0, 0), bytes from row to row, bytes from pixel to pixel. */
function map(place: Place): Operand[] {
  return [{ arena: place.offset + originBytes(place) }, rowBytes(place), pixelBytes(place)];
}
