// The tiny networks of test/golden/pruning, with their formula weights, pictures and labels.

import { readFileSync } from "node:fs";
import type { Architecture, Block } from "#effnet/architecture/architecture.js";
import { readBlockString, type StageSpec } from "#effnet/architecture/block-string.js";
import { roundChannels, roundHalfEven } from "#effnet/architecture/rounding.js";
import { tensorSpecs } from "#effnet/architecture/tensors.js";
import { elements, type StateDict, type Tensor } from "#effnet/tensor.js";
import { s, u } from "../golden/pruning/formula.ts";

export const TINY = ["v1", "v2"] as const;
export type TinyName = (typeof TINY)[number];

export const SIDE = 16; // pixels
export const SAMPLES = 6;
export const CLASSES = 5;

/** How the golden files describe a network. */
export interface TinySpec {
  readonly stem: number;
  readonly features: number;
  /** Block strings, one list a stage. */
  readonly arch: readonly (readonly string[])[];
}

// biome-ignore format: columns
const SPECS: Readonly<Record<TinyName, TinySpec>> = {
  /** A ds block with a skip: a depthwise convolution inside the stream. */
  v1: { stem: 12, features: 24, arch: [["ds_r2_k3_s1_e1_c8_se0.25"], ["ir_r2_k3_s2_e3_c12_se0.25"], ["ir_r2_k5_s2_e3_c16_se0.25"]] },
  /** A skip over the first block: stem and stage 0 share a stream. */
  v2: { stem: 8, features: 24, arch: [["cn_r2_k3_s1_e1_c8_skip"], ["er_r2_k3_s2_e2_c12"], ["ir_r2_k3_s2_e3_c16_se0.25"]] },
};

/** A file of test/golden/pruning. */
export function golden<T>(file: string): T {
  return JSON.parse(readFileSync(new URL(`../golden/pruning/${file}`, import.meta.url), "utf8")) as T;
}

/** Widths of stages are not rounded, expanded widths are; a squeeze is a quarter of the block's input. */
export function tinyNetwork(name: TinyName, spec: TinySpec = SPECS[name]): Architecture {
  let entering = spec.stem;
  const stages = spec.arch.map(([text]) => {
    const stage = readBlockString(text);
    return Array.from({ length: stage.repeats }, (_, index) => {
      const block = blockOf(stage, index, entering);
      entering = block.out;
      return block;
    });
  });
  return {
    name,
    inChannels: 3,
    classes: CLASSES,
    stem: { width: spec.stem, kernel: 3, stride: 2 },
    stages,
    head: { width: spec.features },
    activation: "silu",
    norm: { epsilon: 1e-5, momentum: 0.1 },
    padding: "symmetric",
  };
}

function blockOf(
  { kind, kernel, stride: first, out, expansion, squeeze, maySkip }: StageSpec,
  index: number,
  entering: number,
): Block {
  const stride = index === 0 ? first : 1;
  const common = { kernel, stride, out, hasSkip: maySkip && stride === 1 && entering === out };
  const expanded = roundChannels(entering * expansion, 1, 0.9);
  const squeezed = squeeze === 0 ? null : roundHalfEven(entering * squeeze);
  switch (kind) {
    case "ds":
      return { kind, ...common, squeeze: squeezed };
    case "ir":
      return { kind, ...common, expanded, squeeze: squeezed };
    case "er":
      return { kind, ...common, expanded };
    case "cn":
      return { kind, ...common };
  }
}

/** Formula values, rounded to float32; batch counters are 0. */
export function formulaStateDict(a: Architecture): StateDict {
  return new Map(
    tensorSpecs(a).map(({ name, shape, role }) => {
      const data = new Float32Array(elements(shape));
      if (role === "num_batches_tracked") return [name, { shape, data }];
      const scaled = scaling(name, shape);
      for (let i = 0; i < data.length; i++) data[i] = scaled(s(name, i));
      return [name, { shape, data }];
    }),
  );
}

function scaling(name: string, shape: readonly number[]): (value: number) => number {
  const [layer, leaf] = name.split(".").slice(-2);
  if (layer.startsWith("bn")) {
    return leaf === "weight" || leaf === "running_var" ? (value) => 1 + 0.25 * value : (value) => 0.1 * value;
  }
  if (shape.length === 4) {
    const bound = Math.sqrt(6 / (shape[1] * shape[2] * shape[3]));
    return (value) => value * bound;
  }
  if (shape.length === 2) {
    const bound = Math.sqrt(3 / shape[1]);
    return (value) => value * bound;
  }
  return (value) => 0.1 * value;
}

/** `[6, 16, 16, 3]`, float64. */
export function tinyPictures(): Tensor {
  const shape = [SAMPLES, SIDE, SIDE, 3];
  return { shape, data: Float64Array.from({ length: elements(shape) }, (_, i) => s("pruning.image", i)) };
}

/** Class of each picture. */
export function tinyLabels(): number[] {
  return Array.from({ length: SAMPLES }, (_, n) => u("pruning.label", n) % CLASSES);
}
