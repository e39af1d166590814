// What is tied to what: every axis of every network of the family, the tiny networks' groups, and the odd cases.

import { describe, expect, test } from "vitest";
import type { Architecture, Block } from "#effnet/architecture/architecture.js";
import { architectureOf, layers, type ModelName, ROWS, scale, tensorSpecs } from "#effnet/architecture/index.js";
import { type ChannelGroup, groups } from "#effnet/pruning/groups.js";
import { golden, TINY, type TinyName, tinyNetwork } from "./tiny.ts";

const FAMILY = Object.keys(ROWS) as ModelName[];

interface GoldenGroups {
  readonly networks: Readonly<
    Record<
      TinyName,
      { readonly groups: Readonly<Record<string, { readonly tensors?: [string, 0 | 1][]; readonly score: number[] }>> }
    >
  >;
}

function axesOf({ axes }: ChannelGroup): string[] {
  return axes.map(({ tensor, axis }) => `${tensor} ${axis}`).sort();
}

/** Axes that no plan may cut: pictures and classes, a depthwise kernel's only input, and sides of kernels. */
function frozenAxes(a: Architecture): Set<string> {
  const depthwise = layers(a, { height: 1, width: 1 }).flatMap((layer) =>
    layer.kind === "convolution" && layer.isDepthwise ? layer.tensors.map(({ name }) => `${name} 1`) : [],
  );
  const head = [
    "conv_head.weight 0",
    ...["weight", "bias", "running_mean", "running_var"].map((leaf) => `bn2.${leaf} 0`),
  ];
  return new Set([
    "conv_stem.weight 1",
    ...(a.classes > 0 ? ["classifier.weight 0", "classifier.bias 0"] : head),
    ...depthwise,
    ...tensorSpecs(a).flatMap(({ name, shape }) =>
      [2, 3].filter((axis) => axis < shape.length).map((axis) => `${name} ${axis}`),
    ),
  ]);
}

// 4.6, test 8
describe("groups", () => {
  test.each([
    ...FAMILY.map((name) => [name, architectureOf(name)] as const),
    ["efficientnet_b0 without a classifier", architectureOf("efficientnet_b0", { classes: 0 })] as const,
    [
      "tf_efficientnetv2_b0 of one channel",
      architectureOf("tf_efficientnetv2_b0", { inChannels: 1, classes: 7 }),
    ] as const,
    ...TINY.map((name) => [name, tinyNetwork(name)] as const),
  ])("%s: every axis is in exactly one group or frozen, and tied axes are of one length", (_, a) => {
    const list = groups(a);
    const shapes = new Map(tensorSpecs(a).map(({ name, shape }) => [name, shape]));
    const grouped = list.filter(({ kind }) => kind !== "block").flatMap(axesOf);
    const all = tensorSpecs(a).flatMap(({ name, shape }) => shape.map((__, axis) => `${name} ${axis}`));
    expect([...grouped, ...frozenAxes(a)].sort()).toEqual(all.sort());
    const unequal = list.filter(
      ({ kind, width, axes }) =>
        kind !== "block" && axes.some(({ tensor, axis }) => shapes.get(tensor)?.[axis] !== width),
    );
    expect(unequal).toEqual([]);
    expect(new Set(list.map(({ name }) => name)).size).toBe(list.length);
  });

  test.each(TINY)("%s has the golden groups: names in order, widths, and the same axes", (name) => {
    const expected = Object.entries(golden<GoldenGroups>("taylor.json").networks[name].groups);
    const list = groups(tinyNetwork(name));
    expect(list.map((group) => [group.name, group.width])).toEqual(
      expected.map(([key, { score }]) => [key, score.length]),
    );
    for (const [key, { tensors }] of expected) {
      const group = list.find((each) => each.name === key) as ChannelGroup;
      if (tensors !== undefined)
        expect(axesOf(group), key).toEqual(tensors.map(([tensor, axis]) => `${tensor} ${axis}`).sort());
    }
  });

  test("a block holds every tensor of its own that has an axis, and only blocks with a skip are groups", () => {
    const a = architectureOf("efficientnet_b1");
    const blocks = groups(a).filter(({ kind }) => kind === "block");
    const skips = a.stages.flatMap((stage, s) =>
      stage.flatMap(({ hasSkip }, b) => (hasSkip ? [`blocks.${s}.${b}.block`] : [])),
    );
    expect(blocks.map(({ name }) => name)).toEqual(skips);
    const own = tensorSpecs(a).filter(({ name, shape }) => name.startsWith("blocks.2.1.") && shape.length > 0);
    expect(blocks.find(({ name }) => name === "blocks.2.1.block")?.axes).toEqual(
      own.map(({ name }) => ({ tensor: name, axis: 0 })),
    );
  });
});

describe("streams", () => {
  const names = (a: Architecture): string[] =>
    groups(a).flatMap(({ name, kind }) => (kind === "stream" || kind === "stem" ? [name] : []));

  test("V2's stem and first stage are one stream, named after the stage", () => {
    expect(names(architectureOf("efficientnetv2_s"))).toEqual(
      [0, 1, 2, 3, 4, 5].map((stage) => `blocks.${stage}.stream`),
    );
  });

  // 4.6, test 17
  test("a network scaled down until two stages round alike ties them by the skip of the later stage's first block", () => {
    const a = scale(ROWS.efficientnet_b0, { width: 0.07, depth: 1 });
    const tied = a.stages.flatMap((stage, s) => (stage[0].hasSkip ? [s] : []));
    expect(tied).toEqual([0, 4]); // 32 and 16 channels, 80 and 112: 8 each
    expect(names(a)).toEqual([
      "blocks.0.stream",
      "blocks.1.stream",
      "blocks.2.stream",
      "blocks.4.stream",
      "blocks.5.stream",
      "blocks.6.stream",
    ]);
  });

  test("stages of equal widths without a skip between them stay apart", () => {
    const a = { ...tinyNetwork("v2"), stages: [[cn(false)], [cn(false), cn(true)]] };
    expect(names(a)).toEqual(["stem", "blocks.0.stream", "blocks.1.stream"]);
  });

  test("a stream that ends inside a stage is named after the block that begins it", () => {
    const starts = (a: Architecture): string[] => names(a).slice(0, 3);
    expect(starts(architectureOf("efficientnet_el"))).toEqual(["stem", "blocks.0.0.stream", "blocks.0.stream"]);
    const a = { ...tinyNetwork("v2"), stages: [[false, true, false, true].map(cn), [true, false, true].map(cn)] };
    expect(names(a)).toEqual(["stem", "blocks.0.0.stream", "blocks.0.stream", "blocks.1.stream"]);
  });
});

function cn(hasSkip: boolean): Block {
  return { kind: "cn", kernel: 3, stride: 1, out: 8, hasSkip };
}
