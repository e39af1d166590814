// The 48 model cards of timm's documentation: `modelIndexEntry` prints one as its page does.
// The table holds what cannot be derived; FLOPs, bytes, parameters and the lists of words come from rules.

import { nearest, UsageError } from "../errors.ts";
import type { Architecture } from "./architecture.ts";
import { architectureOf } from "./build.ts";
import { cardBytes, type FileVariant } from "./card-bytes.ts";
import { cardFlops } from "./card-flops.ts";
import { cost } from "./cost.ts";
import { layers } from "./layers.ts";
import type { ModelName } from "./rows.ts";

/** One published card. Accuracies in percent, on ImageNet's validation set; sizes in pixels. */
export interface Card {
  /** Its heading, often a deprecated name: `tf_efficientnet_b0_ns`. */
  readonly id: string;
  readonly model: ModelName;
  readonly collection: Collection;
  readonly imageSize: number;
  /** As printed: `1.0`. */
  readonly cropPct: string;
  readonly interpolation: "bicubic" | "bilinear";
  readonly top1: number;
  readonly top5: number;
  /** Of timm's models/efficientnet.py at the commit that the card links. */
  readonly line: number;
  /** The file that the card links; its bytes are the card's file size. */
  readonly weights: string;
  readonly variant: FileVariant;
  /** The model in that file, where it is another one by mistake. */
  readonly weightsOf: ModelName;
}

export type Collection =
  | "EfficientNet"
  | "EfficientNet Pruned"
  | "TF EfficientNet"
  | "TF EfficientNet Lite"
  | "Noisy Student"
  | "AdvProp";

/** A value of a model-index entry. */
export type IndexValue = string | number | readonly string[];

/** An entry of timm's model index, its keys in the published order: ready for a YAML or JSON writer. */
export interface ModelIndexEntry {
  readonly Name: string;
  readonly "In Collection": Collection;
  readonly Metadata: Readonly<Record<string, IndexValue>>;
  readonly Code: string;
  readonly Weights: string;
  readonly Results: readonly {
    readonly Task: string;
    readonly Dataset: string;
    readonly Metrics: Readonly<Record<string, string>>;
  }[];
}

/**
 * The card's entry, field by field as published.
 * @param id a card's heading, e.g. `efficientnet_b1_pruned`
 * @throws UsageError if there is no such card
 */
export function modelIndexEntry(id: string): ModelIndexEntry {
  const card = cardOf(id);
  return {
    Name: card.id,
    "In Collection": card.collection,
    Metadata: metadata(card),
    Code: `${REPOSITORY}/blob/${COMMITS[card.collection]}/timm/models/efficientnet.py#L${card.line}`,
    Weights: `${card.collection === "EfficientNet Pruned" ? PRUNED_FILES : RELEASE_FILES}/${card.weights}`,
    Results: [
      {
        Task: "Image Classification",
        Dataset: "ImageNet",
        Metrics: { "Top 1 Accuracy": `${card.top1}%`, "Top 5 Accuracy": `${card.top5}%` },
      },
    ],
  };
}

/** @throws UsageError if there is no such card; the nearest is suggested */
export function cardOf(id: string): Card {
  const card = CARDS.find((each) => each.id === id);
  if (card !== undefined) return card;
  const near = nearest(
    id,
    CARDS.map((each) => each.id),
  );
  const hint = near === undefined ? `There are ${CARDS.length}, e.g. efficientnet_b0.` : `Did you mean ${near}?`;
  throw new UsageError("card", `expected one of timm's model cards, got ${JSON.stringify(id)}. ${hint}`);
}

/** What the card says the network costs, by the card's own rules. */
export function cardFigures(card: Card): { flops: number; parameters: number; fileSize: number } {
  const a = architectureOf(card.model);
  return {
    flops: cardFlops(a, card.imageSize),
    parameters: cardParameters(a),
    fileSize: cardBytes(architectureOf(card.weightsOf), card.variant),
  };
}

/** Parameters in millions with two decimals, times a million, cut to an integer: 66,347,960 → 66.35 → 66,349,999. */
function cardParameters(a: Architecture): number {
  const { parameters } = cost(layers(a, { height: 1, width: 1 }));
  return Math.trunc(Number((parameters / 1e6).toFixed(2)) * 1e6);
}

/** The keys in the pages' order; absent where the page does not say. */
function metadata(card: Card): Record<string, IndexValue> {
  const { flops, parameters, fileSize } = cardFigures(card);
  const training = trainingOf(card);
  const entries: [string, IndexValue | undefined][] = [
    ["FLOPs", flops],
    ["Parameters", parameters],
    ["File Size", fileSize],
    ["Architecture", card.collection === "TF EfficientNet Lite" ? [...PARTS, "RELU6"] : [...PARTS, ...SE_PARTS]],
    ["Tasks", ["Image Classification"]],
    ["Training Techniques", training?.techniques],
    ["Training Data", training?.isNoisy ? ["ImageNet", "JFT-300M"] : ["ImageNet"]],
    ["Training Resources", training?.resources],
    ["Training Time", card.id === "tf_efficientnet_l2_ns" ? "6 days" : undefined],
    ["ID", card.id],
    ["LR", training?.rate],
    ["Epochs", training?.epochs],
    ["Dropout", training?.isNoisy ? 0.5 : undefined],
    ["Layers", card.id === "efficientnet_b0" ? 18 : undefined],
    ["Crop Pct", card.cropPct],
    ["Momentum", training && 0.9],
    ["Batch Size", training && 2048],
    ["Image Size", String(card.imageSize)],
    ["Weight Decay", training && 1e-5],
    ["Interpolation", card.interpolation],
    ["RMSProp Decay", training && 0.9],
    ["Label Smoothing", training && 0.1],
    ["BatchNorm Momentum", training && 0.99],
    ["Stochastic Depth Survival", training?.isNoisy ? 0.8 : undefined],
  ];
  return Object.fromEntries(entries.filter((entry): entry is [string, IndexValue] => entry[1] !== undefined));
}

interface Training {
  readonly techniques: readonly string[];
  readonly resources: string | undefined;
  readonly rate: number;
  readonly epochs: number;
  /** Noisy Student: trained on JFT-300M's pictures too, with dropout and stochastic depth. */
  readonly isNoisy: boolean;
}

/** What the pages tell of Google's trainings; timm's own and EdgeTPU's are not told. */
function trainingOf({ id, collection }: Card): Training | undefined {
  const usual = ["Label Smoothing", "RMSProp", "Stochastic Depth", "Weight Decay"];
  if (id.includes("_ns")) {
    return {
      techniques: [
        "AutoAugment",
        "FixRes",
        "Label Smoothing",
        "Noisy Student",
        "RMSProp",
        "RandAugment",
        "Weight Decay",
      ],
      resources: id === "tf_efficientnet_l2_ns_475" ? "TPUv3 Cloud TPU" : "Cloud TPU v3 Pod",
      rate: 0.128,
      epochs: /_b[0-4]_/.test(id) ? 700 : 350,
      isNoisy: true,
    };
  }
  if (collection === "AdvProp") {
    const rate = id === "tf_efficientnet_b8_ap" ? 0.128 : 0.256;
    return {
      techniques: ["AdvProp", "AutoAugment", ...usual],
      resources: undefined,
      rate,
      epochs: 350,
      isNoisy: false,
    };
  }
  if (!/^tf_efficientnet_b\d$/.test(id)) return undefined;
  const resources = /b[04]$/.test(id) ? "TPUv3 Cloud TPU" : undefined;
  return { techniques: ["AutoAugment", ...usual], resources, rate: 0.256, epochs: 350, isNoisy: false };
}

const PARTS = [
  "1x1 Convolution",
  "Average Pooling",
  "Batch Normalization",
  "Convolution",
  "Dense Connections",
  "Dropout",
  "Inverted Residual Block",
];

const SE_PARTS = ["Squeeze-and-Excitation Block", "Swish"];

const REPOSITORY = "https://github.com/rwightman/pytorch-image-models";
const RELEASE_FILES = `${REPOSITORY}/releases/download/v0.1-weights`;
const PRUNED_FILES = "https://imvl-automl-sh.oss-cn-shanghai.aliyuncs.com/darts/hyperml/hyperml/job_45403/outputs";

const TORCH_COMMIT = "a7f95818e44b281137503bcf4b3e3e94d8ffa52f";
const TF_COMMIT = "9a25fdf3ad0414b4d66da443fe60ae0aa14edc84";

const COMMITS: Readonly<Record<Collection, string>> = {
  EfficientNet: TORCH_COMMIT,
  "EfficientNet Pruned": TORCH_COMMIT,
  "TF EfficientNet": TF_COMMIT,
  "TF EfficientNet Lite": TF_COMMIT,
  "Noisy Student": TF_COMMIT,
  AdvProp: TF_COMMIT,
};

type CardRow = readonly [
  id: string,
  model: ModelName,
  collection: Collection,
  imageSize: number,
  cropPct: string,
  interpolation: "bicubic" | "bilinear",
  top1: number,
  top5: number,
  line: number,
  weights: string,
  variant: FileVariant,
  weightsOf?: ModelName,
];

/** Card, model, collection, image size, crop, interpolation, top-1, top-5, line of code, file, variant[, model in it]. */
// biome-ignore format: columns
const TABLE: readonly CardRow[] = [
  ["efficientnet_b0",           "efficientnet_b0",        "EfficientNet",         224, "0.875", "bicubic",  77.71, 93.52, 1002, "efficientnet_b0_ra-3dd342df.pth",        "plain:OrderedDict:float32"],
  ["efficientnet_b1",           "efficientnet_b1",        "EfficientNet",         240, "0.875", "bicubic",  78.71, 94.15, 1011, "efficientnet_b1-533bc792.pth",           "plain:dict:int64"],
  ["efficientnet_b2",           "efficientnet_b2",        "EfficientNet",         260, "0.875", "bicubic",  80.38, 95.08, 1020, "efficientnet_b2_ra-bcdf34b7.pth",        "plain:OrderedDict:int64"],
  ["efficientnet_b2a",          "efficientnet_b2",        "EfficientNet",         288, "1.0",   "bicubic",  80.61, 95.32, 1029, "efficientnet_b3_ra2-cf984f9c.pth",       "plain:OrderedDict:float32", "efficientnet_b3"],
  ["efficientnet_b3",           "efficientnet_b3",        "EfficientNet",         300, "0.904", "bicubic",  82.08, 96.03, 1038, "efficientnet_b3_ra2-cf984f9c.pth",       "plain:OrderedDict:float32"],
  ["efficientnet_b3a",          "efficientnet_b3",        "EfficientNet",         320, "1.0",   "bicubic",  82.25, 96.11, 1047, "efficientnet_b3_ra2-cf984f9c.pth",       "plain:OrderedDict:float32"],
  ["efficientnet_em",           "efficientnet_em",        "EfficientNet",         240, "0.882", "bicubic",  79.26, 94.79, 1118, "efficientnet_em_ra2-66250f76.pth",       "plain:OrderedDict:int64"],
  ["efficientnet_es",           "efficientnet_es",        "EfficientNet",         224, "0.875", "bicubic",  78.09, 93.93, 1110, "efficientnet_es_ra-f111e99c.pth",        "plain:OrderedDict:float32"],
  ["efficientnet_lite0",        "efficientnet_lite0",     "EfficientNet",         224, "0.875", "bicubic",  75.5,  92.51, 1163, "efficientnet_lite0_ra-37913777.pth",     "plain:OrderedDict:float32"],
  ["efficientnet_b1_pruned",    "efficientnet_b1_pruned", "EfficientNet Pruned",  240, "0.882", "bicubic",  78.25, 93.84, 1208, "effnetb1_pruned_9ebb3fe6.pth",           "module:acts+pool"],
  ["efficientnet_b2_pruned",    "efficientnet_b2_pruned", "EfficientNet Pruned",  260, "0.89",  "bicubic",  79.91, 94.86, 1219, "effnetb2_pruned_203f55bc.pth",           "module:acts+pool"],
  ["efficientnet_b3_pruned",    "efficientnet_b3_pruned", "EfficientNet Pruned",  300, "0.904", "bicubic",  80.86, 95.24, 1230, "effnetb3_pruned_5abcc29f.pth",           "module:acts+pool"],
  ["tf_efficientnet_b0",        "tf_efficientnet_b0",     "TF EfficientNet",      224, "0.875", "bicubic",  76.85, 93.23, 1241, "tf_efficientnet_b0_aa-827b6e33.pth",     "module:bare"],
  ["tf_efficientnet_b1",        "tf_efficientnet_b1",     "TF EfficientNet",      240, "0.882", "bicubic",  78.84, 94.2,  1251, "tf_efficientnet_b1_aa-ea7a6ee0.pth",     "module:bare"],
  ["tf_efficientnet_b2",        "tf_efficientnet_b2",     "TF EfficientNet",      260, "0.89",  "bicubic",  80.07, 94.9,  1261, "tf_efficientnet_b2_aa-60c94f97.pth",     "module:bare"],
  ["tf_efficientnet_b3",        "tf_efficientnet_b3",     "TF EfficientNet",      300, "0.904", "bicubic",  81.65, 95.72, 1271, "tf_efficientnet_b3_aa-84b4657e.pth",     "module:bare"],
  ["tf_efficientnet_b4",        "tf_efficientnet_b4",     "TF EfficientNet",      380, "0.922", "bicubic",  83.03, 96.3,  1281, "tf_efficientnet_b4_aa-818f208c.pth",     "module:bare"],
  ["tf_efficientnet_b5",        "tf_efficientnet_b5",     "TF EfficientNet",      456, "0.934", "bicubic",  83.81, 96.75, 1291, "tf_efficientnet_b5_ra-9a3e5369.pth",     "module:acts"],
  ["tf_efficientnet_b6",        "tf_efficientnet_b6",     "TF EfficientNet",      528, "0.942", "bicubic",  84.11, 96.89, 1301, "tf_efficientnet_b6_aa-80ba17e4.pth",     "module:bare"],
  ["tf_efficientnet_b7",        "tf_efficientnet_b7",     "TF EfficientNet",      600, "0.949", "bicubic",  84.93, 97.2,  1312, "tf_efficientnet_b7_ra-6c08e654.pth",     "module:acts"],
  ["tf_efficientnet_b8",        "tf_efficientnet_b8",     "TF EfficientNet",      672, "0.954", "bicubic",  85.35, 97.39, 1323, "tf_efficientnet_b8_ra-572d5dd9.pth",     "plain:OrderedDict:int64"],
  ["tf_efficientnet_el",        "tf_efficientnet_el",     "TF EfficientNet",      300, "0.904", "bicubic",  80.45, 95.17, 1551, "tf_efficientnet_el-5143854e.pth",        "module:bare"],
  ["tf_efficientnet_em",        "tf_efficientnet_em",     "TF EfficientNet",      240, "0.882", "bicubic",  78.71, 94.33, 1541, "tf_efficientnet_em-e78cfe58.pth",        "module:bare"],
  ["tf_efficientnet_es",        "tf_efficientnet_es",     "TF EfficientNet",      224, "0.875", "bicubic",  77.28, 93.6,  1531, "tf_efficientnet_es-ca1afbfe.pth",        "module:bare"],
  ["tf_efficientnet_l2_ns_475", "tf_efficientnet_l2",     "TF EfficientNet",      475, "0.936", "bicubic",  88.24, 98.55, 1509, "tf_efficientnet_l2_ns_475-bebbd00a.pth", "module:acts+pool"],
  ["tf_efficientnet_lite0",     "tf_efficientnet_lite0",  "TF EfficientNet Lite", 224, "0.875", "bicubic",  74.83, 92.17, 1596, "tf_efficientnet_lite0-0aa007d2.pth",     "plain:OrderedDict:int64"],
  ["tf_efficientnet_lite1",     "tf_efficientnet_lite1",  "TF EfficientNet Lite", 240, "0.882", "bicubic",  76.67, 93.24, 1607, "tf_efficientnet_lite1-bde8b488.pth",     "plain:OrderedDict:int64"],
  ["tf_efficientnet_lite2",     "tf_efficientnet_lite2",  "TF EfficientNet Lite", 260, "0.89",  "bicubic",  77.48, 93.75, 1618, "tf_efficientnet_lite2-dcccb7df.pth",     "plain:OrderedDict:int64"],
  ["tf_efficientnet_lite3",     "tf_efficientnet_lite3",  "TF EfficientNet Lite", 300, "0.904", "bilinear", 79.83, 94.91, 1629, "tf_efficientnet_lite3-b733e338.pth",     "plain:OrderedDict:int64"],
  ["tf_efficientnet_lite4",     "tf_efficientnet_lite4",  "TF EfficientNet Lite", 380, "0.92",  "bilinear", 81.54, 95.66, 1640, "tf_efficientnet_lite4-741542c3.pth",     "plain:OrderedDict:int64"],
  ["tf_efficientnet_b0_ns",     "tf_efficientnet_b0",     "Noisy Student",        224, "0.875", "bicubic",  78.66, 94.37, 1427, "tf_efficientnet_b0_ns-c0e6a31c.pth",     "module:acts+pool"],
  ["tf_efficientnet_b1_ns",     "tf_efficientnet_b1",     "Noisy Student",        240, "0.882", "bicubic",  81.39, 95.74, 1437, "tf_efficientnet_b1_ns-99dd0c41.pth",     "module:acts+pool"],
  ["tf_efficientnet_b2_ns",     "tf_efficientnet_b2",     "Noisy Student",        260, "0.89",  "bicubic",  82.39, 96.24, 1447, "tf_efficientnet_b2_ns-00306e48.pth",     "module:acts+pool"],
  ["tf_efficientnet_b3_ns",     "tf_efficientnet_b3",     "Noisy Student",        300, "0.904", "bicubic",  84.04, 96.91, 1457, "tf_efficientnet_b3_ns-9d44bf68.pth",     "module:acts+pool"],
  ["tf_efficientnet_b4_ns",     "tf_efficientnet_b4",     "Noisy Student",        380, "0.922", "bicubic",  85.15, 97.47, 1467, "tf_efficientnet_b4_ns-d6313a46.pth",     "module:acts+pool"],
  ["tf_efficientnet_b5_ns",     "tf_efficientnet_b5",     "Noisy Student",        456, "0.934", "bicubic",  86.08, 97.75, 1477, "tf_efficientnet_b5_ns-6f26d0cf.pth",     "module:acts+pool"],
  ["tf_efficientnet_b6_ns",     "tf_efficientnet_b6",     "Noisy Student",        528, "0.942", "bicubic",  86.45, 97.88, 1487, "tf_efficientnet_b6_ns-51548356.pth",     "module:acts+pool"],
  ["tf_efficientnet_b7_ns",     "tf_efficientnet_b7",     "Noisy Student",        600, "0.949", "bicubic",  86.83, 98.08, 1498, "tf_efficientnet_b7_ns-1dbc32de.pth",     "module:acts+pool"],
  ["tf_efficientnet_l2_ns",     "tf_efficientnet_l2",     "Noisy Student",        800, "0.96",  "bicubic",  88.35, 98.66, 1520, "tf_efficientnet_l2_ns-df73bb44.pth",     "module:acts+pool"],
  ["tf_efficientnet_b0_ap",     "tf_efficientnet_b0",     "AdvProp",              224, "0.875", "bicubic",  77.1,  93.26, 1334, "tf_efficientnet_b0_ap-f262efe1.pth",     "module:acts"],
  ["tf_efficientnet_b1_ap",     "tf_efficientnet_b1",     "AdvProp",              240, "0.882", "bicubic",  79.28, 94.3,  1344, "tf_efficientnet_b1_ap-44ef0a3d.pth",     "module:acts"],
  ["tf_efficientnet_b2_ap",     "tf_efficientnet_b2",     "AdvProp",              260, "0.89",  "bicubic",  80.3,  95.03, 1354, "tf_efficientnet_b2_ap-2f8e7636.pth",     "module:acts"],
  ["tf_efficientnet_b3_ap",     "tf_efficientnet_b3",     "AdvProp",              300, "0.904", "bicubic",  81.82, 95.62, 1364, "tf_efficientnet_b3_ap-aad25bdd.pth",     "module:acts"],
  ["tf_efficientnet_b4_ap",     "tf_efficientnet_b4",     "AdvProp",              380, "0.922", "bicubic",  83.26, 96.39, 1374, "tf_efficientnet_b4_ap-dedb23e6.pth",     "module:acts"],
  ["tf_efficientnet_b5_ap",     "tf_efficientnet_b5",     "AdvProp",              456, "0.934", "bicubic",  84.25, 96.97, 1384, "tf_efficientnet_b5_ap-9e82fae8.pth",     "module:acts"],
  ["tf_efficientnet_b6_ap",     "tf_efficientnet_b6",     "AdvProp",              528, "0.942", "bicubic",  84.79, 97.14, 1394, "tf_efficientnet_b6_ap-4ffb161f.pth",     "module:acts"],
  ["tf_efficientnet_b7_ap",     "tf_efficientnet_b7",     "AdvProp",              600, "0.949", "bicubic",  85.12, 97.25, 1405, "tf_efficientnet_b7_ap-ddb28fec.pth",     "module:acts"],
  ["tf_efficientnet_b8_ap",     "tf_efficientnet_b8",     "AdvProp",              672, "0.954", "bicubic",  85.37, 97.3,  1416, "tf_efficientnet_b8_ap-00e169fa.pth",     "module:acts"],
];

/** The cards, in the order of timm's pages. */
export const CARDS: readonly Card[] = TABLE.map((row) => {
  const [id, model, collection, imageSize, cropPct, interpolation, top1, top5, line, weights, variant, other] = row;
  const printed = { id, model, collection, imageSize, cropPct, interpolation, top1, top5, line, weights };
  return { ...printed, variant, weightsOf: other ?? model };
});
