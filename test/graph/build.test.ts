// A network's graph: what its results are called, and that it agrees with the enumeration it was built from.

import { describe, expect, test } from "vitest";
import { architectureOf } from "#effnet/architecture/build.js";
import { layers } from "#effnet/architecture/layers.js";
import { type ModelName, ROWS } from "#effnet/architecture/rows.js";
import { tensorSpecs } from "#effnet/architecture/tensors.js";
import { UsageError } from "#effnet/errors.js";
import { buildGraph, type Outputs } from "#effnet/graph/build.js";
import type { Graph } from "#effnet/graph/ops.js";
import { optimize } from "#effnet/graph/passes.js";

const NAMES = Object.keys(ROWS) as ModelName[];

function graphOfModel(
  name: ModelName,
  outputs: Outputs,
  options: { classes?: number; inChannels?: number } = {},
): Graph {
  return buildGraph(architectureOf(name, options), { batch: 2, height: 97, width: 131, outputs });
}

function shape(graph: Graph, name: string): readonly number[] | undefined {
  return graph.values.get(name)?.shape;
}

test.each(NAMES)("%s: every layer has a result of its shape, every tensor but the counters is a parameter", (name) => {
  const a = architectureOf(name);
  const graph = buildGraph(a, { batch: 2, height: 97, width: 131, outputs: [] });
  for (const layer of layers(a, { height: 97, width: 131 })) {
    const { height, width, channels } = layer.output;
    const isVector = ["squeeze", "se", "pool", "linear"].includes(layer.kind);
    expect([layer.name, shape(graph, layer.name)]).toEqual([
      layer.name,
      isVector ? [2, channels] : [2, height, width, channels],
    ]);
  }
  expect(graph.parameters.map((parameter) => [parameter.name, parameter.shape])).toEqual(
    tensorSpecs(a)
      .filter(({ role }) => role !== "num_batches_tracked")
      .map((spec) => [spec.name, spec.shape]),
  );
});

describe("outputs", () => {
  test("logits, embedding and map are vectors of classes, pooled vectors, and the last map", () => {
    const small = (outputs: Outputs): Graph => graphOfModel("efficientnet_b0", outputs, { classes: 10 });
    expect(shape(small("logits"), "logits")).toEqual([2, 10]);
    expect(shape(small("embedding"), "embedding")).toEqual([2, 1280]);
    expect(shape(small("map"), "map")).toEqual([2, 4, 5, 1280]);
  });

  test("with 0 classes the pooled vectors are the logits", () => {
    const graph = graphOfModel("efficientnet_b0", "logits", { classes: 0 });
    expect(shape(graph, "logits")).toEqual([2, 1280]);
    expect(graph.ops.at(-1)?.op).toBe("meanPool");
  });

  test("features are the last maps of the five resolutions, called by their stages", () => {
    const graph = graphOfModel("efficientnet_b1_pruned", "features");
    expect(graph.outputs.map((name) => [name, shape(graph, name)])).toEqual([
      ["blocks.0", [2, 49, 66, 16]],
      ["blocks.1", [2, 25, 33, 12]],
      ["blocks.2", [2, 13, 17, 35]],
      ["blocks.4", [2, 7, 9, 67]],
      ["blocks.6", [2, 4, 5, 320]],
    ]);
  });

  test("what is asked for is there after optimize, under the name it was asked by", () => {
    const asked = [
      "bn1",
      "bn1.norm",
      "blocks.0.0",
      "blocks.1.0.se.conv_reduce",
      "blocks.1",
      "blocks.6.0.bn3",
      "bn2",
      "logits",
    ];
    const graph = optimize(graphOfModel("efficientnet_b0", asked));
    expect(graph.outputs).toEqual(asked);
    expect(asked.filter((name) => !graph.values.has(name))).toEqual([]);
  });

  test("a name that the network does not have is a UsageError that suggests one", () => {
    const asking = (name: string) => () => graphOfModel("efficientnet_b0", [name]);
    expect(asking("blocks.1.0.bn4")).toThrow(UsageError);
    expect(asking("blocks.1.0.bn4")).toThrow(
      /expected names of results, got "blocks.1.0.bn4". Did you mean blocks.1.0.bn\d/,
    );
  });

  test("two names of one value are refused together", () => {
    expect(() => graphOfModel("efficientnet_b0", ["blocks.1", "blocks.1.1"])).toThrow(
      "outputs: blocks.1.1 and blocks.1 are one value here. Ask for one of them.",
    );
  });
});
