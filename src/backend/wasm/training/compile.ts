// Training graph → step: layouts, schedule, homes, one rule an op, then addresses for all. Every thread does it for itself and
// comes to the same result.

import type { TrainingGraph } from "../../../graph/training-ops.ts";
import type { TrainerOptions } from "../../trainer.ts";
import { isBordered, type Layout, pixelBytes, rowBytes, totalBytes } from "../layout.ts";
import {
  lowerBiasGradient,
  lowerConvolution,
  lowerConvolutionInputGradient,
  lowerConvolutionWeightGradient,
  lowerDepthwise,
  lowerDepthwiseInputGradient,
  lowerDepthwiseWeightGradient,
  lowerLinear,
  lowerLinearInputGradient,
  lowerLinearWeightGradient,
} from "./convolutions.ts";
import {
  lowerActivate,
  lowerActivateGradient,
  lowerAdd,
  lowerClassLoss,
  lowerClassLossGradient,
  lowerGate,
  lowerGateGradient,
  lowerMask,
  lowerMeanPool,
  lowerMeanPoolGradient,
  lowerSquaredError,
  lowerSquaredErrorGradient,
} from "./elementwise.ts";
import { fusedOps } from "./fuse.ts";
import { RESERVED_BYTES } from "./kernels.ts";
import { givesPictures, layoutsOf } from "./layouts.ts";
import { type Home, Lowering, type Machine, type PhaseParts } from "./lowering.ts";
import { arrange, type Constant, Ground, newSlot, type Slot } from "./memory.ts";
import {
  lowerGatedAgain,
  lowerGatedSlope,
  lowerNormalize,
  lowerNormalizeInputGradient,
  lowerNormalizeSlope,
  lowerNormalizeSums,
  lowerRow,
  lowerRunningStatistics,
  lowerStatistics,
} from "./norms.ts";
import { readsOf, resultsOf, type StepGraph, type StepOp } from "./ops.ts";
import { Parameters } from "./parameters.ts";
import { type Address, groupsOf, type Phase, type SharedStep, unitsOf } from "./program.ts";
import { type Placed, type Schedule, scheduleOf } from "./schedule.ts";

/** A value that goes in or comes out, a picture at a time. */
export interface StepPort {
  readonly name: string;
  readonly shape: readonly number[];
  readonly layout: Layout;
  readonly address: number;
  readonly pictureBytes: number;
}

/** A sum of the pictures' losses, times `scale`. */
export interface LossPort {
  readonly name: string;
  readonly address: number;
  readonly scale: number;
}

export interface CompiledStep {
  readonly transposes: readonly SharedStep[];
  readonly phases: readonly Phase[];
  readonly bounds: readonly number[];
  readonly pictures: number;
  readonly parameters: Parameters;
  readonly constants: readonly Constant[];
  readonly inputs: readonly StepPort[];
  readonly outputs: readonly (StepPort | LossPort)[];
  /** Address of the first thread's scratch, and bytes to the next. */
  readonly scratch: number;
  readonly scratchBytes: number;
  /** Float64, one for each fixed part of the gradients: sums of squares. */
  readonly norms: number;
  /** All of memory. */
  readonly bytes: number;
}

/** Pixels of a group from which its sum of a weight gradient pays; below, the whole batch is taken at once. */
const GROUP_ROWS = 512;
export const NORM_PARTS = 64;

export function compileStep(training: TrainingGraph, options: TrainerOptions, machine: Machine): CompiledStep {
  const graph: StepGraph = { ...training, ops: fusedOps(training) };
  const layouts = layoutsOf(graph);
  const pictures = graph.inputs[0].shape[0];
  const bounds = groupsOf(pictures);
  const groups = bounds.length - 1;
  const isBatch = (op: StepOp): boolean => {
    if (op.op === "linearWeightGradient") return true;
    if (op.op !== "convolutionWeightGradient" && op.op !== "biasGradient") return false;
    const { height, width } = layouts.get(op.g) as Layout;
    if (op.op === "biasGradient") return height * width === 1;
    return Math.ceil(pictures / groups) * height * width < GROUP_ROWS;
  };
  const schedule = scheduleOf(graph, layouts, isBatch);
  const ground = new Ground(RESERVED_BYTES);
  const parameters = new Parameters(graph, options, layouts, machine.panel, ground);
  const { homes, arena, scratch } = homesOf(graph, layouts, schedule, (loop) => largestUnit(bounds, loop, machine));
  const phases: PhaseParts[] = [];
  const lowering = new Lowering({ machine, pictures, groups, ground, parameters, homes, slots: arena, phases });

  const loops = new Map<StepOp, PhaseParts["loops"][number]>();
  schedule.phases.forEach((plans, phase) => {
    const made = plans.map(({ ops, pictures: unit }) => {
      const loop: PhaseParts["loops"][number] = { steps: [], pictures: unit };
      for (const op of ops) loops.set(op, loop);
      return loop;
    });
    phases[phase] = { whole: [], shared: [], loops: made };
  });
  drawInputBorders(graph, lowering, phases[0]);
  for (const { op, phase, kind } of schedule.placed) {
    const loop = loops.get(op);
    lowering.enter(phase, loop?.steps ?? [], loop === undefined ? 0 : largestUnit(bounds, loop.pictures, machine));
    if (kind === "loop") drawBorder(op, lowering);
    lower(op, lowering, { bounds, isBatch: kind === "batch", phase });
  }
  for (const { statistics, mean, variance, momentum, n } of graph.running) {
    const [m, v] = [parameters.place(mean), parameters.place(variance)];
    const { first } = lowering.rowsOf(statistics);
    const operands = [m.weights, v.weights, first, momentum, n / (n - 1), m.bytes];
    lowering.shared(schedule.phaseOf(statistics), { kernel: "moveRunning", operands, units: 1, scale: 1 });
  }
  const norms = ground.take(8 * NORM_PARTS);
  const bytesOfArena = arrange(arena);
  lowering.finish(() => ground.take(bytesOfArena));
  const scratchBytes = Math.max(64, ...scratch.map(arrange));
  const scratchStart = ground.take(scratchBytes * machine.threads);
  const portOf = (name: string, shape: readonly number[]): StepPort => {
    const { layout, pictureBytes } = lowering.home(name);
    return { name, shape, layout, pictureBytes, address: baseOf(lowering.at(name)) };
  };
  const shapes = new Map([...graph.inputs, ...graph.values.values()].map(({ name, shape }) => [name, shape]));
  return {
    transposes: lowering.transposes,
    phases,
    bounds,
    pictures,
    parameters,
    constants: ground.constants,
    inputs: graph.inputs.map(({ name, shape }) => portOf(name, shape)),
    outputs: graph.outputs.map((name) => {
      const loss = lowering.losses.get(name);
      return loss === undefined ? portOf(name, shapes.get(name) as readonly number[]) : { name, ...loss };
    }),
    scratch: scratchStart,
    scratchBytes,
    norms,
    bytes: ground.end,
  };
}

function baseOf(address: Address): number {
  return typeof address === "number" ? address : address().base;
}

interface Circumstances {
  readonly bounds: readonly number[];
  readonly isBatch: boolean;
  readonly phase: number;
}

type Rule<Name extends StepOp["op"]> = (
  op: Extract<StepOp, { op: Name }>,
  lowering: Lowering,
  at: Circumstances,
) => void;

const rules: { readonly [Name in StepOp["op"]]: Rule<Name> } = {
  convolution: lowerConvolution,
  depthwise: lowerDepthwise,
  linear: lowerLinear,
  activate: lowerActivate,
  meanPool: lowerMeanPool,
  gate: lowerGate,
  add: lowerAdd,
  statistics: (op, lowering, { bounds }) => lowerStatistics(op, bounds, lowering),
  runningStatistics: lowerRunningStatistics,
  normalize: lowerNormalize,
  mask: lowerMask,
  crossEntropy: lowerClassLoss,
  binaryCrossEntropy: lowerClassLoss,
  meanSquaredError: lowerSquaredError,
  convolutionInputGradient: (op, lowering) => lowerConvolutionInputGradient(op, lowering, null),
  inputGradientOnto: (op, lowering) => lowerConvolutionInputGradient(op, lowering, op.residual),
  convolutionWeightGradient: (op, lowering, { isBatch }) => lowerConvolutionWeightGradient(op, lowering, isBatch),
  depthwiseInputGradient: lowerDepthwiseInputGradient,
  depthwiseWeightGradient: lowerDepthwiseWeightGradient,
  linearInputGradient: lowerLinearInputGradient,
  linearWeightGradient: lowerLinearWeightGradient,
  biasGradient: (op, lowering, { isBatch }) => lowerBiasGradient(op, lowering, isBatch),
  activateGradient: lowerActivateGradient,
  normalizeSlope: lowerNormalizeSlope,
  gatedSlope: lowerGatedSlope,
  gatedAgain: lowerGatedAgain,
  normalizeSums: lowerNormalizeSums,
  normalizeInputGradient: lowerNormalizeInputGradient,
  row: (op, lowering, { phase }) => lowerRow(op, phase, lowering),
  meanPoolGradient: lowerMeanPoolGradient,
  gateGradient: lowerGateGradient,
  crossEntropyGradient: lowerClassLossGradient,
  binaryCrossEntropyGradient: lowerClassLossGradient,
  meanSquaredErrorGradient: lowerSquaredErrorGradient,
};

function lower(op: StepOp, lowering: Lowering, at: Circumstances): void {
  (rules[op.op] as (op: StepOp, lowering: Lowering, at: Circumstances) => void)(op, lowering, at);
}

function largestUnit(bounds: readonly number[], pictures: number, { threads }: Machine): number {
  const counts = Array.from({ length: threads }, (_, thread) => unitsOf(bounds, pictures, thread, threads)).flat();
  return Math.max(1, ...counts.map(({ count }) => count));
}

interface Homes {
  readonly homes: Map<string, Home>;
  /** Slots of the arena, by phase. */
  readonly arena: Slot[];
  /** Slots of each loop's scratch, by op. */
  readonly scratch: Slot[][];
}

/** A value that only its own loop reads lies in scratch, for one unit; all others for the whole batch. */
function homesOf(
  graph: StepGraph,
  layouts: ReadonlyMap<string, Layout>,
  { placed, phases }: Schedule,
  unitOf: (pictures: number) => number,
): Homes {
  const shapes = new Map([...graph.inputs, ...graph.values.values()].map(({ name, shape }) => [name, shape]));
  const readers = new Map<string, Placed[]>();
  for (const entry of placed) {
    for (const name of readsOf(entry.op)) readers.set(name, [...(readers.get(name) ?? []), entry]);
  }
  const loops = phases.flat();
  const loopOf = new Map(loops.flatMap((loop, index) => loop.ops.map((op) => [op, index] as const)));
  const homes = new Map<string, Home>();
  const arena: Slot[] = [];
  const scratch: Slot[][] = loops.map(() => []);
  const last = phases.length + 1;
  const define = (name: string, phase: number, op: StepOp | null): void => {
    const layout = layouts.get(name) as Layout;
    const shape = shapes.get(name) as readonly number[];
    const pictureBytes = totalBytes(layout);
    const by = readers.get(name) ?? [];
    const loop = op === null ? undefined : loopOf.get(op);
    const isScratch =
      loop !== undefined &&
      !graph.outputs.includes(name) &&
      by.every((reader) => reader.kind === "loop" && loopOf.get(reader.op) === loop);
    let slot: Slot;
    if (isScratch) {
      const { ops, pictures } = loops[loop];
      const end = Math.max(...[op as StepOp, ...by.map((reader) => reader.op)].map((each) => ops.indexOf(each)));
      slot = newSlot(pictureBytes * unitOf(pictures), ops.indexOf(op as StepOp), end);
      scratch[loop].push(slot);
    } else {
      const end = graph.outputs.includes(name) ? last : Math.max(phase, ...by.map((reader) => reader.phase));
      slot = newSlot(pictureBytes * shape[0], phase, end);
      arena.push(slot);
    }
    homes.set(name, { layout, rank: shape.length, pictures: shape[0], pictureBytes, slot, isScratch });
  };
  for (const { name } of graph.inputs) define(name, -1, null);
  for (const { op, phase } of placed.filter((entry) => givesPictures(entry.op))) {
    for (const name of resultsOf(op)) define(name, phase, op);
  }
  return { homes, arena, scratch };
}

function drawBorder({ y }: StepOp, lowering: Lowering): void {
  if (!lowering.homes.has(y)) return;
  const layout = lowering.layout(y);
  if (!isBordered(layout)) return;
  const { top, bottom, left, right } = layout.border;
  const bytes = pixelBytes(layout);
  lowering.step("clearBorder", "picture", [
    lowering.at(y, layout.border),
    rowBytes(layout),
    bytes,
    top,
    layout.height,
    left * bytes,
    right * bytes,
    0,
    top + layout.height + bottom,
    0,
    bytes,
  ]);
}

/** In a loop of their own before all others. */
function drawInputBorders(graph: StepGraph, lowering: Lowering, { loops }: PhaseParts): void {
  const bordered = graph.inputs.filter(({ name }) => isBordered(lowering.layout(name)));
  if (bordered.length === 0) return;
  const loop = { steps: [], pictures: Number.POSITIVE_INFINITY };
  lowering.enter(0, loop.steps, 1);
  for (const { name } of bordered) drawBorder({ y: name } as StepOp, lowering);
  loops.unshift(loop);
}
