// The benchmark's machinery, without networks: turns, ratios, bounds, and the rows that they are read from.

import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";

interface Contestant {
  readonly label: string;
  readonly runner: string;
  readonly threads?: number;
  readonly [option: string]: unknown;
}

interface Result {
  readonly label: string;
  readonly rounds: readonly number[];
}

interface Row {
  readonly name: string;
  readonly contestants: readonly Contestant[];
  readonly ratios: readonly { readonly of: string; readonly to: string }[];
  readonly shares: readonly { readonly of: string; readonly peak: string }[];
}

/** A layer of effnet's enumeration, as far as the walk over it looks. */
interface Layer {
  readonly name: string;
  readonly kind: string;
  readonly block: readonly number[] | null;
}

type Rule = (layer: Layer, x: string, earlier?: string) => string;

type Bounds = readonly (number | null)[] | undefined;

/** What the bench's files export; they are plain JavaScript, installed and run apart from the package. */
interface Bench {
  alternate(contestants: readonly Contestant[], options: object): Promise<Result[]>;
  ratio(a: Pick<Result, "rounds">, b: Pick<Result, "rounds">): number;
  median(values: readonly number[]): number;
  held(value: number, bounds: Bounds, isAtLeast: boolean): string;
  networkRows(modes: readonly string[], isQuick: boolean): Row[];
  trainingRows(modes: readonly string[]): Row[];
  smallestTrainingRow(modes: readonly string[]): Row;
  oneCoreRow(modes: readonly string[]): Row;
  logitsOf(list: readonly Layer[], rules: Record<string, Rule | ((x: string) => string)>, input: string): string;
}

const files = ["alternate", "median", "report", "cases", "network"].map((name) => `../../bench/${name}.mjs`);
const bench: Bench = Object.assign({}, ...(await Promise.all(files.map((file) => import(file)))));
const { alternate, ratio, median, held, networkRows, trainingRows, smallestTrainingRow, oneCoreRow, logitsOf } = bench;

test("contestants take turns in processes of their own, and a ratio compares medians of the same rounds", async () => {
  const folder = mkdtempSync(join(tmpdir(), "effnet-bench-"));
  try {
    const log = join(folder, "log");
    const contestants = [
      { label: "quick", runner: "nothing", wait: 4, log },
      { label: "slow", runner: "nothing", wait: 40, log },
    ];
    const results = await alternate(contestants, { rounds: 3, ms: 20, note: () => {} });

    expect(results.map(({ label, rounds }) => [label, rounds.length])).toEqual([
      ["quick", 3],
      ["slow", 3],
    ]);
    const turns = readFileSync(log, "utf8")
      .trim()
      .split("\n")
      .filter((label, i, all) => label !== all[i - 1]);
    expect(turns).toEqual(["quick", "slow", "quick", "slow", "quick", "slow", "quick", "slow"]); // warm-up, three rounds
    expect(ratio(results[0], results[1])).toBeLessThan(0.7);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("a contestant that ends before it answers ends the measurement with its name", async () => {
  const broken = { label: "broken", runner: "nothing", exit: 3 };
  await expect(alternate([broken], { rounds: 1, ms: 1, note: () => {} })).rejects.toThrow("broken exited with 3");
});

describe("arithmetic", () => {
  test("a ratio is the median of the rounds' ratios, not the ratio of medians", () => {
    expect(ratio({ rounds: [2, 4, 30] }, { rounds: [1, 4, 10] })).toBe(2);
  });

  test("the median of an even number of values lies between the middle two, of any order", () => {
    expect(median([9, 1, 4, 2])).toBe(3);
    expect(median([7, 100, 1])).toBe(7);
  });

  test.each([
    [0.6, [0.68, 0.82], false, "goal reached"],
    [0.8, [0.68, 0.82], false, "within the limit"],
    [0.83, [0.68, 0.82], false, "MISSED"],
    [1.8, [1.9, 1.75], true, "within the limit"],
    [1.9, [1.9, 1.75], true, "goal reached"],
    [1.7, [null, 1.75], true, "MISSED"],
    [Number.NaN, [0.68, 0.82], false, "MISSED"],
  ])("%f against goal and limit %j, at least: %s → %s", (value, bounds, isAtLeast, word) => {
    expect(held(value, bounds, isAtLeast)).toContain(word);
  });

  test("what has no bounds is only reported", () => expect(held(1, undefined, false)).toBe(""));
});

describe("rows", () => {
  const modes = [{ names: ["wide", "relaxed"] }, { names: ["relaxed"] }, { names: ["simd"] }];

  test.each(modes)("of modes $names: every ratio and share names contestants of its row, each once", ({ names }) => {
    for (const isQuick of [false, true]) {
      const rows = [
        ...networkRows(names, isQuick),
        ...trainingRows(names),
        smallestTrainingRow(names),
        oneCoreRow(names),
      ];
      for (const { contestants, ratios, shares } of rows) {
        const labels = contestants.map(({ label }) => label);
        expect(new Set(labels).size).toBe(labels.length);
        for (const { of, to } of ratios) expect(labels).toEqual(expect.arrayContaining([of, to]));
        for (const { of, peak } of shares) expect(labels).toEqual(expect.arrayContaining([of, peak]));
      }
    }
  });

  test("the whole bench compares four networks, batch 1 and 8, with both rivals, on 1 and 2 threads", () => {
    const rows = networkRows(["wide", "relaxed"], false);
    for (const network of ["b0@224", "b1_pruned@240", "b3_pruned@300", "lite0@224"]) {
      for (const batch of [1, 8]) {
        const row = rows.find(({ name }) => name === `${network}, batch ${batch}`);
        for (const runner of ["effnet", "onnxruntime-node"]) {
          const threads = row?.contestants.filter((one) => one.runner === runner).map((one) => one.threads);
          expect(new Set(threads)).toEqual(new Set([1, 2]));
        }
        expect(row?.ratios.map(({ to }) => to)).toContain("onnxruntime-web, 2 threads");
      }
    }
  });

  test("both libraries that train in Node stand against effnet on two threads and on one, in every mode", () => {
    const { contestants, ratios } = smallestTrainingRow(["wide", "relaxed"]);
    const ours = contestants.filter(({ runner }) => runner === "effnet-training").map(({ label }) => label);
    expect(ours).toHaveLength(4);
    for (const runner of ["tensorflow-training", "jax-training"]) {
      const rival = contestants.find((one) => one.runner === runner)?.label;
      expect(ratios.filter(({ of }) => of === rival).map(({ to }) => to)).toEqual(ours);
    }
  });
});

describe("a rival's network", () => {
  test("gates the map before the squeeze, adds the input of its own block, and keeps nothing else", () => {
    const layer = (name: string, kind: string, block: Layer["block"]): Layer => ({ name, kind, block });
    const [first, second] = [
      [0, 0],
      [0, 1],
    ];
    const list = [
      layer("stem", "convolution", null),
      layer("a", "convolution", first),
      layer("b", "convolution", second),
      layer("squeeze", "squeeze", second),
      layer("se", "se", second),
      layer("gate", "gate", second),
      layer("skip", "add", second),
      layer("pool", "pool", null),
    ];
    const kept: string[] = [];
    const keep = (x: string): string => {
      kept.push(x);
      return x;
    };
    const apply: Rule = ({ name }, x, earlier) =>
      earlier === undefined ? `${name}(${x})` : `${name}(${x}, ${earlier})`;
    const rules = Object.fromEntries(list.map(({ kind }) => [kind, apply]));
    const entering = "a(stem(x))";
    const map = `b(${entering})`;
    expect(logitsOf(list, { ...rules, keep }, "x")).toBe(`pool(skip(gate(se(squeeze(${map})), ${map}), ${entering}))`);
    expect(kept).toEqual([entering, map]);
  });
});
