// The golden networks as ONNX files, and what onnxruntime makes of them.

import type { PretrainedConfig } from "#effnet/architecture/architecture.js";
import { type ExportOptions, exportOnnx } from "#effnet/onnx.js";
import type { Tensor } from "#effnet/tensor.js";
import { type GoldenModel, goldenModel } from "../golden-models.ts";
import { type Onnxruntime, Ran, toNchw } from "./runtime.ts";

/** A golden network's file; the config has the input's size, and timm's numbers. */
export function goldenFile(golden: GoldenModel, options: ExportOptions): Promise<Uint8Array> {
  const { architecture, parameters } = golden;
  return exportOnnx({ architecture, stateDict: parameters, config: configOf(golden) }, options);
}

export function configOf({ architecture, input }: GoldenModel): PretrainedConfig {
  const [, height, width, channels] = input.shape;
  return {
    inputSize: { channels, height, width },
    interpolation: "bicubic",
    cropPct: 0.875,
    cropMode: "center",
    mean: [0.485, 0.456, 0.406],
    std: [0.229, 0.224, 0.225],
    classes: architecture.classes,
  };
}

/** The one output that a file gives for an input `[n, h, w, c]`. */
export async function outputOf(ort: Onnxruntime, file: Uint8Array, input: Tensor): Promise<Tensor> {
  const ran = await Ran.open(ort, file);
  try {
    const { shape, data } = toNchw(input);
    const [output] = Object.values(await ran.run(data, shape));
    return output;
  } finally {
    await ran.close();
  }
}

/** What must be shown for every golden network. */
export interface Shown {
  /** Of the file without padded channels, against float64. */
  readonly plain: Tensor;
  readonly aligned: Tensor;
  readonly golden: GoldenModel;
}

export async function plainAndAligned(ort: Onnxruntime, name: string): Promise<Shown> {
  const golden = goldenModel(name);
  const { input } = golden;
  const plain = await outputOf(ort, await goldenFile(golden, { align: "none", inputSize: "any" }), input);
  const aligned = await outputOf(ort, await goldenFile(golden, { align: 8 }), input);
  return { plain, aligned, golden };
}
