// Defaults, targets, masks and patterns: what follows from a recipe.

import { describe, expect, test } from "vitest";
import { architectureOf } from "#effnet/architecture/build.js";
import { tensorSpecs } from "#effnet/architecture/tensors.js";
import { UsageError } from "#effnet/errors.js";
import { buildGraph } from "#effnet/graph/build.js";
import { frozenBy } from "#effnet/training/freeze.js";
import { balancedWeights, targetsOf } from "#effnet/training/losses.js";
import { drawMask, masksOf } from "#effnet/training/masks.js";
import { optimizerNamed } from "#effnet/training/optimizer.js";
import { recipeFor } from "#effnet/training/recipe.js";
import { epochsOf, rateAt } from "#effnet/training/schedule.js";

const WORK = { batch: 32, batches: 95, hasPlain: true };
const b0 = architectureOf("efficientnet_b0");

describe("defaults", () => {
  test("for 3,000 photos and weights that know pictures", () => {
    const recipe = recipeFor({}, WORK);
    expect(recipe).toMatchObject({
      head: { penalties: null },
      epochs: 5,
      rate: 3e-4,
      optimizer: { rule: "adam", isDecoupled: true },
      weightDecay: 0.02,
      layerDecay: 0.8,
      norms: "running",
      smoothing: 0.1,
      dropout: 0.2,
      dropPath: 0.1,
      clip: { kind: "norm", limit: 1 },
      average: null, // 475 updates
    });
    const span = { rate: 3e-4, epochs: 5, updatesPerEpoch: 95 };
    expect(rateAt(recipe.schedule, span, { epoch: 0, update: 0 })).toBe(3e-4); // a fitted head needs no warm-up
    expect(rateAt(recipe.schedule, span, { epoch: 4, update: 474 })).toBeLessThan(3.1e-6);
  });

  test("the rate follows the batch, with everything that is added up to it", () => {
    expect(recipeFor({}, { ...WORK, batch: 128 }).rate).toBeCloseTo(6e-4, 12);
    expect(recipeFor({ accumulation: 4 }, WORK).rate).toBeCloseTo(6e-4, 12);
    expect(recipeFor({ start: "scratch" }, { ...WORK, batch: 64 }).rate).toBeCloseTo(0.1, 12);
  });

  test("without a head on cached features the first twentieth warms up", () => {
    expect(recipeFor({ head: null }, WORK).schedule.warmup.share).toBe(0.05);
    expect(recipeFor({}, { ...WORK, hasPlain: false }).head).toBe(null);
  });

  test("an average is kept where it can forget the start", () => {
    expect(recipeFor({ epochs: 10 }, WORK).average).toEqual({ decay: 1 - 10 / 950, isWarmedUp: true, after: 0 });
    expect(recipeFor({ epochs: 1000 }, WORK).average?.decay).toBe(0.9998);
    expect(recipeFor({ epochs: 10, average: null }, WORK).average).toBe(null);
  });

  test("a recipe is plain data, and filling it in again changes nothing", () => {
    const recipe = recipeFor({ start: "scratch", optimizer: "rmsproptf" }, WORK);
    expect(JSON.parse(JSON.stringify(recipe))).toEqual(recipe);
    expect(recipeFor(recipe, { batch: 8, batches: 3, hasPlain: false })).toEqual(recipe);
    expect(epochsOf(recipe.schedule, recipe.epochs)).toBe(30);
  });

  test.each(["rmsprop", "adamW"])("an optimizer called %s is none", (name) => {
    expect(() => optimizerNamed(name)).toThrow(UsageError);
    expect(() => optimizerNamed(name)).toThrow(/sgd, momentum, sgdw, adam, adamw, rmsproptf, got/);
  });
});

describe("targets", () => {
  test("are smoothed, mixed and weighted", () => {
    const labels = Int32Array.of(1, 0);
    expect([...targetsOf({ labels }, 4, { smoothing: 0.2, classWeights: null }).data]).toEqual(
      [0.05, 0.85, 0.05, 0.05, 0.85, 0.05, 0.05, 0.05].map((value) => expect.closeTo(value, 12)),
    );
    const targets = { shape: [2, 2], data: Float32Array.of(0.25, 0.75, 1, 0) };
    const weighted = targetsOf({ labels, targets }, 2, { smoothing: 0.5, classWeights: [2, 4] });
    expect([...weighted.data]).toEqual([0.5, 3, 2, 0]); // mixed targets are smoothed by who mixed them
    expect([...targets.data]).toEqual([0.25, 0.75, 1, 0]);
  });

  test("balanced weights make every class count the same", () => {
    expect(balancedWeights([10, 30, 0])).toEqual([40 / 30, 40 / 90, 0]);
  });
});

describe("masks", () => {
  const graph = buildGraph(b0, { batch: 4, height: 32, width: 32, outputs: "logits" });

  test("paths drop in proportion to the block's place, and only where a block has a skip", () => {
    const masks = masksOf(b0, graph, { dropout: 0, dropPath: 0.16 });
    expect(masks.map(({ value, rate }) => [value, rate])).toEqual(
      // blocks of b0 with a skip, of 16 in all
      [
        ["blocks.1.1.bn3", 2],
        ["blocks.2.1.bn3", 4],
        ["blocks.3.1.bn3", 6],
        ["blocks.3.2.bn3", 7],
        ["blocks.4.1.bn3", 9],
        ["blocks.4.2.bn3", 10],
        ["blocks.5.1.bn3", 12],
        ["blocks.5.2.bn3", 13],
        ["blocks.5.3.bn3", 14],
      ].map(([value, index]) => [value, expect.closeTo(0.01 * (index as number), 12)]),
    );
    expect(masks.every(({ kind }) => kind === "pictures")).toBe(true);
  });

  test("the pooled features drop one by one", () => {
    expect(masksOf(b0, graph, { dropout: 0.2, dropPath: 0 })).toEqual([
      { value: "global_pool", kind: "elements", rate: 0.2 },
    ]);
  });

  test("a mask keeps the mean, and follows from seed, value, update and pass alone", () => {
    const spec = { value: "global_pool", kind: "elements", rate: 0.25 } as const;
    const at = { seed: 1, update: 3, pass: 0 };
    const { data } = drawMask(spec, [100, 100], at);
    expect(new Set(data)).toEqual(new Set([0, 1 / 0.75]));
    const kept = [...data].filter((factor) => factor > 0).length;
    expect(kept / 10_000).toBeCloseTo(0.75, 1);
    expect(drawMask(spec, [100, 100], at).data).toEqual(data);
    for (const other of [{ seed: 2 }, { update: 4 }, { pass: 1 }]) {
      expect(drawMask(spec, [100, 100], { ...at, ...other }).data).not.toEqual(data);
    }
    expect(drawMask({ ...spec, value: "x" }, [100, 100], at).data).not.toEqual(data);
  });
});

describe("freezing", () => {
  const names = tensorSpecs(b0).map(({ name }) => name);
  test.each([
    ["conv_stem", ["conv_stem.weight"]],
    ["conv_stem.weight", ["conv_stem.weight"]],
    ["blocks.0.0.se", names.filter((name) => name.startsWith("blocks.0.0.se."))],
    ["blocks.1", names.filter((name) => name.startsWith("blocks.1."))],
    ["blocks.*.conv_pwl", names.filter((name) => name.includes(".conv_pwl."))],
    ["*.bias", names.filter((name) => name.endsWith(".bias"))],
  ])("%s", (pattern, expected) => {
    expect(names.filter(frozenBy([pattern], names))).toEqual(expected);
  });

  test("a pattern that freezes nothing is refused, with the nearest name", () => {
    expect(() => frozenBy(["conv_stm"], names)).toThrow(/got "conv_stm"\. Did you mean conv_stem\?/);
    expect(() => frozenBy(["block"], names)).toThrow(UsageError);
  });
});
