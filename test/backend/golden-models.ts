// The golden networks of test/golden/models as things to run and to compare: architecture, numbers, input, expectations.

import { readdirSync, readFileSync } from "node:fs";
import type { Architecture } from "#effnet/architecture/architecture.js";
import { architectureOf } from "#effnet/architecture/build.js";
import type { ModelName } from "#effnet/architecture/rows.js";
import { tensorSpecs } from "#effnet/architecture/tensors.js";
import type { Backend } from "#effnet/backend/backend.js";
import { buildGraph } from "#effnet/graph/build.js";
import { optimize } from "#effnet/graph/passes.js";
import type { StateDict, Tensor } from "#effnet/tensor.js";
import { formulaEntry, formulaInput, type VarianceExponents } from "../golden/formula.ts";

/** What is known of one map or vector: its moments, and `values` at the flat indices `at`. */
export interface Sample {
  readonly shape: readonly number[];
  readonly mean: number;
  /** Of the population. */
  readonly std: number;
  readonly min: number;
  readonly max: number;
  readonly at: readonly number[];
  readonly values: readonly number[];
}

export interface GoldenModel {
  readonly architecture: Architecture;
  readonly parameters: StateDict;
  /** `[n, h, w, c]` */
  readonly input: Tensor;
  /** `[n, classes]` */
  readonly logits: Tensor;
  /** By the names of a graph's results: `embedding`, `bn1`, `blocks.S.B`, `bn2`. */
  readonly samples: ReadonlyMap<string, Sample>;
  /** By the names of `outputs: "features"`, `blocks.S`; empty where the case has none. */
  readonly features: ReadonlyMap<string, Sample>;
}

/** What a file holds, as far as it is read here. */
interface GoldenFile {
  readonly seed: number;
  readonly model: ModelName;
  readonly numClasses: number;
  readonly inChannels: number;
  readonly inputShape: readonly number[];
  readonly varianceExponents: VarianceExponents;
  readonly logits_float64: readonly (readonly number[])[];
  readonly preLogits: Sample;
  readonly stages: readonly (Sample & { readonly name: string })[];
  readonly features?: readonly (Sample & { readonly module: string })[];
}

const FOLDER = new URL("../golden/models/", import.meta.url);

/** Names of all cases, e.g. `efficientnet_b0-224`. */
export const GOLDEN_MODELS: readonly string[] = readdirSync(FOLDER)
  .filter((file) => file.endsWith(".json"))
  .map((file) => file.slice(0, -".json".length))
  .sort();

/** Reads a case and makes its weights and input from the formula. */
export function goldenModel(name: string): GoldenModel {
  const file: GoldenFile = JSON.parse(readFileSync(new URL(`${name}.json`, FOLDER), "utf8"));
  const { seed, numClasses, inChannels, inputShape, varianceExponents, stages, features = [] } = file;
  const architecture = architectureOf(file.model, { classes: numClasses, inChannels });
  return {
    architecture,
    parameters: new Map(
      tensorSpecs(architecture).map((spec) => [
        spec.name,
        formulaEntry(seed, spec.name, spec.shape, varianceExponents),
      ]),
    ),
    input: formulaInput(seed, inputShape),
    logits: { shape: [inputShape[0], numClasses], data: Float64Array.from(file.logits_float64.flat()) },
    samples: new Map([...stages.map((stage) => [stage.name, stage] as const), ["embedding", file.preLogits]]),
    features: new Map(features.map((feature) => [feature.module, feature])),
  };
}

/** Every sampled value and the logits, in one run of the optimised graph. */
export async function runGolden(golden: GoldenModel, backend: Backend): Promise<Record<string, Tensor>> {
  const { architecture, parameters, input, samples } = golden;
  const [batch, height, width] = input.shape;
  const weights = await backend.load(parameters);
  try {
    const outputs = [...samples.keys(), "logits"];
    const executable = await weights.compile(optimize(buildGraph(architecture, { batch, height, width, outputs })));
    return await executable.run({ input });
  } finally {
    await weights.dispose();
  }
}

/** The result that is feature `blocks.S`, among those of `runGolden`: the last block of the stage. */
export function featureResult(module: string, { stages }: Architecture): string {
  return `${module}.${stages[Number(module.split(".")[1])].length - 1}`;
}

/** The largest absolute difference between what is known and what came: of mean, std, min, max and all values. */
export function sampleDifference(got: Tensor, expected: Sample): number {
  if (got.shape.join() !== expected.shape.join()) return Number.POSITIVE_INFINITY;
  const values = expected.at.map((at) => got.data[at]);
  const { mean, std, min, max } = momentsOf(got.data);
  const pairs = [
    [mean, expected.mean],
    [std, expected.std],
    [min, expected.min],
    [max, expected.max],
    ...values.map((value, i) => [value, expected.values[i]]),
  ];
  return Math.max(...pairs.map(([a, b]) => Math.abs(a - b)));
}

function momentsOf(data: Float32Array | Float64Array): Pick<Sample, "mean" | "std" | "min" | "max"> {
  let [sum, min, max] = [0, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of data) {
    sum += value;
    min = Math.min(min, value);
    max = Math.max(max, value);
  }
  const mean = sum / data.length;
  let squares = 0;
  for (const value of data) squares += (value - mean) ** 2;
  return { mean, std: Math.sqrt(squares / data.length), min, max };
}
