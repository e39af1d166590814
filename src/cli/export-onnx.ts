// `effnet export … OUT.onnx`

import { extname } from "node:path";
import { UsageError } from "../errors.ts";
import { writeWhole } from "../run/partial.ts";
import type { Export } from "./export-target.ts";
import { versionsHere } from "./machine.ts";
import { openModel } from "./network.ts";
import { shownText } from "./style.ts";

export const exportForOnnx: Export = async (session, source, out, flags) => {
  if (extname(out).toLowerCase() !== ".onnx") {
    throw new UsageError("out", `expected a name that ends with .onnx, got ${shownText(out)}.`);
  }
  const { exportOnnx } = await import("../model/export-onnx.ts");
  const { model: name, inputSize, batch, align, output, preprocess, softmax, half } = flags;
  const network = { ...(name === undefined ? {} : { model: name }), backend: "reference", wide: false } as const;
  const model = await openModel(session, { ...network, weights: source });
  try {
    const bytes = await exportOnnx(model, {
      ...{ inputSize, batch, align, output, preprocess, softmax, half },
      version: versionsHere().effnet,
      signal: session.signal,
    });
    await writeWhole(out, bytes, session.signal);
    const remarks = [
      `${preprocess ? "pixels" : "input"} of ${sizeOf(inputSize ?? model.config.inputSize)}`,
      `batch ${batch}`,
      softmax ? "probabilities" : output,
    ];
    return { bytes: bytes.length, architecture: model.architecture.name, remarks };
  } finally {
    await model.dispose();
  }
};

function sizeOf(size: { readonly height: number; readonly width: number } | "any"): string {
  return size === "any" ? "any size" : `${size.height}×${size.width}`;
}
