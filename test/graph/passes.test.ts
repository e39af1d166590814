// Passes keep the meaning of any graph, and do to a network's graph what they promise.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { architectureOf } from "#effnet/architecture/build.js";
import { referenceBackend } from "#effnet/backend/reference/reference.js";
import { buildGraph } from "#effnet/graph/build.js";
import { operandsOf, parametersOf } from "#effnet/graph/graph.js";
import type { Graph } from "#effnet/graph/ops.js";
import { dropDead, foldNorms, fuseActivations, fuseResiduals, optimize } from "#effnet/graph/passes.js";
import type { Tensor } from "#effnet/tensor.js";
import { difference } from "../backend/compare.ts";
import { GraphMaker, graphOfChoices, type SmallGraph } from "../backend/small-graphs.ts";

const graphs = fc
  .array(fc.nat({ max: 1000 }), { maxLength: 70 })
  .map((choices): SmallGraph => graphOfChoices(choices, "property"));

async function run({ parameters, inputs }: SmallGraph, graph: Graph): Promise<Record<string, Tensor>> {
  const weights = await referenceBackend.load(parameters);
  return (await weights.compile(graph)).run(inputs);
}

/** Results that nobody reads, and parameters that no op reads. */
function deadNames({ ops, parameters, outputs }: Graph): string[] {
  const isRead = new Set([...outputs, ...ops.flatMap((op) => [...operandsOf(op), ...parametersOf(op)])]);
  return [...ops.map(({ y }) => y), ...parameters.map(({ name }) => name)].filter((name) => !isRead.has(name));
}

describe("on random graphs", () => {
  test.each(Object.entries({ optimize, dropDead, foldNorms, fuseResiduals, fuseActivations }))(
    "%s keeps every output's value",
    async (_, pass) => {
      await fc.assert(
        fc.asyncProperty(graphs, async (small) => {
          const expected = await run(small, small.graph);
          const got = await run(small, pass(small.graph));
          expect(Object.keys(got)).toEqual([...small.graph.outputs]);
          for (const name of small.graph.outputs) {
            expect(difference(got[name], expected[name], { relative: 1e-11 })).toBeNull(); // float64, folded
          }
        }),
        { seed: 8, numRuns: 150 },
      );
    },
  );

  test("optimize leaves nothing dead, nothing it could do again, and the graph it was given", () => {
    fc.assert(
      fc.property(graphs, ({ graph }) => {
        const before = structuredClone(graph);
        const once = optimize(graph);
        expect(graph).toEqual(before);
        expect(deadNames(once)).toEqual([]);
        expect([...once.values.keys()]).toEqual(once.ops.map(({ y }) => y));
        expect(optimize(once)).toEqual(once);
      }),
      { seed: 8, numRuns: 300 },
    );
  });

  test("the shape rules say what comes out", async () => {
    await fc.assert(
      fc.asyncProperty(graphs, async (small) => {
        const outputs = [...small.graph.values.keys()];
        const results = await run(small, { ...small.graph, outputs });
        for (const name of outputs) {
          const shape = small.graph.values.get(name)?.shape as readonly number[];
          expect(results[name].shape).toEqual(shape);
          expect(results[name].data.length).toBe(shape.reduce((product, size) => product * size, 1));
        }
      }),
      { seed: 9, numRuns: 100 },
    );
  });
});

describe("on small graphs", () => {
  const plain = { kernel: 1, stride: 1, padding: "same", hasBias: false, activation: null } as const;
  const ops = (graph: Graph): string[] => graph.ops.map(({ op }) => op);

  test("convolution, norm, add and activation become one convolution", () => {
    const maker = new GraphMaker("one");
    const x = maker.input([1, 3, 3, 8]);
    const normed = maker.norm(maker.convolution(x, 8, { ...plain, residual: null }));
    const { graph } = maker.done(maker.activate(maker.add(x, normed), "relu"));
    expect(optimize(graph).ops).toEqual([
      expect.objectContaining({ op: "convolution", x, residual: x, activation: "relu", y: "v3" }),
    ]);
  });

  test("a value that is an output, or read twice, is not swallowed", () => {
    const maker = new GraphMaker("kept");
    const x = maker.input([1, 3, 3, 8]);
    const first = maker.depthwise(x, plain);
    const normed = maker.norm(first);
    const second = maker.convolution(normed, 8, { ...plain, residual: null });
    const end = maker.add(maker.activate(second, "silu"), maker.activate(second, "relu"));
    expect(ops(optimize(maker.done(end, first).graph))).toEqual([
      "depthwise",
      "norm",
      "convolution",
      "activate",
      "activate",
      "add",
    ]);
  });

  test.each([
    [
      "a norm after an activation",
      "relu",
      false,
      (maker: GraphMaker, y: string) => maker.norm(y),
      ["convolution", "norm"],
    ],
    ["a norm after a residual", null, true, (maker: GraphMaker, y: string) => maker.norm(y), ["convolution", "norm"]],
    [
      "a sum after an activation",
      "relu",
      false,
      (maker: GraphMaker, y: string) => maker.add(y, "x0"),
      ["convolution", "add"],
    ],
    [
      "a sum after a residual",
      null,
      true,
      (maker: GraphMaker, y: string) => maker.add("x0", y),
      ["convolution", "add"],
    ],
    [
      ...(["an activation after an activation", "relu", false] as const),
      (maker: GraphMaker, y: string) => maker.activate(y, "sigmoid"),
      ["convolution", "activate"],
    ],
    [
      ...(["an activation after a residual joins", null, true] as const),
      (maker: GraphMaker, y: string) => maker.activate(y, "sigmoid"),
      ["convolution"],
    ],
  ] as const)(
    "a convolution's own order is norm, residual, activation: %s",
    async (_, activation, hasResidual, then, expected) => {
      const maker = new GraphMaker("order");
      const x = maker.input([1, 3, 3, 8]);
      const y = maker.convolution(x, 8, { ...plain, activation, residual: hasResidual ? x : null });
      const small = maker.done(then(maker, y));
      const fused = optimize(small.graph);
      expect(ops(fused)).toEqual(expected);
      const [output] = fused.outputs;
      const results = [await run(small, fused), await run(small, small.graph)];
      expect(difference(results[0][output], results[1][output], { relative: 1e-12 })).toBeNull();
    },
  );

  test("a norm after a norm stays, for a weight holds one", () => {
    const maker = new GraphMaker("two norms");
    const x = maker.input([1, 3, 3, 8]);
    const twice = maker.norm(maker.norm(maker.convolution(x, 8, { ...plain, residual: null })));
    expect(ops(optimize(maker.done(twice).graph))).toEqual(["convolution", "norm"]);
  });

  test("convolutions that share a weight fold their own norms into it", () => {
    const maker = new GraphMaker("shared");
    const x = maker.input([1, 3, 3, 1]);
    const weight = maker.parameter("shared", [1, 1, 1, 1], Float32Array.of(2));
    const shared = { ...plain, residual: null, weight };
    const one = maker.norm(maker.convolution(x, 1, shared));
    const other = maker.norm(maker.convolution(x, 1, shared));
    const { parameters } = optimize(maker.done(one, other).graph);
    expect(parameters.map(({ name, source }) => [name, source.kind])).toEqual([
      ["v1.foldedWeight", "foldedWeight"],
      ["v1.foldedBias", "foldedBias"],
      ["v3.foldedWeight", "foldedWeight"],
      ["v3.foldedBias", "foldedBias"],
    ]);
  });
});

describe("on networks", () => {
  test("efficientnet_b0 becomes convolutions, depthwise, and its se: no norm, no activation, no add", () => {
    const graph = optimize(
      buildGraph(architectureOf("efficientnet_b0"), { batch: 1, height: 224, width: 224, outputs: "logits" }),
    );
    const counts: Record<string, number> = {};
    for (const { op } of graph.ops) counts[op] = (counts[op] ?? 0) + 1;
    // stem + head + 15 expansions + 16 projections; 16 blocks of two se layers, and the classifier
    expect(counts).toEqual({ convolution: 33, depthwise: 16, meanPool: 17, linear: 33, gate: 16 });
    expect(deadNames(graph)).toEqual([]);
  });
});
