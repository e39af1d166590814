// When ops run. Threads meet between phases; within one, each takes its own pictures through a loop of ops, one unit of
// pictures after the other, so that what an op makes is still in the cache when the next one reads it. A sum over the batch
// ends a phase for whoever reads it.

import { type Layout, totalBytes } from "../layout.ts";
import { givesPictures } from "./layouts.ts";
import { readsOf, resultsOf, type StepGraph, type StepOp } from "./ops.ts";

/** `loop`: goes through the pictures. `batch`: shared by all threads once the pictures of earlier phases are there. */
export interface Placed {
  readonly op: StepOp;
  readonly kind: "loop" | "batch" | "none";
  readonly phase: number;
}

export interface LoopPlan {
  readonly ops: readonly StepOp[];
  /** Pictures of a unit at most. */
  readonly pictures: number;
}

export interface Schedule {
  readonly placed: readonly Placed[];
  readonly phases: readonly (readonly LoopPlan[])[];
  /** When a batch sum can be read. */
  readonly phaseOf: (name: string) => number;
}

/** Values of a unit of pictures together; larger ones leave the cache between two ops, smaller ones starve the kernels. */
const UNIT_BYTES = 2 * 2 ** 20;

/** @param isBatch whether a weight gradient takes the whole batch at once instead of sums of its groups */
export function scheduleOf(
  graph: StepGraph,
  layouts: ReadonlyMap<string, Layout>,
  isBatch: (op: StepOp) => boolean,
): Schedule {
  const placed = place(graph, isBatch);
  const known = new Map(placed.flatMap((entry) => resultsOf(entry.op).map((name) => [name, entry] as const)));
  const last = Math.max(...placed.map(({ phase }) => phase));
  const phases = Array.from({ length: last + 1 }, (_, phase) => {
    const ops = placed.filter((entry) => entry.phase === phase && entry.kind === "loop").map(({ op }) => op);
    return cut(ops, layouts).map((loop) => ({ ops: loop, pictures: picturesOf(loop, layouts) }));
  });
  return { placed, phases, phaseOf: (name) => readable(known.get(name)) };
}

/** The first phase whose loops may read the result. */
function readable(entry: Placed | undefined): number {
  if (entry === undefined || entry.kind === "none") return entry?.phase ?? 0;
  return entry.kind === "loop" && givesPictures(entry.op) ? entry.phase : entry.phase + 1;
}

function place(graph: StepGraph, isBatch: (op: StepOp) => boolean): Placed[] {
  const known = new Map<string, Placed>();
  const placed: Placed[] = [];
  let current = 0;
  for (const op of graph.ops) {
    const operands = readsOf(op).map((name) => known.get(name));
    const ready = Math.max(0, ...operands.map(readable));
    let entry: Placed;
    if (op.op === "row" || op.op === "runningStatistics") {
      entry = { op, kind: "none", phase: ready };
    } else if (isBatch(op)) {
      const all = operands.map((operand) =>
        operand === undefined ? 0 : operand.phase + (operand.kind === "none" ? 0 : 1),
      );
      entry = { op, kind: "batch", phase: Math.max(0, ...all) };
    } else {
      current = Math.max(current, ready);
      entry = { op, kind: "loop", phase: current };
    }
    placed.push(entry);
    for (const name of resultsOf(op)) known.set(name, entry);
  }
  return placed;
}

/** Ops on vectors in a loop of their own, where no map is waited for: weights are then read once, not once a unit. */
function cut(ops: readonly StepOp[], layouts: ReadonlyMap<string, Layout>): StepOp[][] {
  const isMap = (name: string): boolean => {
    const layout = layouts.get(name);
    return layout !== undefined && layout.height * layout.width > 1;
  };
  const touchesMap = (op: StepOp): boolean => resultsOf(op).some(isMap) || readsOf(op).some(isMap);
  const loops: StepOp[][] = [];
  let pending: StepOp[] = [];
  for (let from = 0; from < ops.length; ) {
    let to = from;
    while (to < ops.length && touchesMap(ops[to]) === touchesMap(ops[from])) to++;
    const run = ops.slice(from, to);
    const made = new Set(ops.slice(0, from).flatMap(resultsOf).filter(isMap));
    const isWaitedFor = ops.slice(to).some((op) => readsOf(op).some((name) => made.has(name)));
    if (touchesMap(ops[from]) || isWaitedFor) {
      pending.push(...run);
    } else {
      if (pending.length > 0) loops.push(pending);
      loops.push(run);
      pending = [];
    }
    from = to;
  }
  if (pending.length > 0) loops.push(pending);
  return loops;
}

function picturesOf(ops: readonly StepOp[], layouts: ReadonlyMap<string, Layout>): number {
  const names = new Set(ops.flatMap((op) => [...resultsOf(op), ...readsOf(op)]));
  let bytes = 0;
  let isVectors = true;
  for (const name of names) {
    const layout = layouts.get(name);
    if (layout === undefined) continue;
    bytes += totalBytes(layout);
    if (layout.height * layout.width > 1) isVectors = false;
  }
  return isVectors ? Number.POSITIVE_INFINITY : Math.max(1, Math.round(UNIT_BYTES / bytes));
}
