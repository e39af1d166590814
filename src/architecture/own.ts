// The package's own network, for pictures of 32×32: V2's fused first stages at a stem of stride 1, scaled down until two
// cores train it from scratch in two hours. timm has none of that size; its blocks and tensors are timm's all the same.

import type { PretrainedConfig } from "./architecture.ts";
import type { Row } from "./rows.ts";

export type OwnName = "effnet_cifar10";

export const OWN_ROWS: Readonly<Record<OwnName, Row>> = {
  effnet_cifar10: {
    name: "effnet_cifar10",
    stages: ["er_r2_k3_s2_e4_c32", "er_r2_k3_s2_e4_c56", "ir_r3_k3_s1_e4_c72_se0.25", "ir_r3_k3_s2_e4_c104_se0.25"],
    stem: 16,
    stemStride: 1,
    head: 256,
    activation: "silu",
    roundLimit: 0,
    hasFixedStem: false,
    hasFixedHead: false,
    hasFixedEnds: false,
    width: 1,
    depth: 1,
    padding: "symmetric",
    epsilon: 1e-3,
  },
};

/** Preprocessing of its weights, and the classes they know. */
export const OWN_CONFIGS: Readonly<Record<OwnName, PretrainedConfig>> = {
  effnet_cifar10: {
    inputSize: { channels: 3, height: 32, width: 32 },
    interpolation: "bicubic",
    cropPct: 1,
    cropMode: "center",
    mean: [0.485, 0.456, 0.406],
    std: [0.229, 0.224, 0.225],
    classes: 10,
  },
};

export function isOwnName(name: string): name is OwnName {
  return Object.hasOwn(OWN_ROWS, name);
}
