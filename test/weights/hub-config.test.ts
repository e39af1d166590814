// `config.json` of repositories in timm's format: what it means, and what is refused.

import { describe, expect, test } from "vitest";
import { architectureOf, TAGS } from "#effnet/architecture/index.js";
import { FileError } from "#effnet/errors.js";
import { parseRepositoryConfig } from "#effnet/weights/hub/repository-config.js";

const parse = (config: unknown) => parseRepositoryConfig(JSON.stringify(config), "me/net/config.json");

/** As timm writes it for the first of the pruned three. */
const PUBLISHED = {
  architecture: "efficientnet_b1_pruned",
  num_classes: 1000,
  num_features: 1280,
  pretrained_cfg: {
    tag: "in1k",
    custom_load: false,
    input_size: [3, 240, 240],
    fixed_input_size: false,
    interpolation: "bicubic",
    crop_pct: 0.882,
    crop_mode: "center",
    mean: [0.5, 0.5, 0.5],
    std: [0.5, 0.5, 0.5],
    num_classes: 1000,
    pool_size: [8, 8],
    first_conv: "conv_stem",
    classifier: "classifier",
    license: "apache-2.0",
  },
};

describe("a published config", () => {
  test("gives what the name gives", () => {
    const { architecture, config, tag, labels } = parse(PUBLISHED);
    expect(architecture).toEqual(architectureOf("efficientnet_b1_pruned"));
    expect(config).toEqual(TAGS.find(({ name }) => name === "efficientnet_b1_pruned")?.config);
    expect([tag, labels]).toEqual(["in1k", undefined]);
  });

  test("in the older form means the same", () => {
    const { pretrained_cfg, ...top } = PUBLISHED;
    expect(parse({ ...top, ...pretrained_cfg })).toEqual(parse(PUBLISHED));
  });

  test("that says nothing has timm's defaults; null is nothing", () => {
    const bare = parse({ architecture: "efficientnet_b0" });
    expect(bare.config).toEqual({
      inputSize: { channels: 3, height: 224, width: 224 },
      interpolation: "bicubic",
      cropPct: 0.875,
      cropMode: "center",
      mean: [0.485, 0.456, 0.406],
      std: [0.229, 0.224, 0.225],
      classes: 1000,
    });
    const nulls = { crop_pct: null, mean: null, test_input_size: null, tag: null, num_classes: null };
    expect(parse({ architecture: "efficientnet_b0", num_classes: null, pretrained_cfg: nulls })).toEqual(bare);
  });
});

describe("another network", () => {
  test("has the top's number of classes and their names, a test size, and one mean for all channels", () => {
    const { architecture, config, labels } = parse({
      architecture: "efficientnet_b0.ra_in1k",
      num_classes: 3,
      label_names: ["a", "b", "c"],
      model_args: { in_chans: 1, drop_rate: 0.3, drop_path_rate: 0.1 },
      pretrained_cfg: {
        input_size: [3, 64, 96],
        test_input_size: [3, 80, 80],
        mean: 0.4,
        std: [0.2],
        num_classes: 1000,
        crop_mode: "squash",
        test_crop_pct: 1,
      },
    });
    expect(architecture).toEqual(architectureOf("efficientnet_b0", { classes: 3, inChannels: 1 }));
    expect(config).toEqual({
      inputSize: { channels: 1, height: 64, width: 96 },
      testInputSize: { channels: 1, height: 80, width: 80 },
      interpolation: "bicubic",
      cropPct: 0.875,
      testCropPct: 1,
      cropMode: "squash",
      mean: [0.4],
      std: [0.2],
      classes: 3,
    });
    expect(labels).toEqual(["a", "b", "c"]);
  });

  test("may name some of its classes by number, or in the older key", () => {
    expect(parse({ architecture: "efficientnet_b0", num_classes: 4, label_names: { 0: "a", 2: "c" } }).labels).toEqual([
      "a",
      "class 1",
      "c",
      "class 3",
    ]);
    expect(parse({ architecture: "efficientnet_b0", num_classes: 2, labels: ["a", "b"] }).labels).toEqual(["a", "b"]);
  });

  test("whose names are synsets is told by their descriptions", () => {
    const names = { label_names: ["n01440764", "n01443537"], label_descriptions: { n01440764: "tench, Tinca tinca" } };
    expect(parse({ architecture: "efficientnet_b0", num_classes: 2, ...names }).labels).toEqual([
      "tench, Tinca tinca",
      "n01443537",
    ]);
    const words = { label_names: ["cat", "dog"], label_descriptions: { cat: "a cat" } };
    expect(parse({ architecture: "efficientnet_b0", num_classes: 2, ...words }).labels).toEqual(["cat", "dog"]);
  });
});

test("a network without a name is written out", () => {
  const own = { ...architectureOf("test_efficientnet"), name: "mine", head: { width: 40 } };
  const { architecture } = parse({ architecture: "mine", num_classes: 2, effnet_architecture: own });
  expect(architecture).toEqual({ ...own, classes: 2 });
  expect(() => parse({ architecture: "mine", effnet_architecture: { name: "mine" } })).toThrow(FileError);
});

describe("a config that is refused names the key", () => {
  const B0 = { architecture: "efficientnet_b0", num_classes: 2 };
  test.each([
    [[], /expected an object, got a list/],
    [{}, /architecture: expected a text, got nothing/],
    [{ architecture: "resnet50" }, /architecture: "resnet50" is no network that effnet knows/],
    [{ architecture: "efficientnet_cc_b0_4e" }, /is no network that effnet knows/],
    [{ architecture: "hf-hub:a/b" }, /is no network/],
    [{ ...B0, num_classes: -1 }, /num_classes: expected a whole number/],
    [{ ...B0, num_classes: 1e9 }, /num_classes/],
    [{ ...B0, label_names: ["a"] }, /label_names: expected 2 names, one a class, got 1/],
    [{ ...B0, label_names: ["a", 1] }, /label_names: expected a list of names/],
    [{ ...B0, label_names: { 2: "c" } }, /label_names: expected class numbers below 2, got "2"/],
    [{ ...B0, label_names: { __proto__: null, constructor: "c" } }, /label_names/],
    [{ ...B0, model_args: { img_size: 300 } }, /model_args\.img_size: expected none but in_chans/],
    [{ ...B0, pretrained_cfg: { input_size: [3, 224] } }, /input_size: expected \[channels, height, width\]/],
    [{ ...B0, pretrained_cfg: { input_size: [3, 1e9, 1e9] } }, /input_size/],
    [
      { ...B0, pretrained_cfg: { interpolation: "lanczos" } },
      /interpolation: expected bilinear, bicubic, got "lanczos"/,
    ],
    [{ ...B0, pretrained_cfg: { crop_pct: 0 } }, /crop_pct/],
    [{ ...B0, pretrained_cfg: { std: [0, 0, 0] } }, /std/],
    [{ ...B0, pretrained_cfg: { label_offset: 1 } }, /label_offset/],
    [{ ...B0, pretrained_cfg: { custom_load: "npz" } }, /custom_load/],
    [{ ...B0, pretrained_cfg: 3 }, /pretrained_cfg: expected an object/],
  ])("%j", (config, words) => {
    expect(() => parse(config)).toThrow(FileError);
    expect(() => parse(config)).toThrow(/^me\/net\/config\.json: /);
    expect(() => parse(config)).toThrow(words);
  });

  test("no JSON, and nesting without end", () => {
    expect(() => parseRepositoryConfig("<html>", "x")).toThrow(FileError);
    expect(() => parseRepositoryConfig("[".repeat(1e6), "x")).toThrow(FileError);
    expect(() => parseRepositoryConfig(`{"architecture":${'{"a":'.repeat(1e4)}1${"}".repeat(1e4)}}`, "x")).toThrow(
      FileError,
    );
  });
});
