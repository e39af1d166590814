// What a training graph computes, and what it leaves out.

import { describe, expect, test } from "vitest";
import { architectureOf } from "#effnet/architecture/build.js";
import { UsageError } from "#effnet/errors.js";
import { buildGraph } from "#effnet/graph/build.js";
import { operandsOf } from "#effnet/graph/graph.js";
import { type TrainingGraphOptions, trainingGraph } from "#effnet/graph/training.js";
import type { TrainingGraph } from "#effnet/graph/training-ops.js";

const b0 = architectureOf("efficientnet_b0", { classes: 10 });

function stepOf(options: Partial<TrainingGraphOptions> = {}, size = 32, batch = 2): TrainingGraph {
  return trainingGraph(buildGraph(b0, { batch, height: size, width: size, outputs: ["logits"] }), {
    losses: [{ op: "crossEntropy", x: "logits", target: "target", weight: 1, y: "loss" }],
    learns: () => true,
    takesBatch: () => true,
    momentum: 0.1,
    masks: new Map(),
    ...options,
  });
}

const namesOf = ({ ops }: TrainingGraph, ending: string): string[] =>
  ops.map(({ op }) => op).filter((op) => op.endsWith(ending));

describe("a step of efficientnet_b0", () => {
  test("gives every weight and bias a gradient of its shape, and the running statistics none", () => {
    const graph = stepOf();
    const shapes = new Map([...graph.values.values()].map(({ name, shape }) => [name, shape]));
    const learning = graph.parameters.filter(({ name }) => !/running_/.test(name));
    expect([...graph.gradients.keys()].sort()).toEqual(learning.map(({ name }) => name).sort());
    for (const { name, shape } of learning) expect(shapes.get(graph.gradients.get(name) as string)).toEqual(shape);
    expect(graph.running.length).toBe(49);
  });

  test("computes no gradient for the picture, and does when it is asked", () => {
    const stem = (graph: TrainingGraph): boolean => graph.ops.some(({ y }) => y === "conv_stem/gradient.x");
    expect(stem(stepOf())).toBe(false);
    const asked = stepOf({ inputGradients: ["input"] });
    expect(stem(asked)).toBe(true);
    expect(asked.outputs).toEqual(["loss", "logits", asked.inputGradients.get("input")]);
  });

  test("goes no further back than something learns", () => {
    const graph = stepOf({ learns: (name) => name.startsWith("classifier."), takesBatch: () => false });
    expect([...graph.gradients.keys()]).toEqual(["classifier.weight", "classifier.bias"]);
    expect(namesOf(graph, "Gradient")).toEqual(["crossEntropyGradient", "linearWeightGradient", "biasGradient"]);
    expect(graph.running).toEqual([]);
    const last = stepOf({
      learns: (name) => name.startsWith("blocks.6.") || name.startsWith("classifier."),
      takesBatch: () => false,
    });
    expect(last.ops.filter(({ y }) => /^blocks\.[0-5].*gradient/.test(y))).toEqual([]);
    expect(last.ops.some(({ y }) => y === "blocks.6.0.conv_pw/gradient.weight")).toBe(true);
  });

  test("takes running statistics where norms are frozen and moves none of them", () => {
    const graph = stepOf({ takesBatch: (weight) => !weight.startsWith("blocks.0.") });
    expect(graph.running.map(({ mean }) => mean).filter((mean) => mean.startsWith("blocks.0."))).toEqual([]);
    expect(graph.ops.filter(({ op }) => op === "runningStatistics").length).toBe(2);
  });

  test("keeps no widened map for the way back, it computes them again", () => {
    const { ops } = stepOf();
    const backward = ops.findIndex(({ y }) => y === "loss/gradient.x");
    const widened = new Set(
      ops
        .slice(0, backward)
        .flatMap((op) => (op.op === "gate" || (op.op === "normalize" && op.activation !== null) ? [op.y] : [])),
    );
    const read = ops.slice(backward).flatMap((op) => operandsOf(op));
    const maps = stepOf().values;
    expect(read.filter((name) => widened.has(name) && maps.get(name)?.shape.length === 4)).toEqual([]);
  });

  test("masks are inputs: one factor a picture, or one an element", () => {
    const masks = new Map([["blocks.1.1.bn3", "pictures"] as const, ["global_pool", "elements"] as const]);
    const { inputs } = stepOf({ masks });
    expect(inputs).toContainEqual({ name: "blocks.1.1.bn3/mask", shape: [2] });
    expect(inputs).toContainEqual({ name: "global_pool/mask", shape: [2, 1280] });
  });

  test("a batch norm that would see one value a channel is refused, by name", () => {
    expect(() => stepOf({}, 32, 1)).toThrow(UsageError);
    expect(() => stepOf({}, 32, 1)).toThrow(/blocks\.5\.0\.bn2 would see one value a channel/);
    expect(() => stepOf({ takesBatch: () => false }, 32, 1)).not.toThrow();
  });
});
