// The onnx backend without padded channels; with them in onnx.test.ts.

import { onnxruntime } from "./onnx/runtime.ts";
import { onnxConformance } from "./onnx/suite.ts";

if ((await onnxruntime()) !== undefined) onnxConformance("none");
