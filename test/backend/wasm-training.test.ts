import { expect, test } from "vitest";
import { compileWide } from "#effnet/backend/wasm/compiler.node.js";
import { isSupported } from "#effnet/backend/wasm/kernels.js";
import { compileTrainingKernels } from "#effnet/backend/wasm/training/compiler.js";
import { firstTrainingDifference } from "#effnet/backend/wasm/training/wide-check.js";
import { type WasmOptions, wasmBackend } from "#effnet/backend/wasm/wasm.js";
import { CapacityError } from "#effnet/errors.js";
import { trainingGraph } from "#effnet/graph/training.js";
import type { TrainingGraph } from "#effnet/graph/training-ops.js";
import { elements, type StateDict } from "#effnet/tensor.js";
import { GraphMaker } from "./small-graphs.ts";
import { CASES, oneStep, trainingConformance } from "./training-conformance.ts";
import { trainingGolden } from "./training-golden.ts";

const here: Readonly<Record<string, WasmOptions | null>> = {
  simd: { mode: "simd" },
  relaxed: isSupported("relaxed") ? { mode: "relaxed" } : null,
  wide: typeof compileWide() === "string" ? null : { wide: true },
};

test("the check of widened kernels finds others that do something else", async () => {
  const [relaxed, simd] = await Promise.all((["relaxed", "simd"] as const).map((mode) => kernelsOf(mode)));
  expect(firstTrainingDifference(simd, simd)).toBe(null);
  if (isSupported("relaxed"))
    expect(firstTrainingDifference(relaxed, simd)).toBe("widened, weight gradient gives other bits");
});

function kernelsOf(mode: "relaxed" | "simd"): Promise<WebAssembly.Module> {
  return compileTrainingKernels(isSupported(mode) ? mode : "simd", false, true, undefined);
}

/** float32 against float64; the README of the golden files allows ten times as much for gradients. */
const tolerance = { losses: 1e-4, values: 1e-4, gradients: 1e-4, parameters: 1e-4, evaluation: 1e-2 };

for (const [mode, options] of Object.entries(here)) {
  if (options === null) {
    console.warn(`skipped: mode ${mode} is not in Node ${process.versions.node}; \`npm test\` runs it in Node 24`);
    continue;
  }
  for (const threads of [1, 2]) {
    trainingGolden({ ...wasmBackend(options), name: `wasm, ${mode}, ${threads} threads` }, { tolerance, threads });
  }
  trainingConformance({ ...wasmBackend(options), name: `wasm, ${mode}` }, 2);
  test(`wasm, ${mode}: 1, 2, 3 and 5 threads give the same bits`, async () => {
    for (const each of CASES.slice(0, 9)) {
      const one = await oneStep(wasmBackend(options), each, 1);
      for (const threads of [2, 3, 5]) expect(await oneStep(wasmBackend(options), each, threads)).toEqual(one);
    }
  });
}

test("a batch that 4 GiB do not hold is a CapacityError with its bytes, and the weights go on", async () => {
  const graph = (batch: number): TrainingGraph => {
    const make = new GraphMaker("large");
    const x = make.input([batch, 512, 512, 8], new Float32Array());
    const window = { kernel: 1, stride: 1, padding: "none", hasBias: false, activation: null, residual: null } as const;
    const y = make.norm(make.convolution(x, 8, window));
    const { graph: forward } = make.done(y);
    return trainingGraph(
      {
        ...forward,
        parameters: forward.parameters.map((each) => ({ ...each, source: { kind: "stored", tensor: each.name } })),
      },
      {
        losses: [{ op: "meanSquaredError", x: y, target: "target", weight: 1, y: "loss" }],
        learns: () => true,
        takesBatch: () => true,
        momentum: 0.1,
        masks: new Map(),
      },
    );
  };
  const options = {
    groups: [{ parameters: [...graph(1).gradients.keys()], weightDecay: 0 }],
    optimizer: { rule: "sgd", momentum: 0, isNesterov: false, isDecoupled: false },
    clip: null,
    hasAverage: false,
  } as const;
  const parameters: StateDict = new Map(
    graph(1).parameters.map(({ name, shape }) => [name, { shape, data: new Float32Array(elements(shape)).fill(0.5) }]),
  );
  const weights = await wasmBackend().load(parameters, { threads: 2 });
  const bytes = (await weights.trainingBytes?.(graph(600), options)) as number;
  expect(bytes).toBeGreaterThan(2 ** 32);
  const error = await weights.compileTraining(graph(600), options).catch((reason) => reason);
  expect(error).toBeInstanceOf(CapacityError);
  expect(error.bytes).toBe(bytes);
  expect(error.message).toContain("training with 600 pictures at once needs");
  await (await weights.compileTraining(graph(1), options)).dispose();
  await weights.dispose();
});
