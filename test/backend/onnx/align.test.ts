// The padding of channels as a pass: which values get wider, and that the function stays.

import { expect, test } from "vitest";
import { architectureOf } from "#effnet/architecture/build.js";
import { alignedWidths, multipleOf } from "#effnet/backend/onnx/align.js";
import { buildGraph } from "#effnet/graph/build.js";
import { optimize } from "#effnet/graph/passes.js";
import { GraphMaker } from "../small-graphs.ts";

const plain = { kernel: 1, stride: 1, padding: "same", hasBias: true, activation: "silu" } as const;

test("every internal width of b1_pruned becomes a multiple of 8 or 16; input and logits keep theirs", () => {
  const architecture = architectureOf("efficientnet_b1_pruned", { classes: 10 });
  const graph = optimize(buildGraph(architecture, { batch: 1, height: 240, width: 240, outputs: "logits" }));
  for (const multiple of [8, 16]) {
    const widths = new Map(alignedWidths(graph, multiple));
    expect(widths.get("input")).toBe(3);
    expect(widths.get("logits")).toBe(10);
    widths.delete("input");
    widths.delete("logits");
    expect([...widths].filter(([, width]) => width % multiple !== 0)).toEqual([]);
    const tooWide = [...widths].filter(([name, width]) => {
      return width - (graph.values.get(name)?.shape.at(-1) as number) >= multiple;
    });
    expect(tooWide).toEqual([]);
  }
});

test("a multiple of 1 changes nothing", () => {
  expect(multipleOf("none")).toBe(1);
  const architecture = architectureOf("efficientnet_b1_pruned");
  const graph = optimize(buildGraph(architecture, { batch: 1, height: 240, width: 240, outputs: "logits" }));
  for (const [name, width] of alignedWidths(graph, 1)) {
    if (name !== "input") expect(width).toBe(graph.values.get(name)?.shape.at(-1));
  }
});

test("what shares channels with an input keeps its width, through sums, gates and everything channel by channel", () => {
  const maker = new GraphMaker("tied");
  const x = maker.input([1, 4, 4, 5]);
  const wide = maker.convolution(x, 7, { ...plain, residual: null });
  const back = maker.convolution(wide, 5, { ...plain, residual: x });
  const gate = maker.linear(maker.meanPool(back), 5, { hasBias: true, activation: "sigmoid" });
  const gated = maker.gate(maker.depthwise(back, { ...plain, kernel: 3 }), gate);
  const { graph } = maker.done(maker.convolution(gated, 3, { ...plain, residual: null }));
  const widths = alignedWidths(graph, 8);
  expect([x, back, gate, gated].map((name) => widths.get(name))).toEqual([5, 5, 5, 5]);
  expect(widths.get(wide)).toBe(8);
});

test("what nothing mixes afterwards keeps its width, an output that is read again does not", () => {
  const maker = new GraphMaker("ends");
  const x = maker.input([1, 4, 4, 5]);
  const inner = maker.convolution(x, 7, { ...plain, residual: null });
  const last = maker.norm(maker.convolution(inner, 9, { ...plain, residual: null }));
  const widths = alignedWidths(maker.done(inner, last).graph, 8);
  expect([inner, last].map((name) => widths.get(name))).toEqual([8, 9]);
});
