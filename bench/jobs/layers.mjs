// One network on one thread, every kernel call timed: node jobs/layers.mjs ROW-AS-JSON. Looks inside dist/: a call belongs
// to the op whose kernel it is, counted in order.

import { architectureOf, cost, layers } from "effnet/architecture";
import { compileKernels, compileWide } from "../../dist/backend/wasm/compiler.node.js";
import { Engine } from "../../dist/backend/wasm/engine.js";
import { kernelBytes } from "../../dist/backend/wasm/kernels.js";
import { buildGraph } from "../../dist/graph/build.js";
import { optimize } from "../../dist/graph/passes.js";
import { checkLogits, goldenCase } from "../golden.mjs";
import { median } from "../median.mjs";
import { compileProbe } from "../probe.mjs";

const row = JSON.parse(process.argv[2]);
const RUNS = 10; // a round
const GEMMS = ["expand", "project", "head"];
const KERNELS = {
  convolution: ["convolution"],
  depthwise: ["depthwise"],
  linear: ["linear"],
  norm: ["affine"],
  activate: ["activateMap"],
  meanPool: ["meanPool"],
  gate: ["gate"],
  add: ["add"],
};
const HELPERS = ["clearBorder", "rowSums"]; // counted with the op that follows

const module = row.mode === "wide" ? compileWide() : compileKernels(kernelBytes(row.mode, true));
if (typeof module === "string") throw new Error(`layers: ${module}`);
const timed = timedInstances();
const { weights, input, logits } = goldenCase(row);
const architecture = architectureOf(row.network);
const graph = optimize(buildGraph(architecture, { batch: 1, height: row.side, width: row.side, outputs: "logits" }));
const kinds = new Map(graph.ops.map((op) => [op, kindOf(op, graph)]));
// ReLU costs next to nothing: what is left of a convolution's call is its GEMM. Without any, numbers would soon be denormal.
const bare = {
  ...graph,
  ops: graph.ops.map((op) => (isGemm(op) ? { ...op, activation: op.activation && "relu" } : op)),
};
for (const [i, op] of bare.ops.entries()) kinds.set(op, kinds.get(graph.ops[i]));

const probe = compileProbe(row.mode);
const memory = new WebAssembly.Memory({ initial: 1, maximum: 65536, shared: true });
const engine = new Engine({ module, memory, cells: null, thread: 0, threads: 1, spins: 0 });
engine.load(weights);
const programs = [graph, bare].map((ops, key) => {
  const { packing } = engine.compile(key, ops);
  if (packing !== null) engine.pack(packing);
  return { key, ops, outputs: engine.freshOutputs(key), rounds: [] };
});
const arenas = engine.arenas;
const peaks = [];
for (const { key, outputs } of programs)
  for (let i = 0; i < RUNS; i++) engine.run(key, arenas, { input: input.data }, outputs);
engine.run(0, arenas, { input: input.data }, programs[0].outputs);
checkLogits(Object.values(programs[0].outputs)[0], logits);

for (let round = 0; round < row.rounds; round++) {
  peaks.push(probe.flops / elapsed(probe.run) / 1e6);
  for (const { key, ops, outputs, rounds } of programs) {
    const runs = [];
    for (let i = 0; i < RUNS; i++) {
      timed.start();
      const ms = elapsed(() => engine.run(key, arenas, { input: input.data }, outputs));
      runs.push({ ms, kinds: byKind(timed.stop(), ops) });
    }
    rounds.push(...runs);
  }
}

const peak = Math.max(...peaks);
const [whole, gemms] = programs.map(({ ops, rounds }) => summary(ops, rounds));
const bareGemms = gemms.filter(({ kind }) => GEMMS.includes(kind));
const totalMs = median(programs[0].rounds.map(({ ms }) => ms));
const { macs } = cost(layers(architecture, { height: row.side, width: row.side }));
process.send({
  peak,
  totalMs,
  share: (2 * macs) / totalMs / 1e6 / peak,
  kinds: whole,
  gemm: rated({ kind: "GEMM, ReLU for SiLU", ms: sum(bareGemms, "ms"), flops: sum(bareGemms, "flops") }),
  gemmKinds: bareGemms,
});

/** What a call computes for: the names of the ops say where they stand. */
function kindOf(op, { ops, values }) {
  if (op.op === "depthwise") return "depthwise";
  if (op.op === "convolution") {
    if (op === ops[0]) return "stem";
    if (values.get(op.y).name.startsWith("blocks.")) return op.activation === null ? "project" : "expand";
    return "head";
  }
  if (op.y.startsWith("blocks.")) return op.op === "add" ? "project" : "squeeze/excite";
  return op.op === "linear" ? "classifier" : "pool";
}

function isGemm(op) {
  return op.op === "convolution";
}

function hasWeights(op) {
  return op.op === "convolution" || op.op === "depthwise" || op.op === "linear";
}

function flopsOf(op, { values, parameters }) {
  if (!hasWeights(op)) return 0;
  const y = values.get(op.y).shape;
  const weight = parameters.find(({ name }) => name === op.weight).shape; // OIHW or [o, i]
  return (2 * product(y) * product(weight)) / weight[0];
}

/** Milliseconds by kind. An op without a call of its own was fused into another; a convolution never is. */
function byKind(calls, { ops }) {
  const totals = {};
  let [next, pending] = [0, 0];
  for (const { kernel, ms } of calls) {
    pending += ms;
    if (HELPERS.includes(kernel)) continue;
    const at = ops.findIndex((op, i) => i >= next && KERNELS[op.op].includes(kernel));
    if (at < 0) throw new Error(`layers: the kernel ${kernel} is of no op that is left; see KERNELS`);
    if (ops.slice(next, at).some(hasWeights)) throw new Error(`layers: ${kernel} skips an op; see KERNELS`);
    next = at + 1;
    const kind = kinds.get(ops[at]);
    totals[kind] = (totals[kind] ?? 0) + pending;
    pending = 0;
  }
  return totals;
}

function summary(graph, rounds) {
  const names = [...new Set(graph.ops.map((op) => kinds.get(op)))];
  return names.map((kind) => {
    const ops = graph.ops.filter((op) => kinds.get(op) === kind);
    const flops = ops.reduce((all, op) => all + flopsOf(op, graph), 0);
    return rated({ kind, calls: ops.length, ms: median(rounds.map(({ kinds }) => kinds[kind] ?? 0)), flops });
  });
}

function rated(entry) {
  const gflops = entry.flops / entry.ms / 1e6;
  return { ...entry, gflops, share: gflops / peak };
}

/** Replaces WebAssembly.Instance by one whose exports note how long each call took, while noting is on. */
function timedInstances() {
  const { Instance } = WebAssembly;
  let calls = null;
  WebAssembly.Instance = function TimedInstance(...parts) {
    const exports = Object.entries(new Instance(...parts).exports).map(([kernel, call]) => {
      if (typeof call !== "function") return [kernel, call];
      return [
        kernel,
        (...operands) => {
          if (calls === null) return call(...operands);
          const start = performance.now();
          const result = call(...operands);
          calls.push({ kernel, ms: performance.now() - start });
          return result;
        },
      ];
    });
    return { exports: Object.fromEntries(exports) };
  };
  return {
    start: () => {
      calls = [];
    },
    stop: () => {
      const noted = calls;
      calls = null;
      return noted;
    },
  };
}

function elapsed(work) {
  const start = performance.now();
  work();
  return performance.now() - start;
}

function sum(entries, key) {
  return entries.reduce((all, entry) => all + entry[key], 0);
}

function product(shape) {
  return shape.reduce((all, side) => all * side, 1);
}
