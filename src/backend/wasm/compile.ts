// Graph → program: layouts, arena, then one rule an op. A missing rule is a type error.

import type { Graph, Op, OpName, OpOf } from "../../graph/ops.ts";
import { lowerConvolution } from "./convolution.ts";
import { lowerDepthwise } from "./depthwise.ts";
import { lowerActivate, lowerAdd, lowerGate, lowerNorm } from "./elementwise.ts";
import { isBordered, layouts, type Place, pixelBytes, rowBytes } from "./layout.ts";
import { lowerLinear } from "./linear.ts";
import type { Lowering } from "./lowering.ts";
import { plan } from "./plan.ts";
import { lowerMeanPool } from "./pool.ts";
import type { Port, Program, SplitStep, Step } from "./program.ts";
import { schedule } from "./schedule.ts";

const rules: { readonly [Name in OpName]: (op: OpOf<Name>, lowering: Lowering) => SplitStep } = {
  convolution: lowerConvolution,
  depthwise: lowerDepthwise,
  linear: lowerLinear,
  norm: lowerNorm,
  activate: lowerActivate,
  meanPool: lowerMeanPool,
  gate: lowerGate,
  add: lowerAdd,
};

/** `lowering` without `place`, which is decided here. */
export function compile(graph: Graph, lowering: Omit<Lowering, "place">): Program {
  const scheduled = schedule(graph);
  const { places, bytes } = plan(graph, layouts(graph), scheduled);
  const place = (name: string): Place => places.get(name) as Place;
  const full: Lowering = { ...lowering, place };
  const inputBorders = graph.inputs.map(({ name }) => place(name)).filter(isBordered);
  const phases: Step[][] = inputBorders.length > 0 ? [inputBorders.map(clearBorder)] : [];
  const first = phases.length;
  for (const { op, phase, isWhole } of scheduled) {
    const y = place(op.y);
    // A border never overlaps its map, so both are written in one phase; an op in place finds its border drawn.
    const drawsBorder = isBordered(y) && place(op.x).offset !== y.offset;
    const steps = [...(drawsBorder ? [clearBorder(y)] : []), { ...lower(op, full), isWhole }];
    phases[first + phase] = [...(phases[first + phase] ?? []), ...steps];
  }
  const port = (name: string, shape: readonly number[]): Port => ({ name, shape: shape.slice(1), place: place(name) });
  const shapes = new Map([...graph.inputs, ...graph.values.values()].map(({ name, shape }) => [name, shape]));
  return {
    phases,
    inputs: graph.inputs.map(({ name, shape }) => port(name, shape)),
    outputs: graph.outputs.map((name) => port(name, shapes.get(name) as readonly number[])),
    batch: graph.inputs[0].shape[0],
    arenaBytes: bytes,
  };
}

function lower<Name extends OpName>(op: Op & { readonly op: Name }, lowering: Lowering): SplitStep {
  return (rules[op.op] as (op: Op, lowering: Lowering) => SplitStep)(op, lowering);
}

function clearBorder(place: Place): Step {
  const { border, height } = place;
  const rows = border.top + height + border.bottom;
  const [left, right] = [border.left * pixelBytes(place), border.right * pixelBytes(place)];
  return {
    kernel: "clearBorder",
    operands: [{ arena: place.offset }, rowBytes(place), border.top, height, left, right, "from", "to"],
    units: rows,
    scale: 1,
    isWhole: false,
  };
}
