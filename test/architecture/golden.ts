// The golden files of test/golden/family, typed.

import { readFileSync } from "node:fs";
import type { ModelName } from "#effnet/architecture/index.js";

type BlockRow = readonly [
  stage: number,
  block: number,
  kind: "ds" | "ir" | "er" | "cn",
  kernel: number,
  stride: number,
  entering: number,
  expanded: number | null,
  out: number,
  squeeze: number | null,
  skip: 0 | 1,
];

export interface GoldenTag {
  readonly url?: string;
  readonly hf_hub_id?: string;
  readonly input_size: readonly [channels: number, height: number, width: number];
  readonly test_input_size?: readonly [channels: number, height: number, width: number];
  readonly interpolation: string;
  readonly crop_pct: number;
  readonly test_crop_pct?: number;
  readonly crop_mode: string;
  readonly mean: readonly number[];
  readonly std: readonly number[];
  readonly num_classes: number;
  readonly default: boolean;
  readonly has_weights: boolean;
  readonly results?: readonly (readonly [
    csv: number,
    size: number,
    top1: number,
    top5: number,
    cropPct: number,
    interpolation: string,
  ])[];
}

export interface GoldenModel {
  readonly width: number;
  readonly depth: number | readonly number[];
  readonly arch: readonly string[];
  readonly act: string;
  readonly bn_eps: number;
  readonly bn_momentum: number;
  readonly padding: string;
  readonly stem: number;
  readonly head: number;
  readonly blocks: readonly BlockRow[];
  readonly input_size: number;
  readonly num_classes: number;
  readonly params: number;
  readonly params_without_classifier: number;
  readonly buffers: number;
  readonly macs: number;
  readonly activations: number;
  readonly tensors: number;
  readonly tensor_bytes: number;
  readonly features: readonly {
    readonly module: string;
    readonly stage: number;
    readonly reduction: number;
    readonly channels: number;
  }[];
  readonly default_tag: string;
  readonly tags: Readonly<Record<string, GoldenTag>>;
}

interface GoldenFamily {
  readonly excluded: Readonly<Record<string, string>>;
  readonly deprecated: Readonly<Record<string, string>>;
  readonly csvs: readonly string[];
  readonly model_cards: readonly {
    readonly card: string;
    readonly model: ModelName;
    readonly counted_at: readonly [height: number, width: number];
    readonly flops: number;
    readonly file_size: number;
  }[];
  readonly models: Readonly<Record<ModelName, GoldenModel>>;
}

type LayerRow = readonly [
  name: string,
  op: string,
  input: readonly number[] | null,
  output: readonly number[],
  kernel: number | null,
  stride: number | null,
  padding: readonly number[] | null,
  groups: number | null,
  params: number,
  macs: number,
];

interface GoldenLayers {
  readonly models: Readonly<
    Record<string, { readonly input: readonly [number, number, number]; readonly layers: readonly LayerRow[] }>
  >;
}

export const family = read("models.json") as GoldenFamily;
export const golden = Object.entries(family.models) as [ModelName, GoldenModel][];
export const goldenLayers = Object.entries((read("layers.json") as GoldenLayers).models);
export const goldenCards = (read("model-cards.json") as { readonly cards: Readonly<Record<string, unknown>> }).cards;

/** timm's shape text of a pruned network, unchanged. */
export function prunedText(name: string): string {
  return readFileSync(new URL(`../golden/family/pruned/${name}.txt`, import.meta.url), "utf8");
}

function read(file: string): unknown {
  return JSON.parse(readFileSync(new URL(`../golden/family/${file}`, import.meta.url), "utf8"));
}
