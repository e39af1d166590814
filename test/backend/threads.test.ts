import { expect, test } from "vitest";
import { wasmBackend } from "#effnet/backend/wasm/wasm.js";
import { DisposedError, EngineError, UsageError } from "#effnet/errors.js";
import type { Graph } from "#effnet/graph/ops.js";
import { Random } from "#effnet/random.js";
import { elements, type StateDict, type Tensor, tensor } from "#effnet/tensor.js";

const noPads = { top: 0, bottom: 0, left: 0, right: 0 };

/** 1×1 convolution of `[batch, 40, 40, 24]` to 32 channels, SiLU. */
function example(batch: number): { graph: Graph; weights: StateDict; input: Tensor } {
  const graph: Graph = {
    inputs: [{ name: "x", shape: [batch, 40, 40, 24] }],
    parameters: [{ name: "w", shape: [32, 24, 1, 1], source: { kind: "stored", tensor: "w" } }],
    ops: [
      {
        ...{ op: "convolution", x: "x", weight: "w", bias: null, residual: null, activation: "silu" },
        ...{ kernel: [1, 1], stride: 1, pads: noPads, y: "y" },
      } as const,
    ],
    values: new Map([["y", { name: "y", shape: [batch, 40, 40, 32] }]]),
    outputs: ["y"],
  };
  return { graph, weights: new Map([["w", random("w", [32, 24, 1, 1])]]), input: random("x", [batch, 40, 40, 24]) };
}

function random(name: string, shape: readonly number[]): Tensor {
  const stream = new Random(8, name);
  return tensor(
    Float32Array.from({ length: elements(shape) }, () => stream.uniform(-1, 1)),
    shape,
  );
}

async function runWith(threads: number, batch: number): Promise<Float32Array | Float64Array> {
  const { graph, weights, input } = example(batch);
  const loaded = await wasmBackend().load(weights, { threads });
  const executable = await loaded.compile(graph);
  const { y } = await executable.run({ x: input });
  await loaded.dispose();
  return y.data;
}

test("more threads than cores give the same bits", async () => {
  expect(await runWith(9, 1)).toEqual(await runWith(1, 1));
});

test("a batch that the threads do not divide gives the same bits", async () => {
  expect(await runWith(2, 5)).toEqual(await runWith(1, 5));
});

test("runs that were not awaited are answered in order, each from its own input", async () => {
  const { graph, weights, input } = example(1);
  const loaded = await wasmBackend().load(weights, { threads: 2 });
  const executable = await loaded.compile(graph);
  const zeros = tensor(new Float32Array(input.data.length), input.shape);
  const order: number[] = [];
  const runs = [input, zeros, input].map(async (x, index) => {
    const { y } = await executable.run({ x });
    order.push(index);
    return y.data;
  });
  const [first, second, third] = await Promise.all(runs);
  expect(order).toEqual([0, 1, 2]);
  expect(second.every((value) => value === 0)).toBe(true);
  expect(third).toEqual(first);
  expect(first.some((value) => value !== 0)).toBe(true);
  await loaded.dispose();
});

test("a program compiled while another runs does not disturb it", async () => {
  const small = example(1);
  const large = example(4);
  const loaded = await wasmBackend().load(small.weights, { threads: 2 });
  const executable = await loaded.compile(small.graph);
  const { y } = await executable.run({ x: small.input });
  const [again, compiled, after] = await Promise.all([
    executable.run({ x: small.input }),
    loaded.compile(large.graph),
    executable.run({ x: small.input }),
  ]);
  expect(again.y.data).toEqual(y.data);
  expect(after.y.data).toEqual(y.data);
  expect((await compiled.run({ x: large.input })).y.data).toEqual(await runWith(1, 4));
  await loaded.dispose();
});

test("a worker that dies in mid-run rejects that run and every later one with an EngineError", async () => {
  const { graph, weights, input } = example(1);
  const backend = wasmBackend({ workerUrl: new URL("./dying-worker.mjs", import.meta.url) });
  const loaded = await backend.load(weights, { threads: 2 });
  const executable = await loaded.compile(graph);
  await expect(executable.run({ x: input })).rejects.toThrow(EngineError);
  await expect(executable.run({ x: input })).rejects.toThrow(/a thread of the engine ended.*code 3/);
  await loaded.dispose();
});

test("without workers the caller's thread computes the same bits, and a warning says why", async () => {
  const { graph, weights, input } = example(2);
  const warnings: string[] = [];
  const workerUrl = new URL("./no-such-worker.mjs", import.meta.url);
  const backend = wasmBackend({ workerUrl, onWarning: (message) => warnings.push(message) });
  const loaded = await backend.load(weights, { threads: 2 });
  const { y } = await (await loaded.compile(graph)).run({ x: input });
  expect(y.data).toEqual(await runWith(1, 2));
  expect(warnings).toEqual([expect.stringMatching(/^no worker could start \(.*no-such-worker/)]);
  await loaded.dispose();
});

test("disposing in mid-run rejects the run, and what is called afterwards, with a DisposedError", async () => {
  const { graph, weights, input } = example(8);
  const loaded = await wasmBackend().load(weights, { threads: 2 });
  const executable = await loaded.compile(graph);
  const running = expect(executable.run({ x: input })).rejects.toThrow(DisposedError);
  await loaded.dispose();
  await running;
  await expect(executable.run({ x: input })).rejects.toThrow(DisposedError);
  await expect(loaded.compile(graph)).rejects.toThrow(DisposedError);
});

test("a number of threads that is none is a UsageError", async () => {
  for (const threads of [0, -1, 1.5, Number.NaN, 1000]) {
    await expect(wasmBackend().load(new Map(), { threads })).rejects.toThrow(UsageError);
  }
});

test("an aborted load rejects with the signal's reason", async () => {
  const reason = new Error("changed my mind");
  const controller = new AbortController();
  const loading = wasmBackend().load(example(1).weights, { threads: 2, signal: controller.signal });
  controller.abort(reason);
  await expect(loading).rejects.toBe(reason);
});

test("an idle engine does not keep the process alive, and a busy one does", async () => {
  const { execFileSync } = await import("node:child_process");
  const script = `
    import { wasmBackend } from ${JSON.stringify(new URL("../../dist/backend/wasm/wasm.js", import.meta.url).href)};
    const value = (name) => ({ name, shape: [1, 4] });
    const graph = { inputs: [value("x")], parameters: [], outputs: ["y"], values: new Map([["y", value("y")]]),
      ops: [{ op: "activate", x: "x", activation: "relu", y: "y" }] };
    const loaded = await wasmBackend().load(new Map(), { threads: 2 });
    const { y } = await (await loaded.compile(graph)).run({ x: { shape: [1, 4], data: Float32Array.of(-1, 2, -3, 4) } });
    console.log([...y.data].join());`;
  const output = execFileSync(process.execPath, ["--input-type=module", "-e", script], { timeout: 20_000 });
  expect(output.toString().trim()).toBe("0,2,0,4");
});

test("who awaits the disposal of a busy or an idle engine has the process wait for it", async () => {
  const { execFileSync } = await import("node:child_process");
  const script = `
    import { wasmBackend } from ${JSON.stringify(new URL("../../dist/backend/wasm/wasm.js", import.meta.url).href)};
    const value = (name) => ({ name, shape: [1, 500, 500, 8] });
    const graph = { inputs: [value("x")], parameters: [], outputs: ["y"], values: new Map([["y", value("y")]]),
      ops: [{ op: "activate", x: "x", activation: "silu", y: "y" }] };
    for (const isBusy of [true, false]) {
      const loaded = await wasmBackend().load(new Map(), { threads: 2 });
      const executable = await loaded.compile(graph);
      const running = executable.run({ x: { shape: [1, 500, 500, 8], data: new Float32Array(2e6) } }).catch(() => {});
      if (!isBusy) await running;
      await loaded.dispose();
      console.log(isBusy ? "busy" : "idle");
    }`;
  for (let repeat = 0; repeat < 5; repeat++) {
    const output = execFileSync(process.execPath, ["--input-type=module", "-e", script], { encoding: "utf8" });
    expect(output).toBe("busy\nidle\n");
  }
});
