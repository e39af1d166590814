// Every network of the family as a row: what its widths and depths are computed from. Numbers are timm's.

import type { Activation, Padding } from "./architecture.ts";
import type { Parent } from "./pruned.ts";

/** What scaling needs to know of a network. */
export interface Row {
  readonly name: string;
  /** timm's block strings, one a stage, before scaling. */
  readonly stages: readonly string[];
  readonly stem: number;
  /** Default 2. */
  readonly stemStride?: number;
  readonly head: number;
  readonly activation: Activation;
  /** Rounding a width down must not lose more than 1 − roundLimit of it. */
  readonly roundLimit: number;
  readonly hasFixedStem: boolean;
  readonly hasFixedHead: boolean;
  /** First and last stage keep their depth. */
  readonly hasFixedEnds: boolean;
  /** The published multipliers; depth may differ by stage. */
  readonly width: number;
  readonly depth: number | readonly number[];
  readonly padding: Padding;
  /** Of every batch norm. */
  readonly epsilon: number;
  /** The row whose channels were cut; its widths are data, not computed. */
  readonly prunedFrom?: Parent;
}

const V1 = [
  "ds_r1_k3_s1_e1_c16_se0.25",
  "ir_r2_k3_s2_e6_c24_se0.25",
  "ir_r2_k5_s2_e6_c40_se0.25",
  "ir_r3_k3_s2_e6_c80_se0.25",
  "ir_r3_k5_s1_e6_c112_se0.25",
  "ir_r4_k5_s2_e6_c192_se0.25",
  "ir_r1_k3_s1_e6_c320_se0.25",
];

const SCALED = { hasFixedStem: false, hasFixedHead: false, hasFixedEnds: false } as const;

const v1 = { stages: V1, stem: 32, head: 1280, activation: "silu", roundLimit: 0.9, ...SCALED } as const;

const lite = {
  ...v1,
  stages: V1.map((stage) => stage.replace("_se0.25", "")),
  activation: "relu6",
  hasFixedStem: true,
  hasFixedHead: true,
  hasFixedEnds: true,
} as const;

const edge = {
  ...v1,
  stages: [
    "er_r1_k3_s1_e4_c24_fc24_noskip",
    "er_r2_k3_s2_e8_c32",
    "er_r4_k3_s2_e8_c48",
    "ir_r5_k5_s2_e8_c96",
    "ir_r4_k5_s1_e8_c144",
    "ir_r2_k5_s2_e8_c192",
  ],
  activation: "relu",
} as const;

const v2Base = {
  ...v1,
  stages: [
    "cn_r1_k3_s1_e1_c16_skip",
    "er_r2_k3_s2_e4_c32",
    "er_r2_k3_s2_e4_c48",
    "ir_r3_k3_s2_e4_c96_se0.25",
    "ir_r5_k3_s1_e6_c112_se0.25",
    "ir_r8_k3_s2_e6_c192_se0.25",
  ],
  roundLimit: 0,
} as const;

const v2S = {
  ...v1,
  stages: [
    "cn_r2_k3_s1_e1_c24_skip",
    "er_r4_k3_s2_e4_c48",
    "er_r4_k3_s2_e4_c64",
    "ir_r6_k3_s2_e4_c128_se0.25",
    "ir_r9_k3_s1_e6_c160_se0.25",
    "ir_r15_k3_s2_e6_c256_se0.25",
  ],
  stem: 24,
} as const;

/** Ross Wightman's variants: the first stage expands (by 1), the last is wider. */
const v2Rw = {
  ...v2S,
  stages: ["er_r2_k3_s1_e1_c24", ...v2S.stages.slice(1, 5), "ir_r15_k3_s2_e6_c272_se0.25"],
  head: 1792,
} as const;

const v2M = {
  ...v2S,
  stages: v2Stages([3, 24], [5, 48], [5, 80], [7, 160], [14, 176], [18, 304], [5, 512]),
  hasFixedHead: true,
} as const;

const v2L = {
  ...v2M,
  stages: v2Stages([4, 32], [7, 64], [7, 96], [10, 192], [19, 224], [25, 384], [7, 640]),
  stem: 32,
} as const;

const v2Xl = {
  ...v2L,
  stages: v2Stages([4, 32], [8, 64], [8, 96], [16, 192], [24, 256], [32, 512], [8, 640]),
} as const;

const test = {
  ...v2Base,
  stages: [
    "cn_r1_k3_s1_e1_c16_skip",
    "er_r1_k3_s2_e4_c24",
    "er_r1_k3_s2_e4_c32",
    "ir_r1_k3_s2_e4_c48_se0.25",
    "ir_r1_k3_s2_e4_c64_se0.25",
  ],
  stem: 24,
  head: 256,
} as const;

/** Trained in torch; ported from TensorFlow. */
const torch = { padding: "symmetric", epsilon: 1e-5 } as const;
const tf = { padding: "same", epsilon: 1e-3 } as const;

/** Every network by timm's name, in timm's order. Multipliers: width, depth. */
// biome-ignore format: columns
export const ROWS = rows({
  efficientnet_b0:        { ...v1,     width: 1.0, depth: 1.0, ...torch },
  efficientnet_b1:        { ...v1,     width: 1.0, depth: 1.1, ...torch },
  efficientnet_b1_pruned: { ...v1,     width: 1.0, depth: 1.1, ...tf, prunedFrom: "efficientnet_b1" },
  efficientnet_b2:        { ...v1,     width: 1.1, depth: 1.2, ...torch },
  efficientnet_b2_pruned: { ...v1,     width: 1.1, depth: 1.2, ...tf, prunedFrom: "efficientnet_b2" },
  efficientnet_b3:        { ...v1,     width: 1.2, depth: 1.4, ...torch },
  efficientnet_b3_pruned: { ...v1,     width: 1.2, depth: 1.4, ...tf, prunedFrom: "efficientnet_b3" },
  efficientnet_b4:        { ...v1,     width: 1.4, depth: 1.8, ...torch },
  efficientnet_b5:        { ...v1,     width: 1.6, depth: 2.2, ...torch },
  efficientnet_b6:        { ...v1,     width: 1.8, depth: 2.6, ...torch },
  efficientnet_b7:        { ...v1,     width: 2.0, depth: 3.1, ...torch },
  efficientnet_b8:        { ...v1,     width: 2.2, depth: 3.6, ...torch },
  efficientnet_el:        { ...edge,   width: 1.2, depth: 1.4, ...torch },
  efficientnet_el_pruned: { ...edge,   width: 1.2, depth: 1.4, ...torch },
  efficientnet_em:        { ...edge,   width: 1.0, depth: 1.1, ...torch },
  efficientnet_es:        { ...edge,   width: 1.0, depth: 1.0, ...torch },
  efficientnet_es_pruned: { ...edge,   width: 1.0, depth: 1.0, ...torch },
  efficientnet_l2:        { ...v1,     width: 4.3, depth: 5.3, ...torch },
  efficientnet_lite0:     { ...lite,   width: 1.0, depth: 1.0, ...torch },
  efficientnet_lite1:     { ...lite,   width: 1.0, depth: 1.1, ...torch },
  efficientnet_lite2:     { ...lite,   width: 1.1, depth: 1.2, ...torch },
  efficientnet_lite3:     { ...lite,   width: 1.2, depth: 1.4, ...torch },
  efficientnet_lite4:     { ...lite,   width: 1.4, depth: 1.8, ...torch },
  efficientnetv2_l:       { ...v2L,    width: 1.0, depth: 1.0, ...torch },
  efficientnetv2_m:       { ...v2M,    width: 1.0, depth: 1.0, ...torch },
  efficientnetv2_rw_m:    { ...v2Rw,   width: 1.2, depth: [1.2, 1.2, 1.2, 1.2, 1.6, 1.6], ...torch },
  efficientnetv2_rw_s:    { ...v2Rw,   width: 1.0, depth: 1.0, ...torch },
  efficientnetv2_rw_t:    { ...v2S,    width: 0.8, depth: 0.9, ...torch },
  efficientnetv2_s:       { ...v2S,    width: 1.0, depth: 1.0, ...torch },
  efficientnetv2_xl:      { ...v2Xl,   width: 1.0, depth: 1.0, ...torch },
  test_efficientnet:      { ...test,   width: 1.0, depth: 1.0, ...torch },
  tf_efficientnet_b0:     { ...v1,     width: 1.0, depth: 1.0, ...tf },
  tf_efficientnet_b1:     { ...v1,     width: 1.0, depth: 1.1, ...tf },
  tf_efficientnet_b2:     { ...v1,     width: 1.1, depth: 1.2, ...tf },
  tf_efficientnet_b3:     { ...v1,     width: 1.2, depth: 1.4, ...tf },
  tf_efficientnet_b4:     { ...v1,     width: 1.4, depth: 1.8, ...tf },
  tf_efficientnet_b5:     { ...v1,     width: 1.6, depth: 2.2, ...tf },
  tf_efficientnet_b6:     { ...v1,     width: 1.8, depth: 2.6, ...tf },
  tf_efficientnet_b7:     { ...v1,     width: 2.0, depth: 3.1, ...tf },
  tf_efficientnet_b8:     { ...v1,     width: 2.2, depth: 3.6, ...tf },
  tf_efficientnet_el:     { ...edge,   width: 1.2, depth: 1.4, ...tf },
  tf_efficientnet_em:     { ...edge,   width: 1.0, depth: 1.1, ...tf },
  tf_efficientnet_es:     { ...edge,   width: 1.0, depth: 1.0, ...tf },
  tf_efficientnet_l2:     { ...v1,     width: 4.3, depth: 5.3, ...tf },
  tf_efficientnet_lite0:  { ...lite,   width: 1.0, depth: 1.0, ...tf },
  tf_efficientnet_lite1:  { ...lite,   width: 1.0, depth: 1.1, ...tf },
  tf_efficientnet_lite2:  { ...lite,   width: 1.1, depth: 1.2, ...tf },
  tf_efficientnet_lite3:  { ...lite,   width: 1.2, depth: 1.4, ...tf },
  tf_efficientnet_lite4:  { ...lite,   width: 1.4, depth: 1.8, ...tf },
  tf_efficientnetv2_b0:   { ...v2Base, width: 1.0, depth: 1.0, ...tf },
  tf_efficientnetv2_b1:   { ...v2Base, width: 1.0, depth: 1.1, ...tf },
  tf_efficientnetv2_b2:   { ...v2Base, width: 1.1, depth: 1.2, ...tf },
  tf_efficientnetv2_b3:   { ...v2Base, width: 1.2, depth: 1.4, ...tf },
  tf_efficientnetv2_l:    { ...v2L,    width: 1.0, depth: 1.0, ...tf },
  tf_efficientnetv2_m:    { ...v2M,    width: 1.0, depth: 1.0, ...tf },
  tf_efficientnetv2_s:    { ...v2S,    width: 1.0, depth: 1.0, ...tf },
  tf_efficientnetv2_xl:   { ...v2Xl,   width: 1.0, depth: 1.0, ...tf },
});

export type ModelName = keyof typeof ROWS;

/** m, l and xl: kernels 3, strides 1 2 2 2 1 2 1, one plain stage, two fused ones, four inverted ones with se. */
function v2Stages(...stages: readonly (readonly [repeats: number, out: number])[]): string[] {
  const kinds = ["cn", "er", "er", "ir", "ir", "ir", "ir"];
  const strides = [1, 2, 2, 2, 1, 2, 1];
  const expansions = [1, 4, 4, 4, 6, 6, 6];
  const endings = ["_skip", "", "", "_se0.25", "_se0.25", "_se0.25", "_se0.25"];
  return stages.map(([repeats, out], i) => {
    return `${kinds[i]}_r${repeats}_k3_s${strides[i]}_e${expansions[i]}_c${out}${endings[i]}`;
  });
}

function rows<Name extends string>(table: Readonly<Record<Name, Omit<Row, "name">>>): Readonly<Record<Name, Row>> {
  const named = Object.entries<Omit<Row, "name">>(table).map(([name, row]) => [name, { name, ...row }]);
  return Object.fromEntries(named) as Record<Name, Row>;
}
