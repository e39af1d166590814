// Widths of groups out of a network and back into it.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Architecture } from "#effnet/architecture/architecture.js";
import { architectureOf, type ModelName, parseArchitecture, ROWS } from "#effnet/architecture/index.js";
import { UsageError } from "#effnet/errors.js";
import { widthsOf, withWidths } from "#effnet/pruning/widths.js";
import { tinyNetwork } from "./tiny.ts";

const FAMILY = Object.keys(ROWS) as ModelName[];
const b0 = architectureOf("efficientnet_b0");

/** Parent of the trio's networks → the pruned one. */
const TRIO = [
  ["tf_efficientnet_b1", "efficientnet_b1_pruned"],
  ["tf_efficientnet_b2", "efficientnet_b2_pruned"],
  ["tf_efficientnet_b3", "efficientnet_b3_pruned"],
] as const;

test.each(FAMILY)("%s with its own widths is itself", (name) => {
  const a = architectureOf(name);
  expect(withWidths(a, widthsOf(a))).toEqual(a);
  expect(withWidths(a, new Map())).toEqual(a);
});

test.each(TRIO)("%s with the widths of %s is that network", (parent, pruned) => {
  const expected = architectureOf(pruned);
  expect({ ...withWidths(architectureOf(parent), widthsOf(expected)), name: pruned }).toEqual(expected);
});

describe("withWidths", () => {
  test("any widths give a network that has them, with every skip and kernel of the parent's", () => {
    const networks = ["efficientnet_b0", "tf_efficientnetv2_b0", "efficientnet_el", "efficientnet_lite0"] as const;
    const cases = networks.map((name) => {
      const a = architectureOf(name);
      const groups = [...widthsOf(a)].filter(([group]) => !group.endsWith(".block"));
      return fc
        .tuple(...groups.map(([, width]) => fc.integer({ min: 1, max: width })))
        .map((widths) => ({ a, widths: new Map(groups.map(([group], i) => [group, widths[i]])) }));
    });
    const check = fc.property(fc.oneof(...cases), ({ a, widths }) => {
      const child = withWidths(a, widths);
      expect(parseArchitecture(JSON.parse(JSON.stringify(child)), "child")).toEqual(child);
      const found = widthsOf(child);
      expect([...widths].filter(([group, width]) => found.get(group) !== width)).toEqual([]);
      expect(fixedParts(child)).toEqual(fixedParts(a));
    });
    fc.assert(check, { seed: 41, numRuns: 60 });
  });

  test("a removed block goes, later ones of its stage move up, and its own widths do not matter", () => {
    const widths = new Map([
      ["blocks.2.1.block", 0],
      ["blocks.4.1.block", 0],
      ["blocks.4.1.expanded", 0],
      ["blocks.4.2.expanded", 99],
      ["blocks.4.stream", 50],
    ]);
    const child = withWidths(b0, widths);
    expect(child.stages.map(({ length }) => length)).toEqual([1, 2, 1, 3, 2, 4, 1]);
    expect(child.stages[2]).toEqual([b0.stages[2][0]]);
    expect(child.stages[4]).toEqual([
      { ...b0.stages[4][0], out: 50 },
      { ...b0.stages[4][2], out: 50, expanded: 99 },
    ]);
    expect(child.stages[5]).toEqual(b0.stages[5]);
  });

  // 4.6, test 17
  test("a block without a skip has none when its widths become equal", () => {
    const a = architectureOf("efficientnet_b0");
    const child = withWidths(a, new Map([["blocks.4.stream", 80]])); // its first block: 80 in, 112 out, stride 1
    expect(child.stages[4].map(({ out, hasSkip }) => [out, hasSkip])).toEqual([
      [80, false],
      [80, true],
      [80, true],
    ]);
    expect([...widthsOf(child).keys()]).toEqual([...widthsOf(a).keys()]);
  });

  test.each([
    [
      [["blocks.2.strem", 8]],
      'widths: expected a group of efficientnet_b0, got "blocks.2.strem". Did you mean blocks.2.stream?',
    ],
    [[["classes", 8]], 'widths: expected a group of efficientnet_b0, got "classes". groups() lists them.'],
    [[["head", 0]], "widths: head: expected a width from 1 to 1280, got 0."],
    [[["head", 1281]], "widths: head: expected a width from 1 to 1280, got 1281."],
    [[["stem", 2.5]], "widths: stem: expected a width from 1 to 32, got 2.5."],
    [[["stem", Number.NaN]], "widths: stem: expected a width from 1 to 32, got NaN."],
    [[["blocks.2.1.block", 2]], "widths: blocks.2.1.block: expected a width from 0 to 1, got 2."],
    [
      [["blocks.2.0.block", 0]],
      'widths: expected a group of efficientnet_b0, got "blocks.2.0.block". Did you mean blocks.2.1.block?',
    ],
  ] satisfies [[string, number][], string][])("refuses %j", (widths, message) => {
    expect(() => withWidths(b0, new Map(widths))).toThrow(new UsageError("widths", message.replace("widths: ", "")));
  });

  test("refuses to remove a stage's every block", () => {
    const both = new Map([0, 1].map((block) => [`blocks.0.${block}.block`, 0]));
    expect(() => withWidths(tinyNetwork("v2"), both)).toThrow("stage 0: expected at least one block to stay");
  });
});

/** All that widths do not change. */
function fixedParts({ stem, stages, head, ...rest }: Architecture): object {
  const blocks = stages.map((stage) =>
    stage.map(({ kind, kernel, stride, hasSkip }) => ({ kind, kernel, stride, hasSkip })),
  );
  return { ...rest, stem: { ...stem, width: 0 }, blocks, head: { ...head, width: 0 } };
}
