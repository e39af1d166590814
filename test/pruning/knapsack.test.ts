// The paper's knapsack: greedy rule and exact optimum. Section 4.6, test 3.

import { describe, expect, test } from "vitest";
import { exact, greedy, type Items } from "#effnet/pruning/knapsack.js";
import { Random } from "#effnet/random.js";
import { readGolden } from "./golden-chain.ts";

interface GoldenKnapsack extends Items {
  readonly style: string;
  readonly values: readonly number[];
  readonly weights: readonly number[];
  readonly capacity: number;
  readonly optimum: number;
  readonly leastWeight: number;
  readonly greedy: { readonly kept: readonly number[]; readonly value: number; readonly weight: number };
}

const { instances } = readGolden<{ readonly instances: readonly GoldenKnapsack[] }>("knapsack");

/** The most value of all subsets within the capacity, and the least weight that has it. */
function bruteForce({ values, weights }: Items, capacity: number): { value: number; weight: number } {
  const n = values.length;
  const value = new Float64Array(2 ** n);
  const weight = new Float64Array(2 ** n);
  let best = 0;
  for (let subset = 1; subset < 2 ** n; subset++) {
    const last = 31 - Math.clz32(subset & -subset);
    const rest = subset & (subset - 1);
    value[subset] = value[rest] + values[last];
    weight[subset] = weight[rest] + weights[last];
    if (weight[subset] > capacity) continue;
    const isBetter = value[subset] > value[best] || (value[subset] === value[best] && weight[subset] < weight[best]);
    if (isBetter) best = subset;
  }
  return { value: value[best], weight: weight[best] };
}

describe("the 80 golden instances", () => {
  test.each(instances.map((each, i) => ({ i, ...each })))("$i ($style)", (each) => {
    const { value, weight } = exact(each, each.capacity);
    expect({ value, weight }).toEqual({ value: each.optimum, weight: each.leastWeight });
    expect(greedy(each, each.capacity)).toEqual(each.greedy);
  });
});

test("the optimum is brute force's for 500 seeds, with equal values, equal ratios and free items", () => {
  const seen = { free: 0, tied: 0, tight: 0 };
  for (let seed = 0; seed < 500; seed++) {
    const random = new Random(seed, "knapsack");
    const n = 1 + random.below(seed % 25 === 0 ? 18 : 12);
    const most = 1 + random.below(seed % 2 === 0 ? 6 : 200); // few different numbers make ties
    const factor = 1 + random.below(3) * 7; // a common factor
    const weights = Array.from({ length: n }, () => random.below(most) * factor);
    const values = weights.map((weight) => (seed % 3 === 0 ? weight * 2 : random.below(most)));
    const capacity = random.below(weights.reduce((sum, weight) => sum + weight, 0) + 2);
    const items = { values, weights };
    const found = exact(items, capacity);
    const { kept, ...totals } = found;
    expect(totals, `seed ${seed}`).toEqual(bruteForce(items, capacity));
    expect(found.weight).toBeLessThanOrEqual(capacity);
    expect(kept.reduce((sum, i) => sum + values[i], 0)).toBe(found.value);
    expect(greedy(items, capacity).weight).toBeLessThanOrEqual(capacity);
    expect(greedy(items, capacity).value).toBeLessThanOrEqual(found.value);
    if (weights.includes(0)) seen.free++;
    if (new Set(values).size < n) seen.tied++;
    if (found.weight === capacity) seen.tight++;
  }
  expect(Math.min(seen.free, seen.tied, seen.tight)).toBeGreaterThan(50);
});

test("a table that is too large is refused, and names the greedy rule", () => {
  const items = {
    values: new Float64Array(15_000).fill(1),
    weights: Array.from({ length: 15_000 }, (_, i) => 99_999 + i),
  };
  expect(() => exact(items, 400_000_000)).toThrow(/at most 2,000,000,000 bits, got 15000 items.*greedy/);
});

test("common factors of the weights shrink the table", () => {
  const items = { values: [3, 2, 2], weights: [3e9, 2e9, 2e9] };
  expect(exact(items, 4_500_000_000)).toEqual({ kept: [1, 2], value: 4, weight: 4e9 });
});

test.each([
  [{ values: [1], weights: [0.5] }, 1, /weights: expected whole numbers from 0 up, got 0.5 for item 0/],
  [{ values: [1], weights: [-1] }, 1, /got -1/],
  [{ values: [1, 2], weights: [1] }, 1, /weights: expected 2, one an item, got 1/],
  [{ values: [Number.NaN], weights: [1] }, 1, /values: expected numbers, got NaN for item 0/],
  [{ values: [1], weights: [1] }, -1, /capacity: expected a whole number from 0 up, got -1/],
])("refuses %j with capacity %i", (items, capacity, message) => {
  expect(() => exact(items, capacity)).toThrow(message);
  expect(() => greedy(items, capacity)).toThrow(message);
});
