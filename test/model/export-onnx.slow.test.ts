// Every golden network as an ONNX file; export-onnx.test.ts runs three of them.

import { expect, test } from "vitest";
import { difference, largest, worst } from "../backend/compare.ts";
import { GOLDEN_MODELS } from "../backend/golden-models.ts";
import { check, pythonWithOnnx } from "../backend/onnx/checker.ts";
import { goldenFile, outputOf, plainAndAligned } from "../backend/onnx/golden-files.ts";
import { onnxruntime } from "../backend/onnx/runtime.ts";

const ort = await onnxruntime();
const python = pythonWithOnnx();

test.skipIf(ort === undefined).each(GOLDEN_MODELS)(
  "%s: timm's logits within 1e-4 of the largest, plain and aligned, those two within 1e-5, float16 weights within 1e-2",
  async (name) => {
    const here = ort as NonNullable<typeof ort>;
    const { plain, aligned, golden } = await plainAndAligned(here, name);
    const halfFile = await goldenFile(golden, { half: true });
    const half = await outputOf(here, halfFile, golden.input);
    const share = (a: typeof plain, b: typeof plain): string =>
      (worst(a, b).by / largest(golden.logits)).toExponential(1);
    console.info(
      `${name}: plain ${share(plain, golden.logits)}, aligned ${share(aligned, golden.logits)}, apart ${share(aligned, plain)}, half ${share(half, golden.logits)}`,
    );
    expect(difference(plain, golden.logits, { relative: 1e-4 })).toBeNull();
    expect(difference(aligned, golden.logits, { relative: 1e-4 })).toBeNull();
    expect(difference(aligned, plain, { relative: 1e-5 })).toBeNull();
    expect(difference(half, golden.logits, { relative: 1e-2 })).toBeNull();
    if (python !== undefined) check(python, { half: halfFile, any: await goldenFile(golden, { inputSize: "any" }) });
  },
);
