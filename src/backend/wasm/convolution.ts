// A convolution as one call of the convolution kernel: packed panels, tables of pixel offsets, and which axis is split.

import type { OpOf } from "../../graph/ops.ts";
import { originBytes, PITCH, pixelBytes, roundUp, rowBytes } from "./layout.ts";
import { activationCode, type Lowering } from "./lowering.ts";
import { packPanels, packVector } from "./pack.ts";
import type { Operand, SplitStep } from "./program.ts";

/** Maps of at least this many tiles split pixels; smaller ones split output channels, so that weights are read once. */
const TILES_TO_SPLIT = 32; // 14 × 14 pixels in tiles of 6

export function lowerConvolution(op: OpOf<"convolution">, lowering: Lowering): SplitStep {
  const x = lowering.place(op.x);
  const y = lowering.place(op.y);
  const [kernelHeight, kernelWidth] = op.kernel;
  const weight = lowering.packed(op.weight, `panels of ${lowering.panel}/${x.pitch}`, (numbers) =>
    packPanels(numbers, x.pitch, lowering.panel),
  );
  const channels = roundUp(y.channels, PITCH);
  const panels = Math.ceil(channels / lowering.panel);
  const bias =
    op.bias === null ? lowering.constant(new Float32Array(channels)) : lowering.packed(op.bias, "vector", packVector);
  const { height, width } = y;
  const tableOf = (rowStep: number, pixelStep: number): number => lowering.table(height, width, rowStep, pixelStep);
  const residual = op.residual === null ? null : lowering.place(op.residual);
  const tiles = Math.ceil((height * width) / lowering.tile);
  const splitsPixels = tiles >= TILES_TO_SPLIT;
  const operands: Operand[] = [
    { arena: x.offset + originBytes(x, op.pads) },
    tableOf(rowBytes(x) * op.stride, pixelBytes(x) * op.stride),
    rowBytes(x),
    kernelHeight,
    (kernelWidth - 1) * x.pitch + x.channels,
    weight,
    bias,
    { arena: y.offset + originBytes(y) },
    tableOf(rowBytes(y), pixelBytes(y)),
    residual === null ? 0 : { arena: residual.offset + originBytes(residual) },
    residual === null ? 0 : tableOf(rowBytes(residual), pixelBytes(residual)),
    activationCode(op.activation),
    height * width,
    channels,
    ...(splitsPixels ? (["from", "to", 0, panels] as const) : ([0, tiles, "from", "to"] as const)),
  ];
  return { kernel: "convolution", operands, units: splitsPixels ? tiles : panels, scale: 1 };
}
