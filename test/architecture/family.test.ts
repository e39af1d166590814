import { describe, expect, test } from "vitest";
import {
  type Architecture,
  accuracies,
  architectureOf,
  cost,
  featureLevels,
  layers,
  ROWS,
  resolve,
  TEST_SETS,
  tagsOf,
  tensorSpecs,
} from "#effnet/architecture/index.js";
import { family, type GoldenTag, golden } from "./golden.ts";

test("the family has timm's 57 names, in timm's order", () => {
  expect(golden.length).toBe(57);
  expect(Object.keys(ROWS)).toEqual(golden.map(([name]) => name));
});

describe("is timm's network: blocks, features, tensors and every figure", () => {
  test.each(golden)("%s", (name, row) => {
    const a = architectureOf(name);
    const whole = { height: row.input_size, width: row.input_size };
    expect(blockRows(a)).toEqual(row.blocks);
    expect([a.stem.width, a.head.width, a.classes, a.inChannels]).toEqual([row.stem, row.head, row.num_classes, 3]);
    expect([a.activation, a.padding, a.norm]).toEqual([
      row.act,
      row.padding,
      { epsilon: row.bn_eps, momentum: row.bn_momentum },
    ]);
    expect(cost(layers(a, whole))).toEqual({
      parameters: row.params,
      macs: row.macs,
      activations: row.activations,
      buffers: row.buffers,
      tensors: row.tensors,
      tensorBytes: row.tensor_bytes,
    });
    expect(tensorSpecs(a).length).toBe(row.tensors);
    const levels = row.features.map((f) => ({ ...f, stage: f.stage - 1, timm_reports: undefined }));
    expect(featureLevels(a)).toEqual(levels);
    expect(cost(layers(architectureOf(name, { classes: 0 }), whole)).parameters).toBe(row.params_without_classifier);
  });

  test("the rows say what timm's do: strings and multipliers", () => {
    for (const [name, row] of golden) {
      const { stages, width, depth } = ROWS[name];
      expect([stages, width, depth]).toEqual([row.arch, row.width, row.depth]);
    }
  });
});

describe("has timm's tags with their configs, the default first", () => {
  test.each(golden)("%s", (name, row) => {
    const tags = tagsOf(name);
    expect(tags.map(({ tag }) => tag).sort()).toEqual(Object.keys(row.tags).sort());
    expect(tags[0].tag).toBe(row.default_tag);
    for (const { tag, config, hubId, url } of tags) {
      const timms = row.tags[tag];
      expect(config).toEqual(configOf(timms));
      expect([hubId, url]).toEqual([timms.has_weights ? timms.hf_hub_id : null, timms.url ?? null]);
      expect(timms.default).toBe(tag === row.default_tag);
      if (!timms.has_weights) continue;
      const full = resolve(`${name}.${tag}`);
      expect([full.name, full.tag, full.config, full.hubId]).toEqual([name, tag, config, timms.hf_hub_id]);
    }
    const bare = resolve(name);
    expect(bare.tag).toBe(row.tags[row.default_tag].has_weights ? row.default_tag : null);
    expect(bare.config).toEqual(tags[0].config);
  });
});

describe("published accuracies are timm's, of every set of weights", () => {
  const sets = [
    "results-imagenet.csv",
    "results-imagenet-real.csv",
    "results-imagenetv2-matched-frequency.csv",
    "results-sketch.csv",
    "results-imagenet-a.csv",
    "results-imagenet-r.csv",
  ];
  test("588 of them, at the size and crop that the tag's config says", () => {
    expect(family.csvs).toEqual(sets);
    let count = 0;
    for (const [name, row] of golden) {
      for (const [tag, timms] of Object.entries(row.tags)) {
        const published = [...(timms.results ?? [])].sort((x, y) => x[0] - y[0] || x[1] - y[1]);
        expect(accuracies(`${name}.${tag}`)).toEqual(
          published.map(([csv, inputSize, top1, top5]) => ({ testSet: TEST_SETS[csv], inputSize, top1, top5 })),
        );
        for (const [, size, , , cropPct, interpolation] of published) {
          const isTrained = size === timms.input_size[1];
          expect(size).toBe((isTrained ? timms.input_size : timms.test_input_size)?.[1]);
          expect(cropPct).toBe(isTrained ? timms.crop_pct : (timms.test_crop_pct ?? timms.crop_pct));
          expect(interpolation).toBe(timms.interpolation);
        }
        count += published.length;
      }
    }
    expect(count).toBe(588);
  });
});

describe("names outside the family", () => {
  test.each(Object.entries(family.excluded))("%s is refused, with its reason", (name, reason) => {
    expect(() => resolve(name)).toThrow(expect.objectContaining({ code: "unsupported" }));
    expect(() => resolve(name)).toThrow(reason);
  });

  test.each(Object.entries(family.deprecated))("%s is %s, and says so", (old, today) => {
    const { deprecated, ...resolved } = resolve(old);
    expect(resolved).toEqual(resolve(today));
    expect(deprecated).toContain(today);
    expect(deprecated).not.toContain("\n");
  });
});

function blockRows(a: Architecture): unknown[] {
  let entering = a.stem.width;
  return a.stages.flatMap((stage, s) =>
    stage.map((block, b) => {
      const expanded = block.kind === "cn" ? null : block.kind === "ds" ? entering : block.expanded;
      const squeeze = block.kind === "ds" || block.kind === "ir" ? block.squeeze : null;
      const { kind, kernel, stride, out, hasSkip } = block;
      const row = [s, b, kind, kernel, stride, entering, expanded, out, squeeze, hasSkip ? 1 : 0];
      entering = out;
      return row;
    }),
  );
}

function configOf(timms: GoldenTag): object {
  const size = ([channels, height, width]: readonly [number, number, number]) => ({ channels, height, width });
  return {
    inputSize: size(timms.input_size),
    testInputSize: timms.test_input_size && size(timms.test_input_size),
    interpolation: timms.interpolation,
    cropPct: timms.crop_pct,
    testCropPct: timms.test_crop_pct,
    cropMode: timms.crop_mode,
    mean: timms.mean,
    std: timms.std,
    classes: timms.num_classes,
  };
}
