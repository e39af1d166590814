import { expect, test } from "vitest";
import { compileWide } from "#effnet/backend/wasm/compiler.node.js";
import { isSupported } from "#effnet/backend/wasm/kernels.js";
import { compileTrainingKernels } from "#effnet/backend/wasm/training/kernels.js";
import { firstTrainingDifference } from "#effnet/backend/wasm/training/wide-check.js";
import { type WasmOptions, wasmBackend } from "#effnet/backend/wasm/wasm.js";
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
