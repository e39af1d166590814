// A training step of one network, AdamW and a running average, time per step and by kernel:
//   node jobs/training-step.mjs '{"network":"efficientnet_b0","side":224,"batch":8,"mode":"wide","threads":2,"steps":12}'
// With threads 1 every kernel call is timed, too; looks inside dist/. The first step touches fresh memory and is not counted.

import { compileTrainingKernels } from "../../dist/backend/wasm/training/compiler.js";
import { TrainingEngine } from "../../dist/backend/wasm/training/engine.js";
import { wasmBackend } from "../../dist/backend/wasm/wasm.js";
import { median } from "../median.mjs";
import { buildProbes, compileProbe } from "../probe.mjs";
import { batchOf, initialised, optionsFor, stepOf } from "../training.mjs";

const row = {
  network: "efficientnet_b0",
  side: 224,
  batch: 8,
  mode: "wide",
  threads: 2,
  steps: 12,
  ...JSON.parse(process.argv[2] ?? "{}"),
};
const graph = stepOf(row);
const weights = initialised(row.network);
const options = optionsFor(graph);
const inputs = batchOf(row);
const report = row.threads === 1 && !row.isWhole ? await byKernel() : await byTeam();
if (process.send) process.send(report);
else print(report);

/** Through the backend, from the caller's thread and back. */
async function byTeam() {
  const backend = wasmBackend(row.mode === "wide" ? { wide: true, onWarning: console.error } : { mode: row.mode });
  const loaded = await backend.load(weights, { threads: row.threads });
  const trainer = await loaded.compileTraining(graph, options);
  const times = [];
  const losses = [];
  for (let step = 1; step <= row.steps; step++) {
    const start = performance.now();
    const { loss } = await trainer.accumulate(inputs);
    await trainer.update({ step, rates: [1e-4], averageDecay: 0.99 });
    times.push(performance.now() - start);
    losses.push(loss.data[0]);
  }
  await loaded.dispose();
  const megabytes = process.memoryUsage().rss / 2 ** 20;
  return { ...summary(times), losses: [losses[0], losses.at(-1)], megabytes };
}

/** In this thread, with every call timed. */
async function byKernel() {
  await buildProbes([row.mode]);
  const probe = compileProbe(row.mode);
  const calls = timedCalls();
  const module = await compileTrainingKernels(row.mode === "wide" ? "relaxed" : row.mode, row.mode === "wide", true);
  const memory = new WebAssembly.Memory({ initial: 1, maximum: 65536, shared: true });
  const engine = new TrainingEngine({ module, memory, cells: null, thread: 0, threads: 1, spins: 0 }, graph, options);
  engine.fill(weights);
  const batch = Object.fromEntries(Object.entries(inputs).map(([name, { data }]) => [name, data]));
  const outputs = engine.freshOutputs();
  const times = [];
  const steps = [];
  let peak = 0;
  for (let step = 1; step <= row.steps; step++) {
    peak = Math.max(peak, probe.flops / elapsed(probe.run) / 1e6);
    calls.clear();
    const start = performance.now();
    engine.accumulate(batch, outputs, true);
    engine.update({ step, rates: [1e-4], averageDecay: 0.99 }, 1);
    times.push(performance.now() - start);
    steps.push(new Map([...calls].map(([kernel, { ms, count }]) => [kernel, { ms, count }])));
  }
  const names = [...steps.at(-1).keys()];
  const kernels = names.map((kernel) => {
    const { count } = steps.at(-1).get(kernel);
    return { kernel, count, ms: median(steps.slice(1).map((step) => step.get(kernel).ms)) };
  });
  const flops = flopsOf(graph);
  const rated = kernels.map((entry) => {
    const gflops = (flops[entry.kernel] ?? 0) / entry.ms / 1e6;
    return { ...entry, gflops, share: gflops / peak };
  });
  return { ...summary(times), peak, kernels: rated.sort((a, b) => b.ms - a.ms), bytes: engine.bytes };
}

/** Two operations a multiply-add, by the kernel that does them. */
function flopsOf({ ops, values, parameters, inputs: given }) {
  const shapes = new Map([...given, ...parameters, ...values.values()].map(({ name, shape }) => [name, shape]));
  const product = (shape) => shape.reduce((all, side) => all * side, 1);
  const flops = {};
  const add = (kernel, weight, y) => {
    const shape = shapes.get(weight);
    flops[kernel] = (flops[kernel] ?? 0) + (2 * product(shapes.get(y)) * product(shape)) / shape[0];
  };
  const made = new Map(ops.map((op) => [op.y, op]));
  for (const op of ops) {
    if (op.op === "convolution" || op.op === "linear") add("convolution", op.weight, op.y);
    if (op.op === "convolutionInputGradient" || op.op === "linearInputGradient") add("convolution", op.weight, op.g);
    if (op.op === "convolutionWeightGradient" || op.op === "linearWeightGradient") add("weightGradient", op.y, op.g);
    if (op.op === "depthwise") add("depthwise", op.weight, op.y);
    if (op.op === "depthwiseInputGradient") add("depthwiseInputGradient", op.weight, op.g);
    if (op.op === "depthwiseWeightGradient") add("depthwiseWeightGradient", op.y, op.g);
  }
  return made.size === 0 ? {} : flops;
}

function timedCalls() {
  const { Instance } = WebAssembly;
  const calls = new Map();
  WebAssembly.Instance = function TimedInstance(...parts) {
    const exports = Object.entries(new Instance(...parts).exports).map(([kernel, call]) => [
      kernel,
      (...operands) => {
        const start = performance.now();
        const result = call(...operands);
        const entry = calls.get(kernel) ?? { ms: 0, count: 0 };
        entry.ms += performance.now() - start;
        entry.count++;
        calls.set(kernel, entry);
        return result;
      },
    ]);
    return { exports: Object.fromEntries(exports) };
  };
  return calls;
}

function summary(times) {
  const counted = times.slice(1);
  return { row, first: times[0], median: median(counted), best: Math.min(...counted) };
}

function elapsed(work) {
  const start = performance.now();
  work();
  return performance.now() - start;
}

function print({ kernels = [], ...rest }) {
  console.log(JSON.stringify(rest));
  for (const { kernel, count, ms, gflops, share } of kernels) {
    const rate = gflops > 0 ? `${gflops.toFixed(0)} GF, ${(100 * share).toFixed(0)} % of the peak` : "";
    console.log(kernel.padEnd(28), String(count).padStart(7), ms.toFixed(2).padStart(9), rate);
  }
}
