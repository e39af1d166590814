// Costs at any widths, against the golden counts. Section 4.6, tests 1 and 2.

import { describe, expect, test } from "vitest";
import { cost } from "#effnet/architecture/cost.js";
import { layers } from "#effnet/architecture/layers.js";
import type { ModelName } from "#effnet/architecture/rows.js";
import { countedByAuthors, linearised, pricedGroups } from "#effnet/pruning/authors.js";
import { activationsModel, costOf, macsModel, paramsModel } from "#effnet/pruning/cost.js";
import { widthsOf, withWidths } from "#effnet/pruning/widths.js";
import { readGolden } from "./golden-chain.ts";
import { network } from "./networks.ts";

interface GoldenWidths {
  readonly stem: number;
  readonly streams: readonly number[];
  readonly expanded: readonly (readonly (number | null)[])[];
  readonly squeeze: readonly (readonly (number | null)[])[];
  readonly head: number;
}

interface Counts {
  readonly size: number;
  readonly widths: GoldenWidths;
  readonly macs: number;
  readonly convMacs: number;
  readonly params: number;
  readonly activations: number;
}

interface GoldenLinearised {
  readonly total: number;
  readonly kept: number;
  readonly prunedFraction: number;
}

interface GoldenNetwork extends Counts {
  readonly name: ModelName;
  readonly groups?: readonly {
    readonly group: string;
    readonly channels: number;
    readonly saved: number;
    readonly charged?: number;
    readonly chargedByAuthors?: number;
  }[];
  readonly linearised?: GoldenLinearised;
  readonly linearisedByAuthors?: GoldenLinearised;
  readonly countedByAuthors?: { readonly parent: number; readonly pruned: number; readonly cut: number };
  readonly cut?: Readonly<Record<"macs" | "convMacs" | "params" | "activations", number>>;
}

const golden = readGolden<{
  readonly networks: readonly GoldenNetwork[];
  readonly arbitrary: readonly (Counts & { readonly parent: ModelName })[];
}>("costs");

const trio = golden.networks.filter(({ cut }) => cut !== undefined);
const parents = golden.networks.filter(({ groups }) => groups !== undefined);
const parentOf = (name: string): ModelName => name.replace("_pruned", "") as ModelName;

/** Golden widths by name of group. */
function named({ stem, streams, expanded, squeeze, head }: GoldenWidths): Map<string, number> {
  const inBlocks = (widths: readonly (readonly (number | null)[])[], kind: string): [string, number][] =>
    widths.flatMap((stage, s) =>
      stage.flatMap((width, b): [string, number][] => (width === null ? [] : [[`blocks.${s}.${b}.${kind}`, width]])),
    );
  return new Map([
    ["stem", stem],
    ...streams.map((width, s): [string, number] => [`blocks.${s}.stream`, width]),
    ...inBlocks(expanded, "expanded"),
    ...inBlocks(squeeze, "squeeze"),
    ["head", head],
  ]);
}

function square(side: number): { height: number; width: number } {
  return { height: side, width: side };
}

describe("costs are exact", () => {
  test.each([
    ...golden.networks.map((each) => ({ ...each, parent: parentOf(each.name), title: each.name })),
    ...golden.arbitrary.map((each) => ({ ...each, title: `${each.parent} at odd widths, ${each.size} pixels` })),
  ])("$title", ({ parent, size, widths, macs, convMacs, params, activations }) => {
    const { a } = network(parent);
    const at = named(widths);
    const own = widthsOf(a);
    expect([...at.keys()].every((name) => own.has(name))).toBe(true);
    const got = [macsModel(), paramsModel(), activationsModel()].map((model) => costOf(model, a, square(size), at));
    expect(got).toEqual([macs, params, activations]);
    expect(got[0] - (at.get("head") ?? 0) * a.classes).toBe(convMacs);
    const child = cost(layers(withWidths(a, at), square(size)));
    expect(got).toEqual([child.macs, child.parameters, child.activations]);
  });

  test.each(parents)("what one channel of each group of $name saves", ({ name, size, groups = [] }) => {
    const { a } = network(name);
    const whole = costOf(macsModel(), a, square(size));
    const own = widthsOf(a);
    for (const { group, channels, saved } of groups) {
      expect(own.get(group), group).toBe(channels);
      const without = costOf(macsModel(), a, square(size), new Map([[group, channels - 1]]));
      expect(whole - without, group).toBe(saved);
    }
    const widthNames = [...own.keys()].filter((each) => !each.endsWith(".block"));
    expect(groups.map(({ group }) => group).sort()).toEqual(widthNames.sort());
  });

  test("a removed block costs nothing, and nothing else changes", () => {
    const { a, size } = network("efficientnet_b1");
    const removed = new Map([["blocks.2.1.block", 0]]);
    for (const model of [macsModel(), paramsModel(), activationsModel()]) {
      const gone = layers(a, size).filter(({ block }) => block?.join(".") === "2.1");
      const saved = gone.reduce(
        (sum, layer) => sum + model.layer(layer, layer.input.channels, layer.output.channels),
        0,
      );
      expect(saved).toBeGreaterThan(0);
      expect(costOf(model, a, size) - costOf(model, a, size, removed)).toBe(saved);
    }
  });
});

describe("the authors' prices", () => {
  test.each(parents)("of each group of $name, with true and with their output sizes", ({ name, size, groups = [] }) => {
    const { a } = network(name);
    const expected = groups.filter(({ charged }) => charged !== undefined);
    for (const [counter, field] of [
      ["true", "charged"],
      ["authors", "chargedByAuthors"],
    ] as const) {
      const got = new Map(pricedGroups(a, square(size), counter).map((each) => [each.name, each.price]));
      expect(got).toEqual(new Map(expected.map((each) => [each.group, each[field]])));
    }
  });

  test.each(trio)("on the released widths of $name: total, kept and fraction", (each) => {
    const { a } = network(parentOf(each.name));
    const at = named(each.widths);
    const priced = (counter: "true" | "authors") => linearised(pricedGroups(a, square(each.size), counter), at);
    expect(priced("true")).toEqual(each.linearised);
    expect(priced("authors")).toEqual(each.linearisedByAuthors);
  });

  test.each(trio)("their count of the convolutions of $name", ({ name, size, countedByAuthors: counted }) => {
    expect(countedByAuthors(network(parentOf(name)).a, square(size))).toBe(counted?.parent);
    expect(countedByAuthors(network(name).a, square(size))).toBe(counted?.pruned);
  });

  test.each(trio)("the true cuts of $name are not what was asked for", ({ name, size, cut, convMacs }) => {
    const { a } = network(parentOf(name));
    const at = named(trio.find((each) => each.name === name)?.widths as GoldenWidths);
    const cutOf = (model: ReturnType<typeof macsModel>): number =>
      1 - costOf(model, a, square(size), at) / costOf(model, a, square(size));
    expect(cutOf(macsModel())).toBeCloseTo(cut?.macs as number, 14);
    expect(cutOf(paramsModel())).toBeCloseTo(cut?.params as number, 14);
    expect(cutOf(activationsModel())).toBeCloseTo(cut?.activations as number, 14);
    const parent = golden.networks.find((each) => each.name === parentOf(name));
    expect(1 - convMacs / (parent?.convMacs as number)).toBeCloseTo(cut?.convMacs as number, 14);
  });

  test("published figures: fractions asked for, and what was cut", () => {
    const rounded = (digits: number, of: (each: GoldenNetwork) => number): string[] =>
      trio.map((each) => of(each).toFixed(digits));
    const fraction = (each: GoldenNetwork, counter: "true" | "authors"): number => {
      const priced = pricedGroups(network(parentOf(each.name)).a, square(each.size), counter);
      return linearised(priced, named(each.widths)).prunedFraction;
    };
    expect(rounded(5, (each) => fraction(each, "authors"))).toEqual(["0.30979", "0.18463", "0.31094"]);
    expect(rounded(5, (each) => fraction(each, "true"))).toEqual(["0.30971", "0.18463", "0.31095"]);
    const cuts = (of: (size: number, name: ModelName) => number): string[] =>
      rounded(2, ({ size, name }) => 100 * (1 - of(size, name) / of(size, parentOf(name))));
    const macs = (size: number, name: ModelName): number => costOf(macsModel(), network(name).a, square(size));
    const convolutions = (size: number, name: ModelName): number =>
      macs(size, name) - network(name).a.head.width * network(name).a.classes;
    expect(cuts(macs)).toEqual(["43.04", "27.96", "44.16"]);
    expect(cuts(convolutions)).toEqual(["43.12", "28.00", "44.20"]);
  });
});
