// `effnet export … OUT.onnx`

import { extname } from "node:path";
import { UsageError } from "../errors.ts";
import { writeWhole } from "../run/partial.ts";
import type { Export } from "./export-target.ts";
import { versionsHere } from "./machine.ts";
import { openModel } from "./network.ts";
import { isWeightsFile } from "./network-file.ts";
import type { NetworkFlags } from "./options.ts";
import { shownText } from "./style.ts";

export const exportForOnnx: Export = async (session, source, out, flags) => {
  if (extname(out).toLowerCase() !== ".onnx") {
    throw new UsageError("out", `expected a name that ends with .onnx, got ${shownText(out)}.`);
  }
  const { exportOnnx } = await import("../model/export-onnx.ts");
  const { inputSize, batch, align, output, preprocess, softmax, half } = flags;
  const network = await networkOf(source, flags.model);
  const model = await openModel(session, { ...network, backend: "reference", wide: false });
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

/** A file with its network, or a network whose weights are fetched by its name. */
async function networkOf(source: string, model: string | undefined): Promise<Pick<NetworkFlags, "model" | "weights">> {
  if (model !== undefined) return { weights: source, model };
  return (await isWeightsFile(source)) ? { weights: source } : { model: source };
}

function sizeOf(size: { readonly height: number; readonly width: number } | "any"): string {
  return size === "any" ? "any size" : `${size.height}×${size.width}`;
}
