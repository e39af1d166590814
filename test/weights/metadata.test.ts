// What a weights file of ours says of itself: read as written, and refused by field where it was tampered with.

import { describe, expect, test } from "vitest";
import { architectureOf } from "#effnet/architecture/build.js";
import { TAGS } from "#effnet/architecture/tags.js";
import { FileError } from "#effnet/errors.js";
import { type Description, descriptionMetadata, readDescription } from "#effnet/weights/metadata.js";
import { readSafetensors, writeSafetensors } from "#effnet/weights/safetensors.js";

const config = {
  inputSize: { channels: 3, height: 224, width: 200 },
  interpolation: "bicubic",
  cropPct: 0.875,
  cropMode: "center",
  mean: [0.485, 0.456, 0.406],
  std: [0.229, 0.224, 0.225],
  classes: 3,
} as const;
const architecture = architectureOf("efficientnet_b0", { classes: 3 });

test("architecture, config, labels, recipe and plan come back through a file as they were", () => {
  const description: Description = {
    architecture,
    config: {
      ...config,
      testInputSize: { channels: 3, height: 300, width: 300 },
      testCropPct: 1,
      temperature: 1.5,
      minProbability: 0.5,
    },
    labels: ["cat", "dog", "ünïcode\n"],
    recipe: { epochs: 3, rates: [0.1, null] },
    plan: { keep: [true, "x"] },
  };
  const bytes = writeSafetensors(new Map(), { metadata: descriptionMetadata(description) });
  const { metadata } = readSafetensors(bytes, "x");
  expect(readDescription(metadata, "x")).toEqual(description);
  expect(metadata.get("format")).toBe("pt");
});

test("every published tag's config comes back", () => {
  for (const { config } of TAGS) {
    const read = readDescription(descriptionMetadata({ config }), "x");
    expect(read.config).toEqual(config);
    expect(read.labels).toBe(undefined);
  }
});

test("a file of another writer says nothing", () => {
  const nothing = { architecture: undefined, config: undefined, labels: undefined, recipe: undefined, plan: undefined };
  expect(readDescription(new Map([["format", "pt"]]), "x")).toEqual(nothing);
});

describe("what is refused", () => {
  const withConfig = (changes: object): Map<string, string> =>
    new Map([["effnet.config", JSON.stringify({ ...config, ...changes })]]);

  test.each([
    ["no JSON", new Map([["effnet.config", "{oops"]]), "effnet.config: is not JSON"],
    ["a list", new Map([["effnet.config", "[]"]]), "effnet.config: expected an object, got []"],
    ["an architecture that is none", new Map([["effnet.architecture", "{}"]]), "architecture"],
    [
      "no classes",
      withConfig({ classes: undefined }),
      "effnet.config.classes: expected a number in range, got nothing",
    ],
    ["half a class", withConfig({ classes: 2.5 }), "effnet.config.classes"],
    [
      "a temperature of 0",
      withConfig({ temperature: 0 }),
      "effnet.config.temperature: expected a number in range, got 0",
    ],
    [
      "a share of 2",
      withConfig({ minProbability: 2 }),
      "effnet.config.minProbability: expected a number in range, got 2",
    ],
    ["a size of 0", withConfig({ inputSize: { channels: 3, height: 0, width: 9 } }), "effnet.config.inputSize.height"],
    [
      "a side of a million",
      withConfig({ testInputSize: { channels: 3, height: 9, width: 1e6 } }),
      "testInputSize.width",
    ],
    ["a size as a list", withConfig({ inputSize: [3, 224, 224] }), "effnet.config.inputSize: expected an object"],
    ["another filter", withConfig({ interpolation: "lanczos" }), 'expected bilinear, bicubic, got "lanczos"'],
    ["another crop", withConfig({ cropMode: "__proto__" }), "effnet.config.cropMode"],
    ["a crop of 0", withConfig({ cropPct: 0 }), "effnet.config.cropPct"],
    ["a standard deviation of 0", withConfig({ std: [1, 0, 1] }), "effnet.config.std"],
    ["means that are text", withConfig({ mean: ["1"] }), "effnet.config.mean"],
    ["means and deviations of two lengths", withConfig({ mean: [0.5] }), "lists of one length"],
    [
      "too few labels",
      withConfig({ labels: ["a", "b"] }),
      "effnet.config.labels: expected 3 names, one a class, got 2",
    ],
    ["labels that are no text", withConfig({ labels: [1, 2, 3] }), "effnet.config.labels"],
    [
      "classes that are not the network's",
      new Map([...descriptionMetadata({ architecture }), ...withConfig({ classes: 5 })]),
      "effnet.config.classes: expected the classifier's number, got 5, and 3",
    ],
  ])("%s", (_, metadata, part) => {
    const message = refusal(metadata);
    expect(message).toContain(part);
    expect(message.startsWith("w.safetensors: ")).toBe(true);
  });

  test("JSON nested a million deep, without a stack overflow", () => {
    const deep = "[".repeat(1e6) + "]".repeat(1e6);
    expect(refusal(new Map([["effnet.config", deep]]))).toContain("effnet.config");
  });

  test("a __proto__ in the config sets nothing", () => {
    const text = JSON.stringify(config).replace("{", '{"__proto__":{"labels":["a","b","c"]},');
    expect(readDescription(new Map([["effnet.config", text]]), "x").labels).toBe(undefined);
    expect(({} as Record<string, unknown>)["labels"]).toBe(undefined);
  });
});

function refusal(metadata: ReadonlyMap<string, string>): string {
  try {
    readDescription(metadata, "w.safetensors");
  } catch (error) {
    expect(error).toBeInstanceOf(FileError);
    return (error as FileError).message;
  }
  throw new Error("expected a refusal");
}
