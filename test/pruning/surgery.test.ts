// What a plan leaves computes what the parent computes with the removed channels unread.

import { describe, expect, test } from "vitest";
import type { Architecture } from "#effnet/architecture/architecture.js";
import { architectureOf, cost, layers, ROWS, scale, tensorSpecs } from "#effnet/architecture/index.js";
import { referenceBackend } from "#effnet/backend/reference/reference.js";
import { wasmBackend } from "#effnet/backend/wasm/wasm.js";
import { groups } from "#effnet/pruning/groups.js";
import { mask } from "#effnet/pruning/mask.js";
import { type Plan, planFor, shapesHash } from "#effnet/pruning/plan.js";
import { apply } from "#effnet/pruning/surgery.js";
import { withWidths } from "#effnet/pruning/widths.js";
import { elements, type StateDict, type Tensor } from "#effnet/tensor.js";
import { difference } from "../backend/compare.ts";
import { formulaInput, units } from "../golden/formula.ts";
import { anyStateDict, logitsOf, randomPlan } from "./plans.ts";
import { CLASSES, formulaStateDict, golden, SAMPLES, TINY, type TinyName, tinyNetwork, tinyPictures } from "./tiny.ts";

interface GoldenPlan {
  readonly keep?: Readonly<Record<string, readonly number[]>>;
  /** Names of blocks, `blocks.2.1`. */
  readonly removed?: readonly string[];
  readonly logits: readonly (readonly number[])[];
  readonly parameters?: number;
}

interface GoldenPlans {
  readonly networks: Readonly<Record<TinyName, { readonly plans: Readonly<Record<string, GoldenPlan>> }>>;
}

const pictures = tinyPictures();
const CASES = TINY.flatMap((name) =>
  Object.entries(golden<GoldenPlans>("pruned.json").networks[name].plans).map(
    ([kind, plan]) => [name, kind, plan] as const,
  ),
);

// 4.6, test 9
describe("pruned and masked", () => {
  test.each(CASES)("%s without some of: %s, both give the golden logits within 1e-12", async (name, _, expected) => {
    const a = tinyNetwork(name);
    const stateDict = formulaStateDict(a);
    const plan: Plan = {
      version: 1,
      parent: { name, shapes: shapesHash(a) },
      keep: expected.keep ?? {},
      removedBlocks: (expected.removed ?? []).map((block) => `${block}.block`),
    };
    const logits = { shape: [SAMPLES, CLASSES], data: Float64Array.from(expected.logits.flat()) };
    const pruned = apply(a, stateDict, plan);
    const got = await logitsOf(pruned.architecture, pruned.stateDict, pictures, referenceBackend);
    const masked = await logitsOf(a, mask(a, stateDict, plan), pictures, referenceBackend);
    expect(difference(got, logits, { absolute: 1e-12 })).toBeNull();
    expect(difference(masked, logits, { absolute: 1e-12 })).toBeNull();
    if (expected.parameters === undefined) return;
    expect(cost(layers(pruned.architecture, { height: 16, width: 16 })).parameters).toBe(expected.parameters);
  });

  test.each(TINY)("%s: the golden plans change the logits by more than they may differ", async (name) => {
    const a = tinyNetwork(name);
    const whole = await logitsOf(a, formulaStateDict(a), pictures, referenceBackend);
    for (const [, kind, { logits }] of CASES.filter(([network]) => network === name)) {
      expect(
        difference({ ...whole, data: Float64Array.from(logits.flat()) }, whole, { absolute: 1e-4 }),
        kind,
      ).not.toBeNull();
    }
  });

  /** Whole networks where that is quick, else their structure at a smaller width. */
  const SAMPLE: readonly (readonly [string, Architecture])[] = [
    ["efficientnet_b0", architectureOf("efficientnet_b0", { classes: 20 })],
    ["efficientnet_lite0 of one channel", architectureOf("efficientnet_lite0", { classes: 20, inChannels: 1 })],
    ["efficientnet_b2 at half the width", { ...scale(ROWS.efficientnet_b2, { width: 0.5, depth: 1.2 }), classes: 20 }],
    [
      "tf_efficientnet_es at half the width",
      { ...scale(ROWS.tf_efficientnet_es, { width: 0.5, depth: 1 }), classes: 20 },
    ],
    ["efficientnet_el at half the width", { ...scale(ROWS.efficientnet_el, { width: 0.5, depth: 1.3 }), classes: 20 }],
    [
      "tf_efficientnetv2_s at 0.4 of the width",
      { ...scale(ROWS.tf_efficientnetv2_s, { width: 0.4, depth: 0.5 }), classes: 20 },
    ],
    ["efficientnet_b0 with tied stages", { ...scale(ROWS.efficientnet_b0, { width: 0.07, depth: 1 }), classes: 20 }],
  ];

  test.each(SAMPLE)("%s: on wasm both agree within 1e-5 of the largest logit", async (_, a) => {
    const stateDict = anyStateDict(a, 9);
    const plan = randomPlan(a, 9);
    const input = formulaInput(9, [1, 40, 33, a.inChannels]);
    const backend = wasmBackend({});
    const pruned = apply(a, stateDict, plan);
    const got = await logitsOf(pruned.architecture, pruned.stateDict, input, backend);
    const masked = await logitsOf(a, mask(a, stateDict, plan), input, backend);
    expect(difference(got, masked, { relative: 1e-5 })).toBeNull();
    const whole = await logitsOf(a, stateDict, input, backend);
    expect(difference(got, whole, { relative: 1e-2 })).not.toBeNull();
  });
});

// 4.6, test 13, as far as it needs no scores
describe("channels that nothing reads", () => {
  test.each(TINY)(
    "%s widened by them is the same function, and pruned of them the same network, byte for byte",
    async (name) => {
      const a = tinyNetwork(name);
      const stateDict = formulaStateDict(a);
      const { wide, wideStateDict, plan } = widened(a, stateDict);
      const before = await logitsOf(a, stateDict, pictures, referenceBackend);
      const after = await logitsOf(wide, wideStateDict, pictures, referenceBackend);
      expect(difference(after, before, { absolute: 1e-9 })).toBeNull();
      expect(apply(wide, wideStateDict, plan)).toEqual({ architecture: a, stateDict });
    },
  );
});

describe("apply", () => {
  test("what is not cut is shared, and the dtype stays", () => {
    const a = tinyNetwork("v1");
    const stateDict: StateDict = new Map(
      Array.from(formulaStateDict(a), ([name, { shape, data }]) => [name, { shape, data: Float64Array.from(data) }]),
    );
    const plan = planFor(a, new Map([["head", 3]]), new Map([["head", [7, 1, 23]]]));
    const pruned = apply(a, stateDict, plan).stateDict;
    const changed = [...pruned].filter(([name, { data }]) => data !== stateDict.get(name)?.data).map(([name]) => name);
    const vectors = ["weight", "bias", "running_mean", "running_var"].map((leaf) => `bn2.${leaf}`);
    expect(changed).toEqual(["conv_head.weight", ...vectors, "classifier.weight"]);
    const bias = stateDict.get("bn2.bias")?.data as Float64Array;
    expect(pruned.get("bn2.bias")).toEqual({ shape: [3], data: Float64Array.of(bias[1], bias[7], bias[23]) });
  });

  test("refuses tensors of another network, naming the first", () => {
    const a = tinyNetwork("v1");
    const plan = planFor(a, new Map(), new Map());
    const wrong = formulaStateDict(tinyNetwork("v2"));
    expect(() => apply(a, wrong, plan)).toThrow(
      'state dict: tensor "conv_stem.weight": expected [12, 3, 3, 3] for v1, got [8, 3, 3, 3]',
    );
    expect(() => mask(a, wrong, plan)).toThrow("state dict: tensor");
  });
});

/** A network with a third more channels in every group, spread over it; its readers have columns of 0 for them. */
function widened(a: Architecture, stateDict: StateDict): { wide: Architecture; wideStateDict: StateDict; plan: Plan } {
  const list = groups(a).filter(({ kind }) => kind !== "block");
  const places = new Map(
    list.map(({ name, width }) => [name, Array.from({ length: width }, (_, i) => i + Math.floor(i / 3) + 1)]),
  );
  const at = new Map(list.flatMap(({ name, axes }) => axes.map(({ tensor, axis }) => [`${tensor} ${axis}`, name])));
  const wide = {
    ...withWidths(wider(a), new Map(list.map(({ name, width }) => [name, 1 + width + Math.ceil(width / 3)]))),
    name: a.name,
  };
  const wideStateDict: StateDict = new Map(
    tensorSpecs(wide).map(({ name, shape }) => {
      const unit = units(3, name);
      const old = stateDict.get(name) as Tensor;
      const kept = shape.map((_, axis) => places.get(at.get(`${name} ${axis}`) ?? ""));
      const data = Float32Array.from({ length: elements(shape) }, (_, i) => {
        const from = indicesOf(i, shape).map((index, axis) => kept[axis]?.indexOf(index) ?? index);
        if (from[1] === -1) return 0;
        if (from[0] === -1) return name.endsWith("running_var") ? 1 + unit(i) / 2 : unit(i);
        return old.data[from.reduce((flat, index, axis) => flat * old.shape[axis] + index, 0)];
      });
      return [name, { shape, data }];
    }),
  );
  const plan: Plan = {
    version: 1,
    parent: { name: a.name, shapes: shapesHash(wide) },
    keep: Object.fromEntries(places),
    removedBlocks: [],
  };
  return { wide, wideStateDict, plan };
}

/** The same blocks with twice the channels, which `withWidths` can narrow. */
function wider({ stem, stages, head, ...rest }: Architecture): Architecture {
  const twice = <T extends object>(block: T): T =>
    Object.fromEntries(
      Object.entries(block).map(([key, value]) => [
        key,
        ["out", "expanded", "squeeze", "width"].includes(key) && value !== null ? value * 2 : value,
      ]),
    ) as T;
  return { ...rest, stem: twice(stem), stages: stages.map((stage) => stage.map(twice)), head: twice(head) };
}

function indicesOf(flat: number, shape: readonly number[]): number[] {
  let left = flat;
  return shape
    .toReversed()
    .map((size) => {
      const index = left % size;
      left = (left - index) / size;
      return index;
    })
    .toReversed();
}
