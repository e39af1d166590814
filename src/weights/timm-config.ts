// `config.json` as timm's push_to_hub writes it (timm/models/_hub.py, save_config_for_hf): network, classes, preprocessing.

import type { Architecture, PretrainedConfig } from "../architecture/architecture.ts";

export interface TimmConfigParts {
  /** As timm calls the network. */
  readonly name: string;
  /** Of the weights, e.g. `ra_in1k`; empty for one's own. */
  readonly tag?: string;
  readonly architecture: Architecture;
  readonly config: PretrainedConfig;
  /** One a class; left out, readers take ImageNet's for 1,000 classes. */
  readonly labels?: readonly string[] | undefined;
}

const REDUCTION = 32; // input side ÷ side of the last map, in the whole family

/** Plain JSON, keys in timm's order. */
export function timmConfig({ name, tag = "", architecture, config, labels }: TimmConfigParts): object {
  const { inputSize, testInputSize, testCropPct } = config;
  const sides = ({ channels, height, width }: PretrainedConfig["inputSize"]): number[] => [channels, height, width];
  const { inChannels } = architecture;
  return {
    architecture: name,
    num_classes: architecture.classes,
    num_features: architecture.head.width,
    ...(labels === undefined ? {} : { label_names: labels }),
    ...(inChannels === 3 ? {} : { model_args: { in_chans: inChannels } }),
    pretrained_cfg: {
      tag,
      custom_load: false,
      input_size: sides(inputSize),
      ...(testInputSize === undefined ? {} : { test_input_size: sides(testInputSize) }),
      fixed_input_size: false,
      interpolation: config.interpolation,
      crop_pct: config.cropPct,
      ...(testCropPct === undefined ? {} : { test_crop_pct: testCropPct }),
      crop_mode: config.cropMode,
      mean: config.mean,
      std: config.std,
      num_classes: architecture.classes,
      pool_size: [Math.ceil(inputSize.height / REDUCTION), Math.ceil(inputSize.width / REDUCTION)],
      first_conv: "conv_stem",
      classifier: "classifier",
    },
  };
}
