// What channels are worth, against test/golden/pruning/taylor.json (pruning.md, section 4.6: 10, 11, 13 and 15, its scores).

import { afterAll, describe, expect, test } from "vitest";
import { wasmBackend } from "#effnet/backend/wasm/wasm.js";
import { shuffled } from "#effnet/data/shuffle.js";
import { FileError, UsageError } from "#effnet/errors.js";
import type { Model } from "#effnet/model/model.js";
import { jointCurves, summed } from "#effnet/pruning/curves.js";
import { derivatives } from "#effnet/pruning/derivatives.js";
import { groups } from "#effnet/pruning/groups.js";
import { type ImportanceOptions, importance } from "#effnet/pruning/importance.js";
import { importanceFromJson, importanceToJson } from "#effnet/pruning/importance-json.js";
import { spearman } from "#effnet/pruning/rank-correlation.js";
import { ranked, reliabilityOf, scoresOf } from "#effnet/pruning/scores.js";
import { type Importance, merged, type ScoreName, type Scores } from "#effnet/pruning/sums.js";
import { Random } from "#effnet/random.js";
import type { Tensor } from "#effnet/tensor.js";
import { modelOf, type PicturesOptions, tinyModel, tinySource } from "./parents.ts";
import { apart, type TaylorGroup, taylor } from "./taylor.ts";
import { formulaStateDict, SAMPLES, TINY, type TinyName, tinyNetwork } from "./tiny.ts";

type Key = Exclude<keyof TaylorGroup, "channels" | "derivative">;

/** Scores of the golden files, and how they are asked for. */
const SCORES: readonly (readonly [Key, ImportanceOptions])[] = [
  ["fisher", { score: "fisher", draws: "exact" }],
  ["score", { score: "gate-taylor" }],
  ["first", { score: "first" }],
  ["feature", { score: "feature", draws: "exact" }],
  ["energy", { score: "energy" }],
  ["kp", { score: "kp" }],
  ["l1", { score: "l1" }],
];

const models = new Map<string, Promise<Model>>();
afterAll(async () => {
  for (const model of models.values()) await (await model).dispose();
});

function tiny(name: TinyName, backend: "reference" | "wasm" = "reference"): Promise<Model> {
  const key = `${name} ${backend}`;
  const model = models.get(key) ?? tinyModel(name, backend === "wasm" ? { backend: wasmBackend(), threads: 2 } : {});
  models.set(key, model);
  return model;
}

const known = new Map<string, Promise<Importance>>();

/** Computed once for the same question. */
function scored(
  name: TinyName,
  options: ImportanceOptions,
  pictures?: PicturesOptions,
  backend?: "reference" | "wasm",
): Promise<Importance> {
  const key = JSON.stringify([name, options, pictures, backend]);
  const found = known.get(key) ?? tiny(name, backend).then((model) => importance(model, tinySource(pictures), options));
  known.set(key, found);
  return found;
}

/** The largest |got − expected| as a share of the largest expected, over all groups that have the score. */
function shareApart(name: TinyName, key: Key, got: Scores): number {
  const expected = Object.entries(taylor[name].groups).flatMap(([group, values]) => {
    const list = values[key];
    return list === undefined ? [] : [[group, list] as const];
  });
  expect([...got.keys()].sort()).toEqual(expected.map(([group]) => group).sort());
  return Math.max(
    ...expected.map(([group, values]) => {
      return apart(got.get(group) ?? [], values) / Math.max(...values.map(Math.abs));
    }),
  );
}

/** Every picture's derivatives by every gate, `[n][c]`, along their labels. */
async function labelDerivatives(model: Model, pictures?: PicturesOptions): Promise<Map<string, number[][]>> {
  const found = new Map<string, number[][]>();
  for await (const { derivatives: all, weights } of derivatives(
    model,
    groups(model.architecture),
    tinySource(pictures),
    "label",
    {},
  )) {
    for (const [group, values] of all) {
      const width = values.length / weights.length;
      const rows = Array.from(weights, (_, n) => Array.from(values.subarray(n * width, (n + 1) * width)));
      found.set(group, [...(found.get(group) ?? []), ...rows]);
    }
  }
  return found;
}

describe.each(TINY)("%s on reference equals the golden file to 1e-9", (name) => {
  // 10
  test("the derivatives of every picture by every gate", async () => {
    const found = await labelDerivatives(await tiny(name));
    const expected = Object.entries(taylor[name].groups);
    expect([...found.keys()].sort()).toEqual(expected.map(([group]) => group).sort());
    for (const [group, { derivative }] of expected) {
      for (const [n, row] of derivative.entries()) {
        expect(apart(found.get(group)?.[n] ?? [], row), `${group}, picture ${n}`).toBeLessThan(1e-9);
      }
    }
  });

  // 10
  test.each(SCORES)("the score %s", async (key, options) => {
    const scores = scoresOf(await scored(name, options));
    expect(shareApart(name, key, scores)).toBeLessThan(1e-9);
  });

  // 10
  test("the score second-order, from the derivatives", async () => {
    const scores = scoresOf(await scored(name, { score: "second-order" }));
    for (const [group, { derivative }] of Object.entries(taylor[name].groups)) {
      const expected = derivative[0].map((_, c) => {
        return derivative.reduce((sum, row) => sum + row[c] ** 2 / 2 - row[c], 0) / SAMPLES;
      });
      expect(apart(scores.get(group) ?? [], expected), group).toBeLessThan(1e-9);
    }
  });

  // 10
  test("the joint curves", async () => {
    const scores = scoresOf(await scored(name, { score: "gate-taylor" }));
    const curves = await jointCurves(await tiny(name), tinySource({ batch: 4 }), scores, { score: "gate-taylor" });
    expect(shareApart(name, "curve", curves)).toBeLessThan(1e-9);
  });
});

// Float32 against float64: a share of the largest of a group; met were up to 3e-6.
describe.each(TINY)("%s on wasm equals the golden file to float32", (name) => {
  // 10
  test.each(SCORES)("the score %s", async (key, options) => {
    const scores = scoresOf(await scored(name, options, { batch: 4 }, "wasm"));
    expect(shareApart(name, key, scores)).toBeLessThan(1e-5);
  });

  // 10
  test("the joint curves", async () => {
    const scores = scoresOf(await scored(name, { score: "gate-taylor" }));
    const model = await tiny(name, "wasm");
    const curves = await jointCurves(model, tinySource(), scores, { score: "gate-taylor" });
    expect(shareApart(name, "curve", curves)).toBeLessThan(1e-5);
  });
});

/** Every score. All features by themselves would take long on the reference backend. */
const ALL: readonly ImportanceOptions[] = [
  { score: "fisher", draws: "exact" },
  { score: "fisher", draws: 3 },
  { score: "gate-taylor" },
  { score: "second-order" },
  { score: "first" },
  { score: "feature", draws: 2 },
  { score: "energy" },
  { score: "kp" },
  { score: "l1" },
  { score: "random" },
];

/** The largest |a − b| of a group as a share of its largest value, over all groups. */
function relative(a: Scores, b: Scores): number {
  expect([...a.keys()]).toEqual([...b.keys()]);
  return Math.max(
    ...Array.from(b, ([group, values]) => {
      const most = values.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0);
      return most === 0 ? 0 : apart(a.get(group) ?? [], values) / most;
    }),
  );
}

describe("sums add up", () => {
  // 11
  test.each(ALL)("two parts merged are the whole: %j", async (options) => {
    const whole = await scored("v1", options, { batch: 4 });
    const parts = [
      await scored("v1", options, { places: [0, 1], batch: 1 }),
      await scored("v1", options, { places: [2, 3, 4, 5], batch: 3 }),
    ];
    const both = merged(parts);
    expect(both.samples).toBe(whole.samples);
    expect(both.halves.map(({ samples }) => samples)).toEqual(whole.halves.map(({ samples }) => samples));
    for (const half of [0, 1]) expect(relative(both.halves[half].sums, whole.halves[half].sums)).toBeLessThan(1e-12);
    expect(relative(scoresOf(both), scoresOf(whole))).toBeLessThan(1e-12);
    expect(reliabilityOf(both).halves).toBeCloseTo(reliabilityOf(whole).halves, 2);
  });

  // 11
  test.each(ALL)("neither order nor batches matter: %j", async (options) => {
    const whole = scoresOf(await scored("v2", options));
    const other = scoresOf(await scored("v2", options, { places: [3, 0, 5, 1, 4, 2], batch: 5 }));
    expect(relative(other, whole)).toBeLessThan(1e-12);
  });

  // 10, 11
  test.each(TINY)(
    "%s: either half of the pictures has the golden score, and so has what they merge to",
    async (name) => {
      const options = { score: "gate-taylor" } as const;
      const parts = [
        await scored(name, options, { places: [0, 1, 2] }),
        await scored(name, options, { places: [3, 4, 5] }),
      ];
      expect(shareApart(name, "firstHalf", scoresOf(parts[0]))).toBeLessThan(1e-9);
      expect(shareApart(name, "secondHalf", scoresOf(parts[1]))).toBeLessThan(1e-9);
      expect(shareApart(name, "score", scoresOf(merged(parts)))).toBeLessThan(1e-9);
    },
  );

  test("parts of different scores, draws, networks or sizes are refused", async () => {
    const part = await scored("v1", { score: "gate-taylor" });
    const refused: readonly (readonly [Importance, string])[] = [
      [await scored("v1", { score: "first" }), "score"],
      [await scored("v2", { score: "gate-taylor" }), "parent"],
      [{ ...part, draws: 2 }, "draws"],
      [{ ...part, size: { height: 8, width: 16 } }, "one size, got 16×16 and 16×8"],
      [{ ...part, halves: [{ samples: 3, sums: new Map() }, part.halves[1]] }, "the same groups"],
    ];
    for (const [other, why] of refused) {
      expect(() => merged([part, other])).toThrow(UsageError);
      expect(() => merged([part, other])).toThrow(why);
    }
    expect(() => merged([])).toThrow(UsageError);
  });
});

describe("what is drawn", () => {
  test("follows the seed: the same scores again, others with another seed", async () => {
    const model = await tiny("v2");
    const of = async (score: ScoreName, seed: number): Promise<Scores> =>
      scoresOf(await importance(model, tinySource(), { score, seed }));
    for (const score of ["fisher", "feature", "random"] as const) {
      expect(await of(score, 1)).toEqual(await of(score, 1));
      expect(relative(await of(score, 2), await of(score, 1))).toBeGreaterThan(1e-3);
    }
  });

  test.each(["fisher", "feature"] as const)("gives %s on average what all directions give", async (score) => {
    const exact = scoresOf(await scored("v2", { score, draws: "exact" }, {}, "wasm"));
    const drawn = scoresOf(await scored("v2", { score, draws: 300 }, {}, "wasm"));
    const totals = [drawn, exact].map((scores) =>
      Array.from(scores.values(), (values) => values.reduce((a, b) => a + b, 0)),
    );
    for (const [i, total] of totals[1].entries()) expect(totals[0][i] / total).toBeCloseTo(1, 0);
    expect(spearman(inOneRow(drawn), inOneRow(exact))).toBeGreaterThan(0.97);
  });
});

function inOneRow(scores: Scores): number[] {
  return [...scores.values()].flatMap((values) => [...values]);
}

describe("channels", () => {
  // 15
  test.each(TINY)("%s: permuted, they have permuted scores", async (name) => {
    const architecture = tinyNetwork(name);
    const list = groups(architecture).filter(({ kind }) => kind !== "block");
    const orders = new Map(
      list.map(({ name: group, width }) => {
        const random = new Random(7, "order", group);
        return [
          group,
          shuffled(
            Array.from({ length: width }, (_, c) => c),
            random,
          ),
        ];
      }),
    );
    const parameters = formulaStateDict(architecture);
    for (const { name: group, axes } of list) {
      for (const { tensor, axis } of axes) {
        parameters.set(tensor, permuted(parameters.get(tensor) as Tensor, axis, orders.get(group) as number[]));
      }
    }
    await using model = await modelOf(architecture, parameters);
    // Random vectors are another channel's once channels are permuted: all of them together are not.
    const exact = ALL.filter(({ score }) => score !== "random" && score !== "feature");
    for (const options of [...exact, { score: "feature", draws: "exact" } as const]) {
      const got = scoresOf(await importance(model, tinySource(), options));
      const expected = scoresOf(await scored(name, options));
      for (const [group, values] of expected) {
        const order = orders.get(group) ?? [0];
        const most = values.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0);
        const by = apart(
          got.get(group) ?? [],
          order.map((c) => values[c]),
        );
        expect(by, `${options.score}, ${group}`).toBeLessThan(1e-11 * most);
      }
    }
  });

  // 13
  test.each(["reference", "wasm"] as const)(
    "that nothing reads have the score 0, on %s, and go first",
    async (backend) => {
      for (const name of TINY) {
        const architecture = tinyNetwork(name);
        const list = groups(architecture).filter(({ kind }) => kind !== "block");
        const parameters = formulaStateDict(architecture);
        const deadOf = (width: number): number => Math.floor(width / 2);
        for (const { axes, width } of list) {
          for (const { tensor, axis } of axes) {
            if (axis === 1) parameters.set(tensor, silenced(parameters.get(tensor) as Tensor, deadOf(width)));
          }
        }
        const loading = backend === "wasm" ? { backend: wasmBackend(), threads: 2 } : {};
        await using model = await modelOf(architecture, parameters, loading);
        for (const score of ["fisher", "gate-taylor", "second-order", "first", "feature", "energy"] as const) {
          const scores = scoresOf(await importance(model, tinySource(), { score }));
          const hasScore = (group: string): boolean => scores.has(group) && !(score === "feature" && group === "head");
          for (const { name: group, width } of list.filter((each) => hasScore(each.name))) {
            expect(scores.get(group)?.[deadOf(width)], `${score}, ${group}`).toBeCloseTo(0, 300);
            if (score !== "second-order" && width > 1) expect(ranked(scores).get(group)?.at(-1)).toBe(deadOf(width));
          }
        }
      }
    },
  );
});

/** Index c of the axis becomes what was at order[c]. */
function permuted({ shape, data }: Tensor, axis: number, order: readonly number[]): Tensor {
  const inner = shape.slice(axis + 1).reduce((product, side) => product * side, 1);
  const length = shape[axis];
  return {
    shape,
    data: data.map((_, i) => {
      const c = Math.floor(i / inner) % length;
      return data[i + (order[c] - c) * inner];
    }),
  };
}

/** Zeros in column c of axis 1. */
function silenced({ shape, data }: Tensor, c: number): Tensor {
  const inner = shape.slice(2).reduce((product, side) => product * side, 1);
  return { shape, data: data.map((value, i) => (Math.floor(i / inner) % shape[1] === c ? 0 : value)) };
}

describe("tables of values", () => {
  test("add up the scores of the w best, negative ones as nothing", () => {
    const scores = new Map([["stem", Float64Array.of(2, -1, 5, 0.5)]]);
    expect(ranked(scores).get("stem")).toEqual([2, 0, 3, 1]);
    expect(summed(scores).get("stem")).toEqual(Float64Array.of(0, 5, 7, 7.5, 7.5));
  });

  test("rank equal scores by index", () => {
    expect(ranked(new Map([["stem", Float64Array.of(1, 3, 1, 3, 1)]])).get("stem")).toEqual([1, 3, 0, 2, 4]);
  });

  test("never fall, and end at 0 where effects are joint", async () => {
    const scores = scoresOf(await scored("v1", { score: "fisher" }));
    const curves = await jointCurves(await tiny("v1"), tinySource(), scores);
    for (const [group, curve] of curves) {
      expect(curve.length, group).toBe((scores.get(group)?.length ?? 0) + 1);
      expect(curve.at(-1)).toBeCloseTo(0, 300);
      for (let w = 1; w < curve.length; w++) expect(curve[w], `${group}, ${w}`).toBeGreaterThanOrEqual(curve[w - 1]);
    }
  });

  test("are refused for a score that knows no gates", async () => {
    const model = await tiny("v1");
    await expect(jointCurves(model, tinySource(), new Map(), { score: "l1" })).rejects.toThrow(
      /score: l1 knows no gates/,
    );
  });
});

describe("an importance", () => {
  test("sees no more pictures than it is asked to, and says how many", async () => {
    const part = await scored("v1", { score: "gate-taylor", samples: 3 }, { batch: 2 });
    expect(part.samples).toBe(3);
    expect(part.halves.map(({ samples }) => samples)).toEqual([2, 1]);
    expect(shareApart("v1", "firstHalf", scoresOf(part))).toBeLessThan(1e-9);
  });

  test("reports every batch, and ends by its signal", async () => {
    const done: number[] = [];
    await importance(await tiny("v1"), tinySource({ batch: 4 }), { onProgress: (report) => done.push(report.done) });
    expect(done).toEqual([4, 6]);
    for (const score of ["fisher", "kp", "energy"] as const) {
      const signal = AbortSignal.abort(new Error("enough"));
      await expect(importance(await tiny("v1"), tinySource(), { score, signal })).rejects.toThrow("enough");
    }
  });

  test.each([
    [{ score: "fischer" as ScoreName }, /score: expected one of fisher, .*got fischer\. Did you mean fisher\?/],
    [{ draws: 0 }, /draws: expected "exact" or a whole number/],
    [{ samples: 0.5 }, /samples: expected a whole number of pictures/],
  ])("refuses %j", async (options, message) => {
    await expect(scored("v1", options)).rejects.toThrow(message);
    await expect(scored("v1", options)).rejects.toThrow(UsageError);
  });

  test("refuses classes that are not the model's, pictures that are none, and a network that knows no classes", async () => {
    const model = await tiny("v1");
    const other = { ...tinySource(), classes: ["0", "1"] };
    await expect(importance(model, other, { score: "kp" })).rejects.toThrow(/classes: expected 2/);
    await expect(importance(model, tinySource({ places: [] }))).rejects.toThrow(/data: no picture/);
    const architecture = { ...tinyNetwork("v1"), classes: 0 };
    await using headless = await modelOf(architecture, formulaStateDict(architecture));
    await expect(importance(headless, tinySource())).rejects.toThrow(/score: expected a network with a classifier/);
    const scores = scoresOf(await importance(headless, tinySource(), { score: "feature" }));
    expect(scores.has("head")).toBe(false);
    expect(scores.get("stem")?.every((value) => value > 0)).toBe(true);
  });

  test.each(ALL)("is the same after it was a text: %j", async (options) => {
    const part = await scored("v2", options);
    expect(importanceFromJson(importanceToJson(part), "importance.json")).toEqual(part);
  });

  test("is not made of a text that is no importance", async () => {
    const text = importanceToJson(await scored("v2", { score: "fisher" }));
    const good = JSON.parse(text);
    const [first] = good.halves;
    const bad: readonly (readonly [string, string])[] = [
      ["[", "expected JSON"],
      ["[]", "expected an object"],
      [text.slice(0, -5), "expected JSON"],
      ...[
        [{ version: 2 }, "version"],
        [{ score: "best" }, "score"],
        [{ score: "toString" }, "score"],
        [{ parent: "z".repeat(64) }, "parent"],
        [{ draws: -1 }, "draws"],
        [{ size: { height: 16 } }, "size.width"],
        [{ samples: 7 }, "samples"],
        [{ widths: { ...good.widths, head: 1e12 } }, "widths.head"],
        [{ widths: { ...good.widths, head: 23 } }, "halves[0].sums.head"],
        [{ widths: {} }, "only groups that have a width"],
        [{ halves: [first] }, "halves"],
        [{ halves: [first, { ...first, sums: { ...first.sums, head: [] } }] }, "halves[1].sums.head"],
        [
          { halves: [first, { ...first, sums: { ...first.sums, head: [...first.sums.head, ...first.sums.head] } }] },
          "head",
        ],
        [{ halves: [{ ...first, samples: -3 }, first] }, "halves[0].samples"],
        [{ halves: [{ ...first, sums: { ...first.sums, head: first.sums.head.map(() => null) } }, first] }, "head[0]"],
      ].map(([change, what]): [string, string] => [JSON.stringify({ ...good, ...(change as object) }), what as string]),
    ];
    for (const [hostile, what] of bad) {
      expect(() => importanceFromJson(hostile, "importance.json"), what).toThrow(FileError);
      expect(() => importanceFromJson(hostile, "importance.json")).toThrow(what);
    }
  });
});
