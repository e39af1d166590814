// The suite of every backend, as the onnx backend runs it.

import type { Align } from "#effnet/backend/onnx/align.js";
import { onnxBackend } from "#effnet/backend/onnx/onnx.js";
import { conformance } from "../conformance.ts";

const SIGMOID = {
  test: "no activation makes a denormal of a number of 1e-30 or more, and small results are right",
  reason: "onnxruntime's sigmoid is right to 1e-7, but not to 1e-5 of itself where it is small",
};

export function onnxConformance(align: Align): void {
  const backend = { ...onnxBackend({ align }), name: `onnx, align ${align}` };
  conformance(backend, { tolerance: { relative: 1e-5, absolute: 1e-6 }, threads: 1, skip: [SIGMOID] }); // float32
}
