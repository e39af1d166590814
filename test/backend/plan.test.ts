import fc from "fast-check";
import { expect, test } from "vitest";
import { layouts, totalBytes } from "#effnet/backend/wasm/layout.js";
import { plan } from "#effnet/backend/wasm/plan.js";
import { schedule } from "#effnet/backend/wasm/schedule.js";
import { operandsOf } from "#effnet/graph/graph.js";
import type { Graph, Op } from "#effnet/graph/ops.js";

const pads = { top: 1, bottom: 1, left: 1, right: 1 };

/** A random chain of ops on maps of one shape, each reading any earlier values. */
const graphs = fc
  .array(fc.record({ kind: fc.constantFrom("depthwise", "activate", "add"), a: fc.nat(), b: fc.nat() }), {
    minLength: 1,
    maxLength: 20,
  })
  .chain((steps) => fc.record({ steps: fc.constant(steps), output: fc.nat() }))
  .map(({ steps, output }): Graph => {
    const shape = [1, 6, 5, 12];
    const names = ["input"];
    const ops = steps.map(({ kind, a, b }, index): Op => {
      const x = names[a % names.length];
      const other = names[b % names.length];
      const y = `v${index}`;
      names.push(y);
      if (kind === "add") return { op: "add", x, other, y };
      if (kind === "activate") return { op: "activate", x, activation: "relu", y };
      return { op: "depthwise", x, weight: "w", bias: null, activation: null, kernel: [3, 3], stride: 1, pads, y };
    });
    return {
      inputs: [{ name: "input", shape }],
      parameters: [],
      ops,
      values: new Map(names.slice(1).map((name) => [name, { name, shape }])),
      outputs: [names[names.length - 1], names[1 + (output % (names.length - 1))]],
    };
  });

test("values that live at the same time never share bytes, but for an op that writes over its dead operand", () => {
  fc.assert(
    fc.property(graphs, (graph) => {
      const { places, bytes } = plan(
        graph,
        layouts(graph),
        schedule(graph, layouts(graph), { tile: 6, panel: 8, threads: 2 }),
      );
      // Replays the program on owners of bytes: each op finds what its operands' ops left there.
      const owner = new Array<string>(bytes / 64).fill("");
      const own = (name: string): void => {
        const place = places.get(name);
        if (place === undefined) throw new Error(name);
        owner.fill(name, place.offset / 64, Math.ceil((place.offset + totalBytes(place)) / 64));
      };
      const expectWhole = (name: string): void => {
        const place = places.get(name);
        if (place === undefined) throw new Error(name);
        const cells = owner.slice(place.offset / 64, Math.ceil((place.offset + totalBytes(place)) / 64));
        expect(new Set(cells)).toEqual(new Set([name]));
      };
      own("input");
      for (const op of graph.ops) {
        for (const name of operandsOf(op)) expectWhole(name);
        own(op.y);
        // What is written beside its operands must not touch them before they are read.
        for (const name of operandsOf(op)) if (places.get(name)?.offset !== places.get(op.y)?.offset) expectWhole(name);
      }
      for (const name of graph.outputs) expectWhole(name);
    }),
    { seed: 8, numRuns: 500 },
  );
});

test("an op does not write over a whole that other threads may still be making", () => {
  const value = (name: string) => ({ name, shape: [1, 8] });
  const vectors = { weight: "g", bias: "b", mean: "m", variance: "v", epsilon: 1e-5 };
  const graph: Graph = {
    inputs: [value("x")],
    parameters: [],
    ops: [
      { op: "linear", x: "x", weight: "w", bias: null, activation: null, y: "whole" },
      { op: "norm", x: "whole", ...vectors, y: "normed" },
      { op: "activate", x: "normed", activation: "relu", y: "active" },
    ],
    values: new Map(["whole", "normed", "active"].map((name) => [name, value(name)])),
    outputs: ["active"],
  };
  const scheduled = schedule(graph, layouts(graph), { tile: 6, panel: 8, threads: 3 });
  expect(scheduled.map(({ phase, split }) => [phase, split.axis])).toEqual([
    [0, "whole"],
    [0, "rows"],
    [0, "rows"],
  ]);
  const { places } = plan(graph, layouts(graph), scheduled);
  expect(places.get("normed")?.offset).not.toBe(places.get("whole")?.offset);
  expect(places.get("active")?.offset).toBe(places.get("normed")?.offset);
});
