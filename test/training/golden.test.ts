// Six updates of timm's, by `train` from a recipe: schedule, groups, layer decay, smoothing, clipping and averages together.

import { describe, expect, test } from "vitest";
import type { PretrainedConfig } from "#effnet/architecture/architecture.js";
import { referenceBackend } from "#effnet/backend/reference/reference.js";
import type { BatchSource } from "#effnet/data/batch.js";
import { Model } from "#effnet/model/model.js";
import type { Tensor } from "#effnet/tensor.js";
import { optimizerNamed } from "#effnet/training/optimizer.js";
import type { RecipeOptions } from "#effnet/training/recipe.js";
import { type Report, type TrainingState, train } from "#effnet/training/train.js";
import {
  apart,
  type Expected,
  type GoldenConfig,
  type GoldenStep,
  goldenInput,
  goldenNetwork,
  goldenStateDict,
  readGolden,
} from "../backend/training-golden-files.ts";
import { ofKind } from "./toy.ts";

const ALLOWED = 1e-9;
const EPOCHS = 3;
const UPDATES_PER_EPOCH = 2;

function batchesOf(golden: GoldenStep): BatchSource {
  const [batch] = golden.net.input;
  return {
    classes: Array.from({ length: golden.net.num_classes }, (_, c) => `class ${c}`),
    samples: UPDATES_PER_EPOCH * batch,
    batch,
    batches: UPDATES_PER_EPOCH,
    async *epoch(epoch) {
      for (let i = 0; i < UPDATES_PER_EPOCH; i++) {
        const k = epoch * UPDATES_PER_EPOCH + i;
        const labels = Int32Array.from(golden.labels[k]);
        yield { x: goldenInput(golden, k), labels, names: [], next: (i + 1) * batch };
      }
    },
  };
}

function recipeOf(config: GoldenConfig, limit: number): RecipeOptions {
  const rate = config.lr as number;
  const named = optimizerNamed(config.opt as string);
  return {
    epochs: EPOCHS,
    head: null,
    rate,
    schedule: {
      kind: "cosine",
      per: "update",
      leastRate: rate / 50,
      warmup: { epochs: 1, rate: rate / 10, isInFront: false },
    },
    optimizer: named,
    weightDecay: config.weight_decay,
    layerDecay: config.layer_decay ?? 1,
    norms: "batch",
    smoothing: 0.1,
    dropout: 0,
    dropPath: 0,
    clip: { kind: "norm", limit },
    average: { decay: 0.9998, isWarmedUp: true, after: 0 },
  };
}

describe.each(["train-step", "train-step-symmetric"])("%s", (file) => {
  const golden = readGolden<GoldenStep>(file);
  const sgd = golden.steps["sgd"];
  test.each(Object.entries(golden.steps))("six updates by %s", async (_, steps) => {
    const architecture = goldenNetwork(golden);
    const parameters = goldenStateDict(architecture);
    const [, , height, width] = golden.net.input;
    const config: PretrainedConfig = {
      inputSize: { channels: 3, height, width },
      interpolation: "bilinear",
      cropPct: 1,
      cropMode: "center",
      mean: [0, 0, 0],
      std: [1, 1, 1],
      classes: architecture.classes,
    };
    const weights = await referenceBackend.load(parameters);
    const model = new Model({ architecture, config, labels: [], tag: null, plan: null, parameters, weights });
    const recipe = recipeOf(steps.config ?? (sgd.config as GoldenConfig), steps.config === undefined ? 0.5 : 1e30);

    const reports: Report[] = [];
    let last: TrainingState["tensors"] = new Map();
    for await (const report of train(model, { train: batchesOf(golden) }, recipe)) {
      reports.push(report);
      if (report.kind === "epoch") last = (await report.state()).tensors;
    }
    await model.dispose();
    const updates = ofKind(reports, "step");
    const rates = steps.lr_per_step ?? (sgd.lr_per_step as readonly number[]);
    const norms = steps.grad_norms ?? (steps.grad_norms_before as readonly number[]);
    updates.forEach(({ loss, rate, gradientNorm }, k) => {
      expect(Math.abs(loss - steps.losses[k])).toBeLessThanOrEqual(ALLOWED * steps.losses[k]);
      expect(Math.abs(rate - rates[k])).toBeLessThanOrEqual(ALLOWED * rates[k]);
      expect(Math.abs((gradientNorm as number) - norms[k])).toBeLessThanOrEqual(ALLOWED * norms[k]);
    });
    expect(updates.length).toBe(6);
    const close = (kind: "weights" | "average", name: string, expected: Expected): void => {
      const { by, norm } = apart(last.get(kind)?.get(name) as Tensor, expected);
      expect(by, `${kind} ${name}`).toBeLessThanOrEqual(ALLOWED * norm);
    };
    const counters = Object.keys(steps.bn ?? {}).filter((name) => name.endsWith("num_batches_tracked"));
    for (const name of counters) expect(last.get("weights")?.get(name)?.data[0]).toBe(6);
    for (const [name, expected] of Object.entries({ ...steps.params, ...steps.bn })) {
      if (!counters.includes(name)) close("weights", name, expected);
    }
    for (const [name, expected] of Object.entries(steps.ema?.["warmup"].values ?? {})) close("average", name, expected);
  });
});
