// When ops run: phases between which all threads meet. An op follows in the same phase as its operand if each thread needs
// nothing but what it has itself computed: the same rows or channels, or a whole.

import type { Layout } from "./layout.ts";
import { readsOf, type WasmGraph, type WasmOp, type WasmOpName } from "./ops.ts";
import { type Machine, type Split, splitOf } from "./split.ts";

export interface Scheduled {
  readonly op: WasmOp;
  /** Counted from 0. */
  readonly phase: number;
  readonly split: Split;
}

/** Read of their operand only the rows or channels that they write. */
const POINTWISE: ReadonlySet<WasmOpName> = new Set(["activate", "add", "gate", "meanPool", "norm", "rowSums"]);

/** The ops in their order, each in the current phase if its operands allow it. */
export function schedule(graph: WasmGraph, layouts: ReadonlyMap<string, Layout>, machine: Machine): Scheduled[] {
  const made = new Map<string, Scheduled>();
  let phase = 0;
  return graph.ops.map((op) => {
    const split = splitOf(op, layouts.get(op.x) as Layout, layouts.get(op.y) as Layout, machine);
    const mustMeet = readsOf(op).some((name) => {
      const operand = made.get(name);
      return operand !== undefined && operand.phase === phase && !canFollow(op, split, operand.split);
    });
    if (mustMeet) phase++;
    const entry = { op, phase, split };
    made.set(op.y, entry);
    return entry;
  });
}

function canFollow({ op }: WasmOp, split: Split, operand: Split): boolean {
  if (operand.axis === "whole") return true;
  return POINTWISE.has(op) && split.axis === operand.axis && split.units === operand.units;
}
