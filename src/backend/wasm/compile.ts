// Graph → program: layouts, arena, then one rule an op. A missing rule is a type error.

import type { Graph } from "../../graph/ops.ts";
import { lowerConvolution } from "./convolution.ts";
import { lowerDepthwise } from "./depthwise.ts";
import { lowerActivate, lowerAdd, lowerGate, lowerNorm } from "./elementwise.ts";
import { isBordered, layouts, type Place, pixelBytes, rowBytes, UNIT_BYTES } from "./layout.ts";
import { lowerLinear } from "./linear.ts";
import type { Lowering } from "./lowering.ts";
import { ROWS_TO_SPLIT, type WasmOp, type WasmOpName, type WasmOpOf, withRowSums } from "./ops.ts";
import { plan } from "./plan.ts";
import { lowerMeanOfRows, lowerMeanPool, lowerRowSums } from "./pool.ts";
import type { Call, Port, Program, Step } from "./program.ts";
import { schedule } from "./schedule.ts";
import type { Split } from "./split.ts";

type Rule<O extends WasmOp> = (op: O, lowering: Lowering, split: Split) => Call;

const rules: { readonly [Name in WasmOpName]: Rule<WasmOpOf<Name>> } = {
  convolution: lowerConvolution,
  depthwise: lowerDepthwise,
  linear: lowerLinear,
  norm: lowerNorm,
  activate: lowerActivate,
  meanPool: lowerMeanPool,
  gate: lowerGate,
  add: lowerAdd,
  rowSums: lowerRowSums,
  meanOfRows: lowerMeanOfRows,
};

/** `lowering` without `place`, which is decided here. */
export function compile(graph: Graph, lowering: Omit<Lowering, "place">): Program {
  const own = withRowSums(graph);
  const shapes = layouts(own);
  const scheduled = schedule(own, shapes, lowering.machine);
  const { places, bytes } = plan(own, shapes, scheduled);
  const place = (name: string): Place => places.get(name) as Place;
  const full: Lowering = { ...lowering, place };
  const inputBorders = graph.inputs.map(({ name }) => place(name)).filter(isBordered);
  const phases: Step[][] = inputBorders.length > 0 ? [inputBorders.map((place) => clearBorder(place, 0))] : [];
  const indices = new Map(graph.ops.map(({ y }, index) => [y, index]));
  const first = phases.length;
  for (const { op, phase, split } of scheduled) {
    const y = place(op.y);
    // A border never overlaps its map, so both are written in one phase; an op in place finds its border drawn.
    const drawsBorder = isBordered(y) && place(op.x).offset !== y.offset;
    const index = indices.get(op.op === "rowSums" ? op.mean : op.y) as number;
    const steps = [...(drawsBorder ? [clearBorder(y, index)] : []), step(op, full, split, index)];
    phases[first + phase] = [...(phases[first + phase] ?? []), ...steps];
  }
  const port = (name: string, shape: readonly number[]): Port => ({ name, shape: shape.slice(1), place: place(name) });
  const all = new Map([...graph.inputs, ...graph.values.values()].map(({ name, shape }) => [name, shape]));
  return {
    phases,
    inputs: graph.inputs.map(({ name, shape }) => port(name, shape)),
    outputs: graph.outputs.map((name) => port(name, all.get(name) as readonly number[])),
    batch: graph.inputs[0].shape[0],
    ops: graph.ops.length,
    arenaBytes: bytes,
  };
}

function step(op: WasmOp, lowering: Lowering, split: Split, index: number): Step {
  const call = (rules[op.op] as Rule<WasmOp>)(op, lowering, split);
  return { ...call, units: split.units, isWhole: split.axis === "whole", op: index };
}

/** By the axis that the reader of the map is split by. */
function clearBorder(place: Place, op: number): Step {
  const { border, height } = place;
  const rows = border.top + height + border.bottom;
  const [left, right] = [border.left * pixelBytes(place), border.right * pixelBytes(place)];
  const bytes = pixelBytes(place);
  const isByRows = height >= ROWS_TO_SPLIT || bytes % UNIT_BYTES !== 0; // a tight input has no whole units
  const share = isByRows ? (["from", "to", 0, bytes] as const) : ([0, rows, "from", "to"] as const);
  return {
    kernel: "clearBorder",
    operands: [{ arena: place.offset }, rowBytes(place), bytes, border.top, height, left, right, ...share],
    units: isByRows ? rows : bytes / UNIT_BYTES,
    scale: isByRows ? 1 : UNIT_BYTES,
    isWhole: false,
    op,
  };
}
