// How long each op takes, told by the backend that computes it.

import { afterAll, describe, expect, test } from "vitest";
import { architectureOf } from "#effnet/architecture/build.js";
import type { Executable, Weights } from "#effnet/backend/backend.js";
import { wasmBackend } from "#effnet/backend/wasm/wasm.js";
import { buildGraph } from "#effnet/graph/build.js";
import type { Graph } from "#effnet/graph/ops.js";
import { optimize } from "#effnet/graph/passes.js";
import { initialize } from "#effnet/weights/initialize.js";

const SIDE = 64;
const architecture = architectureOf("test_efficientnet");
const parameters = initialize(architecture, 1, { scheme: "timm" });

const graphOf = (batch: number): Graph =>
  optimize(buildGraph(architecture, { batch, height: SIDE, width: SIDE, outputs: "logits" }));

const inputOf = (batch: number) => {
  const shape = [batch, SIDE, SIDE, 3];
  return { input: { shape, data: Float32Array.from({ length: batch * SIDE * SIDE * 3 }, (_, i) => Math.sin(i)) } };
};

describe.each([1, 2])("the times of ops, %i threads", (threads) => {
  const opened: Weights[] = [];
  const compiled = async (graph: Graph): Promise<Executable> => {
    const weights = await wasmBackend().load(parameters, { threads });
    opened.push(weights);
    expect(weights.engine).toMatchObject({ backend: "wasm", threads, pitch: 8 });
    return weights.compile(graph);
  };

  afterAll(async () => {
    for (const weights of opened) await weights.dispose();
  });

  test.each([1, 3])("are one an op, and together no longer than the call, batch %i", async (batch) => {
    const graph = graphOf(batch);
    const executable = await compiled(graph);
    const start = performance.now();
    const times = await executable.times?.(inputOf(batch));
    const wall = performance.now() - start;
    if (times === undefined) throw new Error("wasm tells times");
    expect(times).toHaveLength(graph.ops.length);
    expect(Math.min(...times)).toBeGreaterThanOrEqual(0);
    for (const [at, { op }] of graph.ops.entries()) if (op === "convolution") expect(times[at]).toBeGreaterThan(0);
    const sum = times.reduce((all, ms) => all + ms);
    expect(sum).toBeLessThan(wall);
  });

  test("change nothing in the answers of the runs beside them", async () => {
    const executable = await compiled(graphOf(1));
    const before = await executable.run(inputOf(1));
    await executable.times?.(inputOf(1));
    expect(await executable.run(inputOf(1))).toEqual(before);
  });
});
