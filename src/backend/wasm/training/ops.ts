// What a training step of this backend is made of: the graph's ops, and those that take the place of several (fuse.ts).

import { operandsOf } from "../../../graph/graph.ts";
import type { ForwardOp, GradientOp, TrainingGraph, TrainingOpOf } from "../../../graph/training-ops.ts";

/** y = (g · gate + pooled / pixels) · act′(t), t as in `normalizeSlope`: how a map's gradient comes back through a gate. */
export interface GatedSlope extends Omit<TrainingOpOf<"normalizeSlope">, "op"> {
  readonly op: "gatedSlope";
  readonly gate: string;
  readonly pooled: string;
}

/** y = z · gate and `sums` = Σ z · g over pixels, z = act(t) as in `normalize`: a gated map computed again. */
export interface GatedAgain extends Omit<TrainingOpOf<"normalize">, "op"> {
  readonly op: "gatedAgain";
  readonly gate: string;
  readonly g: string;
  readonly sums: string;
}

/** y = ∂L/∂x of a convolution + residual. */
export interface InputGradientOnto extends Omit<TrainingOpOf<"convolutionInputGradient">, "op"> {
  readonly op: "inputGradientOnto";
  readonly residual: string;
}

export type FusedOp = GatedSlope | GatedAgain | InputGradientOnto;

/** What a step is made of: the graph's ops, and those of fuse.ts. */
export type StepOp = ForwardOp | GradientOp | FusedOp;

/** A training graph with its ops fused. */
export interface StepGraph extends Omit<TrainingGraph, "ops"> {
  readonly ops: readonly StepOp[];
}

/** Names of the values, inputs or results, that the op reads. */
export function readsOf(op: StepOp): string[] {
  switch (op.op) {
    case "gatedSlope":
      return [op.x, op.statistics, op.g, op.gate, op.pooled];
    case "gatedAgain":
      return [op.x, op.statistics, op.gate, op.g];
    case "inputGradientOnto":
      return [op.g, op.residual];
    default:
      return operandsOf(op);
  }
}

/** Names of what the op makes. */
export function resultsOf(op: StepOp): string[] {
  return op.op === "gatedAgain" ? [op.y, op.sums] : [op.y];
}
