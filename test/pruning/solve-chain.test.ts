// Tiny chains against brute force: every kind of block, removable blocks, tables, no head. Section 4.6, tests 4, 6 and 7.

import { describe, expect, test } from "vitest";
import { type Chain, costsAt, valueAt } from "#effnet/pruning/chain.js";
import { penaliser } from "#effnet/pruning/penalised.js";
import { solveChain } from "#effnet/pruning/solve-chain.js";
import { Random } from "#effnet/random.js";
import { chainOfInstance, type GoldenTiny, readGolden } from "./golden-chain.ts";

const { tiny } = readGolden<{ readonly tiny: readonly GoldenTiny[] }>("chain");
const chains = tiny.map(({ instance }) => chainOfInstance(instance));

function within(limit: number): { limit: number; cost: { unit: string } } {
  return { limit, cost: { unit: "macs" } };
}

function isBilinear({ cells }: Chain): boolean {
  return cells.every(({ layers }) => layers.every(({ prices }) => prices[0].bilinear !== null));
}

describe("for a given multiplier the choice is the best of all", () => {
  test.each(tiny.map((each, i) => ({ i, ...each })))("chain $i", ({ i, penalised }) => {
    const methods = isBilinear(chains[i]) ? (["lines", "tables"] as const) : (["tables"] as const);
    for (const method of methods) {
      const best = penaliser(chains[i], method);
      for (const { multiplier, value } of penalised) {
        const point = best({ value: 1, multipliers: [multiplier] });
        const got = valueAt(chains[i], point) - multiplier * costsAt(chains[i], point)[0];
        expect(Math.abs(got - value), `${method}, ${multiplier}`).toBeLessThanOrEqual(1e-9 * Math.abs(value));
      }
    }
  });
});

test("costs of the least and of the full widths are brute force's", () => {
  for (const [i, { smallest, largest }] of tiny.entries()) {
    const best = penaliser(chains[i]);
    expect(costsAt(chains[i], best({ value: 0, multipliers: [1] }))[0], `chain ${i}`).toBe(smallest);
    const wide = Int32Array.from(chains[i].axes, ({ widths }) => widths.length - 1);
    const isRemoved = new Uint8Array(chains[i].cells.length);
    expect(costsAt(chains[i], { at: wide, isRemoved })[0], `chain ${i}`).toBe(largest);
  }
});

test("160 budgets: never exceeded, value ≤ optimum ≤ bound, the optimum reached in at least 80 %", async () => {
  let [budgets, reached] = [0, 0];
  for (const [i, each] of tiny.entries()) {
    for (const { budget, optimum, bound } of each.budgets) {
      const found = await solveChain(chains[i], [within(budget)]);
      const title = `chain ${i}, budget ${budget}`;
      expect(found.costs[0], title).toBeLessThanOrEqual(budget);
      expect(found.costs, title).toEqual(costsAt(chains[i], found.point));
      expect(found.value, title).toBe(valueAt(chains[i], found.point));
      expect(found.value, title).toBeLessThanOrEqual(optimum);
      expect(found.bound, title).toBeGreaterThanOrEqual(optimum - 1e-9);
      expect(Math.abs(found.bound - bound), title).toBeLessThanOrEqual(1e-6 * Math.abs(bound));
      budgets++;
      if (found.value === optimum) reached++;
    }
  }
  expect(budgets).toBe(160);
  expect(reached).toBeGreaterThanOrEqual(0.8 * budgets); // measured 138
});

test("1,000 random budgets are never exceeded; below the least reachable the error names it", async () => {
  const random = new Random(7, "budgets");
  let refused = 0;
  for (let i = 0; i < 1000; i++) {
    const at = random.below(tiny.length);
    const { smallest, largest } = tiny[at];
    const budget = random.uniform(0.8 * smallest, 1.1 * largest);
    const solved = solveChain(chains[at], [within(budget)]);
    if (budget < smallest) {
      refused++;
      await expect(solved).rejects.toThrow(`macs: expected at least ${smallest.toLocaleString("en-US")},`);
      continue;
    }
    const { costs, value, bound } = await solved;
    expect(costs[0]).toBeLessThanOrEqual(budget);
    expect(value).toBeLessThanOrEqual(bound);
    if (budget >= largest) expect(costs[0]).toBe(largest);
  }
  expect(refused).toBeGreaterThan(10);
});

test("a larger budget has no smaller bound and no larger multiplier", async () => {
  for (const [i, { smallest, largest }] of tiny.entries()) {
    let before = { bound: Number.NEGATIVE_INFINITY, multiplier: Number.POSITIVE_INFINITY };
    for (let step = 0; step <= 24; step++) {
      const budget = smallest + ((largest - smallest) * step) / 24;
      const { bound, multipliers } = await solveChain(chains[i], [within(budget)]);
      expect(bound, `chain ${i}, ${budget}`).toBeGreaterThanOrEqual(before.bound - 1e-12 * Math.abs(bound));
      expect(multipliers[0], `chain ${i}, ${budget}`).toBeLessThanOrEqual(before.multiplier * (1 + 1e-12));
      before = { bound, multiplier: multipliers[0] };
    }
  }
});

test("a budget of exactly the least reachable, or of the whole, is met exactly", async () => {
  for (const [i, { smallest, largest }] of tiny.entries()) {
    expect((await solveChain(chains[i], [within(smallest)])).costs).toEqual([smallest]);
    expect((await solveChain(chains[i], [within(largest)])).costs).toEqual([largest]);
  }
});
