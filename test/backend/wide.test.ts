import { expect, test } from "vitest";
import { compileKernels, compileWide } from "#effnet/backend/wasm/compiler.node.js";
import { isSupported, kernelBytes } from "#effnet/backend/wasm/kernels.js";
import { wasmBackend } from "#effnet/backend/wasm/wasm.js";
import { firstDifference } from "#effnet/backend/wasm/wide-check.js";
import { buildGraph } from "#effnet/graph/build.js";
import { optimize } from "#effnet/graph/passes.js";
import { goldenModel } from "./golden-models.ts";

const refused = compileWide();
const isHere = typeof refused !== "string";
if (!isHere) console.warn(`skipped: ${refused}; \`npm test\` runs it in Node 24`);

async function logitsOf(options: Parameters<typeof wasmBackend>[0], threads: number): Promise<number[]> {
  const { architecture, parameters, input } = goldenModel("efficientnet_b1_pruned-97x131");
  const [batch, height, width] = input.shape;
  const weights = await wasmBackend(options).load(parameters, { threads });
  const executable = await weights.compile(
    optimize(buildGraph(architecture, { batch, height, width, outputs: "logits" })),
  );
  const { logits } = await executable.run({ input });
  await weights.dispose();
  return [...logits.data];
}

test.skipIf(!isHere)("widened kernels give the bits of mode relaxed, with any number of threads", async () => {
  const relaxed = await logitsOf({ mode: "relaxed" }, 1);
  const warnings: string[] = [];
  const wide = { wide: true, onWarning: (message: string) => warnings.push(message) };
  expect(await logitsOf(wide, 1)).toEqual(relaxed);
  expect(await logitsOf(wide, 2)).toEqual(relaxed);
  expect(warnings).toEqual([]);
});

test.skipIf(!isHere)("a check that fails refuses the widened kernels with its reason", () => {
  expect(compileWide(() => "widened, linear gives other bits")).toBe("widened, linear gives other bits");
});

test.skipIf(!isHere)("the check finds kernels that do something else, and ones that are no faster", () => {
  const relaxed = compileKernels(kernelBytes("relaxed", true));
  const simd = compileKernels(kernelBytes("simd", true));
  expect(firstDifference(relaxed, simd)).toBe("widened, convolution gives other bits");
  expect(firstDifference(relaxed, relaxed)).toMatch(/^widening gains nothing on this processor/);
});

test.skipIf(!isHere)("widening leaves V8's flags as they were: what is compiled next is narrow", () => {
  expect(typeof compileWide()).not.toBe("string");
  const again = compileKernels(kernelBytes("relaxed", true));
  expect(firstDifference(again, again)).toMatch(/gains nothing/);
});

test.skipIf(isHere)("where nothing can be widened, wide warns and computes the default mode's bits", async () => {
  const warnings: string[] = [];
  const wide = { wide: true, onWarning: (message: string) => warnings.push(message) };
  const plain = await logitsOf({}, 1);
  expect(await logitsOf(wide, 1)).toEqual(plain);
  expect(warnings).toEqual([`wide: ${refused}. Computing in mode ${isSupported("relaxed") ? "relaxed" : "simd"}.`]);
});

test("mode simd cannot be widened, and says so", async () => {
  const warnings: string[] = [];
  await logitsOf({ mode: "simd", wide: true, onWarning: (message) => warnings.push(message) }, 1);
  expect(warnings).toEqual(["wide: it widens mode relaxed. Computing in mode simd."]);
});
