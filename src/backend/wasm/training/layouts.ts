// Where the values of a training graph lie, as layout.ts has it for inference: rows of pixels at a pitch of 8 floats inside
// a border of zeros as wide as its readers need. A batch is one picture after the other.

import type { Pads } from "../../../graph/ops.ts";
import { type Layout, PITCH, roundUp } from "../layout.ts";
import { readsOf, resultsOf, type StepGraph, type StepOp } from "./ops.ts";

/** Results that are no pictures: rows of vectors, gradients of parameters, losses. */
const NOT_PICTURES: ReadonlySet<StepOp["op"]> = new Set([
  "statistics",
  "runningStatistics",
  "normalizeSums",
  "row",
  "convolutionWeightGradient",
  "depthwiseWeightGradient",
  "linearWeightGradient",
  "biasGradient",
  "crossEntropy",
  "binaryCrossEntropy",
  "meanSquaredError",
]);

export function givesPictures({ op }: StepOp): boolean {
  return !NOT_PICTURES.has(op);
}

/** Layouts of inputs and of every result with a picture for each of the batch. */
export function layoutsOf(graph: StepGraph): Map<string, Layout> {
  const borders = new Map<string, Pads>();
  const widen = (name: string, pads: Pads): void => {
    borders.set(name, widest(borders.get(name) ?? NO_PADS, pads));
  };
  const shapes = new Map([...graph.inputs, ...graph.values.values()].map(({ name, shape }) => [name, shape]));
  for (const op of graph.ops) {
    switch (op.op) {
      case "convolution":
      case "depthwise":
      case "convolutionWeightGradient":
      case "depthwiseWeightGradient":
        widen(op.x, op.pads);
        break;
      case "convolutionInputGradient":
      case "inputGradientOnto":
      case "depthwiseInputGradient":
        widen(op.g, gradientPads(op, shapes.get(op.g) as readonly number[]));
        break;
      default:
    }
  }
  const result = new Map<string, Layout>();
  const define = (name: string, shape: readonly number[], isInput: boolean): void => {
    const [, height, width] = shape.length === 4 ? shape : [0, 1, 1];
    const channels = shape.length === 1 ? 1 : shape[shape.length - 1];
    const pitch = isInput && isTight(graph, name) ? channels : roundUp(channels, PITCH);
    result.set(name, { height, width, channels, pitch, border: borders.get(name) ?? NO_PADS });
  };
  for (const { name, shape } of graph.inputs) define(name, shape, true);
  for (const op of graph.ops.filter(givesPictures)) {
    for (const name of resultsOf(op)) define(name, shapes.get(name) as readonly number[], false);
  }
  return result;
}

interface InputGradient {
  readonly kernel: readonly [height: number, width: number];
  readonly stride: number;
  readonly pads: Pads;
  readonly shape: readonly number[];
}

/** The zeros around g that the taps of an input gradient reach; see kernels/training/depthwise-input-gradient.ts. */
export function gradientPads(
  { kernel, stride, pads, shape }: InputGradient,
  [, rows, columns]: readonly number[],
): Pads {
  const before = (side: number, pad: number): number => Math.max(0, Math.floor((side - 1 - pad) / stride));
  const after = (size: number, pad: number, count: number): number =>
    Math.max(0, Math.floor((size - 1 + pad) / stride) - (count - 1));
  return {
    top: before(kernel[0], pads.top),
    bottom: after(shape[1], pads.top, rows),
    left: before(kernel[1], pads.left),
    right: after(shape[2], pads.left, columns),
  };
}

const NO_PADS: Pads = { top: 0, bottom: 0, left: 0, right: 0 };

/** A picture's 3 channels side by side, where only convolutions read it: the stem would work 2.7 times as much at the pitch. */
function isTight(graph: StepGraph, name: string): boolean {
  const readers = graph.ops.filter((op) => readsOf(op).includes(name));
  return readers.every(
    (op) => (op.op === "convolution" && op.residual !== name) || op.op === "convolutionWeightGradient",
  );
}

function widest(a: Pads, b: Pads): Pads {
  return {
    top: Math.max(a.top, b.top),
    bottom: Math.max(a.bottom, b.bottom),
    left: Math.max(a.left, b.left),
    right: Math.max(a.right, b.right),
  };
}
