// Ridge refit (4.6: 19): the golden fits, what a fit can only improve, and whole networks front to back.

import { describe, expect, test } from "vitest";
import type { Architecture } from "#effnet/architecture/architecture.js";
import { wasmBackend } from "#effnet/backend/wasm/wasm.js";
import { groups } from "#effnet/pruning/groups.js";
import { type Fit, normalEquations, ridge } from "#effnet/pruning/normal-equations.js";
import type { Plan } from "#effnet/pruning/plan.js";
import { recalibrate } from "#effnet/pruning/recalibrate.js";
import { type RefitOptions, type RefittedLayer, refit } from "#effnet/pruning/refit.js";
import { positionsOf } from "#effnet/pruning/sampled.js";
import { apply } from "#effnet/pruning/surgery.js";
import { Turns } from "#effnet/pruning/turns.js";
import { withWidths } from "#effnet/pruning/widths.js";
import { Random } from "#effnet/random.js";
import { elements, type StateDict, type Tensor } from "#effnet/tensor.js";
import { s } from "../golden/pruning/formula.ts";
import { toyNetwork } from "../training/toy.ts";
import { goldenPlan, planOf } from "./cut.ts";
import { apart, exactly, modelOf, sourceOf } from "./sources.ts";
import { formulaStateDict, golden, TINY, tinyNetwork, tinyPictures } from "./tiny.ts";

interface RidgeFile {
  readonly cases: readonly {
    readonly positions: number;
    readonly cin: number;
    readonly cout: number;
    readonly keep: readonly number[];
    readonly rho: number;
    readonly penalty: number;
    readonly weight: readonly (readonly number[])[];
    readonly meanShift: readonly number[];
    readonly errorSliced: number;
    readonly errorRefit: number;
  }[];
}

/** `[rows, kept]` of `[rows, width]` */
function columns(data: Float64Array, width: number, kept: readonly number[]): Float64Array {
  const rows = data.length / width;
  return Float64Array.from({ length: rows * kept.length }, (_, i) => {
    return data[Math.floor(i / kept.length) * width + kept[i % kept.length]];
  });
}

async function fitted(
  x: { readonly width: number; readonly data: Float64Array },
  weight: Float64Array,
  kept: readonly number[],
  rho: number,
): Promise<Fit> {
  const outputs = weight.length / x.width;
  const rows = x.data.length / x.width;
  const y = Float64Array.from({ length: rows * outputs }, (_, i) => {
    const [row, o] = [Math.floor(i / outputs), i % outputs];
    let sum = 0;
    for (let c = 0; c < x.width; c++) sum += weight[o * x.width + c] * x.data[row * x.width + c];
    return sum;
  });
  const turns = new Turns();
  const inputs = { width: kept.length, data: columns(x.data, x.width, kept) };
  const equations = await normalEquations(inputs, { width: outputs, data: y }, turns);
  return ridge(equations, columns(weight, x.width, kept), rho, turns);
}

describe("one layer", () => {
  test.each(golden<RidgeFile>("ridge.json").cases.map((each, j) => [j, each] as const))(
    "golden fit %i",
    async (j, each) => {
      const { positions, cin, cout, keep, rho } = each;
      const base = Float64Array.from({ length: positions * cin }, (_, i) => s(`ridge.${j}.x`, i));
      const x = base.map((value, i) => value + base[i - (i % cin) + (((i % cin) + cin - 1) % cin)] / 2);
      const weight = Float64Array.from({ length: cout * cin }, (_, i) => s(`ridge.${j}.w`, i));
      const fit = await fitted({ width: cin, data: x }, weight, keep, rho);
      expect(apart(fit.weight, each.weight.flat())).toBeLessThanOrEqual(1e-9);
      expect(apart(fit.meanShift, each.meanShift)).toBeLessThanOrEqual(1e-9);
      expect(apart([fit.penalty, fit.rho], [each.penalty, rho])).toBeLessThanOrEqual(1e-9);
      expect(Math.abs(fit.errorBefore - each.errorSliced)).toBeLessThanOrEqual(1e-9);
      expect(Math.abs(fit.errorAfter - each.errorRefit)).toBeLessThanOrEqual(1e-9);
    },
  );

  test("at ρ = 0 the error is never above that of the sliced weights; with all channels they stay", async () => {
    for (let seed = 0; seed < 40; seed++) {
      const random = new Random(seed, "ridge");
      const [width, outputs] = [2 + random.below(9), 1 + random.below(5)];
      const rows = 1 + random.below(60); // fewer than channels, too: then ρ is raised
      const data = Float64Array.from({ length: rows * width }, () => random.normal());
      const weight = Float64Array.from({ length: width * outputs }, () => random.normal());
      const all = Array.from({ length: width }, (_, c) => c);
      const kept = all.filter((c) => c === 0 || random.below(3) > 0);
      const fit = await fitted({ width, data }, weight, kept, 0);
      expect(fit.errorAfter, `seed ${seed}`).toBeLessThanOrEqual(fit.errorBefore + 1e-12);
      if (rows > 2 * width) expect(fit.rho).toBe(0);
      const whole = await fitted({ width, data }, weight, all, 1e-3);
      expect(apart(whole.weight, weight), `seed ${seed}`).toBeLessThan(1e-9);
    }
  });

  test("two equal channels do not break it: ρ is raised", async () => {
    const x = Float64Array.from({ length: 60 }, (_, i) => s("equal", Math.floor(i / 2)));
    const fit = await fitted({ width: 2, data: x }, Float64Array.of(1, 2), [0, 1], 0);
    expect(fit.rho).toBeGreaterThan(0);
    expect(fit.errorAfter).toBeLessThan(1e-12);
  });

  test("positions are distinct, rising, of the seed and the picture, and all where there are no more", () => {
    const draw = positionsOf({ seed: 1, name: "conv_head" }, 5);
    const [one, other] = [draw(0, 49), draw(1, 49)];
    expect(new Set(one).size).toBe(5);
    expect([...one].sort((a, b) => a - b)).toEqual(one);
    expect(draw(0, 49)).toEqual(one);
    expect(other).not.toEqual(one);
    expect(draw(0, 4)).toEqual([0, 1, 2, 3]);
  });
});

/** So many that every layer has positions enough. */
const pictures = picturesOf([48, 16, 16, 3]);

function picturesOf(shape: readonly number[]): Tensor {
  return { shape, data: Float64Array.from({ length: elements(shape) }, (_, i) => s("refit.image", i)) };
}

/** Weights after a refit of what the plan leaves, and what it said of each layer. */
async function refitted(
  a: Architecture,
  parent: StateDict,
  plan: Plan,
  x: Tensor,
  options: RefitOptions & { readonly sizes?: readonly number[]; readonly threads?: number } = {},
): Promise<{ layers: RefittedLayer[]; weights: StateDict; before: number; after: number }> {
  const { sizes = [16], threads, ...rest } = options;
  const loading = threads === undefined ? {} : { backend: wasmBackend(), threads };
  const { architecture, stateDict } = apply(a, parent, plan);
  const [student, teacher] = [await modelOf(architecture, stateDict, loading), await modelOf(a, parent, loading)];
  const layers: RefittedLayer[] = [];
  const onLayer = (layer: RefittedLayer): void => {
    layers.push(layer);
  };
  try {
    const expected = await teacher.forward(x);
    const distance = async (): Promise<number> => apart((await student.forward(x)).data, expected.data);
    const before = await distance();
    const weights = await refit(student, teacher, plan, sourceOf(x, sizes), { ...rest, onLayer });
    expect(await distance()).toBe(before); // the models are as they were
    await student.replace(weights);
    return { layers, weights, before, after: await distance() };
  } finally {
    await student.dispose();
    await teacher.dispose();
  }
}

describe("whole networks", () => {
  test.each(TINY)("%s, nothing removed: every dense layer stays as it is", async (name) => {
    const a = tinyNetwork(name);
    const parent = exactly(formulaStateDict(a));
    const { layers, weights } = await refitted(a, parent, planOf(a, {}), pictures, { norms: "keep" });
    const dense = [...parent.keys()].filter((key) =>
      /(conv|conv_pw|conv_pwl|conv_exp|conv_head|classifier)\.weight$/.test(key),
    );
    expect(layers.map((layer) => `${layer.name}.weight`)).toEqual(dense.filter((key) => !key.includes(".se.")));
    for (const { name: layer, errorBefore } of layers) expect(errorBefore, layer).toBeLessThan(1e-12);
    for (const [key, { data }] of parent) expect(apart(weights.get(key)?.data ?? [], data), key).toBeLessThan(1e-9);
  });

  test.each([
    ["v1", "all"],
    ["v2", "all"],
    ["v1", "block"],
    ["v2", "block"],
  ] as const)("%s, %s: every layer comes nearer to its teacher", async (name, plan) => {
    const a = tinyNetwork(name);
    const parent = exactly(formulaStateDict(a));
    const { layers } = await refitted(a, parent, goldenPlan(name, plan), pictures, { rho: 0 });
    expect(layers.length).toBeGreaterThan(5);
    for (const { name: layer, errorBefore, errorAfter } of layers) {
      expect(errorAfter, layer).toBeLessThanOrEqual(errorBefore + 1e-12);
    }
    const total = (of: "errorBefore" | "errorAfter"): number => layers.reduce((sum, layer) => sum + layer[of], 0);
    expect(total("errorAfter")).toBeLessThan(0.9 * total("errorBefore"));
  });

  test("planted duplicates: without them, and refitted, the network computes what it did", async () => {
    const duplicated = ["blocks.1.0.expanded", "blocks.1.1.expanded", "head"];
    const { architecture, stateDict, twins } = withDuplicates(toyNetwork, duplicated, 3);
    const plan = planOf(architecture, twins);
    const x = picturesOf([48, 8, 8, 2]);
    const { before, after } = await refitted(architecture, stateDict, plan, x, { rho: 1e-10 });
    expect(before).toBeGreaterThan(1e-3);
    expect(after).toBeLessThan(1e-6);
  });

  test("norms are recalibrated on the way: doing it again changes nothing", async () => {
    const a = tinyNetwork("v1");
    const parent = exactly(formulaStateDict(a));
    const plan = goldenPlan("v1", "all");
    const kept = await refitted(a, parent, plan, pictures);
    const { weights } = await refitted(a, parent, plan, pictures, { norms: "recalibrate" });
    const model = await modelOf(apply(a, parent, plan).architecture, weights);
    const again = await recalibrate(model, sourceOf(pictures, [7, 2]));
    for (const [key, { data }] of weights) expect(apart(again.get(key)?.data ?? [], data), key).toBeLessThan(1e-12);
    expect(apart(kept.weights.get("bn2.running_var")?.data ?? [], again.get("bn2.running_var")?.data ?? [])) //
      .toBeGreaterThan(1e-3);
  });

  test("the same bits however the pictures come, and for any number of threads", async () => {
    const a = tinyNetwork("v2");
    const [parent, plan] = [formulaStateDict(a), goldenPlan("v2", "all")];
    const run = async (options: Parameters<typeof refitted>[4]): Promise<StateDict> =>
      (await refitted(a, parent, plan, pictures, { positions: 3, ...options })).weights;
    expect(await run({ sizes: [1, 33, 9], budgetBytes: 0 })).toEqual(await run({}));
    const one = await run({ threads: 1 });
    expect(await run({ threads: 2, sizes: [5] })).toEqual(one);
    const reference = await run({});
    const weight = (stateDict: StateDict): ArrayLike<number> => stateDict.get("blocks.1.0.conv_exp.weight")?.data ?? [];
    expect(apart(weight(one), weight(reference))).toBeLessThan(1e-3); // float32, through 1 / ρ
  });

  test("layers with too few positions to tell stay as they are", async () => {
    const a = tinyNetwork("v1"); // 6 pictures, 24 features: the classifier
    const { layers } = await refitted(a, exactly(formulaStateDict(a)), goldenPlan("v1", "head"), tinyPictures());
    expect(layers.map(({ name }) => name)).not.toContain("classifier");
    expect(layers.map(({ name }) => name)).toContain("blocks.1.0.conv_pw");
  });
});

/** The last channels of each group are copies of the first; whoever reads them takes half of each. `twins` keeps one of two. */
function withDuplicates(
  a: Architecture,
  names: readonly string[],
  count: number,
): { architecture: Architecture; stateDict: StateDict; twins: Plan["keep"] } {
  const list = groups(a);
  const small = exactly(formulaStateDict(a));
  const widths = new Map(list.map(({ name, width }) => [name, names.includes(name) ? width + count : width]));
  const architecture = widened(a, widths);
  const stateDict = new Map(small);
  for (const { name, width, axes } of list.filter((group) => names.includes(group.name))) {
    const sources = Array.from({ length: width + count }, (_, c) => (c < width ? c : c - width));
    for (const { tensor, axis } of axes) {
      const half = axis === 1 ? 0.5 : 1;
      stateDict.set(
        tensor,
        copied(stateDict.get(tensor) as Tensor, axis, sources, (c) => (c % width < count ? half : 1)),
      );
    }
    expect(widths.get(name)).toBe(width + count);
  }
  const twins = Object.fromEntries(
    list
      .filter(({ name }) => names.includes(name))
      .map(({ name, width }) => [name, Array.from({ length: width }, (_, c) => c)]),
  );
  return { architecture, stateDict, twins };
}

function widened(a: Architecture, widths: ReadonlyMap<string, number>): Architecture {
  const stages = a.stages.map((blocks, stage) =>
    blocks.map((block, b) => {
      const expanded = widths.get(`blocks.${stage}.${b}.expanded`);
      return "expanded" in block && expanded !== undefined ? { ...block, expanded } : block;
    }),
  );
  const wide = { ...a, stages, head: { width: widths.get("head") ?? a.head.width } };
  expect(withWidths(wide, new Map())).toEqual(wide);
  return wide;
}

/** Entry `to` of an axis is that of `sources[to]`, times a factor. */
function copied(
  { shape, data }: Tensor,
  axis: 0 | 1,
  sources: readonly number[],
  factor: (to: number) => number,
): Tensor {
  const inner = elements(shape.slice(axis + 1));
  const outer = elements(shape.slice(0, axis));
  const result = new Float64Array(outer * sources.length * inner);
  for (let o = 0; o < outer; o++) {
    for (const [to, from] of sources.entries()) {
      const [at, origin] = [(o * sources.length + to) * inner, (o * shape[axis] + from) * inner];
      for (let i = 0; i < inner; i++) result[at + i] = data[origin + i] * factor(to);
    }
  }
  return { shape: shape.with(axis, sources.length), data: result };
}
