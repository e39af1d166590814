// Every op's gradient against central differences in float64, on random shapes: ∂L/∂p ≈ (L(p + h) − L(p − h)) / 2h.
// The table has an entry for every op of a training graph's forward half; the compiler names one that is missing.

import { describe, expect, test } from "vitest";
import { referenceBackend } from "#effnet/backend/reference/reference.js";
import type { Activation, Graph, Parameter } from "#effnet/graph/ops.js";
import { type TrainingGraphOptions, trainingGraph } from "#effnet/graph/training.js";
import type { ForwardOpName, LossOp } from "#effnet/graph/training-ops.js";
import { Random } from "#effnet/random.js";
import { elements, type StateDict, type Tensor } from "#effnet/tensor.js";
import { GraphMaker, type Padding, type SmallGraph } from "../backend/small-graphs.ts";
import { normOf } from "../backend/training-golden-files.ts";

const ALLOWED = 1e-6; // of a gradient's norm
const STEP = 1e-5; // h: errors of h² and of 1e-16 / h, both near 1e-10
const SHAPES = 6; // drawn for each op
const ELEMENTS = 60; // of a tensor, at most, that are moved

type LossKind = Pick<LossOp, "op"> & { readonly sumsClasses?: boolean };

const MEAN_SQUARED_ERROR: LossKind = { op: "meanSquaredError" };

/** One value to differentiate, and how. */
interface Case {
  readonly small: SmallGraph;
  readonly options?: Partial<TrainingGraphOptions>;
  /** Instead of the mean squared error of the graph's output. */
  readonly loss?: LossKind;
}

type Draw = (options: readonly number[]) => number;

/** What a case is made with: an empty graph, sides of a map `[n, h, w, c]`, and draws for the rest. */
interface Drawn {
  readonly maker: GraphMaker;
  readonly map: readonly number[];
  readonly pick: <T>(options: readonly T[]) => T;
}

const PADDINGS: readonly Padding[] = ["same", "symmetric", "none", "uneven"];
const SMOOTH: readonly Activation[] = ["silu", "relu", "relu6", "sigmoid"];

function windowsOf({ pick }: Drawn): { kernel: number; stride: number; padding: Padding } {
  return { kernel: pick([1, 3, 5]), stride: pick([1, 2]), padding: pick(PADDINGS) };
}

function logitsCase({ maker, pick }: Drawn, loss: LossKind): Case {
  const x = maker.input([pick([1, 2, 3]), pick([2, 5, 9])]);
  return { small: maker.done(maker.linear(x, pick([2, 3, 7]), { hasBias: true, activation: null })), loss };
}

const cases: { readonly [Name in ForwardOpName]: (drawn: Drawn) => Case } = {
  convolution: (drawn) => {
    const { maker, map, pick } = drawn;
    const x = maker.input(map);
    const options = { ...windowsOf(drawn), hasBias: true, activation: null };
    const first = maker.convolution(x, pick([1, 4, 7]), { ...options, residual: null });
    const residual = maker.input(maker.shapeOf(first));
    return { small: maker.done(maker.convolution(x, maker.shapeOf(first)[3], { ...options, residual })) };
  },
  depthwise: (drawn) => {
    const { maker, map } = drawn;
    return {
      small: maker.done(maker.depthwise(maker.input(map), { ...windowsOf(drawn), hasBias: true, activation: null })),
    };
  },
  linear: ({ maker, pick }) => {
    const options = { hasBias: true, activation: null, isMap: pick([true, false]) };
    return { small: maker.done(maker.linear(maker.input([pick([1, 3]), pick([1, 6])]), pick([1, 5]), options)) };
  },
  activate: ({ maker, map, pick }) => ({ small: maker.done(maker.activate(maker.input(map), pick(SMOOTH))) }),
  meanPool: ({ maker, map }) => ({ small: maker.done(maker.meanPool(maker.input(map))) }),
  gate: ({ maker, map, pick }) => {
    const [n, , , c] = map;
    return { small: maker.done(maker.gate(maker.input(pick([map, [n, c]])), maker.input([n, c]))) };
  },
  add: ({ maker, map }) => {
    const x = maker.input(map);
    return { small: maker.done(maker.add(maker.add(x, maker.input(map)), x)) };
  },
  // Statistics of the batch, through which the gradient flows, too.
  statistics: ({ maker, map: [n, h, w, c] }) => ({
    small: maker.done(maker.norm(maker.input([n + 1, h, w, c]))),
    options: { takesBatch: () => true },
  }),
  runningStatistics: ({ maker, map }) => ({ small: maker.done(maker.norm(maker.input(map))) }),
  normalize: ({ maker, map: [n, h, w, c], pick }) => {
    const isBatch = pick([true, false]);
    const y = maker.activate(maker.norm(maker.input([n + 1, h, w, c])), pick(SMOOTH));
    return { small: maker.done(y), options: { takesBatch: () => isBatch } };
  },
  mask: ({ maker, map, pick }) => {
    const kind = pick(["pictures", "elements"] as const);
    const x = maker.activate(maker.input(map), "silu");
    const y = maker.activate(x, "sigmoid"); // outputs are what they are; what reads them is masked
    return { small: maker.done(y), options: { masks: new Map([[x, kind]]) } };
  },
  crossEntropy: (drawn) => logitsCase(drawn, { op: "crossEntropy" }),
  binaryCrossEntropy: (drawn) => {
    return logitsCase(drawn, { op: "binaryCrossEntropy", sumsClasses: drawn.pick([true, false]) });
  },
  meanSquaredError: ({ maker, map }) => ({ small: maker.done(maker.activate(maker.input(map), "silu")) }),
};

describe("gradients are those of central differences", () => {
  test.each(Object.entries(cases))("%s", async (name, make) => {
    const wrong: string[] = [];
    for (let at = 0; at < SHAPES; at++) {
      const random = new Random(10, name, at);
      const pick: Drawn["pick"] = (options) => options[random.below(options.length)];
      const side: Draw = pick;
      const map = [side([1, 2, 3]), side([1, 2, 5, 6]), side([2, 3, 7]), side([1, 3, 8])];
      const drawn = { maker: new GraphMaker(`${name}/${at}`), map, pick };
      wrong.push(...(await differences(make(drawn), random)).map((line) => `shape ${at}: ${line}`));
    }
    expect(wrong).toEqual([]);
  });

  test("an inverted residual with squeeze-and-excitation, a dropped path and a skip", async () => {
    const maker = new GraphMaker("block");
    const plain = { hasBias: false, activation: null, residual: null } as const;
    const pointwise = { ...plain, kernel: 1, stride: 1, padding: "same" } as const;
    const x = maker.input([3, 5, 4, 6]);
    const stem = maker.activate(maker.norm(maker.convolution(x, 6, pointwise)), "silu");
    const expanded = maker.activate(maker.norm(maker.convolution(stem, 9, pointwise)), "silu");
    const depthwise = maker.depthwise(expanded, {
      kernel: 3,
      stride: 1,
      padding: "same",
      hasBias: false,
      activation: null,
    });
    const wide = maker.activate(maker.norm(depthwise), "silu");
    const reduced = maker.activate(maker.linear(maker.meanPool(wide), 2, { hasBias: true, activation: null }), "silu");
    const gate = maker.activate(maker.linear(reduced, 9, { hasBias: true, activation: null }), "sigmoid");
    const projected = maker.norm(maker.convolution(maker.gate(wide, gate), 6, pointwise));
    const small = maker.done(maker.add(projected, stem));
    const options = { masks: new Map([[projected, "pictures" as const]]), takesBatch: () => true };
    expect(await differences({ small, options }, new Random(10, "block"))).toEqual([]);
  });
});

/** Where analytic and numeric gradients differ, of every parameter that learns and of every input of the graph. */
async function differences(
  { small, options = {}, loss = MEAN_SQUARED_ERROR }: Case,
  random: Random,
): Promise<string[]> {
  const { graph, parameters } = byName(small);
  const training = trainingGraph(graph, {
    learns: () => true,
    takesBatch: () => false,
    momentum: 0.1,
    masks: new Map(),
    inputGradients: graph.inputs.map(({ name }) => name),
    losses: [{ ...loss, x: graph.outputs[0], target: "target", weight: 1.5, y: "loss" } as LossOp],
    ...options,
  });
  const normal = (shape: readonly number[]): Tensor => {
    return { shape, data: Float64Array.from({ length: elements(shape) }, () => random.normal()) };
  };
  const inputs = Object.fromEntries(training.inputs.map(({ name, shape }) => [name, normal(shape)]));
  const weights = await referenceBackend.load(parameters);
  const groups = [{ parameters: [...training.gradients.keys()], weightDecay: 0 }];
  const sgd = { rule: "sgd", momentum: 0, isNesterov: false, isDecoupled: false } as const;
  const trainer = await weights.compileTraining(training, { groups, optimizer: sgd, clip: null, hasAverage: false });
  const outputs = await trainer.accumulate(inputs);
  const gradients = await trainer.read("gradients");

  /** 1.5 · L, the weight that the gradients have, too, at the numbers as they are now. */
  const lossNow = async (): Promise<number> => {
    await trainer.write("weights", parameters);
    return 1.5 * (await trainer.accumulate(inputs))["loss"].data[0];
  };
  const wrong: string[] = [];
  for (const [name, gradient] of gradients) {
    wrong.push(...(await compared(name, gradient, parameters.get(name) as Tensor, lossNow, random)));
  }
  for (const [name, output] of training.inputGradients) {
    wrong.push(...(await compared(name, outputs[output], inputs[name], lossNow, random)));
  }
  await weights.dispose();
  return wrong;
}

/** In float64, every tensor under its parameter's name. */
function byName({ graph, parameters }: SmallGraph): { graph: Graph; parameters: StateDict } {
  const doubles: StateDict = new Map();
  const named = graph.parameters.map((parameter): Parameter => {
    const { shape, data } = parameters.get((parameter.source as { tensor: string }).tensor) as Tensor;
    doubles.set(parameter.name, { shape, data: Float64Array.from(data) });
    return { ...parameter, source: { kind: "stored", tensor: parameter.name } };
  });
  return { graph: { ...graph, parameters: named }, parameters: doubles };
}

async function compared(
  name: string,
  gradient: Tensor,
  { data }: Tensor,
  lossAt: () => Promise<number>,
  random: Random,
): Promise<string[]> {
  const places =
    data.length <= ELEMENTS
      ? Array.from(data, (_, i) => i)
      : Array.from({ length: ELEMENTS }, () => random.below(data.length));
  const numeric: number[] = [];
  for (const i of places) {
    const value = data[i];
    data[i] = value + STEP;
    const above = await lossAt();
    data[i] = value - STEP;
    const below = await lossAt();
    data[i] = value;
    numeric.push((above - below) / (2 * STEP));
  }
  const apart = normOf(numeric.map((value, at) => value - gradient.data[places[at]]));
  const share = apart / normOf(numeric);
  return share <= ALLOWED ? [] : [`${name} [${gradient.shape.join(", ")}]: differs by ${share} of its norm`];
}
