// When ops run: phases between which all threads meet. Fewer meetings are faster, so small work is done by every thread in
// full (the same bits in the same places), and what then needs nobody else's results follows without a meeting.

import { operandsOf } from "../../graph/graph.ts";
import type { Graph, Op, Value } from "../../graph/ops.ts";

/** Multiply-adds that take about as long as a meeting. */
const SMALL = 2 ** 16;

export interface Scheduled {
  readonly op: Op;
  /** Counted from 0. */
  readonly phase: number;
  /** Every thread computes all of it. */
  readonly isWhole: boolean;
}

/** The ops in their order, each in the earliest phase that its operands and the other threads allow. */
export function schedule(graph: Graph): Scheduled[] {
  const shapes = new Map([...graph.inputs, ...graph.values.values()].map((value: Value) => [value.name, value.shape]));
  const made = new Map<string, Scheduled>();
  const scheduled: Scheduled[] = [];
  let phase = -1;
  for (const op of graph.ops) {
    const isWhole = op.op === "linear" && channelsOf(shapes, op.x) * channelsOf(shapes, op.y) <= SMALL;
    const mustMeet = operandsOf(op).some((name) => {
      const operand = made.get(name);
      return operand !== undefined && operand.phase === phase && !operand.isWhole;
    });
    if (phase === -1 || mustMeet || !(isWhole || op.op === "gate")) phase++;
    const entry = { op, phase, isWhole };
    made.set(op.y, entry);
    scheduled.push(entry);
  }
  return scheduled;
}

function channelsOf(shapes: ReadonlyMap<string, readonly number[]>, name: string): number {
  return shapes.get(name)?.at(-1) ?? 0;
}
