// What every backend that trains must reproduce: timm's numbers for one step, for clipping and accumulation, for six steps
// and for every optimizer. One suite, run by each backend's own test file; test/golden/train/README.md has the cases.

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Backend, Weights } from "#effnet/backend/backend.js";
import type { Clip, Optimizer, ParameterGroup, Trainer } from "#effnet/backend/trainer.js";
import { buildGraph } from "#effnet/graph/build.js";
import { graphOf } from "#effnet/graph/graph.js";
import { optimize } from "#effnet/graph/passes.js";
import { trainingGraph } from "#effnet/graph/training.js";
import type { LossOp, TrainingGraph } from "#effnet/graph/training-ops.js";
import type { StateDict, Tensor } from "#effnet/tensor.js";
import { units } from "../golden/formula.ts";
import {
  apart,
  type ByName,
  type Expected,
  fromMap,
  type GoldenClip,
  type GoldenConfig,
  type GoldenOptimizers,
  type GoldenPass,
  type GoldenStep,
  type GoldenSteps,
  goldenInput,
  goldenNetwork,
  goldenStateDict,
  goldenTarget,
  readGolden,
  totalNorm,
} from "./training-golden-files.ts";

/** What a backend may be off by: shares of a tensor's norm, or of a number. */
export interface TrainingTolerance {
  /** Losses and norms of gradients. */
  readonly losses: number;
  /** Logits, maps and running statistics. */
  readonly values: number;
  /** Gradients; those that are zero in exact arithmetic may have min(this, 1e-6) of the whole gradient's norm. */
  readonly gradients: number;
  /** Parameters, averages and running statistics after some updates. */
  readonly parameters: number;
  /** Logits in evaluation after six updates; AdamW makes steps of the noise of gradients that are zero. */
  readonly evaluation: number;
}

export interface TrainingGoldenOptions {
  readonly tolerance: TrainingTolerance;
  /** For `load`; default: the backend's own. */
  readonly threads?: number;
}

const NULL_GRADIENT = 1e-6; // README of the golden files, "Null gradients"
const UPDATES = 6;
/** Means of what a parameter with a null gradient shifts: AdamW steps along the noise of float32. */
const SHIFTED = ["blocks.1.0.bn1.running_mean", "bn2.running_mean"];
const UNLIMITED = 1e30; // clips nothing and asks for the norm
const MOMENTUM = { rule: "sgd", momentum: 0.9, isNesterov: false, isDecoupled: false } as const; // its first slot is the gradient

/** Defines the suite's tests for one backend. */
export function trainingGolden(backend: Backend, options: TrainingGoldenOptions): void {
  for (const file of ["train-step", "train-step-symmetric"]) {
    describe(`${backend.name}: ${file}`, () => stepTests(backend, options, readGolden<GoldenStep>(file)));
  }
  describe(`${backend.name}: optimizers`, () => optimizerTests(backend, options));
}

interface Setting {
  readonly losses?: readonly LossOp[];
  readonly maps?: readonly string[];
  readonly masks?: ReadonlyMap<string, "pictures" | "elements">;
  readonly isFrozen?: boolean;
  readonly optimizer?: Optimizer;
  readonly clip?: Clip | null;
  readonly groups?: (parameters: readonly string[]) => ParameterGroup[];
  readonly hasAverage?: boolean;
}

const CROSS_ENTROPY: LossOp = { op: "crossEntropy", x: "logits", target: "target", weight: 1, y: "loss" };

function stepTests(backend: Backend, { tolerance, threads }: TrainingGoldenOptions, golden: GoldenStep): void {
  const network = goldenNetwork(golden);
  const [batch, , height, width] = golden.net.input;
  const size = { batch, height, width };
  let weights: Weights;
  beforeAll(async () => {
    weights = await backend.load(goldenStateDict(network), threads === undefined ? {} : { threads });
  });
  afterAll(() => weights?.dispose());

  /** A step of the golden network; besides `maps` it gives the gradients of logits and input. */
  const graphOfStep = ({ losses = [CROSS_ENTROPY], maps = [], masks = new Map(), isFrozen = false }: Setting) => {
    const graph = trainingGraph(buildGraph(network, { ...size, outputs: [...maps, "embedding", "logits"] }), {
      losses,
      learns: () => true,
      takesBatch: () => !isFrozen,
      momentum: network.norm.momentum,
      masks,
      inputGradients: ["input"],
    });
    return { ...graph, outputs: [...graph.outputs, `${losses[0].y}/gradient.x`] };
  };
  const compile = (graph: TrainingGraph, setting: Setting): Promise<Trainer> => {
    const { groups = oneGroup, optimizer = MOMENTUM, clip = null, hasAverage = false } = setting;
    return weights.compileTraining(graph, { groups: groups([...graph.gradients.keys()]), optimizer, clip, hasAverage });
  };
  /** Compiles, hands over, and disposes. */
  const withTrainer = async (setting: Setting, use: (trainer: Trainer, graph: TrainingGraph) => Promise<void>) => {
    const graph = graphOfStep(setting);
    const trainer = await compile(graph, setting);
    try {
      await use(trainer, graph);
    } finally {
      await trainer.dispose();
    }
  };

  const shapes = golden.net.shapes;
  const report = (name: string, by: number, allowed: number): string[] =>
    by <= allowed ? [] : [`${name}: differs by ${by}, allowed ${allowed}`];
  const number = (name: string, got: number, expected: number): string[] =>
    report(name, Math.abs(got - expected), tolerance.losses * Math.abs(expected));
  const vector = (name: string, got: Tensor, expected: Expected, share: number): string[] => {
    const { by, norm } = apart(got, expected);
    return report(name, by, share * norm);
  };
  const gradients = (got: StateDict, expected: ByName<Expected>): string[] => {
    const total = totalNorm(expected);
    return Object.entries(expected).flatMap(([name, each]) => {
      const tensor = got.get(name) as Tensor;
      expect(tensor.shape).toEqual(shapes[name]);
      const { by, norm } = apart(tensor, each);
      const isNull = norm < 1e-9 * total;
      const allowed = isNull ? Math.min(tolerance.gradients, NULL_GRADIENT) * total : tolerance.gradients * norm;
      return report(name, by, allowed);
    });
  };
  /** Running statistics or parameters; the counters are no business of a backend. */
  const tensors = (got: StateDict, expected: ByName<Expected>, share: number, skip: readonly string[] = []): string[] =>
    Object.entries(expected)
      .filter(([name]) => !name.endsWith("num_batches_tracked") && !skip.includes(name))
      .flatMap(([name, each]) => vector(name, got.get(name) as Tensor, each, share));
  const pass = (outputs: ByName<Tensor>, expected: Omit<GoldenPass, "grads">): string[] => [
    ...number("loss", outputs["loss"].data[0], expected.loss),
    ...vector("logits", outputs["logits"], expected.logits, tolerance.values),
    ...vector("dlogits", outputs["loss/gradient.x"], expected.dlogits, tolerance.gradients),
  ];

  const target = goldenTarget(golden, 0, 0);
  const smoothed = goldenTarget(golden, 0, 0.1);
  const input = goldenInput(golden, 0);

  test("loss, logits, every map, every gradient and the running statistics of one step", async () => {
    const { ce } = golden;
    const maps = Object.keys(ce.activations);
    await withTrainer({ maps }, async (trainer, graph) => {
      const outputs = await trainer.accumulate({ input, target });
      const wrong = pass(outputs, ce);
      for (const map of maps) wrong.push(...vector(map, fromMap(outputs[map]), ce.activations[map], tolerance.values));
      const dinput = outputs[graph.inputGradients.get("input") as string];
      wrong.push(...vector("dinput", fromMap(dinput), ce.dinput, tolerance.gradients));
      wrong.push(...gradients(await trainer.read("gradients"), ce.grads));
      wrong.push(...tensors(await trainer.read("weights"), ce.bn, tolerance.values));
      expect(wrong).toEqual([]);
    });
  });

  const lossOf = (loss: Partial<LossOp>): readonly LossOp[] => [{ ...CROSS_ENTROPY, ...loss } as LossOp];
  const mixed = { shape: target.shape, data: Float64Array.from(golden.mixup_soft_target.targets) };
  const bce = (sumsClasses: boolean): Setting => ({ losses: lossOf({ op: "binaryCrossEntropy", sumsClasses }) });
  const paths = Object.entries(golden.drop_path.keep_masks).map(([block, keep]) => {
    const norm = { "blocks.1.1": "bn3", "blocks.2.1": "bn2", "blocks.3.1": "bn1" }[block];
    const data = Float64Array.from(keep, (kept) => kept / (1 - golden.drop_path.block_rates[block]));
    return [`${block}.${norm}`, { shape: [batch], data }] as const;
  });
  const dropped = Float64Array.from(golden.dropout.keep_mask.flat(), (kept) => kept / (1 - golden.dropout.rate));
  // biome-ignore format: columns
  const passes: readonly (readonly [claim: string, GoldenPass, Setting, Readonly<Record<string, Tensor>>])[] = [
    ["label smoothing", golden["label_smoothing_0.1"], {}, { input, target: smoothed }],
    ["mixed pictures and soft targets", golden.mixup_soft_target, {}, { input: mixedWithItsFlip(input, golden.mixup_soft_target.lam), target: mixed }],
    ["binary cross entropy, mean over classes", golden["bce_smoothing_0.1"], bce(false), { input, target: smoothed }],
    ["binary cross entropy, summed over classes", golden["bce_smoothing_0.1_sum"], bce(true), { input, target: smoothed }],
    ["frozen statistics", golden.frozen_bn, { isFrozen: true }, { input, target }],
    ["dropped paths", golden.drop_path, { masks: new Map(paths.map(([name]) => [name, "pictures"])) }, { input, target, ...Object.fromEntries(paths.map(([name, mask]) => [`${name}/mask`, mask])) }],
    ["dropout before the classifier", golden.dropout, { masks: new Map([["embedding", "elements"]]) }, { input, target, "embedding/mask": { shape: [batch, network.head.width], data: dropped } }],
  ];
  test.each(passes)("loss and gradients with %s", async (_, expected, setting, inputs) => {
    await withTrainer(setting, async (trainer) => {
      const before = await trainer.read("weights");
      const wrong = pass(await trainer.accumulate(inputs), expected);
      wrong.push(...gradients(await trainer.read("gradients"), expected.grads));
      expect(wrong).toEqual([]);
      if (setting.isFrozen) expect(await trainer.read("weights")).toEqual(before);
    });
  });

  test("maps of a teacher as targets beside the labels", async () => {
    const { weight, teacher_seed, stages, mse, ce, teacher, grads } = golden.mse_distillation;
    const others = await backend.load(goldenStateDict(network, teacher_seed));
    const executable = await others.compile(optimize(buildGraph(network, { ...size, outputs: stages })));
    const maps = await executable.run({ input });
    await others.dispose();
    const wrong = stages.flatMap((stage) => vector(stage, fromMap(maps[stage]), teacher[stage], tolerance.values));
    const taps = stages.map((stage): LossOp => {
      return { op: "meanSquaredError", x: stage, target: `teacher/${stage}`, weight, y: `mse/${stage}` };
    });
    await withTrainer({ losses: [CROSS_ENTROPY, ...taps], maps: stages }, async (trainer) => {
      const targets = Object.fromEntries(stages.map((stage) => [`teacher/${stage}`, maps[stage]]));
      const outputs = await trainer.accumulate({ input, target, ...targets });
      wrong.push(...number("loss", outputs["loss"].data[0], ce));
      for (const stage of stages) wrong.push(...number(stage, outputs[`mse/${stage}`].data[0], mse[stage]));
      wrong.push(...gradients(await trainer.read("gradients"), grads));
    });
    expect(wrong).toEqual([]);
  });

  // biome-ignore format: columns
  const clips: readonly (readonly [claim: string, GoldenClip, Clip])[] = [
    ["the norm of all gradients", golden.clip_norm, { kind: "norm", limit: golden.clip_norm.value }],
    ["every gradient's elements", golden.clip_value, { kind: "value", limit: golden.clip_value.value }],
    ["every unit by its weights' norm", golden.clip_agc, { kind: "adaptive", limit: golden.clip_agc.value, exempt: ["classifier.weight", "classifier.bias"] }],
  ];
  test.each(clips)("clips %s", async (_, expected, clip) => {
    await withTrainer({ clip }, async (trainer) => {
      await trainer.accumulate({ input, target });
      const { gradientNorm } = await trainer.update({ step: 1, rates: [0], averageDecay: 0 });
      const wrong = gradients(await trainer.read("momentum"), expected.grads);
      if (clip.kind === "norm") wrong.push(...number("norm", gradientNorm as number, expected.total_norm));
      else expect(gradientNorm).toBe(null);
      expect(wrong).toEqual([]);
    });
  });

  test("two batches before one update: the mean of their gradients, and statistics that moved twice", async () => {
    const { losses, grads, bn } = golden.accumulate_2;
    await withTrainer({}, async (trainer) => {
      const wrong: string[] = [];
      for (const k of [0, 1]) {
        const batch = { input: goldenInput(golden, k), target: goldenTarget(golden, k, 0) };
        wrong.push(...number(`loss ${k}`, (await trainer.accumulate(batch))["loss"].data[0], losses[k]));
      }
      await trainer.update({ step: 1, rates: [0], averageDecay: 0 });
      wrong.push(...gradients(await trainer.read("momentum"), grads));
      wrong.push(...tensors(await trainer.read("weights"), bn, tolerance.values));
      expect(wrong).toEqual([]);
    });
  });

  const isExact = tolerance.gradients <= 1e-9;
  const skipped = isExact ? [] : Object.keys(golden.ce.grads).filter((name) => isNullGradient(golden, name));
  test.each(Object.entries(golden.steps))("six updates by %s", async (_, each) => {
    const {
      config = golden.steps["sgd"].config as GoldenConfig,
      lr_per_step = golden.steps["sgd"].lr_per_step as number[],
    } = each;
    const norms = each.grad_norms ?? each.grad_norms_before ?? [];
    const groups = (parameters: readonly string[]): ParameterGroup[] =>
      parameters.map((name) => ({
        parameters: [name],
        weightDecay: shapes[name].length > 1 ? config.weight_decay : 0,
      }));
    const setting: Setting = {
      optimizer: optimizerOf(config.opt as string, { nesterov: true, ...config }),
      groups,
      clip: { kind: "norm", limit: each.grad_norms === undefined ? 0.5 : UNLIMITED },
      hasAverage: each.ema !== undefined,
    };
    for (const { decay_per_step, values } of averagesOf(each)) {
      await withTrainer(setting, async (trainer, graph) => {
        const scales = [...graph.gradients.keys()].map(
          (name) => (config.layer_decay ?? 1) ** (LAYERS - 1 - layerOf(name)),
        );
        const wrong: string[] = [];
        for (let k = 0; k < UPDATES; k++) {
          const batch = { input: goldenInput(golden, k), target: goldenTarget(golden, k, 0.1) };
          wrong.push(...number(`loss ${k}`, (await trainer.accumulate(batch))["loss"].data[0], each.losses[k]));
          const rates = scales.map((scale) => lr_per_step[k] * scale);
          const { gradientNorm } = await trainer.update({ step: k + 1, rates, averageDecay: decay_per_step[k] ?? 0 });
          wrong.push(...number(`norm ${k}`, gradientNorm as number, norms[k]));
        }
        const trained = await trainer.read("weights");
        wrong.push(...tensors(trained, each.params, tolerance.parameters, skipped));
        const isShifted = (name: string): boolean => !isExact && SHIFTED.includes(name);
        const means = Object.entries(each.bn ?? {});
        const [shifted, steady] = [true, false].map((is) =>
          Object.fromEntries(means.filter(([name]) => isShifted(name) === is)),
        );
        wrong.push(
          ...tensors(trained, steady, tolerance.parameters),
          ...tensors(trained, shifted, tolerance.evaluation),
        );
        if (setting.hasAverage) {
          wrong.push(...tensors(await trainer.read("average"), values, tolerance.parameters, skipped));
        }
        wrong.push(...(await evaluated(trained, each.eval_logits_batch6)));
        expect(wrong).toEqual([]);
      });
    }
  });

  /** Logits of batch 6 with other numbers in the weights that evaluate. */
  const evaluated = async (stateDict: StateDict, expected: readonly number[] | undefined): Promise<string[]> => {
    if (expected === undefined) return [];
    const executable = await weights.compile(optimize(buildGraph(network, { ...size, outputs: ["logits"] })));
    await weights.replace(stateDict);
    const { logits } = await executable.run({ input: goldenInput(golden, 6) });
    await weights.replace(goldenStateDict(network));
    const back = await executable.run({ input });
    await executable.dispose();
    return [
      ...vector("logits of batch 6", logits, expected, tolerance.evaluation),
      ...vector("logits before", back["logits"], golden.eval_logits, tolerance.values),
    ];
  };
}

function optimizerTests(backend: Backend, { tolerance, threads }: TrainingGoldenOptions): void {
  const { cases, lr_per_step } = readGolden<GoldenOptimizers>("optimizers");
  const [outputs, inputs] = [3, 4];
  const numbers = (name: string, shape: readonly number[], scale: number): Tensor => {
    const unit = units(7, name);
    const length = shape.reduce((product, side) => product * side, 1);
    return { shape, data: Float64Array.from({ length }, (_, i) => scale * unit(i)) };
  };
  const start: StateDict = new Map([
    ["w", numbers("toy/w", [outputs, inputs], 1)],
    ["b", numbers("toy/b", [outputs], 1)],
  ]);
  // The gradients are inputs: of w the product of g and rows of the identity, of b its own row.
  const graph: TrainingGraph = {
    ...graphOf({
      inputs: [
        { name: "x", shape: [inputs, inputs] },
        { name: "g", shape: [inputs, outputs] },
        { name: "h", shape: [1, outputs] },
        { name: "target", shape: [inputs, outputs] },
      ],
      parameters: Array.from(start, ([name, { shape }]) => ({ name, shape, source: { kind: "stored", tensor: name } })),
      ops: [
        { op: "linear", x: "x", weight: "w", bias: "b", activation: null, y: "y" },
        { op: "meanSquaredError", x: "y", target: "target", weight: 1, y: "loss" },
        { op: "linearWeightGradient", x: "x", g: "g", shape: [outputs, inputs], y: "gw" },
        { op: "biasGradient", g: "h", y: "gb" },
      ],
      outputs: ["loss", "gw", "gb"],
    }),
    gradients: new Map([
      ["w", "gw"],
      ["b", "gb"],
    ]),
    inputGradients: new Map(),
    running: [],
    outputs: ["loss"],
  };
  const x = {
    shape: [inputs, inputs],
    data: new Float64Array(inputs ** 2).map((_, i) => (i % (inputs + 1) === 0 ? 1 : 0)),
  };
  const target = { shape: [inputs, outputs], data: new Float64Array(inputs * outputs) };

  test.each(cases)("eight updates by $name", async ({ name, config, steps }) => {
    const weights = await backend.load(start, threads === undefined ? {} : { threads });
    const trainer = await weights.compileTraining(graph, {
      groups: [
        { parameters: ["w"], weightDecay: config.weight_decay },
        { parameters: ["b"], weightDecay: 0 },
      ],
      optimizer: optimizerOf(name.split(" ")[0], config),
      clip: null,
      hasAverage: false,
    });
    const wrong: string[] = [];
    for (const [k, expected] of steps.entries()) {
      const gw = numbers(`toy/grad/w/${k}`, [outputs, inputs], 0.5);
      const g = {
        shape: [inputs, outputs],
        data: target.data.map((_, i) => gw.data[(i % outputs) * inputs + Math.floor(i / outputs)]),
      };
      await trainer.accumulate({ x, g, h: numbers(`toy/grad/b/${k}`, [1, outputs], 0.5), target });
      await trainer.update({ step: k + 1, rates: [lr_per_step[k], lr_per_step[k]], averageDecay: 0 });
      const got = await trainer.read("weights");
      for (const parameter of ["w", "b"] as const) {
        const { by, norm } = apart(got.get(parameter) as Tensor, expected[parameter].flat());
        if (by > tolerance.parameters * norm) wrong.push(`${parameter} after update ${k + 1}: differs by ${by / norm}`);
      }
    }
    await weights.dispose();
    expect(wrong).toEqual([]);
  });
}

/** timm's names and options of an optimizer as the trainer's. */
function optimizerOf(name: string, config: GoldenConfig): Optimizer {
  const [beta1, beta2] = config.betas ?? [0.9, 0.999];
  switch (name) {
    case "sgd":
    case "sgdw": {
      const { momentum = 0, nesterov = false } = config;
      return { rule: "sgd", momentum, isNesterov: nesterov && momentum > 0, isDecoupled: name === "sgdw" };
    }
    case "adam":
    case "adamw":
      return { rule: "adam", beta1, beta2, epsilon: config.eps as number, isDecoupled: name === "adamw" };
    case "rmsproptf":
      return {
        rule: "rmsproptf",
        decay: config.alpha as number,
        epsilon: config.eps as number,
        momentum: config.momentum as number,
        isCentered: config.centered ?? false,
        isDecoupled: config.decoupled_decay ?? false,
        isRateInMomentum: config.lr_in_momentum ?? true,
      };
    default:
      throw new Error(`no optimizer is called ${name}`);
  }
}

function oneGroup(parameters: readonly string[]): ParameterGroup[] {
  return [{ parameters, weightDecay: 0 }];
}

/** One run for each average; one without where none is kept. */
function averagesOf({ ema }: GoldenSteps): { decay_per_step: readonly number[]; values: ByName<Expected> }[] {
  return ema === undefined ? [{ decay_per_step: [], values: {} }] : Object.values(ema);
}

const LAYERS = 10; // eight blocks, stem and classifier

/** timm's layer of a parameter: 0 the stem, 1 … 8 the blocks and with the last of them the head, 9 the classifier. */
function layerOf(name: string): number {
  if (name.startsWith("conv_stem") || name.startsWith("bn1.")) return 0;
  if (name.startsWith("classifier")) return LAYERS - 1;
  const block = ["0.0", "1.0", "1.1", "2.0", "2.1", "3.0", "3.1", "4.0"].findIndex((at) =>
    name.startsWith(`blocks.${at}.`),
  );
  return block < 0 ? LAYERS - 2 : block + 1;
}

function isNullGradient({ ce }: GoldenStep, name: string): boolean {
  const { norm } = apart({ shape: [0], data: new Float64Array() }, ce.grads[name]);
  return norm < 1e-9 * totalNorm(ce.grads);
}

/** x·share + (x with its pictures in the opposite order)·(1 − share) */
function mixedWithItsFlip({ shape, data }: Tensor, share: number): Tensor {
  const [n] = shape;
  const length = data.length / n;
  const other = (i: number): number => data[(n - 1 - Math.floor(i / length)) * length + (i % length)];
  return { shape, data: Float64Array.from(data, (value, i) => value * share + other(i) * (1 - share)) };
}
