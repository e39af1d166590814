// The solver on networks of the family. Section 4.6, tests 5, 6, 7 and 22.

import { describe, expect, test } from "vitest";
import type { Layer } from "#effnet/architecture/layers.js";
import { layers } from "#effnet/architecture/layers.js";
import { allowedWidths } from "#effnet/pruning/allowed.js";
import { chainOf } from "#effnet/pruning/chain-of.js";
import { activationsModel, type CostModel, costOf, macsModel, paramsModel } from "#effnet/pruning/cost.js";
import { groups } from "#effnet/pruning/groups.js";
import { penaliser } from "#effnet/pruning/penalised.js";
import type { Solution, SolveOptions } from "#effnet/pruning/problem.js";
import { solve } from "#effnet/pruning/solve.js";
import { widthsOf, withWidths } from "#effnet/pruning/widths.js";
import { Random } from "#effnet/random.js";
import { type GoldenReal, readGolden } from "./golden-chain.ts";
import { formulaTables, network, tableOf, worthOf } from "./networks.ts";

const { real } = readGolden<{ readonly real: readonly GoldenReal[] }>("chain");
const NAMES = ["efficientnet_b0", "efficientnet_b1", "efficientnet_b2", "efficientnet_b3"] as const;

const b0 = network("efficientnet_b0");
const b0Tables = formulaTables(b0.a);
const b0Macs = costOf(macsModel(), b0.a, b0.size);

function solved(share: number, options: SolveOptions = {}, cost = macsModel()): Promise<Solution> {
  const limit = share * costOf(cost, b0.a, b0.size);
  return solve(b0.a, b0.size, b0Tables, [{ cost, limit }], options);
}

/** A latency that climbs in stairs of 8 channels and has a floor: no coefficients. */
function staircase(): CostModel {
  const up = (channels: number): number => Math.ceil(channels / 8);
  return {
    unit: "latency",
    fixed: 0.25,
    layer: (layer: Layer, inputs, outputs) => {
      if (layer.macs === 0 || inputs * outputs === 0) return 0;
      const area = layer.output.height * layer.output.width;
      const isDepthwise = layer.kind === "convolution" && layer.isDepthwise;
      return 1e-3 + 1e-8 * area * (isDepthwise ? 30 * up(outputs) : up(inputs) * up(outputs) * 8);
    },
  };
}

describe("the golden chains of b0–b3", () => {
  test.each(real)("$name, multiple $multiple, $budget MACs", async (each) => {
    const { a, size } = network(each.name);
    const { multiple, squeezeMultiple, minimum, budget } = each;
    const tables = formulaTables(a);
    const limits = [{ cost: macsModel(), limit: budget }];
    const found = await solve(a, size, tables, limits, { multiple, squeezeMultiple, minimum });
    expect(found.costs).toEqual([costOf(macsModel(), a, size, found.widths)]);
    expect(found.costs[0]).toBeLessThanOrEqual(budget);
    expect(found.value).toBeCloseTo(worthOf(tables, found.widths), 9);
    expect(found.value).toBeGreaterThanOrEqual(each.value - 0.02 * (each.fullValue - each.value));
    expect(Math.abs(found.bound - each.bound)).toBeLessThanOrEqual(1e-6 * each.bound);
    expect(found.bound).toBeGreaterThanOrEqual(each.value);
    expect(found.bound - found.value).toBeLessThanOrEqual(1e-4 * found.value);
    expect(found.bound - found.value).toBeLessThanOrEqual(0.02 * (each.fullValue - found.value));
    expect(found.costs[0] / budget).toBeGreaterThanOrEqual(multiple === 1 ? 0.995 : 0.99);
  });
});

test.each(NAMES)("%s: the envelope chooses what the plain maximum chooses", (name) => {
  const { a, size } = network(name);
  const chain = chainOf(a, size, formulaTables(a), [macsModel()], { squeezeMultiple: 4 });
  const [lines, tables] = [penaliser(chain, "lines"), penaliser(chain, "tables")];
  for (const multiplier of [0, 1e-9, 1e-8, 3e-8, 1e-7, 1e-6]) {
    const weights = { value: 1, multipliers: [multiplier] };
    expect(lines(weights)).toEqual(tables(weights));
  }
});

describe.each(NAMES)("%s: budgets of 20 to 90 % are never exceeded", (name) => {
  test.each([
    { multiple: 8, least: 0.99, times: 3 },
    { multiple: 1, least: 0.995, times: 1 },
  ])("and used to $least with multiples of $multiple", async ({ multiple, least, times }) => {
    const random = new Random(11, "shares", name, multiple);
    const { a, size } = network(name);
    const tables = formulaTables(a);
    const whole = costOf(macsModel(), a, size);
    for (let i = 0; i < times; i++) {
      const limit = random.uniform(0.2, 0.9) * whole;
      const { costs, widths } = await solve(a, size, tables, [{ cost: macsModel(), limit }], { multiple });
      expect(costs[0]).toBeLessThanOrEqual(limit);
      expect(costs[0]).toBe(costOf(macsModel(), a, size, widths));
      expect(costs[0] / limit).toBeGreaterThanOrEqual(least);
    }
  });
});

test("a larger budget has no smaller bound and no larger multiplier", async () => {
  let before = { bound: 0, multiplier: Number.POSITIVE_INFINITY };
  for (let tenths = 1; tenths <= 10; tenths++) {
    const { bound, multipliers } = await solved(tenths / 10);
    expect(bound).toBeGreaterThanOrEqual(before.bound * (1 - 1e-12));
    expect(multipliers[0]).toBeLessThanOrEqual(before.multiplier * (1 + 1e-12));
    before = { bound, multiplier: multipliers[0] };
  }
  expect(before.multiplier).toBe(0);
});

test("the same input gives the same solution", async () => {
  const [one, other] = [await solved(0.45), await solved(0.45)];
  expect(other).toEqual(one);
  expect([...other.widths]).toEqual([...one.widths]);
});

test("at or above the network's own cost nothing is cut", async () => {
  for (const share of [1, 1.5]) {
    const { widths, costs, value, bound, multipliers } = await solved(share);
    expect(widths).toEqual(widthsOf(b0.a));
    expect(costs).toEqual([b0Macs]);
    expect(bound).toBeCloseTo(value, 9);
    expect(multipliers).toEqual([0]);
  }
});

test("below the least reachable the error names it, and that is reached", async () => {
  const refused = solve(b0.a, b0.size, b0Tables, [{ cost: macsModel(), limit: 1e6 }]);
  await expect(refused).rejects.toThrow(/^macs: expected at least ([\d,]+), the least .*, got 1,000,000\./);
  const message = String(await refused.catch((error: Error) => error));
  const limit = Number(/at least ([\d,]+)/.exec(message)?.[1].replaceAll(",", ""));
  const { costs } = await solve(b0.a, b0.size, b0Tables, [{ cost: macsModel(), limit }]);
  expect(costs).toEqual([limit]);
});

describe("options", () => {
  test("widths are multiples, or full, and not below the minimum; squeezes have their own", async () => {
    const { widths } = await solved(0.4, { multiple: 4, squeezeMultiple: 2, minimum: 12 });
    for (const { name, kind, width } of groups(b0.a)) {
      if (kind === "block") continue;
      const allowed = kind === "squeeze" ? allowedWidths(width, 2, 2) : allowedWidths(width, 4, 12);
      expect(allowed, name).toContain(widths.get(name));
    }
    expect(withWidths(b0.a, widths).stages.length).toBe(7);
  });

  test("frozen groups and groups without values stay as they are", async () => {
    const tables = new Map(b0Tables);
    tables.delete("blocks.3.1.expanded");
    const limits = [{ cost: macsModel(), limit: 0.5 * b0Macs }];
    const { widths } = await solve(b0.a, b0.size, tables, limits, { freeze: ["stem", "blocks.5.*", "*.squeeze"] });
    const own = widthsOf(b0.a);
    for (const [name, width] of widths) {
      if (!/^stem$|^blocks\.5\.|squeeze$|^blocks\.3\.1\.expanded$/.test(name)) continue;
      expect(width, name).toBe(own.get(name));
    }
    expect(widths.get("blocks.4.1.expanded")).toBeLessThan(own.get("blocks.4.1.expanded") as number);
  });

  test("blocks go where they are worth little, and every stage keeps one", async () => {
    const tables = new Map(b0Tables);
    const idle = ["blocks.3.2", "blocks.5.1"];
    for (const { name, kind } of groups(b0.a)) {
      if (kind === "block") tables.set(name, tableOf([1e-6]));
      const table = tables.get(name);
      const isIdle = idle.some((block) => name.startsWith(block));
      if (isIdle && table)
        tables.set(
          name,
          Float64Array.from(table, (value) => 1e-6 * value),
        );
    }
    tables.set("blocks.5.1.block", tableOf([1e6])); // what its channels hide: their sum is not the block
    const limits = [{ cost: macsModel(), limit: 0.3 * b0Macs }];
    const { widths, value, bound, costs } = await solve(b0.a, b0.size, tables, limits, { removesBlocks: true });
    const blocks = [...widths].filter(([name]) => name.endsWith(".block"));
    expect(blocks.length).toBe(9);
    expect(widths.get("blocks.3.2.block")).toBe(0);
    expect(widths.get("blocks.5.1.block")).toBe(1);
    const child = withWidths(b0.a, widths);
    expect(layers(child, b0.size).reduce((sum, { macs }) => sum + macs, 0)).toBe(costs[0]);
    expect(value).toBeLessThanOrEqual(bound);
    const kept = await solve(b0.a, b0.size, tables, limits);
    expect([...kept.widths].filter(([name, width]) => name.endsWith(".block") && width !== 1)).toEqual([]);
    expect(value).toBeGreaterThanOrEqual(kept.value);
  });

  test("where all blocks of a stage could go, the first stays", async () => {
    const { a, size } = network("tf_efficientnetv2_s"); // stage 0: two blocks with skips, tied to the stem
    const tables = new Map(formulaTables(a));
    for (const { name, kind } of groups(a)) if (kind === "block") tables.set(name, tableOf([0]));
    const limits = [{ cost: macsModel(), limit: 0.2 * costOf(macsModel(), a, size) }];
    const { widths, costs } = await solve(a, size, tables, limits, { removesBlocks: true, multiple: 16 });
    expect(widths.get("blocks.0.0.block")).toBe(1);
    expect(costs[0]).toBe(costOf(macsModel(), withWidths(a, widths), size));
  });

  test.each([
    [{ multiple: 0 }, /multiple: expected a whole number from 1 up, got 0/],
    [{ minimum: 1.5 }, /minimum: .* got 1.5/],
    [{ freeze: ["block.*"] }, /freeze: expected a pattern of groups of efficientnet_b0, got "block.\*"/],
  ])("%j is refused", async (options, message) => {
    await expect(solved(0.5, options)).rejects.toThrow(message);
  });

  test.each([
    ["blocks.1.steam", 25, /values: blocks.1.steam: expected a group of efficientnet_b0. Did you mean blocks.1.stream/],
    ["blocks.1.stream", 24, /values: blocks.1.stream: expected 25 values, of 0 to 24, got 24/],
  ])("a table called %s of %i values is refused", async (name, length, message) => {
    const limits = [{ cost: macsModel(), limit: 1e8 }];
    await expect(solve(b0.a, b0.size, new Map([[name, new Float64Array(length)]]), limits)).rejects.toThrow(message);
  });

  test("an aborted signal ends it with its reason", async () => {
    await expect(solved(0.5, { signal: AbortSignal.abort(new Error("enough")) })).rejects.toThrow("enough");
  });
});

describe("several limits", () => {
  test("all are met, and what binds alone gives what it gives alone", async () => {
    const limit = (cost: CostModel, share: number) => ({ cost, limit: share * costOf(cost, b0.a, b0.size) });
    const [macs, params] = [limit(macsModel(), 0.5), limit(paramsModel(), 0.6)];
    const both = await solve(b0.a, b0.size, b0Tables, [macs, params]);
    expect(both.costs[0]).toBeLessThanOrEqual(macs.limit);
    expect(both.costs[1]).toBeLessThanOrEqual(params.limit);
    for (const each of [macs, params]) {
      const alone = await solve(b0.a, b0.size, b0Tables, [each]);
      expect(both.value).toBeLessThanOrEqual(alone.bound);
      expect(both.bound).toBeLessThanOrEqual(alone.bound * (1 + 1e-9));
    }
    expect(both.bound - both.value).toBeLessThanOrEqual(1e-3 * both.value);
    const loose = await solve(b0.a, b0.size, b0Tables, [macs, limit(activationsModel(), 2)]);
    const alone = await solve(b0.a, b0.size, b0Tables, [macs]);
    expect(loose.widths).toEqual(alone.widths);
    expect(loose.multipliers[1]).toBe(0);
  });

  test("no limit at all, and limits that are no limits, are refused", async () => {
    await expect(solve(b0.a, b0.size, b0Tables, [])).rejects.toThrow("budget: expected at least one limit, got none");
    const limits = [{ cost: macsModel(), limit: Number.NaN }];
    await expect(solve(b0.a, b0.size, b0Tables, limits)).rejects.toThrow(
      "macs: expected a number above 0 as limit, got NaN",
    );
  });
});

test("a table of a machine without coefficients: never above the limit by its own reckoning", async () => {
  const cost = staircase();
  const whole = costOf(cost, b0.a, b0.size);
  for (const share of [0.5, 0.6, 0.8]) {
    const { costs, widths, value, bound } = await solve(b0.a, b0.size, b0Tables, [{ cost, limit: share * whole }]);
    expect(costs).toEqual([costOf(cost, b0.a, b0.size, widths)]);
    expect(costs[0]).toBeLessThanOrEqual(share * whole);
    expect(costs[0]).toBeGreaterThanOrEqual(0.97 * share * whole);
    expect(bound - value).toBeGreaterThanOrEqual(0);
    expect(bound - value).toBeLessThanOrEqual(1e-3 * value);
  }
});
