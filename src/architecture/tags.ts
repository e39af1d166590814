// Every set of published weights: which network, which preprocessing, where it lies. The first of a network is its default.

import type { PretrainedConfig } from "./architecture.ts";
import type { ModelName } from "./rows.ts";

/** One set of weights by timm's tag; `untrained` where nothing was ever published. */
export interface Tag {
  readonly name: ModelName;
  readonly tag: string;
  readonly config: PretrainedConfig;
  /** `timm/name.tag`; null if untrained. */
  readonly hubId: string | null;
  /** The original release file, where there was one. */
  readonly url: string | null;
}

const NORMS = {
  imagenet: { mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] },
  half: { mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5] },
} as const;

/** name, tag, size and test size in pixels, crop and test crop, crop mode, filter, mean and std, classes, release file */
// biome-ignore format: columns
const TABLE = [
  ["efficientnet_b0",        "ra_in1k",             224, null, 0.875, null, "center", "bicubic",  "imagenet", 1000,  "rwightman/v0.1-weights/efficientnet_b0_ra-3dd342df.pth"],
  ["efficientnet_b0",        "ra4_e3600_r224_in1k", 224, 256,  0.9,   1,    "center", "bicubic",  "half",     1000,  null],
  ["efficientnet_b1",        "ra4_e3600_r240_in1k", 240, 288,  0.9,   1,    "center", "bicubic",  "half",     1000,  null],
  ["efficientnet_b1",        "ft_in1k",             224, 256,  0.875, 1,    "center", "bicubic",  "imagenet", 1000,  "rwightman/v0.1-weights/efficientnet_b1-533bc792.pth"],
  ["efficientnet_b1_pruned", "in1k",                240, null, 0.882, null, "center", "bicubic",  "half",     1000,  "rwightman/v0.1-tresnet/effnetb1_pruned-bea43a3a.pth"],
  ["efficientnet_b2",        "ra_in1k",             256, 288,  0.875, 1,    "center", "bicubic",  "imagenet", 1000,  "rwightman/v0.1-weights/efficientnet_b2_ra-bcdf34b7.pth"],
  ["efficientnet_b2_pruned", "in1k",                260, null, 0.89,  null, "center", "bicubic",  "half",     1000,  "rwightman/v0.1-tresnet/effnetb2_pruned-08c1b27c.pth"],
  ["efficientnet_b3",        "ra2_in1k",            288, 320,  0.875, 1,    "center", "bicubic",  "imagenet", 1000,  "rwightman/v0.1-weights/efficientnet_b3_ra2-cf984f9c.pth"],
  ["efficientnet_b3_pruned", "in1k",                300, null, 0.904, null, "center", "bicubic",  "half",     1000,  "rwightman/v0.1-tresnet/effnetb3_pruned-59ecf72d.pth"],
  ["efficientnet_b4",        "ra2_in1k",            320, 384,  0.875, 1,    "center", "bicubic",  "imagenet", 1000,  "rwightman/v0.1-weights/efficientnet_b4_ra2_320-7eb33cd5.pth"],
  ["efficientnet_b5",        "sw_in12k_ft_in1k",    448, null, 1,     null, "squash", "bicubic",  "imagenet", 1000,  null],
  ["efficientnet_b5",        "sw_in12k",            416, null, 0.95,  null, "center", "bicubic",  "imagenet", 11821, null],
  ["efficientnet_b6",        "untrained",           528, null, 0.942, null, "center", "bicubic",  "imagenet", 1000,  null],
  ["efficientnet_b7",        "untrained",           600, null, 0.949, null, "center", "bicubic",  "imagenet", 1000,  null],
  ["efficientnet_b8",        "untrained",           672, null, 0.954, null, "center", "bicubic",  "imagenet", 1000,  null],
  ["efficientnet_el",        "ra_in1k",             300, null, 0.904, null, "center", "bicubic",  "imagenet", 1000,  "rwightman/v0.1-weights/efficientnet_el-3b455510.pth"],
  ["efficientnet_el_pruned", "in1k",                300, null, 0.904, null, "center", "bicubic",  "imagenet", 1000,  "rwightman/v0.1-weights/efficientnet_el_pruned70-ef2a2ccf.pth"],
  ["efficientnet_em",        "ra2_in1k",            240, null, 0.882, null, "center", "bicubic",  "imagenet", 1000,  "rwightman/v0.1-weights/efficientnet_em_ra2-66250f76.pth"],
  ["efficientnet_es",        "ra_in1k",             224, null, 0.875, null, "center", "bicubic",  "imagenet", 1000,  "rwightman/v0.1-weights/efficientnet_es_ra-f111e99c.pth"],
  ["efficientnet_es_pruned", "in1k",                224, null, 0.875, null, "center", "bicubic",  "imagenet", 1000,  "rwightman/v0.1-weights/efficientnet_es_pruned75-1b7248cf.pth"],
  ["efficientnet_l2",        "untrained",           800, null, 0.961, null, "center", "bicubic",  "imagenet", 1000,  null],
  ["efficientnet_lite0",     "ra_in1k",             224, null, 0.875, null, "center", "bicubic",  "imagenet", 1000,  "rwightman/v0.1-weights/efficientnet_lite0_ra-37913777.pth"],
  ["efficientnet_lite1",     "untrained",           240, null, 0.882, null, "center", "bicubic",  "imagenet", 1000,  null],
  ["efficientnet_lite2",     "untrained",           260, null, 0.89,  null, "center", "bicubic",  "imagenet", 1000,  null],
  ["efficientnet_lite3",     "untrained",           300, null, 0.904, null, "center", "bicubic",  "imagenet", 1000,  null],
  ["efficientnet_lite4",     "untrained",           380, null, 0.922, null, "center", "bicubic",  "imagenet", 1000,  null],
  ["efficientnetv2_l",       "untrained",           384, 480,  1,     null, "center", "bicubic",  "imagenet", 1000,  null],
  ["efficientnetv2_m",       "untrained",           320, 416,  1,     null, "center", "bicubic",  "imagenet", 1000,  null],
  ["efficientnetv2_rw_m",    "agc_in1k",            320, 416,  1,     null, "center", "bicubic",  "imagenet", 1000,  "rwightman/v0.1-weights/efficientnetv2_rw_m_agc-3d90cb1e.pth"],
  ["efficientnetv2_rw_s",    "ra2_in1k",            288, 384,  1,     null, "center", "bicubic",  "imagenet", 1000,  "rwightman/v0.1-weights/efficientnet_v2s_ra2_288-a6477665.pth"],
  ["efficientnetv2_rw_t",    "ra2_in1k",            224, 288,  1,     null, "center", "bicubic",  "imagenet", 1000,  "rwightman/v0.1-weights/efficientnetv2_t_agc-3620981a.pth"],
  ["efficientnetv2_s",       "untrained",           288, 384,  1,     null, "center", "bicubic",  "imagenet", 1000,  null],
  ["efficientnetv2_xl",      "untrained",           384, 512,  1,     null, "center", "bicubic",  "imagenet", 1000,  null],
  ["test_efficientnet",      "r160_in1k",           160, null, 0.95,  null, "center", "bicubic",  "imagenet", 1000,  null],
  ["tf_efficientnet_b0",     "ns_jft_in1k",         224, null, 0.875, null, "center", "bicubic",  "imagenet", 1000,  "rwightman/v0.1-weights/tf_efficientnet_b0_ns-c0e6a31c.pth"],
  ["tf_efficientnet_b0",     "ap_in1k",             224, null, 0.875, null, "center", "bicubic",  "half",     1000,  "rwightman/v0.1-weights/tf_efficientnet_b0_ap-f262efe1.pth"],
  ["tf_efficientnet_b0",     "aa_in1k",             224, null, 0.875, null, "center", "bicubic",  "imagenet", 1000,  "rwightman/v0.1-weights/tf_efficientnet_b0_aa-827b6e33.pth"],
  ["tf_efficientnet_b0",     "in1k",                224, null, 0.875, null, "center", "bicubic",  "imagenet", 1000,  "huggingface/v0.1-weights/tf_efficientnet_b0-0af12548.pth"],
  ["tf_efficientnet_b1",     "ns_jft_in1k",         240, null, 0.882, null, "center", "bicubic",  "imagenet", 1000,  "rwightman/v0.1-weights/tf_efficientnet_b1_ns-99dd0c41.pth"],
  ["tf_efficientnet_b1",     "ap_in1k",             240, null, 0.882, null, "center", "bicubic",  "half",     1000,  "rwightman/v0.1-weights/tf_efficientnet_b1_ap-44ef0a3d.pth"],
  ["tf_efficientnet_b1",     "aa_in1k",             240, null, 0.882, null, "center", "bicubic",  "imagenet", 1000,  "rwightman/v0.1-weights/tf_efficientnet_b1_aa-ea7a6ee0.pth"],
  ["tf_efficientnet_b1",     "in1k",                240, null, 0.882, null, "center", "bicubic",  "imagenet", 1000,  "huggingface/v0.1-weights/tf_efficientnet_b1-5c1377c4.pth"],
  ["tf_efficientnet_b2",     "ns_jft_in1k",         260, null, 0.89,  null, "center", "bicubic",  "imagenet", 1000,  "rwightman/v0.1-weights/tf_efficientnet_b2_ns-00306e48.pth"],
  ["tf_efficientnet_b2",     "ap_in1k",             260, null, 0.89,  null, "center", "bicubic",  "half",     1000,  "rwightman/v0.1-weights/tf_efficientnet_b2_ap-2f8e7636.pth"],
  ["tf_efficientnet_b2",     "aa_in1k",             260, null, 0.89,  null, "center", "bicubic",  "imagenet", 1000,  "rwightman/v0.1-weights/tf_efficientnet_b2_aa-60c94f97.pth"],
  ["tf_efficientnet_b2",     "in1k",                260, null, 0.89,  null, "center", "bicubic",  "imagenet", 1000,  "huggingface/v0.1-weights/tf_efficientnet_b2-e393ef04.pth"],
  ["tf_efficientnet_b3",     "ns_jft_in1k",         300, null, 0.904, null, "center", "bicubic",  "imagenet", 1000,  "rwightman/v0.1-weights/tf_efficientnet_b3_ns-9d44bf68.pth"],
  ["tf_efficientnet_b3",     "ap_in1k",             300, null, 0.904, null, "center", "bicubic",  "half",     1000,  "rwightman/v0.1-weights/tf_efficientnet_b3_ap-aad25bdd.pth"],
  ["tf_efficientnet_b3",     "aa_in1k",             300, null, 0.904, null, "center", "bicubic",  "imagenet", 1000,  "rwightman/v0.1-weights/tf_efficientnet_b3_aa-84b4657e.pth"],
  ["tf_efficientnet_b3",     "in1k",                300, null, 0.904, null, "center", "bicubic",  "imagenet", 1000,  "huggingface/v0.1-weights/tf_efficientnet_b3-e3bd6955.pth"],
  ["tf_efficientnet_b4",     "ns_jft_in1k",         380, null, 0.922, null, "center", "bicubic",  "imagenet", 1000,  "rwightman/v0.1-weights/tf_efficientnet_b4_ns-d6313a46.pth"],
  ["tf_efficientnet_b4",     "ap_in1k",             380, null, 0.922, null, "center", "bicubic",  "half",     1000,  "rwightman/v0.1-weights/tf_efficientnet_b4_ap-dedb23e6.pth"],
  ["tf_efficientnet_b4",     "aa_in1k",             380, null, 0.922, null, "center", "bicubic",  "imagenet", 1000,  "rwightman/v0.1-weights/tf_efficientnet_b4_aa-818f208c.pth"],
  ["tf_efficientnet_b4",     "in1k",                380, null, 0.922, null, "center", "bicubic",  "imagenet", 1000,  "huggingface/v0.1-weights/tf_efficientnet_b4-74ee3bed.pth"],
  ["tf_efficientnet_b5",     "ns_jft_in1k",         456, null, 0.934, null, "center", "bicubic",  "imagenet", 1000,  "rwightman/v0.1-weights/tf_efficientnet_b5_ns-6f26d0cf.pth"],
  ["tf_efficientnet_b5",     "ap_in1k",             456, null, 0.934, null, "center", "bicubic",  "half",     1000,  "rwightman/v0.1-weights/tf_efficientnet_b5_ap-9e82fae8.pth"],
  ["tf_efficientnet_b5",     "ra_in1k",             456, null, 0.934, null, "center", "bicubic",  "imagenet", 1000,  "rwightman/v0.1-weights/tf_efficientnet_b5_ra-9a3e5369.pth"],
  ["tf_efficientnet_b5",     "aa_in1k",             456, null, 0.934, null, "center", "bicubic",  "imagenet", 1000,  "huggingface/v0.1-weights/tf_efficientnet_b5_aa-99018a74.pth"],
  ["tf_efficientnet_b5",     "in1k",                456, null, 0.934, null, "center", "bicubic",  "imagenet", 1000,  "huggingface/v0.1-weights/tf_efficientnet_b5-c6949ce9.pth"],
  ["tf_efficientnet_b6",     "ns_jft_in1k",         528, null, 0.942, null, "center", "bicubic",  "imagenet", 1000,  "rwightman/v0.1-weights/tf_efficientnet_b6_ns-51548356.pth"],
  ["tf_efficientnet_b6",     "ap_in1k",             528, null, 0.942, null, "center", "bicubic",  "half",     1000,  "rwightman/v0.1-weights/tf_efficientnet_b6_ap-4ffb161f.pth"],
  ["tf_efficientnet_b6",     "aa_in1k",             528, null, 0.942, null, "center", "bicubic",  "imagenet", 1000,  "rwightman/v0.1-weights/tf_efficientnet_b6_aa-80ba17e4.pth"],
  ["tf_efficientnet_b7",     "ns_jft_in1k",         600, null, 0.949, null, "center", "bicubic",  "imagenet", 1000,  "rwightman/v0.1-weights/tf_efficientnet_b7_ns-1dbc32de.pth"],
  ["tf_efficientnet_b7",     "ap_in1k",             600, null, 0.949, null, "center", "bicubic",  "half",     1000,  "rwightman/v0.1-weights/tf_efficientnet_b7_ap-ddb28fec.pth"],
  ["tf_efficientnet_b7",     "ra_in1k",             600, null, 0.949, null, "center", "bicubic",  "imagenet", 1000,  "rwightman/v0.1-weights/tf_efficientnet_b7_ra-6c08e654.pth"],
  ["tf_efficientnet_b7",     "aa_in1k",             600, null, 0.949, null, "center", "bicubic",  "imagenet", 1000,  "huggingface/v0.1-weights/tf_efficientnet_b7_aa-076e3472.pth"],
  ["tf_efficientnet_b8",     "ap_in1k",             672, null, 0.954, null, "center", "bicubic",  "half",     1000,  "rwightman/v0.1-weights/tf_efficientnet_b8_ap-00e169fa.pth"],
  ["tf_efficientnet_b8",     "ra_in1k",             672, null, 0.954, null, "center", "bicubic",  "imagenet", 1000,  "rwightman/v0.1-weights/tf_efficientnet_b8_ra-572d5dd9.pth"],
  ["tf_efficientnet_el",     "in1k",                300, null, 0.904, null, "center", "bicubic",  "half",     1000,  "rwightman/v0.1-weights/tf_efficientnet_el-5143854e.pth"],
  ["tf_efficientnet_em",     "in1k",                240, null, 0.882, null, "center", "bicubic",  "half",     1000,  "rwightman/v0.1-weights/tf_efficientnet_em-e78cfe58.pth"],
  ["tf_efficientnet_es",     "in1k",                224, null, 0.875, null, "center", "bicubic",  "half",     1000,  "rwightman/v0.1-weights/tf_efficientnet_es-ca1afbfe.pth"],
  ["tf_efficientnet_l2",     "ns_jft_in1k_475",     475, null, 0.936, null, "center", "bicubic",  "imagenet", 1000,  "rwightman/v0.1-weights/tf_efficientnet_l2_ns_475-bebbd00a.pth"],
  ["tf_efficientnet_l2",     "ns_jft_in1k",         800, null, 0.96,  null, "center", "bicubic",  "imagenet", 1000,  "rwightman/v0.1-weights/tf_efficientnet_l2_ns-df73bb44.pth"],
  ["tf_efficientnet_lite0",  "in1k",                224, null, 0.875, null, "center", "bicubic",  "half",     1000,  "rwightman/v0.1-weights/tf_efficientnet_lite0-0aa007d2.pth"],
  ["tf_efficientnet_lite1",  "in1k",                240, null, 0.882, null, "center", "bicubic",  "half",     1000,  "rwightman/v0.1-weights/tf_efficientnet_lite1-bde8b488.pth"],
  ["tf_efficientnet_lite2",  "in1k",                260, null, 0.89,  null, "center", "bicubic",  "half",     1000,  "rwightman/v0.1-weights/tf_efficientnet_lite2-dcccb7df.pth"],
  ["tf_efficientnet_lite3",  "in1k",                300, null, 0.904, null, "center", "bilinear", "half",     1000,  "rwightman/v0.1-weights/tf_efficientnet_lite3-b733e338.pth"],
  ["tf_efficientnet_lite4",  "in1k",                380, null, 0.92,  null, "center", "bilinear", "half",     1000,  "rwightman/v0.1-weights/tf_efficientnet_lite4-741542c3.pth"],
  ["tf_efficientnetv2_b0",   "in1k",                192, 224,  0.875, null, "center", "bicubic",  "imagenet", 1000,  "rwightman/v0.1-effv2-weights/tf_efficientnetv2_b0-c7cc451f.pth"],
  ["tf_efficientnetv2_b1",   "in1k",                192, 240,  0.882, null, "center", "bicubic",  "imagenet", 1000,  "rwightman/v0.1-effv2-weights/tf_efficientnetv2_b1-be6e41b0.pth"],
  ["tf_efficientnetv2_b2",   "in1k",                208, 260,  0.89,  null, "center", "bicubic",  "imagenet", 1000,  "rwightman/v0.1-effv2-weights/tf_efficientnetv2_b2-847de54e.pth"],
  ["tf_efficientnetv2_b3",   "in21k_ft_in1k",       240, 300,  0.9,   null, "squash", "bicubic",  "half",     1000,  null],
  ["tf_efficientnetv2_b3",   "in1k",                240, 300,  0.904, null, "center", "bicubic",  "imagenet", 1000,  "rwightman/v0.1-effv2-weights/tf_efficientnetv2_b3-57773f13.pth"],
  ["tf_efficientnetv2_b3",   "in21k",               240, 300,  0.904, null, "center", "bicubic",  "half",     21843, null],
  ["tf_efficientnetv2_l",    "in21k_ft_in1k",       384, 480,  1,     null, "squash", "bicubic",  "half",     1000,  "rwightman/v0.1-effv2-weights/tf_efficientnetv2_l_21ft1k-60127a9d.pth"],
  ["tf_efficientnetv2_l",    "in1k",                384, 480,  1,     null, "squash", "bicubic",  "half",     1000,  "rwightman/v0.1-effv2-weights/tf_efficientnetv2_l-d664b728.pth"],
  ["tf_efficientnetv2_l",    "in21k",               384, 480,  1,     null, "squash", "bicubic",  "half",     21843, "rwightman/v0.1-effv2-weights/tf_efficientnetv2_l_21k-91a19ec9.pth"],
  ["tf_efficientnetv2_m",    "in21k_ft_in1k",       384, 480,  1,     null, "squash", "bicubic",  "half",     1000,  "rwightman/v0.1-effv2-weights/tf_efficientnetv2_m_21ft1k-bf41664a.pth"],
  ["tf_efficientnetv2_m",    "in1k",                384, 480,  1,     null, "squash", "bicubic",  "half",     1000,  "rwightman/v0.1-effv2-weights/tf_efficientnetv2_m-cc09e0cd.pth"],
  ["tf_efficientnetv2_m",    "in21k",               384, 480,  1,     null, "squash", "bicubic",  "half",     21843, "rwightman/v0.1-effv2-weights/tf_efficientnetv2_m_21k-361418a2.pth"],
  ["tf_efficientnetv2_s",    "in21k_ft_in1k",       300, 384,  1,     null, "center", "bicubic",  "half",     1000,  "rwightman/v0.1-effv2-weights/tf_efficientnetv2_s_21ft1k-d7dafa41.pth"],
  ["tf_efficientnetv2_s",    "in1k",                300, 384,  1,     null, "center", "bicubic",  "half",     1000,  "rwightman/v0.1-effv2-weights/tf_efficientnetv2_s-eb54923e.pth"],
  ["tf_efficientnetv2_s",    "in21k",               300, 384,  1,     null, "center", "bicubic",  "half",     21843, "rwightman/v0.1-effv2-weights/tf_efficientnetv2_s_21k-6337ad01.pth"],
  ["tf_efficientnetv2_xl",   "in21k_ft_in1k",       384, 512,  1,     null, "squash", "bicubic",  "half",     1000,  "rwightman/v0.1-effv2-weights/tf_efficientnetv2_xl_in21ft1k-06c35c48.pth"],
  ["tf_efficientnetv2_xl",   "in21k",               384, 512,  1,     null, "squash", "bicubic",  "half",     21843, "rwightman/v0.1-effv2-weights/tf_efficientnetv2_xl_in21k-fd7e8abf.pth"],
] as const;

type TagOf<R> = R extends readonly [infer N extends string, infer T extends string, ...unknown[]] ? `${N}.${T}` : never;

/** `name.tag` of every set of published weights. */
export type ModelTag = Exclude<TagOf<(typeof TABLE)[number]>, `${string}.untrained`>;

/** In timm's order. */
export const TAGS: readonly Tag[] = TABLE.map((row): Tag => {
  const [name, tag, size, testSize, cropPct, testCropPct, cropMode, interpolation, norm, classes, file] = row;
  const config: PretrainedConfig = {
    inputSize: square(size),
    ...(testSize === null ? {} : { testInputSize: square(testSize) }),
    interpolation,
    cropPct,
    ...(testCropPct === null ? {} : { testCropPct }),
    cropMode,
    ...NORMS[norm],
    classes,
  };
  const hubId = tag === "untrained" ? null : `timm/${name}.${tag}`;
  return { name, tag, config, hubId, url: file === null ? null : releaseUrl(file) };
});

/** The tags of one network, its default first. */
export function tagsOf(name: ModelName): readonly Tag[] {
  return TAGS.filter((tag) => tag.name === name);
}

function square(side: number): PretrainedConfig["inputSize"] {
  return { channels: 3, height: side, width: side };
}

/** `owner/release/file` of the repository pytorch-image-models. */
function releaseUrl(file: string): string {
  const [owner, release, name] = file.split("/");
  return `https://github.com/${owner}/pytorch-image-models/releases/download/${release}/${name}`;
}
