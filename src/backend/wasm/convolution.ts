// A convolution as one call of the convolution kernel: packed panels, tables of pixel offsets, and which axis is split.

import type { OpOf } from "../../graph/ops.ts";
import { originBytes, PITCH, pixelBytes, roundUp, rowBytes } from "./layout.ts";
import { activationCode, type Lowering } from "./lowering.ts";
import type { Call, Operand } from "./program.ts";
import type { Split } from "./split.ts";

export function lowerConvolution(op: OpOf<"convolution">, lowering: Lowering, { axis }: Split): Call {
  const { tile, panel } = lowering.machine;
  const x = lowering.place(op.x);
  const y = lowering.place(op.y);
  const [kernelHeight, kernelWidth] = op.kernel;
  const channels = roundUp(y.channels, PITCH);
  const bias = op.bias === null ? lowering.constant(new Float32Array(channels)) : lowering.vector(op.bias);
  const { height, width } = y;
  const tableOf = (rowStep: number, pixelStep: number): number => lowering.table(height, width, rowStep, pixelStep);
  const residual = op.residual === null ? null : lowering.place(op.residual);
  const operands: Operand[] = [
    { arena: x.offset + originBytes(x, op.pads) },
    tableOf(rowBytes(x) * op.stride, pixelBytes(x) * op.stride),
    rowBytes(x),
    kernelHeight,
    (kernelWidth - 1) * x.pitch + x.channels,
    lowering.panels(op.weight, x.pitch, panel),
    bias,
    { arena: y.offset + originBytes(y) },
    tableOf(rowBytes(y), pixelBytes(y)),
    residual === null ? 0 : { arena: residual.offset + originBytes(residual) },
    residual === null ? 0 : tableOf(rowBytes(residual), pixelBytes(residual)),
    activationCode(op.activation),
    height * width,
    channels,
    ...(axis === "tiles"
      ? (["from", "to", 0, Math.ceil(channels / panel)] as const)
      : ([0, Math.ceil((height * width) / tile), "from", "to"] as const)),
  ];
  return { kernel: "convolution", operands, scale: 1 };
}
