// Training as users see it: it learns, it is repeatable, it goes on from any update, and it stops without loss.

import { describe, expect, test } from "vitest";
import type { BatchSource } from "#effnet/data/batch.js";
import { CapacityError, DivergedError, UsageError } from "#effnet/errors.js";
import type { Model } from "#effnet/model/model.js";
import type { StateDict, Tensor } from "#effnet/tensor.js";
import { fitTemperature, logLoss } from "#effnet/training/calibration.js";
import { type Evaluation, evaluate } from "#effnet/training/evaluate.js";
import type { RecipeOptions } from "#effnet/training/recipe.js";
import {
  type Report,
  type Resume,
  type TrainingData,
  type TrainingState,
  type TrainOptions,
  train,
} from "#effnet/training/train.js";
import { ofKind, reportsOf, SIZE, type ToyOptions, toyModel, toySource } from "./toy.ts";

const SCRATCH: RecipeOptions = { start: "scratch", epochs: 3, seed: 5, rate: 0.05 };
const FINE: RecipeOptions = { epochs: 2, seed: 5, rate: 0.01 };

function toyData(options: ToyOptions = {}): {
  readonly [Split in Exclude<keyof TrainingData, "others">]-?: BatchSource;
} {
  return {
    train: toySource(options),
    plain: toySource({ isWhole: false, batch: 7 }),
    validation: toySource({ count: 15, split: "validation", isWhole: false, batch: 4 }),
  };
}

/** Reports of a whole training, its state after the last epoch, and the state dict that the model is left with. */
async function trained(
  recipe: RecipeOptions,
  { data = toyData(), model, ...options }: TrainOptions & { data?: TrainingData; model?: Model } = {},
): Promise<{ reports: Report[]; state: TrainingState | null; weights: StateDict; model: Model }> {
  const used = model ?? (await toyModel());
  const reports: Report[] = [];
  let state: TrainingState | null = null;
  for await (const report of train(used, data, recipe, options)) {
    reports.push(report);
    if (report.kind === "epoch") state = await report.state();
  }
  return { reports, state, weights: await used.stateDict(), model: used };
}

/** Without times and functions. */
function plainly(reports: readonly Report[]): unknown[] {
  return reports.map((report) => {
    const { milliseconds: _, waitedMs: __, ...rest } = report as Report & { milliseconds?: number; waitedMs?: number };
    return JSON.parse(JSON.stringify(rest, (___, value) => (value instanceof Float32Array ? [...value] : value)));
  });
}

describe("it learns", () => {
  const BY = {
    top1: ({ top1, loss }: Evaluation) => [top1, -loss],
    loss: ({ logits, labels }: Evaluation) => [-logLoss(logits, labels, fitTemperature(logits, labels))],
  };

  test.each(["loss", "top1"] as const)(
    "from scratch: the loss falls, and the model ends with the epoch of the best %s",
    async (by) => {
      const { reports, model } = await trained({ ...SCRATCH, epochs: 12, best: by });
      const epochs = ofKind(reports, "epoch");
      expect(epochs.length).toBe(12);
      expect(epochs[11].loss).toBeLessThan(0.7 * epochs[0].loss);
      const best = epochs.filter(({ isBest }) => isBest).at(-1);
      expect(best?.validation?.top1).toBeGreaterThanOrEqual(0.9);
      const again = await evaluate(model, toyData().validation);
      expect([...again.logits.data]).toEqual([...(best?.validation?.logits.data ?? [])]);
      expect(best?.temperature).toBe(fitTemperature(again.logits, again.labels));
      expect(model.config.temperature).toBe(best?.temperature);
      const worth = epochs.map(({ validation }) => BY[by](validation as Evaluation));
      const most = worth.reduce((a, b) => ((b[0] - a[0] || (b[1] ?? 0) - (a[1] ?? 0)) >= 0 ? b : a));
      expect(BY[by](best?.validation as Evaluation)).toEqual(most);
    },
  );

  test("the head alone, on features of a network that does not change", async () => {
    const before = await (await toyModel()).stateDict();
    const { reports, weights, model } = await trained({ epochs: 0 });
    expect(reports.map(({ kind }) => kind)).toEqual(["start", "head"]);
    const [head] = ofKind(reports, "head");
    expect(head.pictures).toBe(24 + 15);
    expect(head.isBest).toBe(true);
    expect(head.validation?.top1).toBeGreaterThan(0.6); // the trunk is random
    for (const [name, { data }] of before) {
      if (!name.startsWith("classifier.")) expect(weights.get(name)?.data, name).toEqual(data);
    }
    const answers = await evaluate(model, toyData().validation);
    expect(answers.loss).toBeCloseTo(head.validation?.loss as number, 5);
    expect(answers.names).toEqual(head.validation?.names);
  });

  test("first the head, then all of it, by the defaults for weights that know pictures", async () => {
    const { reports } = await trained({ epochs: 2 });
    expect([...new Set(reports.map(({ kind }) => kind))]).toEqual(["start", "head", "step", "epoch"]);
    const [{ recipe, updates, updatesPerEpoch, learning, parameters }] = ofKind(reports, "start");
    expect(recipe).toMatchObject({
      norms: "running",
      layerDecay: 0.8,
      smoothing: 0.1,
      dropPath: 0.1,
      weightDecay: 0.02,
    });
    expect([updates, updatesPerEpoch, learning]).toEqual([8, 4, parameters]);
    expect(ofKind(reports, "step").map(({ update }) => update)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  });
});

describe("it is repeatable", () => {
  test("the same seed gives the same bits, another seed others", async () => {
    const recipe = { ...FINE, head: null, dropout: 0.3, dropPath: 0.3 };
    const [one, two, other] = [await trained(recipe), await trained(recipe), await trained({ ...recipe, seed: 6 })];
    expect(two.weights).toEqual(one.weights);
    expect(plainly(two.reports)).toEqual(plainly(one.reports));
    expect(other.weights).not.toEqual(one.weights);
  });

  test.each([
    [
      "fine-tuning with momentum, an average and batch statistics",
      {
        ...FINE,
        optimizer: "rmsproptf",
        norms: "batch",
        average: { decay: 0.9, isWarmedUp: true, after: 1 },
        accumulation: 2,
      },
    ],
    ["the defaults for weights that know nothing", { ...SCRATCH, dropPath: 0.3 }],
    ["the defaults for weights that know pictures", FINE],
  ] as const)("a training goes on from any report to the same bits: %s", async (_, recipe) => {
    const whole = await trained(recipe);
    const snapshots: { at: number; resume: Resume }[] = [];
    let at = 0;
    for await (const report of train(await toyModel(), toyData(), recipe)) {
      at++;
      if (report.kind === "start") continue;
      const state = await report.state();
      snapshots.push({ at, resume: { state: structuredClone(state), best: structuredClone(await report.best()) } });
    }
    expect(snapshots.length).toBeGreaterThan(4);
    for (const { at, resume } of snapshots) {
      const json = JSON.parse(JSON.stringify(resume.state.place));
      const rest = await trained(recipe, { resume: { ...resume, state: { ...resume.state, place: json } } });
      expect(plainly(rest.reports.slice(1)), `from report ${at}`).toEqual(plainly(whole.reports.slice(at)));
      expect(rest.weights, `from report ${at}`).toEqual(whole.weights);
      if (at < whole.reports.length) expect(rest.state, `from report ${at}`).toEqual(whole.state);
    }
  });

  test("a snapshot is for its report alone", async () => {
    let first: Report | undefined;
    for await (const report of train(await toyModel(), toyData(), { ...SCRATCH, epochs: 1 })) {
      if (report.kind !== "step") continue;
      if (first?.kind === "step")
        await expect(async () => (first as typeof report).state()).rejects.toThrow(UsageError);
      first = report;
    }
    if (first?.kind !== "step") throw new Error("no step");
    await expect(async () => (first as typeof first & { state(): unknown }).state()).rejects.toThrow(UsageError);
  });
});

describe("it does what the recipe says", () => {
  const unchanged = (before: StateDict, after: StateDict): string[] =>
    [...before]
      .filter(([name, { data }]) => after.get(name)?.data.every((v, i) => v === data[i]))
      .map(([name]) => name);

  test("what is frozen keeps its bits, its batch norms their statistics", async () => {
    const before = await (await toyModel()).stateDict();
    const { weights, reports } = await trained({
      ...SCRATCH,
      epochs: 1,
      freeze: ["conv_stem", "bn1", "blocks.0", "blocks.1.*.conv_dw"],
    });
    const kept = unchanged(before, weights);
    expect(kept.filter((name) => /^(conv_stem|bn1|blocks\.0)\./.test(name)).length).toBe(
      [...before.keys()].filter((name) => /^(conv_stem|bn1|blocks\.0)\./.test(name)).length,
    );
    expect(kept).toContain("blocks.1.1.conv_dw.weight");
    expect(kept).not.toContain("blocks.1.0.bn1.running_mean");
    expect(kept).not.toContain("classifier.weight");
    const [{ learning, parameters }] = ofKind(reports, "start");
    expect(learning).toBeLessThan(parameters);
  });

  test("norms that run keep their statistics while weight and bias learn; counters count what moved", async () => {
    const before = await (await toyModel()).stateDict();
    const running = unchanged(before, (await trained({ ...SCRATCH, norms: "running", epochs: 1 })).weights);
    expect(running.filter((name) => /running|tracked/.test(name)).length).toBe(30);
    expect(running).not.toContain("bn1.weight");
    const { weights } = await trained({ ...SCRATCH, epochs: 2 });
    const counters = [...weights].filter(([name]) => name.endsWith("tracked")).map(([, { data }]) => data[0]);
    expect(new Set(counters).size).toBe(1);
    expect([4, 8]).toContain(counters[0]); // after the better epoch
  });

  test("batches that add up before an update, and parts of a batch, give the gradient of the whole", async () => {
    const steady: RecipeOptions = { ...SCRATCH, norms: "running", epochs: 1 };
    const still = { isShuffled: false };
    const large = await trained(steady, { data: { train: toySource({ ...still, batch: 12 }) } });
    const added = await trained({ ...steady, accumulation: 2 }, { data: { train: toySource({ ...still, batch: 6 }) } });
    const parted = await trained({ ...steady, parts: 3 }, { data: { train: toySource({ ...still, batch: 12 }) } });
    for (const { reports, weights } of [added, parted]) {
      expect(ofKind(reports, "step").map(({ pictures }) => pictures)).toEqual([12, 12]);
      for (const [name, { data }] of large.weights) {
        for (const [i, value] of data.entries()) expect(weights.get(name)?.data[i]).toBeCloseTo(value, 5);
      }
    }
    expect(ofKind(parted.reports, "start")[0].notices.at(-1)).toBe("Every batch goes through the network in 3 parts.");
  });

  test("a batch that memory does not take goes in as few equal parts as possible, announced", async () => {
    const model = await toyModel();
    const compile = model.compileTraining.bind(model);
    const tried: number[] = [];
    model.compileTraining = (graph, options) => {
      const [rows] = graph.inputs[0].shape;
      tried.push(rows);
      return rows <= 4 ? compile(graph, options) : Promise.reject(new CapacityError("too much", 1));
    };
    const source = { ...toySource({ batch: 12 }), size: { height: SIZE, width: SIZE } };
    const recipe = { ...SCRATCH, epochs: 1 };
    const { reports } = await trained(recipe, { model, data: { train: source } });
    const [{ recipe: settled, notices }] = ofKind(reports, "start");
    expect(tried).toEqual([12, 6, 4]);
    expect(settled.parts).toBe(3);
    expect(notices).toEqual([
      "Every batch goes through the network in 3 parts. Batch norms take the statistics of a part.",
    ]);
    const given = await trained({ ...recipe, parts: 3 }, { data: { train: source } });
    expect(given.state).toEqual((await trained(settled, { data: { train: source } })).state);
  });

  test("a last update of an epoch takes the batches that are left", async () => {
    const { reports } = await trained({ ...SCRATCH, epochs: 1, accumulation: 3 });
    expect(ofKind(reports, "step").map(({ pictures }) => pictures)).toEqual([18, 6]);
    expect(ofKind(reports, "start")[0].updatesPerEpoch).toBe(2);
  });

  test("a class without weight teaches nothing", async () => {
    const recipe = { ...SCRATCH, epochs: 6, smoothing: 0, classWeights: [1.5, 1.5, 0] };
    const { model } = await trained(recipe, { data: { train: toySource() } });
    const { logits, labels } = await evaluate(model, toyData().validation);
    const answers = Array.from(labels, (_, n) => {
      const row = [...logits.data.slice(n * 3, n * 3 + 3)];
      return row.indexOf(Math.max(...row));
    });
    expect(answers).not.toContain(2);
  });

  test("mixed batches bring their targets, and no accuracy is claimed for them", async () => {
    const source = toySource();
    const mixed = {
      ...source,
      async *epoch(epoch: number) {
        for await (const batch of source.epoch(epoch)) {
          yield { ...batch, targets: { shape: [6, 3], data: new Float32Array(18).fill(1 / 3) } };
        }
      },
    };
    const { reports } = await trained({ ...SCRATCH, epochs: 1 }, { data: { train: mixed } });
    for (const { top1, loss } of ofKind(reports, "step")) {
      expect(top1).toBe(null);
      expect(loss).toBeGreaterThanOrEqual(Math.log(3) - 1e-9);
    }
    expect(ofKind(reports, "epoch")[0].top1).toBe(null);
  });

  test("an average is judged by its own accuracy, and is what the model ends with", async () => {
    const recipe = { ...SCRATCH, average: { decay: 0.5, isWarmedUp: false, after: 0 } };
    const { reports, model } = await trained(recipe);
    const best = ofKind(reports, "epoch")
      .filter(({ isBest }) => isBest)
      .at(-1);
    expect(best?.averageValidation?.logits).not.toEqual(best?.validation?.logits);
    expect((await evaluate(model, toyData().validation)).logits).toEqual(best?.averageValidation?.logits);
  });

  test("pictures of another size in a later epoch go on with the same numbers", async () => {
    const source = toySource();
    const growing = {
      ...source,
      async *epoch(epoch: number) {
        for await (const batch of source.epoch(epoch)) yield epoch === 0 ? { ...batch, x: halved(batch.x) } : batch;
      },
    };
    const { reports, weights } = await trained({ ...SCRATCH, epochs: 2 }, { data: { train: growing } });
    expect(ofKind(reports, "step").length).toBe(8);
    expect([...weights].find(([name]) => name.endsWith("tracked"))?.[1].data[0]).toBe(8);
  });
});

describe("it stops without loss", () => {
  test("a loss that is no number ends it with one line, and the best weights stay", async () => {
    const model = await toyModel();
    const before = await model.stateDict();
    const reports: Report[] = [];
    const running = (async () => {
      for await (const report of train(model, toyData(), { ...SCRATCH, rate: 1e200, clip: null })) reports.push(report);
    })();
    await expect(running).rejects.toThrow(DivergedError);
    await expect(running).rejects.toThrow(/^training: the loss became \S+ at update \d+, epoch 1\. .*Lower the rate/);
    expect(await model.stateDict()).toEqual(before);
  });

  test("an aborted signal ends it with its reason, and the model has the best weights so far", async () => {
    const controller = new AbortController();
    const reason = new Error("enough");
    const model = await toyModel();
    let best: StateDict | undefined;
    const running = (async () => {
      for await (const report of train(model, toyData(), SCRATCH, { signal: controller.signal })) {
        if (report.kind === "epoch") best = await report.best();
        if (report.kind === "step" && report.update === 6) controller.abort(reason);
      }
    })();
    await expect(running).rejects.toBe(reason);
    expect(await model.stateDict()).toEqual(best);
    await expect(reportsOf(train(model, toyData(), SCRATCH, { signal: AbortSignal.abort(reason) }))).rejects.toBe(
      reason,
    );
  });

  test("leaving the loop closes the stream of pictures", async () => {
    const source = toySource();
    let isClosed = false;
    const watched = {
      ...source,
      async *epoch(epoch: number) {
        try {
          yield* source.epoch(epoch);
        } finally {
          isClosed = true;
        }
      },
    };
    for await (const { kind } of train(await toyModel(), { train: watched }, SCRATCH)) if (kind === "step") break;
    expect(isClosed).toBe(true);
  });

  test.each([
    ["classes", { ...toyData(), train: { ...toySource(), classes: ["one", "two"] } }, {}],
    ["head", { train: toySource() }, { head: { penalties: null, iterations: 9 } }],
    ["freeze", toyData(), { freeze: ["blocks.9"] }],
    ["freeze", toyData(), { freeze: ["*"] }],
    ["parts", toyData(), { parts: 4 }],
    ["epochs", toyData(), { start: "scratch", epochs: 0 }],
    ["epochs", toyData(), { epochs: 1.5 }],
    ["rate", toyData(), { rate: Number.NaN }],
    ["optimizer", toyData(), { optimizer: "adamwx" as "adamw" }],
    ["classWeights", toyData(), { classWeights: [1, 2] }],
    ["classWeights", toyData(), { classWeights: [1, 2, 1], loss: "binaryCrossEntropy" }],
    ["classes", { train: { ...toySource(), classes: ["rows", "flat", "columns"] } }, {}],
  ] as const)("refuses a wrong %s at once", async (option, data, recipe) => {
    const running = reportsOf(train(await toyModel(), data, recipe));
    await expect(running).rejects.toMatchObject({ code: "usage", option });
  });
});

/** Every second pixel of every second row. */
function halved({ shape: [n, h, w, c], data }: Tensor): Tensor {
  const kept: number[] = [];
  for (let i = 0; i < n * h * w; i++) {
    if (Math.floor(i / w) % 2 === 0 && (i % w) % 2 === 0) kept.push(...data.subarray(i * c, (i + 1) * c));
  }
  return { shape: [n, h / 2, w / 2, c], data: Float32Array.from(kept) };
}
