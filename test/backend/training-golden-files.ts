// The golden training steps of test/golden/train as things to run and to compare: network, numbers, batches, digests.

import { readFileSync } from "node:fs";
import type { Architecture } from "#effnet/architecture/architecture.js";
import { tensorSpecs } from "#effnet/architecture/tensors.js";
import { elements, type StateDict, type Tensor } from "#effnet/tensor.js";
import { formulaEntry, units } from "../golden/formula.ts";

/** Σv², Σv and Σ v[i]·unit(7, `probe`, i), rooted and summed: three numbers that stand for a tensor. */
export interface Digest {
  readonly norm: number;
  readonly sum: number;
  readonly probe: number;
}

/** A tensor in full or as its digest. Maps are digested in torch's order, NCHW. */
export type Expected = readonly number[] | Digest;

export type ByName<T> = Readonly<Record<string, T>>;

/** One pass over batch 0. */
export interface GoldenPass {
  readonly loss: number;
  readonly logits: readonly number[];
  readonly dlogits: readonly number[];
  readonly grads: ByName<Expected>;
}

export interface GoldenConfig {
  readonly lr?: number;
  readonly opt?: string;
  readonly weight_decay: number;
  readonly momentum?: number;
  readonly nesterov?: boolean;
  readonly betas?: readonly [number, number];
  readonly eps?: number;
  readonly alpha?: number;
  readonly layer_decay?: number;
  readonly lr_in_momentum?: boolean;
  readonly decoupled_decay?: boolean;
  readonly centered?: boolean;
}

export interface GoldenSteps {
  /** Of the clipped steps: those of `sgd`. */
  readonly config?: GoldenConfig;
  readonly lr_per_step?: readonly number[];
  readonly losses: readonly number[];
  readonly grad_norms?: readonly number[];
  readonly grad_norms_before?: readonly number[];
  readonly eval_logits_batch6?: readonly number[];
  readonly params: ByName<Expected>;
  readonly bn?: ByName<Expected>;
  readonly ema?: ByName<{ readonly decay_per_step: readonly number[]; readonly values: ByName<Expected> }>;
}

/** What a file holds, as far as it is read here; its README says what each part means. */
export interface GoldenStep {
  readonly net: {
    readonly pad: Architecture["padding"];
    readonly bn: { readonly eps: number; readonly momentum: number };
    readonly num_classes: number;
    /** NCHW */
    readonly input: readonly [number, number, number, number];
    readonly shapes: ByName<readonly number[]>;
  };
  readonly labels: ByName<readonly number[]>;
  readonly ce: GoldenPass & {
    readonly dinput: Digest;
    readonly bn: ByName<Expected>;
    readonly activations: ByName<Digest & { readonly shape: readonly number[] }>;
  };
  readonly eval_logits: readonly number[];
  readonly "label_smoothing_0.1": GoldenPass;
  readonly "bce_smoothing_0.1": GoldenPass;
  readonly "bce_smoothing_0.1_sum": GoldenPass;
  readonly mixup_soft_target: GoldenPass & { readonly lam: number; readonly targets: readonly number[] };
  readonly frozen_bn: GoldenPass;
  readonly drop_path: GoldenPass & {
    readonly block_rates: ByName<number>;
    readonly keep_masks: ByName<readonly number[]>;
  };
  readonly dropout: GoldenPass & { readonly rate: number; readonly keep_mask: readonly (readonly number[])[] };
  readonly mse_distillation: {
    readonly weight: number;
    readonly teacher_seed: number;
    readonly stages: readonly string[];
    readonly mse: ByName<number>;
    readonly ce: number;
    readonly teacher: ByName<Digest>;
    readonly grads: ByName<Expected>;
  };
  readonly clip_norm: GoldenClip;
  readonly clip_value: GoldenClip;
  readonly clip_agc: GoldenClip;
  readonly accumulate_2: {
    readonly losses: readonly number[];
    readonly grads: ByName<Expected>;
    readonly bn: ByName<Expected>;
  };
  readonly steps: ByName<GoldenSteps>;
}

export interface GoldenClip {
  readonly total_norm: number;
  readonly value: number;
  readonly grads: ByName<Expected>;
}

/** `optimizers.json`: two small tensors through eight updates. */
export interface GoldenOptimizers {
  readonly lr_per_step: readonly number[];
  readonly cases: readonly {
    readonly name: string;
    readonly config: GoldenConfig;
    readonly steps: readonly { readonly w: readonly number[]; readonly b: readonly number[] }[];
  }[];
}

const SEED = 7;
const FOLDER = new URL("../golden/train/", import.meta.url);

export function readGolden<T>(name: string): T {
  return JSON.parse(readFileSync(new URL(`${name}.json`, FOLDER), "utf8"));
}

/** The network of both files; expanded widths as timm rounds them. */
export function goldenNetwork({ net }: GoldenStep): Architecture {
  const block = { kernel: 3, stride: 1, hasSkip: false } as const;
  return {
    name: "golden",
    inChannels: 3,
    classes: net.num_classes,
    stem: { width: 6, kernel: 3, stride: 2 },
    stages: [
      [{ ...block, kind: "ds", out: 6, squeeze: 2, hasSkip: true }],
      [
        { ...block, kind: "ir", stride: 2, out: 8, expanded: 24, squeeze: 2 },
        { ...block, kind: "ir", out: 8, expanded: 24, squeeze: 2, hasSkip: true },
      ],
      [
        { ...block, kind: "er", stride: 2, out: 10, expanded: 16 },
        { ...block, kind: "er", out: 10, expanded: 24, hasSkip: true },
      ],
      [
        { ...block, kind: "cn", out: 12 },
        { ...block, kind: "cn", out: 12, hasSkip: true },
      ],
      [{ ...block, kind: "ir", kernel: 5, stride: 2, out: 14, expanded: 24, squeeze: 3 }],
    ],
    head: { width: 20 },
    activation: "silu",
    norm: { epsilon: net.bn.eps, momentum: net.bn.momentum },
    padding: net.pad,
  };
}

export function goldenStateDict(network: Architecture, seed = SEED): StateDict {
  return new Map(tensorSpecs(network).map(({ name, shape }) => [name, formulaEntry(seed, name, shape)]));
}

/** Batch k, `[n, h, w, c]`. */
export function goldenInput({ net }: GoldenStep, k: number): Tensor {
  const [n, c, h, w] = net.input;
  const unit = units(SEED, `input/${k}`);
  return toMap({ shape: [n, c, h, w], data: Float64Array.from({ length: n * c * h * w }, (_, i) => 2 * unit(i)) });
}

/** One-hot rows, smoothed: 1 − s + s/C at the label, s/C elsewhere. */
export function goldenTarget({ labels, net }: GoldenStep, k: number, smoothing: number): Tensor {
  const classes = net.num_classes;
  const rows = labels[k].map((label) =>
    Array.from({ length: classes }, (_, c) => (c === label ? 1 - smoothing : 0) + smoothing / classes),
  );
  return { shape: [rows.length, classes], data: Float64Array.from(rows.flat()) };
}

/** ‖got − expected‖, or what the digests say of it, and ‖expected‖. */
export function apart(got: Tensor, expected: Expected): { readonly by: number; readonly norm: number } {
  if (isFull(expected)) {
    const differences = expected.map((value, i) => got.data[i] - value);
    return { by: normOf(differences), norm: normOf(expected) };
  }
  const { norm, sum, probe } = digest(got);
  const by = Math.max(Math.abs(norm - expected.norm), Math.abs(sum - expected.sum), Math.abs(probe - expected.probe));
  return { by, norm: expected.norm };
}

export function normOf(values: Iterable<number>): number {
  let squares = 0;
  for (const value of values) squares += value * value;
  return Math.sqrt(squares);
}

/** ‖·‖ over all tensors of a list. */
export function totalNorm(all: ByName<Expected>): number {
  return normOf(Object.values(all).map((expected) => (isFull(expected) ? normOf(expected) : expected.norm)));
}

function isFull(expected: Expected): expected is readonly number[] {
  return Array.isArray(expected);
}

function digest({ data }: Tensor): Digest {
  const unit = units(SEED, "probe");
  let [sum, probe] = [0, 0];
  for (let i = 0; i < data.length; i++) {
    sum += data[i];
    probe += data[i] * unit(i);
  }
  return { norm: normOf(data), sum, probe };
}

/** `[n, h, w, c]` → `[n, c, h, w]` */
export function fromMap({ shape: [n, h, w, c], data }: Tensor): Tensor {
  return permuted(data, [n, c, h, w], (b, k, y, x) => ((b * h + y) * w + x) * c + k);
}

/** `[n, c, h, w]` → `[n, h, w, c]` */
function toMap({ shape: [n, c, h, w], data }: Tensor): Tensor {
  return permuted(data, [n, h, w, c], (b, y, x, k) => ((b * c + k) * h + y) * w + x);
}

function permuted(
  data: Tensor["data"],
  shape: readonly [number, number, number, number],
  at: (i: number, j: number, k: number, l: number) => number,
): Tensor {
  const [a, b, c, d] = shape;
  const moved = new Float64Array(elements(shape));
  let to = 0;
  for (let i = 0; i < a; i++) {
    for (let j = 0; j < b; j++) {
      for (let k = 0; k < c; k++) for (let l = 0; l < d; l++) moved[to++] = data[at(i, j, k, l)];
    }
  }
  return { shape, data: moved };
}
