// Parameter groups and layer decay against timm's, for efficientnet_b0 with 10 classes and others.

import { describe, expect, test } from "vitest";
import { architectureOf } from "#effnet/architecture/build.js";
import type { ModelName } from "#effnet/architecture/rows.js";
import { tensorSpecs } from "#effnet/architecture/tensors.js";
import { layerCount, layerOf, type Named, parameterGroups } from "#effnet/training/groups.js";
import { readGolden } from "../backend/training-golden-files.ts";

interface GoldenGroups {
  readonly layers: number;
  readonly no_decay: readonly string[];
  readonly decay: readonly string[];
  readonly layer_id: Readonly<Record<string, number>>;
  readonly "lr_scale_0.75": Readonly<Record<string, number>>;
  readonly "lr_scale_0.9": Readonly<Record<string, number>>;
  readonly "lr_scale_0.75_min_0.05_by_layer": readonly number[];
  readonly "layer_decay_groups_0.75": readonly {
    readonly lr_scale: number;
    readonly weight_decay: number;
    readonly first: string;
    readonly count: number;
  }[];
  readonly other_models: Readonly<
    Record<
      string,
      {
        readonly layers: number;
        readonly no_decay: number;
        readonly decay: number;
        readonly layer_of: Readonly<Record<string, number>>;
      }
    >
  >;
}

const golden = readGolden<GoldenGroups>("groups-efficientnet_b0");
const b0 = architectureOf("efficientnet_b0", { classes: 10 });

function learningOf(name: ModelName, classes = 10): Named[] {
  return tensorSpecs(architectureOf(name, { classes })).filter(({ role }) => role === "weight" || role === "bias");
}

const learning = learningOf("efficientnet_b0");
const close = (got: number, expected: number): void =>
  expect(Math.abs(got - expected)).toBeLessThanOrEqual(1e-12 * expected);

describe("efficientnet_b0", () => {
  test("weights decay, vectors and biases do not, in timm's order", () => {
    const groups = parameterGroups(b0, learning, { weightDecay: 0.05, layerDecay: 1 });
    expect(groups).toEqual([
      { parameters: golden.no_decay, weightDecay: 0, scale: 1 },
      { parameters: golden.decay, weightDecay: 0.05, scale: 1 },
    ]);
  });

  test("without weight decay there is one group", () => {
    const [group, ...others] = parameterGroups(b0, learning, { weightDecay: 0, layerDecay: 1 });
    expect(others).toEqual([]);
    expect([...group.parameters].sort()).toEqual([...golden.no_decay, ...golden.decay].sort());
  });

  test("every parameter has timm's layer", () => {
    expect(layerCount(b0)).toBe(golden.layers);
    expect(Object.fromEntries(learning.map(({ name }) => [name, layerOf(b0, name)]))).toEqual(golden.layer_id);
  });

  test.each([0.75, 0.9] as const)("layer decay %f scales every parameter's rate as timm", (layerDecay) => {
    const groups = parameterGroups(b0, learning, { weightDecay: 0.05, layerDecay });
    const scales = groups.flatMap(({ parameters, scale }) => parameters.map((name) => [name, scale] as const));
    const expected = golden[`lr_scale_${layerDecay}`];
    expect(scales.map(([name]) => name).sort()).toEqual(Object.keys(expected).sort());
    for (const [name, scale] of scales) close(scale, expected[name]);
  });

  test("groups by layer and decay stand in timm's order", () => {
    const groups = parameterGroups(b0, learning, { weightDecay: 0.05, layerDecay: 0.75 });
    const expected = golden["layer_decay_groups_0.75"];
    expect(groups.length).toBe(expected.length);
    groups.forEach(({ parameters, weightDecay, scale }, i) => {
      close(scale, expected[i].lr_scale);
      expect([parameters[0], parameters.length, weightDecay]).toEqual([
        expected[i].first,
        expected[i].count,
        expected[i].weight_decay,
      ]);
    });
  });

  test("a scale falls no lower than the least", () => {
    const groups = parameterGroups(b0, learning, { weightDecay: 0, layerDecay: 0.75, leastScale: 0.05 });
    const expected = golden["lr_scale_0.75_min_0.05_by_layer"];
    for (const { parameters, scale } of groups) close(scale, expected[layerOf(b0, parameters[0])]);
  });
});

describe("other networks have timm's layers and groups", () => {
  test.each(Object.entries(golden.other_models))("%s", (name, expected) => {
    const a = architectureOf(name as ModelName);
    expect(layerCount(a)).toBe(expected.layers);
    for (const [parameter, layer] of Object.entries(expected.layer_of)) expect(layerOf(a, parameter)).toBe(layer);
    const groups = parameterGroups(a, learningOf(name as ModelName, 1000), { weightDecay: 0.05, layerDecay: 1 });
    expect(groups.map(({ parameters }) => parameters.length)).toEqual([expected.no_decay, expected.decay]);
  });
});
