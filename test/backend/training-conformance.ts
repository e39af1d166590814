// One training step of small graphs on a backend against `reference`: every op's gradient at widths, maps and batches around
// the tiles of kernels, and random graphs. Compared are losses, outputs, gradients and running statistics.

import { expect, test } from "vitest";
import type { Backend } from "#effnet/backend/backend.js";
import { referenceBackend } from "#effnet/backend/reference/reference.js";
import { UsageError } from "#effnet/errors.js";
import type { Activation, Graph } from "#effnet/graph/ops.js";
import { trainingGraph } from "#effnet/graph/training.js";
import type { LossOp, TrainingGraph } from "#effnet/graph/training-ops.js";
import { Random } from "#effnet/random.js";
import { elements, type StateDict, type Tensor } from "#effnet/tensor.js";
import { GraphMaker, graphOfChoices, type Padding, type SmallGraph } from "./small-graphs.ts";

/** Differences allowed, as shares of a tensor's norm, and for gradients that are zero of the norm of all. */
const SHARE = 1e-4;
const NULL_SHARE = 1e-5;
/** Of a batch norm in random graphs: two values become ±1 whatever they are, and what is left of gradients is noise. */
const LEAST_VALUES = 6;

export interface TrainingCase {
  readonly name: string;
  readonly graph: TrainingGraph;
  readonly parameters: StateDict;
  readonly inputs: Readonly<Record<string, Tensor>>;
}

/** Defines the suite's tests for one backend. */
export function trainingConformance(backend: Backend, threads: number): void {
  test.each(CASES.map((each) => [each.name, each] as const))(`${backend.name}: %s`, async (_, each) => {
    const [got, expected] = [await oneStep(backend, each, threads), await oneStep(referenceBackend, each, 1)];
    const total = Math.hypot(...[...expected.gradients.values()].map(normOf));
    const wrong: string[] = [];
    const compare = (
      what: string,
      a: ReadonlyMap<string, Tensor>,
      b: ReadonlyMap<string, Tensor>,
      least: number,
    ): void => {
      for (const [name, tensor] of b) {
        const by = distance(a.get(name) as Tensor, tensor);
        const allowed = SHARE * normOf(tensor) + least;
        if (!(by <= allowed)) wrong.push(`${what} ${name}: differs by ${by}, allowed ${allowed}`);
      }
    };
    compare("output", got.outputs, expected.outputs, NULL_SHARE * total);
    compare("gradient", got.gradients, expected.gradients, NULL_SHARE * total);
    compare("weight", got.weights, expected.weights, 1e-7);
    expect(wrong).toEqual([]);
  });
}

export interface Stepped {
  readonly outputs: ReadonlyMap<string, Tensor>;
  readonly gradients: StateDict;
  readonly weights: StateDict;
}

/** Forward and backward once; the weights are read for their running statistics. */
export async function oneStep(backend: Backend, each: TrainingCase, threads: number): Promise<Stepped> {
  const weights = await backend.load(each.parameters, { threads });
  try {
    const trainer = await weights.compileTraining(each.graph, {
      groups: [{ parameters: [...each.graph.gradients.keys()], weightDecay: 0 }],
      optimizer: { rule: "sgd", momentum: 0, isNesterov: false, isDecoupled: false },
      clip: null,
      hasAverage: false,
    });
    const outputs = new Map(Object.entries(await trainer.accumulate(each.inputs)));
    return { outputs, gradients: await trainer.read("gradients"), weights: await trainer.read("weights") };
  } finally {
    await weights.dispose();
  }
}

function normOf({ data }: Tensor): number {
  let squares = 0;
  for (const value of data) squares += value * value;
  return Math.sqrt(squares);
}

function distance(a: Tensor, b: Tensor): number {
  if (a.shape.join() !== b.shape.join()) return Number.POSITIVE_INFINITY;
  let squares = 0;
  for (let i = 0; i < b.data.length; i++) squares += (a.data[i] - b.data[i]) ** 2;
  return Math.sqrt(squares);
}

interface Block {
  readonly batch: number;
  readonly map: readonly [height: number, width: number];
  readonly widths: readonly [input: number, expanded: number, squeezed: number, output: number];
  readonly kernel: number;
  readonly stride: number;
  readonly padding: Padding;
  readonly activation: Activation;
  readonly isFrozen?: boolean;
}

// biome-ignore format: columns
const BLOCKS: readonly Block[] = [
  { batch: 2,  map: [9, 7],   widths: [3, 24, 4, 3],     kernel: 3, stride: 1, padding: "same",      activation: "silu" },
  { batch: 3,  map: [8, 9],   widths: [16, 43, 5, 16],   kernel: 5, stride: 1, padding: "symmetric", activation: "silu" },
  { batch: 9,  map: [7, 7],   widths: [8, 48, 2, 40],    kernel: 3, stride: 2, padding: "same",      activation: "relu6" },
  { batch: 17, map: [4, 5],   widths: [7, 9, 1, 7],      kernel: 5, stride: 2, padding: "symmetric", activation: "relu" },
  { batch: 8,  map: [26, 25], widths: [24, 40, 6, 24],   kernel: 3, stride: 1, padding: "same",      activation: "silu" },
  { batch: 1,  map: [12, 11], widths: [5, 17, 3, 5],     kernel: 3, stride: 2, padding: "uneven",    activation: "sigmoid" },
  { batch: 11, map: [3, 3],   widths: [72, 200, 10, 72], kernel: 3, stride: 1, padding: "same",      activation: "silu" },
  { batch: 4,  map: [10, 8],  widths: [16, 32, 8, 16],   kernel: 7, stride: 1, padding: "same",      activation: "silu" },
  { batch: 5,  map: [6, 6],   widths: [12, 20, 4, 12],   kernel: 3, stride: 1, padding: "same",      activation: "silu", isFrozen: true },
];

function blockCase(block: Block, index: number): TrainingCase {
  const { batch, map, widths, kernel, stride, padding, activation, isFrozen = false } = block;
  const [input, expanded, squeezed, output] = widths;
  const make = new GraphMaker("block");
  const window = { kernel, stride, padding, hasBias: false, activation: null };
  const pointwise = {
    kernel: 1,
    stride: 1,
    padding: "none",
    hasBias: false,
    activation: null,
    residual: null,
  } as const;
  const x = make.input([batch, ...map, 3]);
  const stem = make.activate(
    make.norm(make.convolution(x, input, { ...pointwise, kernel: 3, padding: "same", hasBias: true })),
    activation,
  );
  const wide = make.activate(make.norm(make.convolution(stem, expanded, pointwise)), activation);
  const deep = make.activate(make.norm(make.depthwise(wide, window)), activation);
  const reduced = make.activate(
    make.linear(make.meanPool(deep), squeezed, { hasBias: true, activation: null, isMap: true }),
    "silu",
  );
  const gate = make.activate(make.linear(reduced, expanded, { hasBias: true, activation: null }), "sigmoid");
  const narrow = make.norm(make.convolution(make.gate(deep, gate), output, pointwise));
  const isSkipped = make.shapeOf(narrow).join() === make.shapeOf(stem).join();
  const y = isSkipped ? make.add(narrow, stem) : narrow;
  const dense = make.activate(make.norm(make.convolution(y, input, { ...window, residual: null })), activation);
  const pooled = make.meanPool(dense);
  const logits = make.linear(pooled, 5, { hasBias: true, activation: null });
  const losses: LossOp[] = [
    { op: "crossEntropy", x: logits, target: "labels", weight: 1, y: "loss" },
    { op: "meanSquaredError", x: y, target: "teacher", weight: 0.5, y: "distance" },
  ];
  const masks = new Map<string, "pictures" | "elements">([
    [narrow, "pictures"],
    [pooled, "elements"],
  ]);
  const takesBatch = (): boolean => !isFrozen;
  const { widths: w, ...rest } = block;
  return trainingCase(`${index}: ${JSON.stringify({ ...rest, widths: w.join() })}`, make.done(logits), losses, {
    masks,
    takesBatch,
  });
}

/** Vectors that are gated by vectors, as the squeeze is when its importance is measured. */
function gatedVectors(): TrainingCase {
  const make = new GraphMaker("gated vectors");
  const layer = { hasBias: true, activation: null };
  const x = make.input([5, 9]);
  const values = make.activate(make.linear(x, 11, layer), "silu");
  const gate = make.activate(make.linear(x, 11, layer), "sigmoid");
  const logits = make.linear(make.gate(values, gate), 4, layer);
  const loss: LossOp = { op: "crossEntropy", x: logits, target: "labels", weight: 1, y: "loss" };
  return trainingCase("gated vectors", make.done(logits), [loss], {});
}

function randomCases(count: number): TrainingCase[] {
  const cases: TrainingCase[] = [];
  for (let index = 0; cases.length < count; index++) {
    const random = new Random(23, "training", index);
    const choices = Array.from({ length: 40 }, () => Math.floor(random.uniform(0, 1000)));
    const small = graphOfChoices(choices, "random");
    const ops = small.graph.ops.map((op) =>
      "activation" in op && op.op !== "activate" ? { ...op, activation: null } : op,
    );
    const outputs = small.graph.outputs;
    const losses = outputs.map((x, i): LossOp => {
      return { op: "meanSquaredError", x, target: `target ${i}`, weight: 1 + i, y: `loss ${i}` };
    });
    try {
      const graph: Graph = { ...small.graph, ops };
      const made = trainingCase(`random graph ${index}`, { ...small, graph }, losses, {});
      if (made.graph.running.every(({ n }) => n >= LEAST_VALUES)) cases.push(made);
    } catch (error) {
      if (!(error instanceof UsageError)) throw error; // a norm of one value a channel
    }
  }
  return cases;
}

interface CaseOptions {
  readonly masks?: ReadonlyMap<string, "pictures" | "elements">;
  readonly takesBatch?: () => boolean;
}

function trainingCase(
  name: string,
  { graph, parameters, inputs }: SmallGraph,
  losses: readonly LossOp[],
  { masks = new Map(), takesBatch = () => true }: CaseOptions,
): TrainingCase {
  const options = { losses, learns: () => true, takesBatch, momentum: 0.1, masks };
  const named: Graph = {
    ...graph,
    parameters: graph.parameters.map((each) => ({ ...each, source: { kind: "stored", tensor: each.name } })),
  };
  const isReached = trainingGraph(named, options).ops.some((op) => op.op.endsWith("InputGradient"));
  const reads = isReached && named.inputs.length === 1 && named.ops[0].x === named.inputs[0].name;
  const step = reads
    ? trainingGraph(named, { ...options, inputGradients: [named.inputs[0].name] })
    : trainingGraph(named, options);
  const sourceOf = (parameter: string): string => {
    const source = graph.parameters.find((each) => each.name === parameter)?.source;
    return source?.kind === "stored" ? source.tensor : "";
  };
  const given = Object.fromEntries(
    step.inputs.map(({ name: input, shape }) => {
      const random = new Random(23, name, input);
      const isLabels = input === "labels";
      const isMask = input.endsWith("/mask");
      const number = (): number => (isMask ? (random.uniform(0, 1) < 0.7 ? 1 / 0.7 : 0) : random.normal());
      const data = Float32Array.from({ length: elements(shape) }, () => (isLabels ? random.uniform(0, 0.4) : number()));
      return [input, inputs[input] ?? { shape, data }];
    }),
  );
  return {
    name,
    graph: step,
    parameters: new Map(step.parameters.map((each) => [each.name, parameters.get(sourceOf(each.name)) as Tensor])),
    inputs: given,
  };
}

export const CASES: readonly TrainingCase[] = [...BLOCKS.map(blockCase), gatedVectors(), ...randomCases(24)];
