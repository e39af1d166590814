// The arena: every value of a program gets an offset so that values that live at the same time never overlap.
// Largest first, each at the lowest offset that is free over its whole life; a few percent above the lower bound.

import { type Layout, type Place, roundUp, totalBytes } from "./layout.ts";
import { readsOf, type WasmGraph, type WasmOp } from "./ops.ts";
import type { Scheduled } from "./schedule.ts";

const ALIGNMENT = 64; // bytes; a cache line

export interface Plan {
  readonly places: ReadonlyMap<string, Place>;
  /** Bytes of one picture's arena. */
  readonly bytes: number;
}

interface Slot {
  readonly bytes: number;
  readonly from: number;
  to: number;
  offset: number;
}

/**
 * Inputs live from before the first phase, outputs to after the last. What one thread has finished with in a phase another
 * may still read, so nothing is overwritten before the next.
 */
export function plan(graph: WasmGraph, layouts: ReadonlyMap<string, Layout>, scheduled: readonly Scheduled[]): Plan {
  const slots = slotsOf(graph, layouts, scheduled);
  const placed: Slot[] = [];
  const distinct = [...new Set(slots.values())].sort((a, b) => b.bytes - a.bytes || a.from - b.from);
  for (const slot of distinct) {
    const neighbours = placed.filter((other) => other.from <= slot.to && slot.from <= other.to);
    neighbours.sort((a, b) => a.offset - b.offset);
    let offset = 0;
    for (const other of neighbours) {
      if (offset + slot.bytes <= other.offset) break;
      offset = Math.max(offset, other.offset + other.bytes);
    }
    slot.offset = offset;
    placed.push(slot);
  }
  const places = new Map<string, Place>();
  for (const [name, slot] of slots) places.set(name, { ...(layouts.get(name) as Layout), offset: slot.offset });
  return { places, bytes: Math.max(0, ...placed.map(({ offset, bytes }) => offset + bytes)) };
}

function slotsOf(
  graph: WasmGraph,
  layouts: ReadonlyMap<string, Layout>,
  scheduled: readonly Scheduled[],
): Map<string, Slot> {
  /** The phases in which each value is read, in order. */
  const reads = new Map<string, number[]>();
  for (const { op, phase } of scheduled) {
    for (const name of readsOf(op)) reads.set(name, [...(reads.get(name) ?? []), phase]);
  }
  for (const name of graph.outputs) reads.set(name, [...(reads.get(name) ?? []), Number.POSITIVE_INFINITY]);
  const wholes = new Map(scheduled.filter(({ split }) => split.axis === "whole").map(({ op, phase }) => [op.y, phase]));
  const lastUse = (name: string): number | undefined => reads.get(name)?.at(-1);
  const slots = new Map<string, Slot>();
  const define = (name: string, at: number): void => {
    const bytes = roundUp(totalBytes(layouts.get(name) as Layout), ALIGNMENT);
    slots.set(name, { bytes, from: at, to: lastUse(name) ?? at, offset: 0 });
  };
  for (const input of graph.inputs) define(input.name, -1);
  for (const { op, phase } of scheduled) {
    const slot = slots.get(op.x);
    const isLastRead = lastUse(op.x) === phase && reads.get(op.x)?.at(-2) !== phase;
    // A slower thread may still be writing the same whole into it.
    const isBeingMade = wholes.get(op.x) === phase;
    if (slot !== undefined && !isBeingMade && worksInPlace(op, isLastRead, layouts)) {
      slot.to = Math.max(slot.to, lastUse(op.y) ?? phase);
      slots.set(op.y, slot);
    } else {
      define(op.y, phase);
    }
  }
  return slots;
}

/** An elementwise op writes over its operand if nobody reads that later and both lie alike. */
function worksInPlace(op: WasmOp, isLastRead: boolean, layouts: ReadonlyMap<string, Layout>): boolean {
  if (op.op !== "gate" && op.op !== "activate" && op.op !== "norm" && op.op !== "add") return false;
  return isLastRead && isAlike(layouts.get(op.x) as Layout, layouts.get(op.y) as Layout);
}

/** Same borders and pitch (the shape of an elementwise op's result is its operand's). */
function isAlike(a: Layout, b: Layout): boolean {
  const sides = ["top", "bottom", "left", "right"] as const;
  return a.pitch === b.pitch && sides.every((side) => a.border[side] === b.border[side]);
}
