// Batch norm of a training step: sums by group in the loop, what follows from them once at the start of the next phase.

import type { TrainingOpOf } from "../../../graph/training-ops.ts";
import { keepPadding } from "./elementwise.ts";
import { activationCode, type Lowering, pixelBytes, rowBytes, vectorBytes } from "./lowering.ts";
import type { GatedAgain, GatedSlope } from "./ops.ts";

export function lowerStatistics(op: TrainingOpOf<"statistics">, bounds: readonly number[], lowering: Lowering): void {
  const x = lowering.layout(op.x);
  const bytes = pixelBytes(x);
  const partials = lowering.partials(3 * bytes);
  const { per, width, rows, row } = lowering.mapOf(op.x);
  lowering.step("sumShifted", per === "unit" ? "group" : "picture", [
    lowering.at(op.x),
    row(op.x),
    bytes,
    width,
    rows,
    partials.ofGroup,
    "isFirst",
  ]);
  const address = lowering.ground.take(2 * bytes);
  const counts = lowering.countsOf(x.height * x.width, bounds);
  lowering.whole(lowering.phase + 1, "combineStatistics", [
    partials.at,
    partials.step,
    lowering.groups,
    counts,
    bytes,
    address,
  ]);
  lowering.rows.set(op.y, { first: address, second: address + bytes });
}

/** The parameters themselves. */
export function lowerRunningStatistics(op: TrainingOpOf<"runningStatistics">, lowering: Lowering): void {
  const [first, second] = [op.mean, op.variance].map((name) => lowering.parameters.place(name).weights);
  lowering.rows.set(op.y, { first, second });
}

export function lowerNormalize(op: TrainingOpOf<"normalize">, lowering: Lowering): void {
  const { second: scale } = lowering.scaleOf(op.statistics, op.weight, op.epsilon);
  const { per, width, rows, row } = lowering.mapOf(op.x, op.y);
  lowering.step("normalize", per, [
    lowering.at(op.x),
    row(op.x),
    lowering.rowsOf(op.statistics).first,
    scale,
    lowering.parameters.place(op.bias).weights,
    lowering.at(op.y),
    row(op.y),
    pixelBytes(lowering.layout(op.y)),
    width,
    rows,
    activationCode(op.activation),
  ]);
  keepPadding(op, lowering);
}

/** With the sums of its result, whether they are asked for or not. */
export function lowerNormalizeSlope(op: TrainingOpOf<"normalizeSlope">, lowering: Lowering): void {
  const { second: scale } = lowering.scaleOf(op.statistics, op.weight, op.epsilon);
  const bytes = pixelBytes(lowering.layout(op.x));
  const partials = lowering.partials(4 * bytes);
  const { per, width, rows, row } = lowering.mapOf(op.x, op.g, op.y);
  lowering.step("normalizeSlope", per === "unit" ? "group" : "picture", [
    lowering.at(op.x),
    row(op.x),
    lowering.at(op.g),
    row(op.g),
    lowering.rowsOf(op.statistics).first,
    scale,
    lowering.parameters.place(op.bias).weights,
    lowering.at(op.y),
    row(op.y),
    bytes,
    width,
    rows,
    activationCode(op.activation),
    partials.ofGroup,
    "isFirst",
  ]);
  lowering.sumsBySlope.set(op.y, partials);
}

/** One picture at a time: each has a gate of its own. */
export function lowerGatedSlope(op: GatedSlope, lowering: Lowering): void {
  const { second: scale } = lowering.scaleOf(op.statistics, op.weight, op.epsilon);
  const x = lowering.layout(op.x);
  const bytes = pixelBytes(x);
  const partials = lowering.partials(4 * bytes);
  const row = (name: string): number => rowBytes(lowering.layout(name));
  lowering.step("gatedSlope", "picture", [
    lowering.at(op.x),
    row(op.x),
    lowering.at(op.g),
    row(op.g),
    lowering.at(op.gate),
    lowering.at(op.pooled),
    1 / (x.height * x.width),
    lowering.rowsOf(op.statistics).first,
    scale,
    lowering.parameters.place(op.bias).weights,
    lowering.at(op.y),
    row(op.y),
    bytes,
    x.width,
    x.height,
    partials.ofGroup,
    "isFirst",
  ]);
  lowering.sumsBySlope.set(op.y, partials);
}

export function lowerGatedAgain(op: GatedAgain, lowering: Lowering): void {
  const { second: scale } = lowering.scaleOf(op.statistics, op.weight, op.epsilon);
  const x = lowering.layout(op.x);
  const row = (name: string): number => rowBytes(lowering.layout(name));
  lowering.step("gatedAgain", "picture", [
    lowering.at(op.x),
    row(op.x),
    lowering.at(op.g),
    row(op.g),
    lowering.at(op.gate),
    lowering.rowsOf(op.statistics).first,
    scale,
    lowering.parameters.place(op.bias).weights,
    lowering.at(op.y),
    row(op.y),
    pixelBytes(x),
    x.width,
    x.height,
    lowering.at(op.sums),
  ]);
}

export function lowerNormalizeSums(op: TrainingOpOf<"normalizeSums">, lowering: Lowering): void {
  const bytes = pixelBytes(lowering.layout(op.x));
  const made = lowering.sumsBySlope.get(op.g);
  const partials = made ?? lowering.partials(2 * bytes);
  if (made === undefined) {
    const { per, width, rows, row } = lowering.mapOf(op.x, op.g);
    lowering.step("sumGradient", per === "unit" ? "group" : "picture", [
      lowering.at(op.x),
      row(op.x),
      lowering.at(op.g),
      row(op.g),
      lowering.rowsOf(op.statistics).first,
      bytes,
      width,
      rows,
      partials.ofGroup,
      "isFirst",
    ]);
  }
  const { first: deviation } = lowering.scaleOf(op.statistics, null, op.epsilon);
  const address = lowering.ground.take(2 * bytes);
  lowering.whole(lowering.phase + 1, "combineSums", [
    partials.at,
    partials.step,
    lowering.groups,
    deviation,
    bytes,
    address,
  ]);
  lowering.rows.set(op.y, { first: address, second: address + bytes });
}

export function lowerNormalizeInputGradient(op: TrainingOpOf<"normalizeInputGradient">, lowering: Lowering): void {
  const { first: deviation, second: scale } = lowering.scaleOf(op.statistics, op.weight, op.epsilon);
  const { height, width: columns, channels } = lowering.layout(op.x);
  const bytes = pixelBytes(lowering.layout(op.x));
  let coefficients: number;
  if (op.sums === null) {
    coefficients = lowering.zeros(2 * vectorBytes(channels));
  } else {
    coefficients = lowering.ground.take(2 * bytes);
    const { first: sums } = lowering.rowsOf(op.sums);
    const { first: mean } = lowering.rowsOf(op.statistics);
    const share = 1 / (lowering.pictures * height * columns);
    lowering.whole(lowering.phase, "gradientCoefficients", [sums, mean, deviation, scale, share, bytes, coefficients]);
  }
  const { per, width, rows, row } = lowering.mapOf(op.x, op.g, op.y);
  lowering.step("normalizeInputGradient", per, [
    lowering.at(op.x),
    row(op.x),
    lowering.at(op.g),
    row(op.g),
    scale,
    coefficients,
    lowering.at(op.y),
    row(op.y),
    bytes,
    width,
    rows,
  ]);
}

/** Adds to the gradient of the parameter that the row belongs to. */
export function lowerRow(op: TrainingOpOf<"row">, phase: number, lowering: Lowering): void {
  const place = lowering.learning(op.y);
  if (place === null) return;
  const { first, second } = lowering.rowsOf(op.x);
  lowering.addGradient(phase, place.name, op.row === 0 ? first : second, 0, 1);
}
