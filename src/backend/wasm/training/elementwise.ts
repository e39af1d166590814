// Ops of a training step that touch each element once, means over maps, and losses.

import type { Activation, OpOf } from "../../../graph/ops.ts";
import type { TrainingOpOf } from "../../../graph/training-ops.ts";
import { activationCode, type Lowering, pixelBytes, rowBytes } from "./lowering.ts";

export function lowerActivate(op: OpOf<"activate">, lowering: Lowering): void {
  const bytes = pixelBytes(lowering.layout(op.y));
  const { per, width, rows, row } = lowering.mapOf(op.x, op.y);
  const [x, y] = [lowering.at(op.x), lowering.at(op.y)];
  const operands = [x, row(op.x), bytes, y, row(op.y), bytes, bytes, width, activationCode(op.activation), 0, rows];
  lowering.step("activateMap", per, operands);
  keepPadding(op, lowering);
}

/** Zero, which the sigmoid of 0 is not. */
export function keepPadding({ activation, y }: Activated, lowering: Lowering): void {
  const { channels, pitch } = lowering.layout(y);
  if (activation !== "sigmoid" || channels === pitch) return;
  const { per, width, rows, row } = lowering.mapOf(y);
  lowering.step("clearPadding", per, [lowering.at(y), row(y), pitch * 4, channels * 4, width, rows]);
}

interface Activated {
  readonly activation: Activation | null;
  readonly y: string;
}

export function lowerActivateGradient(op: TrainingOpOf<"activateGradient">, lowering: Lowering): void {
  const bytes = pixelBytes(lowering.layout(op.y));
  const { per, width, rows, row } = lowering.mapOf(op.x, op.g, op.y);
  const [x, g, y] = [lowering.at(op.x), lowering.at(op.g), lowering.at(op.y)];
  const operands = [x, row(op.x), g, row(op.g), y, row(op.y), bytes, width, rows, activationCode(op.activation)];
  lowering.step("activateGradient", per, operands);
}

export function lowerAdd(op: OpOf<"add">, lowering: Lowering): void {
  const bytes = pixelBytes(lowering.layout(op.y));
  const { per, width, rows, row } = lowering.mapOf(op.x, op.other, op.y);
  const of = (name: string) => [lowering.at(name), row(name), bytes] as const;
  lowering.step("add", per, [...of(op.x), ...of(op.other), ...of(op.y), bytes, width, 0, rows]);
}

/** One factor a picture, or one an element. */
export function lowerMask(op: TrainingOpOf<"mask">, lowering: Lowering): void {
  const y = lowering.layout(op.y);
  const mask = lowering.layout(op.mask);
  const bytes = pixelBytes(y);
  const isElements = mask.height === y.height && mask.width === y.width && mask.channels === y.channels;
  if (isElements && lowering.isRankAlike(op.mask, op.x)) {
    const { per, width, rows, row } = lowering.mapOf(op.x, op.mask, op.y);
    const [x, m, z] = [lowering.at(op.x), lowering.at(op.mask), lowering.at(op.y)];
    lowering.step("multiply", per, [x, row(op.x), m, row(op.mask), z, row(op.y), bytes, width, rows]);
    return;
  }
  const row = (name: string): number => rowBytes(lowering.layout(name));
  const [x, m, z] = [lowering.at(op.x), lowering.at(op.mask), lowering.at(op.y)];
  lowering.step("scaleMap", "picture", [x, row(op.x), m, z, row(op.y), bytes, y.width, y.height]);
}

export function lowerMeanPool(op: OpOf<"meanPool">, lowering: Lowering): void {
  const x = lowering.layout(op.x);
  const bytes = pixelBytes(x);
  const scale = lowering.ground.constant(Float32Array.of(1 / (x.height * x.width)));
  const map = [lowering.at(op.x), rowBytes(x), bytes, x.height, x.width] as const;
  lowering.step("meanPool", "picture", [...map, scale, lowering.at(op.y), 0, bytes]);
}

export function lowerMeanPoolGradient(op: TrainingOpOf<"meanPoolGradient">, lowering: Lowering): void {
  const y = lowering.layout(op.y);
  const factor = 1 / (y.height * y.width);
  const map = [lowering.at(op.y), rowBytes(y), pixelBytes(y), y.width, y.height] as const;
  lowering.step("spread", "picture", [lowering.at(op.g), factor, ...map]);
}

export function lowerGate(op: OpOf<"gate">, lowering: Lowering): void {
  const x = lowering.layout(op.x);
  const y = lowering.layout(op.y);
  const bytes = pixelBytes(y);
  const [from, to] = [lowering.at(op.x), lowering.at(op.y)];
  const maps = [from, rowBytes(x), bytes, lowering.at(op.gate), to, rowBytes(y), bytes] as const;
  lowering.step("gate", "picture", [...maps, y.width, 0, y.height, 0, bytes]);
}

export function lowerGateGradient(op: TrainingOpOf<"gateGradient">, lowering: Lowering): void {
  const x = lowering.layout(op.x);
  const g = lowering.layout(op.g);
  const maps = [lowering.at(op.x), rowBytes(x), lowering.at(op.g), rowBytes(g)] as const;
  lowering.step("gateGradient", "picture", [...maps, pixelBytes(x), x.width, x.height, lowering.at(op.y)]);
}

type ClassLoss = "crossEntropy" | "binaryCrossEntropy";

export function lowerClassLoss(op: TrainingOpOf<ClassLoss>, lowering: Lowering): void {
  const { channels } = lowering.layout(op.x);
  lowering.step(op.op, "picture", [lowering.at(op.x), lowering.at(op.target), lossAt(op, lowering), channels]);
}

export function lowerClassLossGradient(op: TrainingOpOf<`${ClassLoss}Gradient`>, lowering: Lowering): void {
  const { channels } = lowering.layout(op.x);
  const [x, target, y] = [lowering.at(op.x), lowering.at(op.target), lowering.at(op.y)];
  const scale = op.weight * shareOf(op, lowering);
  lowering.step(op.op, "picture", [x, target, y, channels, pixelBytes(lowering.layout(op.y)), scale]);
}

export function lowerSquaredError(op: TrainingOpOf<"meanSquaredError">, lowering: Lowering): void {
  const [x, target] = [lowering.layout(op.x), lowering.layout(op.target)];
  const maps = [lowering.at(op.x), rowBytes(x), lowering.at(op.target), rowBytes(target)] as const;
  const size = [pixelBytes(x), x.width, x.height] as const;
  lowering.step("squaredError", "picture", [...maps, ...size, lossAt(op, lowering)]);
}

export function lowerSquaredErrorGradient(op: TrainingOpOf<"meanSquaredErrorGradient">, lowering: Lowering): void {
  const { per, width, rows, row } = lowering.mapOf(op.x, op.target, op.y);
  const [x, target, y] = [lowering.at(op.x), lowering.at(op.target), lowering.at(op.y)];
  const scale = op.weight * 2 * shareOf(op, lowering);
  const bytes = pixelBytes(lowering.layout(op.y));
  const operands = [x, row(op.x), target, row(op.target), y, row(op.y), bytes, width, rows, scale];
  lowering.step("squaredErrorGradient", per, operands);
}

type Loss = TrainingOpOf<ClassLoss | `${ClassLoss}Gradient` | "meanSquaredError" | "meanSquaredErrorGradient">;

/** What a loss of one picture is multiplied by. */
function shareOf(op: Loss, lowering: Lowering): number {
  const { pictures, layout } = lowering.home(op.x);
  if (op.op === "crossEntropy" || op.op === "crossEntropyGradient") return 1 / pictures;
  if ("sumsClasses" in op && op.sumsClasses) return 1 / pictures;
  return 1 / (pictures * layout.height * layout.width * layout.channels);
}

/** The loss of each picture, float64. */
function lossAt(op: Loss, lowering: Lowering) {
  const address = lowering.ground.take(8 * lowering.pictures);
  lowering.losses.set(op.y, { address, scale: shareOf(op, lowering) });
  return () => ({ base: address, perPicture: 8, perGroup: 0, isScratch: false });
}
