// Plans: made from widths and ranked channels, written and read, composed.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Architecture } from "#effnet/architecture/architecture.js";
import { architectureOf, ROWS, scale } from "#effnet/architecture/index.js";
import { FileError } from "#effnet/errors.js";
import { compose } from "#effnet/pruning/compose.js";
import { type Made, type Plan, planFor, planWidths } from "#effnet/pruning/plan.js";
import { planFromJson, planToJson } from "#effnet/pruning/plan-json.js";
import { apply } from "#effnet/pruning/surgery.js";
import { widthsOf } from "#effnet/pruning/widths.js";
import type { StateDict } from "#effnet/tensor.js";
import { anyStateDict, randomPlan } from "./plans.ts";
import { formulaStateDict, TINY, tinyNetwork } from "./tiny.ts";

const v1 = tinyNetwork("v1");
const EMPTY = planFor(v1, new Map(), new Map());
const MADE: Made = {
  solver: "exact",
  score: "fisher",
  curve: "sum",
  seed: 7,
  budget: [{ unit: "macs", limit: 1234 }],
  predicted: { macs: 1200, latency: 0.5 },
  value: 10.25,
  bound: 10.5,
};

/** Structures that differ in what a plan can do to them. */
const NETWORKS: readonly Architecture[] = [
  ...TINY.map((name) => tinyNetwork(name)),
  scale(ROWS.efficientnet_el, { width: 0.07, depth: 1.3 }), // streams that end inside a stage
  scale(ROWS.efficientnet_b2, { width: 0.07, depth: 2.2 }), // tied stages, long ones
];

/** Bytes of every tensor, by name and in order. */
function bytesOf(stateDict: StateDict): [string, string, string][] {
  return Array.from(stateDict, ([name, { shape, data }]) => {
    const { buffer, byteOffset, byteLength } = data;
    return [name, shape.join(), Buffer.from(buffer, byteOffset, byteLength).toString("base64")];
  });
}

describe("planFor", () => {
  test("keeps of each narrower group its best channels, written rising, and names nothing else", () => {
    const widths = new Map([
      ...widthsOf(v1),
      ["blocks.1.stream", 3],
      ["blocks.1.1.squeeze", 1],
      ["blocks.2.1.block", 0],
      ["blocks.2.1.expanded", 5],
    ]);
    const order = new Map([
      ["blocks.1.stream", [5, 11, 2, 7, 0, 1, 3, 4, 6, 8, 9, 10]],
      ["blocks.1.1.squeeze", [2]],
    ]);
    const plan = planFor(v1, widths, order, MADE);
    expect(plan).toEqual({
      version: 1,
      parent: { name: "v1", shapes: EMPTY.parent.shapes },
      keep: { "blocks.1.stream": [2, 5, 11], "blocks.1.1.squeeze": [2] },
      removedBlocks: ["blocks.2.1.block"],
      made: MADE,
    });
    expect(planWidths(v1, plan)).toEqual(
      new Map([
        ["blocks.2.1.block", 0],
        ["blocks.1.stream", 3],
        ["blocks.1.1.squeeze", 1],
      ]),
    );
  });

  test.each([
    [[["head", 4]], [], "order: head: expected at least 4 channels, best first, got none."],
    [[["head", 4]], [["head", [1, 2, 3]]], "order: head: expected at least 4 channels, best first, got 3."],
    [[["head", 3]], [["head", [1, 2, 2]]], "order: head: expected channels from 0 to 23, each once, got [1, 2, 2]."],
    [[["head", 1]], [["head", [24]]], "order: head: expected channels from 0 to 23, each once, got [24]."],
    [[["head", 25]], [], "widths: head: expected a width from 1 to 24, got 25."],
  ] satisfies [[string, number][], [string, number[]][], string][])(
    "refuses widths %j with %j",
    (widths, order, message) => {
      expect(() => planFor(v1, new Map(widths), new Map(order))).toThrow(message);
    },
  );
});

// 4.6, test 14
describe("an empty plan", () => {
  test.each(NETWORKS.map((a) => [a.name, a] as const))("leaves %s and its state dict byte for byte", (_, a) => {
    const stateDict = anyStateDict(a, 1);
    const same = apply(a, stateDict, planFor(a, widthsOf(a), new Map()));
    expect(same.architecture).toEqual(a);
    expect(bytesOf(same.stateDict)).toEqual(bytesOf(stateDict));
  });
});

// 4.6, test 14
describe("compose", () => {
  const inTurn = fc.tuple(fc.nat(NETWORKS.length - 1), fc.nat(1000), fc.nat(1000));

  test("does what both plans do in turn, byte for byte, and keeps and removes the union of what they do", () => {
    let removals = 0;
    const check = fc.property(inTurn, ([at, one, other]) => {
      const a = NETWORKS[at];
      const stateDict = anyStateDict(a, 2);
      const first = randomPlan(a, one);
      const child = apply(a, stateDict, first);
      const second = randomPlan(child.architecture, other);
      const grandchild = apply(child.architecture, child.stateDict, second);
      const both = compose(first, second);
      const atOnce = apply(a, stateDict, both);
      expect(atOnce.architecture).toEqual(grandchild.architecture);
      expect(bytesOf(atOnce.stateDict)).toEqual(bytesOf(grandchild.stateDict));
      expect(both.removedBlocks.length).toBe(first.removedBlocks.length + second.removedBlocks.length);
      expect(both.removedBlocks).toEqual(expect.arrayContaining([...first.removedBlocks]));
      expect(new Set(both.removedBlocks).size).toBe(both.removedBlocks.length);
      removals += first.removedBlocks.length && second.removedBlocks.length;
    });
    fc.assert(check, { seed: 14, numRuns: 60 });
    expect(removals).toBeGreaterThan(20); // blocks were renumbered, and back
  });

  test("three plans compose alike from the left and from the right, and an empty one changes nothing", () => {
    const check = fc.property(inTurn, ([at, one, other]) => {
      const a = NETWORKS[at];
      const p = randomPlan(a, one);
      const child = apply(a, anyStateDict(a, 2), p);
      const q = randomPlan(child.architecture, other);
      const grandchild = apply(child.architecture, child.stateDict, q).architecture;
      const r = randomPlan(grandchild, one + other);
      expect(compose(compose(p, q), r)).toEqual(compose(p, compose(q, r)));
      expect(compose(planFor(a, new Map(), new Map()), p)).toEqual(p);
      expect(compose(p, planFor(child.architecture, new Map(), new Map()))).toEqual(p);
    });
    fc.assert(check, { seed: 15, numRuns: 30 });
  });

  test("refuses a second plan of the parent itself, and one that keeps what the first removed", () => {
    const head = (a: Architecture, kept: number[]): Plan =>
      planFor(a, new Map([["head", kept.length]]), new Map([["head", kept]]));
    const first = head(v1, [3, 4, 5]);
    expect(() => compose(first, head(v1, [0, 1]))).toThrow(
      "second: expected a plan of what the first leaves, got one of v1 itself",
    );
    const other = head(tinyNetwork("v2"), [2, 3]);
    expect(() => compose(first, other)).toThrow(
      "second: head: expected channels from 0 to 2, which the first plan leaves, got 3",
    );
  });
});

describe("a plan's network", () => {
  const { architecture } = apply(v1, formulaStateDict(v1), randomPlan(v1, 3));

  test.each([
    [
      { parent: { ...EMPTY.parent, shapes: "0".repeat(64) } },
      "plan: expected a plan of v1 as it is, got one of v1 with other shapes",
    ],
    [{ keep: { haed: [1] } }, 'plan: expected a group of channels of v1, got "haed". Is it head?'],
    [{ keep: { "blocks.2.1.block": [0] } }, "plan: expected a group of channels of v1"],
    [{ keep: { head: [1, 24] } }, "plan: head: expected channels from 0 to 23, each once, got [1, 24]."],
    [{ keep: { head: [] } }, "plan: head: expected channels from 0 to 23, each once, got none."],
    [{ keep: { head: [2, 1] } }, "plan: head: expected channels from 0 to 23, each once, got [2, 1]."],
    [{ removedBlocks: ["blocks.1.0.block"] }, 'plan: expected a block with a skip of v1, got "blocks.1.0.block"'],
    [{ removedBlocks: ["head"] }, "plan: expected a block with a skip of v1"],
  ] satisfies [Partial<Plan>, string][])("is checked: %j", (change, message) => {
    expect(() => planWidths(v1, { ...EMPTY, ...change })).toThrow(message);
    expect(() => apply(v1, formulaStateDict(v1), { ...EMPTY, ...change })).toThrow(message);
  });

  test("is told from its child, and from the same network with other classes", () => {
    expect(() => planWidths(architecture, EMPTY)).toThrow("with other shapes. Apply it to its own parent.");
    expect(() => planWidths({ ...v1, classes: 6 }, EMPTY)).toThrow("with other shapes");
  });
});

// 4.6, test 14
describe("plans as JSON", () => {
  const plan: Plan = { ...randomPlan(architectureOf("efficientnet_b0"), 5), made: MADE };
  const text = JSON.stringify(planToJson(plan));

  test("come back as they were", () => {
    for (const each of [plan, EMPTY, ...NETWORKS.map((a) => randomPlan(a, 8))]) {
      expect(planFromJson(JSON.parse(JSON.stringify(planToJson(each))), "plan.json")).toEqual(each);
    }
  });

  test("unknown fields are left out", () => {
    const json = { ...JSON.parse(text), extra: 1, made: { ...MADE, more: [] } };
    expect(planFromJson(json, "plan.json")).toEqual(plan);
  });

  test.each([
    [null, "plan.json: plan: expected an object, got null."],
    [[], "plan.json: plan: expected an object, got a list."],
    [{ version: 2 }, "plan.json: plan.version: expected 1; a later effnet may read it, got 2."],
    [
      { parent: { name: "v1", shapes: "ab" } },
      'plan.json: plan.parent.shapes: expected 64 hexadecimal digits, got "ab".',
    ],
    [{ parent: { shapes: "0".repeat(64) } }, "plan.json: plan.parent.name: expected a text, got nothing."],
    [{ keep: [] }, "plan.json: plan.keep: expected an object, got a list."],
    [{ keep: JSON.parse('{"__proto__": [1]}') }, 'plan.json: plan.keep: expected names of groups, got "__proto__".'],
    [{ keep: { "blocks.1.1.block": [0] } }, "plan.json: plan.keep: expected names of groups"],
    [
      { keep: { head: [] } },
      "plan.json: plan.keep.head: expected channels from 0 up, rising, at least one, got a list.",
    ],
    [{ keep: { head: [1, 1] } }, "plan.json: plan.keep.head: expected channels"],
    [{ keep: { head: [-1] } }, "plan.json: plan.keep.head: expected channels"],
    [{ keep: { head: [0.5] } }, "plan.json: plan.keep.head: expected channels"],
    [{ keep: { head: ["0"] } }, "plan.json: plan.keep.head: expected channels"],
    [{ keep: { head: [1e9] } }, "plan.json: plan.keep.head: expected channels"],
    [{ keep: { head: 3 } }, "plan.json: plan.keep.head: expected a list, got 3."],
    [{ removedBlocks: ["blocks.1.1"] }, "plan.json: plan.removedBlocks: expected names of blocks"],
    [
      { removedBlocks: ["blocks.1.1.block", "blocks.1.1.block"] },
      "plan.json: plan.removedBlocks: expected names of blocks",
    ],
    [{ removedBlocks: {} }, "plan.json: plan.removedBlocks: expected a list, got an object."],
    [{ made: null }, "plan.json: plan.made: expected an object, got null."],
    [{ made: { ...MADE, seed: -1 } }, "plan.json: plan.made.seed: expected a whole number"],
    [{ made: { ...MADE, bound: null } }, "plan.json: plan.made.bound: expected a number"],
    [
      { made: { ...MADE, budget: [{ unit: "flops", limit: 1 }] } },
      "plan.json: plan.made.budget[0].unit: expected macs, params, latency",
    ],
  ])("refuses %j", (change, message) => {
    const isPart = change !== null && !Array.isArray(change);
    const json: unknown = isPart ? { ...JSON.parse(text), ...change } : change;
    expect(() => planFromJson(json, "plan.json")).toThrow(FileError);
    expect(() => planFromJson(json, "plan.json")).toThrow(message);
  });

  test("with any one value replaced they are refused with a clear error, or are still plans", () => {
    const small = JSON.stringify(planToJson({ ...randomPlan(v1, 6), made: MADE }));
    const values = [...small.matchAll(/(?<=[:[,])("[^"]*"|[\d.]+)(?=[,\]}])/g)];
    const puts = fc.constantFrom("-1", "0", "1.5", "1e9", "1e999", "null", '"x"', "[]", "{}", "true");
    const check = fc.property(fc.nat(values.length - 1), puts, (at, put) => {
      const { index, 0: old } = values[at];
      const json: unknown = JSON.parse(small.slice(0, index) + put + small.slice(index + old.length));
      try {
        const read = planFromJson(json, "plan.json");
        expect(planFromJson(JSON.parse(JSON.stringify(planToJson(read))), "plan.json")).toEqual(read);
      } catch (error) {
        expect(error).toMatchObject({ code: "file", file: "plan.json" });
      }
    });
    fc.assert(check, { seed: 16, numRuns: 400 });
  });
});
