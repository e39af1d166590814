// Inner distillation (4.6: 20): the golden distances and gradients, what it asks of a training, and that it goes on to the same
// bits.

import { describe, expect, test } from "vitest";
import { referenceBackend } from "#effnet/backend/reference/reference.js";
import { wasmBackend } from "#effnet/backend/wasm/wasm.js";
import { UsageError } from "#effnet/errors.js";
import { graphOf } from "#effnet/graph/graph.js";
import { trainingGraph } from "#effnet/graph/training.js";
import type { Model } from "#effnet/model/model.js";
import { type DistillOptions, distill } from "#effnet/pruning/distill.js";
import { type InnerDistillation, InnerDistillationLoss } from "#effnet/pruning/inner-distillation.js";
import { apply } from "#effnet/pruning/surgery.js";
import { type Tap, tapsOf } from "#effnet/pruning/taps.js";
import { elements, type StateDict, type Tensor } from "#effnet/tensor.js";
import type { RecipeOptions } from "#effnet/training/recipe.js";
import { type Report, type Resume, type TrainingState, train } from "#effnet/training/train.js";
import { initialize } from "#effnet/weights/initialize.js";
import { s } from "../golden/pruning/formula.ts";
import { ofKind, reportsOf, toyModel, toyNetwork, toySource } from "../training/toy.ts";
import { goldenPlan, planOf } from "./cut.ts";
import { apart, exactly } from "./sources.ts";
import { golden, tinyNetwork } from "./tiny.ts";

interface DistillFile {
  readonly taps: readonly {
    readonly shape: readonly number[];
    readonly keep: readonly number[];
    readonly select: number;
    readonly selectGradient: readonly number[];
    readonly linear: number;
    readonly linearGradient: readonly number[];
    readonly matrixGradient: readonly number[];
  }[];
  readonly gamma: number;
  readonly total: number;
}

const file = golden<DistillFile>("distill.json");
const DEFAULTS: Omit<InnerDistillation, "taps"> = {
  comparison: "select",
  isNormalized: true,
  gamma: 1,
  alpha: 0,
  temperature: 1,
  logits: "kd",
  quietUpdates: 0,
};

function formula(name: string, shape: readonly number[]): Tensor {
  return { shape, data: Float64Array.from({ length: elements(shape) }, (_, i) => s(name, i)) };
}

const students = new Map(
  file.taps.map(({ shape, keep }, j) => [
    `tap ${j}`,
    formula(`distill.${j}.student`, [...shape.slice(0, -1), keep.length]),
  ]),
);
const teachers = Object.fromEntries(
  file.taps.map(({ shape }, j) => [`tap ${j}`, formula(`distill.${j}.teacher`, shape)]),
);
const goldenTaps = file.taps.map(({ shape, keep }, j): Tap => {
  return { name: `tap ${j}`, width: shape[3], kept: keep };
});

/** The companion's loss, and gradients by name, where the student's results are inputs of the graph. */
async function stepped(
  options: InnerDistillation,
  results: ReadonlyMap<string, Tensor>,
  teacher: Readonly<Record<string, Tensor>>,
  parameters?: StateDict,
): Promise<{ loss: number; gradient: (name: string) => ArrayLike<number>; parameters: StateDict }> {
  const companion = new InnerDistillationLoss(async () => teacher, options, 5);
  const own = parameters ?? companion.parameters;
  const [[, { shape }]] = results;
  const parts = companion.parts(shape[0], (name) => results.get(name)?.shape ?? []);
  const inputs = Array.from(results, ([name, tensor]) => ({ name, shape: tensor.shape }));
  const graph = trainingGraph(graphOf({ inputs, parameters: [], ops: [], outputs: [] }), {
    losses: parts.losses,
    learns: () => true,
    takesBatch: () => false,
    momentum: 0,
    masks: new Map(),
    inputGradients: companion.taps,
    appended: {
      ...parts,
      parameters: Array.from(own, ([name, tensor]) => {
        return { name, shape: tensor.shape, source: { kind: "stored", tensor: name } };
      }),
    },
  });
  const trainer = await (await referenceBackend.load(new Map())).compileTraining(graph, {
    groups: [{ parameters: [...own.keys()], weightDecay: 0 }],
    optimizer: { rule: "sgd", momentum: 0, isNesterov: false, isDecoupled: false },
    clip: null,
    hasAverage: false,
    parameters: own,
  });
  const beside = await companion.inputs({ shape: [shape[0], 1, 1, 3], data: new Float64Array(shape[0] * 3) });
  const outputs = await trainer.accumulate({ ...Object.fromEntries(results), ...beside.inputs });
  const gradients = await trainer.read("gradients");
  const loss = parts.losses.reduce((sum, { y, weight }) => sum + weight * outputs[y].data[0], beside.constant);
  const gradient = (name: string): ArrayLike<number> =>
    (gradients.get(name) ?? outputs[graph.inputGradients.get(name) ?? ""]).data;
  return { loss, gradient, parameters: own };
}

describe("the loss", () => {
  test.each(file.taps.map((each, j) => [j, each] as const))(
    "golden tap %i: distances and gradients",
    async (j, each) => {
      const [name, student] = [...students][j];
      const one = { ...DEFAULTS, taps: [goldenTaps[j]] };
      const select = await stepped(one, new Map([[name, student]]), teachers);
      expect(apart([select.loss], [each.select]) / each.select).toBeLessThanOrEqual(1e-12);
      expect(apart(select.gradient(name), each.selectGradient)).toBeLessThanOrEqual(1e-12);

      const matrix = formula(`distill.${j}.matrix`, [each.shape[3], each.keep.length, 1, 1]);
      const parameters = new Map([[`distill.${name}.weight`, matrix]]);
      const plain = { ...one, comparison: "linear", isNormalized: false } as const;
      const linear = await stepped(plain, new Map([[name, student]]), teachers, parameters);
      expect(apart([linear.loss], [each.linear])).toBeLessThanOrEqual(1e-12);
      expect(apart(linear.gradient(name), each.linearGradient)).toBeLessThanOrEqual(1e-12);
      expect(apart(linear.gradient(`distill.${name}.weight`), each.matrixGradient)).toBeLessThanOrEqual(1e-12);
    },
  );

  test("golden total: γ times the mean over taps", async () => {
    const { loss } = await stepped({ ...DEFAULTS, taps: goldenTaps, gamma: file.gamma }, students, teachers);
    expect(Math.abs(loss - file.total) / file.total).toBeLessThanOrEqual(1e-12);
  });

  test("M begins as the kept channels' place among the teacher's: it compares them as select does, the others with zero", async () => {
    const [name, student] = [...students][0];
    const one = { ...DEFAULTS, taps: [goldenTaps[0]], comparison: "linear", isNormalized: false } as const;
    const { loss } = await stepped(one, new Map([[name, student]]), teachers);
    const { keep, shape } = file.taps[0];
    const teacher = teachers[name].data;
    let expected = 0;
    for (let i = 0; i < teacher.length; i++) {
      const k = keep.indexOf(i % shape[3]);
      const given = k === -1 ? 0 : student.data[Math.floor(i / shape[3]) * keep.length + k];
      expected += (given - teacher[i]) ** 2 / teacher.length;
    }
    expect(loss).toBeCloseTo(expected, 12);
  });

  test.each([1, 4])(
    "at temperature %i the answers' divergence is τ²·KL, 0 for the teacher's own, and as its gradient",
    async (temperature) => {
      const options = { ...DEFAULTS, taps: [], alpha: 0.7, temperature };
      const [logits, own] = [formula("student", [3, 5]), formula("teacher", [3, 5])];
      const softmax = (data: ArrayLike<number>): number[] => {
        const powers = Array.from(data, (value) => Math.exp(value / temperature));
        return powers.map((power) => power / powers.reduce((sum, each) => sum + each, 0));
      };
      const divergence = (x: Tensor): number => {
        let sum = 0;
        for (let n = 0; n < 3; n++) {
          const [t, p] = [own, x].map(({ data }) => softmax(data.subarray(5 * n, 5 * n + 5)));
          sum += t.reduce((all, value, c) => all + value * Math.log(value / p[c]), 0) / 3;
        }
        return 0.7 * temperature ** 2 * sum;
      };
      const { loss, gradient } = await stepped(options, new Map([["logits", logits]]), { logits: own });
      expect(loss).toBeCloseTo(divergence(logits), 12);
      expect((await stepped(options, new Map([["logits", own]]), { logits: own })).loss).toBeCloseTo(0, 12);
      for (const i of [0, 7, 14]) {
        const at = (by: number): number => {
          const data = logits.data.map((value, k) => (k === i ? value + by : value));
          return divergence({ shape: logits.shape, data });
        };
        expect(gradient("logits")[i]).toBeCloseTo((at(1e-5) - at(-1e-5)) / 2e-5, 8);
      }
    },
  );

  test("a result of the teacher that does not vary counts nothing", async () => {
    const still = { "tap 0": { ...teachers["tap 0"], data: new Float64Array(teachers["tap 0"].data.length) } };
    const { loss } = await stepped({ ...DEFAULTS, taps: [goldenTaps[0]] }, new Map([[...students][0]]), still);
    expect(loss).toBe(0);
  });
});

test("taps are the stages' results and the head's, with the channels that a plan keeps", () => {
  const plan = goldenPlan("v1", "all");
  const kept = (name: string): readonly number[] => plan.keep[name];
  expect(tapsOf(tinyNetwork("v1"), plan, "map")).toEqual([
    { name: "blocks.0", width: 8, kept: kept("blocks.0.stream") },
    { name: "blocks.1", width: 12, kept: kept("blocks.1.stream") },
    { name: "blocks.2", width: 16, kept: kept("blocks.2.stream") },
    { name: "map", width: 24, kept: kept("head") },
  ]);
});

// --- Trainings: a toy network without three channels in eight.

const KEEP = {
  "blocks.1.stream": [0, 2, 3, 5, 6],
  "blocks.1.0.expanded": [0, 1, 2, 4, 6, 7, 9, 12, 15],
  head: [1, 2, 3, 5, 7, 8, 11],
};
const PLAN = planOf(toyNetwork, KEEP);
const NOTHING = planOf(toyNetwork, {});
const parent = exactly(initialize(toyNetwork, 4, { scheme: "torch" }));
const { architecture, stateDict } = apply(toyNetwork, parent, PLAN);
const data = {
  train: toySource({ count: 18 }),
  validation: toySource({ count: 9, split: "validation", isWhole: false, batch: 4 }),
};
const RECIPE: RecipeOptions = { head: null, epochs: 2, seed: 2, rate: 0.01, dropout: 0, dropPath: 0.4, smoothing: 0 };
/** A step along the gradient itself. */
const PLAIN: RecipeOptions = {
  ...RECIPE,
  epochs: 1,
  dropPath: 0,
  layerDecay: 1,
  weightDecay: 0,
  clip: null,
  average: null,
  optimizer: { rule: "sgd", momentum: 0, isNesterov: false, isDecoupled: false },
  schedule: { kind: "step", per: "update", factor: 1, everyEpochs: 1, warmup: { share: 0, rate: 0, isInFront: false } },
};

interface Distilled {
  readonly reports: Report[];
  readonly state: TrainingState;
  readonly best: StateDict;
  readonly student: Model;
}

async function distilled(
  options: DistillOptions,
  {
    recipe = RECIPE,
    threads,
    start = stateDict,
    plan = PLAN,
    stop,
  }: { recipe?: RecipeOptions; threads?: number; start?: StateDict; plan?: typeof PLAN; stop?: number } = {},
): Promise<Distilled> {
  const loading = threads === undefined ? {} : { backend: wasmBackend(), threads };
  const student = await toyModel(plan === PLAN ? architecture : toyNetwork, start, loading);
  const teacher = await toyModel(toyNetwork, parent, loading);
  const reports: Report[] = [];
  let kept: { state: TrainingState; best: StateDict } | undefined;
  try {
    for await (const report of distill(student, teacher, plan, data, recipe, options)) {
      reports.push(report);
      if (report.kind !== "step" && report.kind !== "epoch") continue;
      kept = structuredClone({ state: await report.state(), best: await report.best() });
      if (report.kind === "step" && report.update === stop) break;
    }
  } finally {
    await teacher.dispose();
    if (threads !== undefined) await student.dispose();
  }
  return { reports, student, ...(kept as { state: TrainingState; best: StateDict }) };
}

function losses({ reports }: { reports: readonly Report[] }): number[] {
  return ofKind(reports, "step").map(({ loss }) => loss);
}

describe("a training", () => {
  test("the teacher itself has no distance to its own taps and answers: its loss is the labels'", async () => {
    const whole = { plan: NOTHING, start: parent, recipe: PLAIN, stop: 1 };
    const { reports } = await distilled({ gamma: 5, comparison: "linear" }, whole);
    const alone = await reportsOf(train(await toyModel(toyNetwork, parent), data, PLAIN));
    const { loss } = ofKind(alone, "step")[0];
    expect(losses({ reports })[0]).toBeCloseTo(loss, 12);
    const half = await distilled({ gamma: 5, alpha: 0.5 }, whole);
    expect(losses(half)[0]).toBeCloseTo(loss / 2, 12);
    const mse = await distilled({ gamma: 5, logits: "mse", alpha: 0.5 }, whole);
    expect(losses(mse)[0]).toBeCloseTo(loss, 12);
  });

  test.each([
    ["select, pooled head", { gamma: 2, alpha: 0.3, head: "embedding" }],
    ["linear, logits as a tap", { gamma: 0.5, comparison: "linear", logits: "mse" }],
  ] as const)("gradients are those of central differences: %s", async (_, options) => {
    const recipe = { ...PLAIN, rate: 1 };
    const { state } = await distilled(options, { recipe, stop: 1 });
    const moved = state.tensors.get("weights") as StateDict;
    const lossWith = async (name: string, i: number, by: number): Promise<number> => {
      const { shape, data: numbers } = stateDict.get(name) as Tensor;
      const start = new Map(stateDict).set(name, {
        shape,
        data: numbers.map((value, k) => (k === i ? value + by : value)),
      });
      return losses(await distilled(options, { recipe, start, stop: 1 }))[0];
    };
    for (const [name, i] of [
      ["conv_stem.weight", 3],
      ["blocks.1.0.conv_pwl.weight", 11],
      ["blocks.1.1.bn2.weight", 4],
      ["conv_head.weight", 5],
      ["classifier.bias", 1],
    ] as const) {
      const gradient = (stateDict.get(name)?.data[i] as number) - (moved.get(name)?.data[i] as number);
      const [more, less] = [await lossWith(name, i, 1e-5), await lossWith(name, i, -1e-5)];
      expect(Math.abs(gradient - (more - less) / 2e-5), name).toBeLessThan(1e-8 * Math.max(1, Math.abs(gradient)));
    }
  });

  test("M learns and belongs to the state, not to the weights", async () => {
    const { state, best, student, reports } = await distilled({ comparison: "linear" });
    const maps = ["distill.blocks.1.weight", "distill.map.weight"];
    const weights = state.tensors.get("weights") as StateDict;
    expect([...weights.keys()]).toEqual([...stateDict.keys(), ...maps]);
    expect(apart(weights.get(maps[0])?.data ?? [], Array(8 * 5).fill(0))).toBeGreaterThan(0.9);
    const isStart = (value: number): boolean => value === 0 || value === 1;
    expect(weights.get(maps[0])?.data.every(isStart)).toBe(false);
    expect([...best.keys()]).toEqual([...stateDict.keys()]);
    expect([...(await student.stateDict()).keys()]).toEqual([...stateDict.keys()]);
    const parameters = [...stateDict].filter(([name]) => !/running|num_batches/.test(name));
    const count = parameters.reduce((sum, [, tensor]) => sum + elements(tensor.shape), 0);
    expect(ofKind(reports, "start")[0]).toMatchObject({ learning: count, parameters: count });
  });

  test("residuals are all kept in the first epoch, and then dropped as the recipe says", async () => {
    const [dropping, keeping] = [await distilled({}), await distilled({}, { recipe: { ...RECIPE, dropPath: 0 } })];
    expect(losses(dropping).slice(0, 3)).toEqual(losses(keeping).slice(0, 3));
    expect(losses(dropping).slice(3)).not.toEqual(losses(keeping).slice(3));
  });

  test("the student comes nearer to its teacher", async () => {
    const start = { recipe: { ...RECIPE, epochs: 8, dropPath: 0, norms: "batch" as const, rate: 0.02 } };
    const all = losses(await distilled({ gamma: 3, alpha: 0.5 }, start));
    expect(all.at(-1)).toBeLessThan(0.7 * all[0]);
  });

  test("numbers out of their range and other classes are refused", async () => {
    await expect(distilled({ gamma: -1 })).rejects.toThrow(UsageError);
    await expect(distilled({ alpha: 1.5 })).rejects.toThrow(UsageError);
    await expect(distilled({ temperature: 0 })).rejects.toThrow(UsageError);
  });
});

const CASES: readonly (readonly [string, DistillOptions, RecipeOptions])[] = [
  ["select with answers", { alpha: 0.4, gamma: 2 }, { ...RECIPE, norms: "batch" }],
  ["linear, in parts", { comparison: "linear", logits: "mse" }, { ...RECIPE, parts: 2, accumulation: 2 }],
];

describe.each(CASES)("%s", (_, options, recipe) => {
  test("goes on from any update to the same bits", async () => {
    const whole = await distilled(options, { recipe });
    for (const stop of [1, 2]) {
      const { state, best } = await distilled(options, { recipe, stop });
      const resume: Resume = { state: { ...state, place: JSON.parse(JSON.stringify(state.place)) }, best };
      const rest = await distilled({ ...options, resume }, { recipe });
      expect(rest.state).toEqual(whole.state);
      expect(rest.best).toEqual(whole.best);
    }
  });

  test("on the engine: the same bits on 1 and 2 threads, and the reference's losses", async () => {
    const [one, two] = [
      await distilled(options, { recipe, threads: 1 }),
      await distilled(options, { recipe, threads: 2 }),
    ];
    expect(two.state).toEqual(one.state);
    expect(losses(two)).toEqual(losses(one));
    const expected = losses(await distilled(options, { recipe }));
    losses(one).forEach((loss, i) => {
      expect(Math.abs(loss - expected[i]), `step ${i + 1}`).toBeLessThanOrEqual(1e-3 * expected[i]); // float32
    });
  });
});
