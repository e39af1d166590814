// A network with its numbers as an ONNX file, for every runtime that reads ONNX.

import type { Architecture, PretrainedConfig } from "../architecture/architecture.ts";
import { parseArchitecture } from "../architecture/parse.ts";
import { checkParameters } from "../backend/check.ts";
import { type Align, alignedWidths, multipleOf } from "../backend/onnx/align.ts";
import { withPixels, withProbabilities } from "../backend/onnx/ends.ts";
import { lower } from "../backend/onnx/lower.ts";
import { modelBytes } from "../backend/onnx/write.ts";
import { UsageError } from "../errors.ts";
import { buildGraph } from "../graph/build.ts";
import { optimize } from "../graph/passes.ts";
import { type Transform, transformFor } from "../image/preprocess.ts";
import type { StateDict } from "../tensor.ts";
import { narrowToFloat16 } from "../weights/half.ts";
import type { Model } from "./model.ts";

export type { Align } from "../backend/onnx/align.ts";

/** A network that no model was made of. */
export interface NetworkParts {
  readonly architecture: Architecture;
  readonly stateDict: StateDict;
  /** Preprocessing, for the metadata; default: timm's. */
  readonly config?: PretrainedConfig | undefined;
  /** One a class, for the metadata. */
  readonly labels?: readonly string[] | undefined;
}

export interface ExportOptions {
  /** Of the input, in pixels, one number being a square; `any`: known only when the model runs. Default: the config's. */
  readonly inputSize?: number | { readonly height: number; readonly width: number } | "any" | undefined;
  /** Pictures a run; default `any`. */
  readonly batch?: number | "any" | undefined;
  /** Pads channels with zeros up to a multiple: the same function, faster where widths are odd. Default `auto`. */
  readonly align?: Align | undefined;
  /** `logits`, the default; `embedding`, the pooled vectors; `features`, one map per resolution. */
  readonly output?: "logits" | "embedding" | "features" | undefined;
  /** Takes `pixels`, uint8 [n, h, w, c], instead of `input`, float32 [n, c, h, w], and normalises them. */
  readonly preprocess?: boolean | undefined;
  /** Gives `probabilities` instead of `logits`, at the temperature of the config. */
  readonly softmax?: boolean | undefined;
  /** Weights in float16 but for depthwise kernels and vectors: half the size. The arithmetic stays float32. */
  readonly half?: boolean | undefined;
  /** Of effnet, as the file's producer version. */
  readonly version?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * The bytes of an ONNX file (opset 17, IR 8): batch norm folded into the convolutions, labels and preprocessing in the
 * metadata. Input `input`, float32 [n, c, h, w]; output `logits`, [n, classes].
 * @throws FileError if the state dict does not fit the architecture; UsageError for a bad option; CapacityError above 2 GiB
 */
export async function exportOnnx(network: Model | NetworkParts, options: ExportOptions = {}): Promise<Uint8Array> {
  const { architecture, config, labels, stateDict } = await partsOf(network);
  const output = checkedOutput(options, architecture);
  const transform = transformOf(architecture, config, options);
  const { height, width } = transform;
  const batch = options.batch ?? "any";
  checkBatch(batch);
  const shape = { batch: batch === "any" ? 1 : batch, height, width };
  const graph = optimize(buildGraph(architecture, { ...shape, outputs: output }));
  checkParameters(graph, stateDict);

  let lowered = lower(graph, {
    widths: alignedWidths(graph, multipleOf(options.align ?? "auto")),
    layout: "nchw",
    batch: batch === "any" ? "any" : "fixed",
    size: options.inputSize === "any" ? architecture.padding : "fixed",
  });
  if (options.preprocess) lowered = withPixels(lowered, transform.mean, transform.std);
  if (options.softmax) lowered = withProbabilities(lowered, config?.temperature ?? 1);
  const title = {
    producer: "effnet",
    version: options.version ?? "",
    name: architecture.name,
    metadata: metadataOf(architecture, transform, labels, options),
  };
  return modelBytes(lowered, stateDict, title, {
    narrow: options.half ? halves : undefined,
    turn: async () => {
      await new Promise((resolve) => setTimeout(resolve, 0));
      options.signal?.throwIfAborted();
    },
  });
}

async function partsOf(network: Model | NetworkParts): Promise<NetworkParts> {
  if (typeof network.stateDict !== "function") {
    const { architecture, stateDict, config, labels } = network as NetworkParts;
    return { architecture: parseArchitecture(architecture, "architecture"), stateDict, config, labels };
  }
  const { architecture, config, labels, stateDict } = network as Model;
  return { architecture, config, labels, stateDict: await stateDict.call(network) };
}

function checkedOutput(
  { output = "logits", softmax, align }: ExportOptions,
  { classes }: Architecture,
): "logits" | "embedding" | "features" {
  if (!["logits", "embedding", "features"].includes(output)) {
    throw new UsageError("output", `expected logits, embedding or features, got ${output}.`);
  }
  if (align !== undefined && !["auto", "none", 8, 16].includes(align)) {
    throw new UsageError("align", `expected auto, none, 8 or 16, got ${align}.`);
  }
  if (softmax && (output !== "logits" || classes === 0)) {
    throw new UsageError("softmax", `expected a network with logits, got ${classes === 0 ? "0 classes" : output}.`);
  }
  return output;
}

/** @throws UsageError if the size or the numbers make no sense, or pixels have other channels than mean and std */
function transformOf(
  { inChannels }: Architecture,
  config: PretrainedConfig | undefined,
  { inputSize, preprocess }: ExportOptions,
): Transform {
  if (preprocess && inChannels !== 3) {
    throw new UsageError("preprocess", `expected a network of 3 input channels, got ${inChannels}. Leave it out.`);
  }
  return transformFor(config ?? {}, inputSize === "any" ? {} : { inputSize });
}

const LARGEST_BATCH = 2 ** 20; // more is a slip of the hand

function checkBatch(batch: number | "any"): void {
  if (batch === "any" || (Number.isInteger(batch) && batch >= 1 && batch <= LARGEST_BATCH)) return;
  throw new UsageError("batch", `expected any, or a whole number from 1 to ${LARGEST_BATCH}, got ${batch}.`);
}

/** What other programs need to prepare a picture and to name the answer; lists and records as JSON. */
function metadataOf(
  architecture: Architecture,
  { height, width, cropPct, cropMode, interpolation, mean, std }: Transform,
  labels: readonly string[] | undefined,
  { preprocess = false }: ExportOptions,
): Map<string, string> {
  const metadata = new Map([
    ["producer", "effnet"],
    ["architecture", architecture.name],
    ["effnet.architecture", JSON.stringify(architecture)],
  ]);
  const crop = { size: [height, width], crop_pct: cropPct, crop_mode: cropMode, interpolation };
  const numbers = architecture.inChannels === 3 ? { mean, std, normalized_in_graph: preprocess } : {};
  metadata.set("preprocess", JSON.stringify({ ...crop, ...numbers }));
  if (labels !== undefined && labels.length > 0) metadata.set("labels", JSON.stringify(labels));
  return metadata;
}

/** @throws UsageError if a value does not fit into float16 */
function halves(values: Float32Array, tensor: string): Uint16Array {
  const narrow = narrowToFloat16(values);
  const lost = narrow.findIndex((bits, i) => (bits & 0x7fff) === 0x7c00 && Number.isFinite(values[i]));
  if (lost < 0) return narrow;
  throw new UsageError("half", `tensor "${tensor}": ${values[lost]} is beyond float16's 65504. Export without half.`);
}
