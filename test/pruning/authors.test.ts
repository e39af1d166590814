// The authors' greedy rule on their groups, and uniform widths: what the solver is compared with.

import { describe, expect, test } from "vitest";
import { linearised, pricedGroups, solveAsAuthors } from "#effnet/pruning/authors.js";
import { costOf, macsModel } from "#effnet/pruning/cost.js";
import { groups } from "#effnet/pruning/groups.js";
import { greedy } from "#effnet/pruning/knapsack.js";
import { solve } from "#effnet/pruning/solve.js";
import { uniform } from "#effnet/pruning/uniform.js";
import { widthsOf } from "#effnet/pruning/widths.js";
import { formulaScores, formulaTables, network, worthOf } from "./networks.ts";

const { a, size } = network("efficientnet_b1");
const scores = formulaScores(a);
const whole = costOf(macsModel(), a, size);
const limitsAt = (share: number) => [{ cost: macsModel(), limit: share * whole }];

describe("the authors' greedy", () => {
  test("a ratio gives the widths of the knapsack's greedy over all channels", () => {
    const priced = pricedGroups(a, size);
    const items = priced.flatMap(({ name, price }) =>
      Array.from(scores.get(name) ?? [], (value) => ({ name, value, price })),
    );
    const columns = { values: items.map(({ value }) => value), weights: items.map(({ price }) => price) };
    const { total } = linearised(priced, new Map());
    const { kept } = greedy(columns, Math.floor(total * 0.8));
    const widths = widthsOf(a);
    for (const { name } of priced) widths.set(name, kept.filter((item) => items[item].name === name).length);
    const found = solveAsAuthors(a, size, scores, { ratio: 0.2 });
    expect(found.widths).toEqual(widths);
    expect(found.prunedFraction).toBeGreaterThanOrEqual(0.2);
    expect(found.prunedFraction).toBeLessThan(0.2005); // within one channel
    expect(costOf(macsModel(), a, size, found.widths) / whole).toBeLessThan(0.75); // asked for 20 %, cut more
  });

  test("a budget is met in true costs, as closely as one channel allows, and no group is emptied", () => {
    for (const share of [0.3, 0.5, 0.7]) {
      const { widths } = solveAsAuthors(a, size, scores, { limits: limitsAt(share) });
      const cost = costOf(macsModel(), a, size, widths);
      expect(cost).toBeLessThanOrEqual(share * whole);
      expect(cost).toBeGreaterThan(0.99 * share * whole);
      expect(Math.min(...widths.values())).toBeGreaterThanOrEqual(1);
      for (const [name, width] of widths) {
        if (/^stem$|^blocks\.0\.|^head$|block$/.test(name)) expect(width, name).toBe(widthsOf(a).get(name));
      }
    }
  });

  test("at equal true costs the solver keeps more", async () => {
    const tables = formulaTables(a);
    const lost = (widths: ReadonlyMap<string, number>): number => worthOf(tables, new Map()) - worthOf(tables, widths);
    const theirs = solveAsAuthors(a, size, scores, { limits: limitsAt(0.5) });
    const ours = await solve(a, size, tables, limitsAt(0.5));
    expect(lost(ours.widths)).toBeLessThan(0.9 * lost(theirs.widths));
  });

  test.each([
    [{ ratio: 1 }, /ratio: expected a number from 0 to below 1, got 1/],
    [{ ratio: 0.9999 }, /ratio: expected at most 0\.\d+, one channel left in every group, got 0.9999/],
    [{ limits: limitsAt(0.01) }, /macs: expected at least [\d,]+, the least/],
  ])("%j is refused", (goal, message) => {
    expect(() => solveAsAuthors(a, size, scores, goal)).toThrow(message);
  });
});

describe("uniform widths", () => {
  test.each([0.3, 0.5, 0.7])("%d of the MACs: never more, and nearly all of it", (share) => {
    const { widths, factor, costs } = uniform(a, size, limitsAt(share), { multiple: 8 });
    expect(costs).toEqual([costOf(macsModel(), a, size, widths)]);
    expect(costs[0]).toBeLessThanOrEqual(share * whole);
    expect(costs[0]).toBeGreaterThan(0.98 * share * whole);
    for (const { name, kind, width } of groups(a)) {
      if (kind === "block") continue;
      const step = kind === "squeeze" ? 1 : 8;
      const got = widths.get(name) as number;
      expect(got === width || got % step === 0, name).toBe(true);
      const isNear = Math.abs(got - factor * width) <= 1.5 * step || got === Math.min(step, width);
      expect(isNear, `${name}: ${got} of ${width}`).toBe(true); // rounded to the nearest, and at most one step more
    }
  });

  test("the whole budget leaves the network as it is; too small a one is refused", () => {
    expect(uniform(a, size, limitsAt(1)).widths).toEqual(widthsOf(a));
    expect(() => uniform(a, size, limitsAt(0.001))).toThrow(/macs: expected at least/);
  });
});
