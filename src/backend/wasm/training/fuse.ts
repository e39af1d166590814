// Ops of a training step that this backend computes in one pass where the graph has several: what stands between them is read
// by nobody else and never gets to memory.

import { operandsOf } from "../../../graph/graph.ts";
import type { TrainingGraph } from "../../../graph/training-ops.ts";
import type { FusedOp, StepOp } from "./ops.ts";

/** The ops in their order, with some replaced by one. */
export function fusedOps(graph: TrainingGraph): StepOp[] {
  const makers = new Map(graph.ops.map((op) => [op.y, op]));
  const readers = new Map<string, StepOp[]>();
  for (const op of graph.ops) for (const name of operandsOf(op)) readers.set(name, [...(readers.get(name) ?? []), op]);
  const isOutput = new Set([...graph.outputs, ...graph.gradients.values()]);
  /** The op that made a value which only one other reads. */
  const soleMaker = <Name extends StepOp["op"]>(value: string, name: Name): Extract<StepOp, { op: Name }> | null => {
    const maker = makers.get(value) as StepOp | undefined;
    if (maker?.op !== name || readers.get(value)?.length !== 1 || isOutput.has(value)) return null;
    return maker as Extract<StepOp, { op: Name }>;
  };
  const gone = new Set<StepOp>();
  const replaced = new Map<StepOp, FusedOp>();
  const places = new Map(graph.ops.map((op, at) => [op.y, at]));
  const isBefore = (value: string, op: StepOp): boolean => (places.get(value) ?? -1) < (places.get(op.y) as number);

  for (const op of graph.ops) {
    if (op.op === "normalizeSlope" && op.activation === "silu") {
      const sum = soleMaker(op.g, "add");
      if (sum === null) continue;
      const gated = soleMaker(sum.x, "gate") ?? soleMaker(sum.other, "gate");
      const spread = soleMaker(sum.x, "meanPoolGradient") ?? soleMaker(sum.other, "meanPoolGradient");
      if (gated === null || spread === null) continue;
      for (const each of [sum, gated, spread]) gone.add(each);
      replaced.set(op, { ...op, op: "gatedSlope", g: gated.x, gate: gated.gate, pooled: spread.g });
    } else if (op.op === "gate") {
      const z = makers.get(op.x);
      const [first, second, ...others] = readers.get(op.x) ?? [];
      const gradient = first === op ? second : first;
      if (z?.op !== "normalize" || z.activation !== "silu" || others.length > 0 || isOutput.has(op.x)) continue;
      if (gradient?.op !== "gateGradient" || gradient.x !== op.x || !isBefore(gradient.g, op)) continue;
      for (const each of [z, gradient]) gone.add(each);
      replaced.set(op, { ...z, op: "gatedAgain", gate: op.gate, g: gradient.g, y: op.y, sums: gradient.y });
    } else if (op.op === "add") {
      const gradient = soleMaker(op.other, "convolutionInputGradient");
      if (gradient === null || !isBefore(op.x, gradient)) continue;
      gone.add(gradient);
      replaced.set(op, { ...gradient, op: "inputGradientOnto", residual: op.x, y: op.y });
    }
  }
  return graph.ops.filter((op) => !gone.has(op)).map((op) => replaced.get(op) ?? op);
}
