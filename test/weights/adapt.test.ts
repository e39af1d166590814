// A file's tensors made to fit: what timm changes, by values computed here by hand, and what it refuses.

import { describe, expect, test } from "vitest";
import type { Architecture } from "#effnet/architecture/architecture.js";
import { architectureOf } from "#effnet/architecture/build.js";
import { tensorSpecs } from "#effnet/architecture/tensors.js";
import { FileError } from "#effnet/errors.js";
import { elements, type StateDict, type Tensor } from "#effnet/tensor.js";
import { type AdaptOptions, adapt } from "#effnet/weights/adapt.js";
import { initialize } from "#effnet/weights/initialize.js";
import { stateDictFrom, storedFrom } from "#effnet/weights/state-dict.js";

const NETWORKS = [
  "efficientnet_b0",
  "tf_efficientnetv2_b0",
  "efficientnet_b1_pruned",
  "efficientnet_b2_pruned",
  "efficientnet_b3_pruned",
] as const;
const b0 = architectureOf("efficientnet_b0");
const b0Weights = initialize(b0, 1, { scheme: "timm" });

function zeros(a: Architecture): StateDict {
  return new Map(tensorSpecs(a).map(({ name, shape }) => [name, { shape, data: new Float32Array(elements(shape)) }]));
}

/** The stem's first output channel is w[c][y][x] = 1, 2, 3 … 27 / 8; the others are zero. */
function withCountingStem(stateDict: StateDict): StateDict {
  const stem = stateDict.get("conv_stem.weight") as Tensor;
  const data = new Float32Array(stem.data.length);
  for (let i = 0; i < 27; i++) data[i] = (i + 1) / 8;
  return new Map(stateDict).set("conv_stem.weight", { shape: stem.shape, data });
}

describe.each(NETWORKS)("%s with other input channels", (name) => {
  const stored = withCountingStem(zeros(architectureOf(name)));
  /** Values of the first output channel, 9 an input channel, times 8. */
  const stemOf = (inChannels: number): number[][] => {
    const a = architectureOf(name, { inChannels });
    const { shape, data } = adapt(stored, a, { file: "x" }).get("conv_stem.weight") as Tensor;
    expect(shape).toEqual([a.stem.width, inChannels, 3, 3]);
    return Array.from({ length: inChannels }, (_, c) => [...data.subarray(9 * c, 9 * c + 9)].map((w) => w * 8));
  };

  test("1 channel: the sum of the three, not their mean", () => {
    expect(stemOf(1)).toEqual([[30, 33, 36, 39, 42, 45, 48, 51, 54]]); // 1 + 10 + 19, 2 + 11 + 20, …
  });

  test("2 channels: the first two, times 3/2", () => {
    expect(stemOf(2)).toEqual([
      [1.5, 3, 4.5, 6, 7.5, 9, 10.5, 12, 13.5],
      [15, 16.5, 18, 19.5, 21, 22.5, 24, 25.5, 27],
    ]);
  });

  test("4 channels: red, green, blue, red, times 3/4", () => {
    const red = [0.75, 1.5, 2.25, 3, 3.75, 4.5, 5.25, 6, 6.75];
    const green = [7.5, 8.25, 9, 9.75, 10.5, 11.25, 12, 12.75, 13.5];
    const blue = [14.25, 15, 15.75, 16.5, 17.25, 18, 18.75, 19.5, 20.25];
    expect(stemOf(4)).toEqual([red, green, blue, red]);
  });

  test("6 channels: red, green, blue twice, halved", () => {
    const red = [0.5, 1, 1.5, 2, 2.5, 3, 3.5, 4, 4.5];
    const green = [5, 5.5, 6, 6.5, 7, 7.5, 8, 8.5, 9];
    const blue = [9.5, 10, 10.5, 11, 11.5, 12, 12.5, 13, 13.5];
    expect(stemOf(6)).toEqual([red, green, blue, red, green, blue]);
  });

  test("all other tensors stay as they are", () => {
    const fitted = adapt(stored, architectureOf(name, { inChannels: 1 }), { file: "x" });
    for (const [key, { data }] of fitted) if (key !== "conv_stem.weight") expect(data, key).toBe(stored.get(key)?.data);
  });
});

test("sums and products of the stem are rounded to float32 once each, in order", () => {
  const stem = b0Weights.get("conv_stem.weight") as Tensor;
  const data = new Float32Array(stem.data.length);
  data[0] = 1;
  data[9] = 2 ** -24; // lost beside 1, kept beside 2^-24
  data[18] = 2 ** -24;
  const stored = new Map(b0Weights).set("conv_stem.weight", { shape: stem.shape, data });
  const fitted = (inChannels: number): number =>
    adapt(stored, architectureOf("efficientnet_b0", { inChannels }), { file: "x" }).get("conv_stem.weight")?.data[0] ??
    0;
  expect(fitted(1)).toBe(1);
  expect(fitted(5)).toBe(Math.fround(0.6));
});

test("a stem that already has the network's channels is left alone", () => {
  const a = architectureOf("efficientnet_b0", { inChannels: 1 });
  const stored = initialize(a, 1, { scheme: "timm" });
  expect(adapt(stored, a, { file: "x" }).get("conv_stem.weight")).toEqual(stored.get("conv_stem.weight"));
});

describe("another number of classes", () => {
  const ten = architectureOf("efficientnet_b0", { classes: 10 });

  test("drops the classifier; the new one is timm's, from the seed; the rest stays", () => {
    const lines: string[] = [];
    const fitted = adapt(b0Weights, ten, { file: "x", seed: 5, onAdapt: (line) => lines.push(line) });
    const fresh = initialize(ten, 5, { scheme: "timm" });
    for (const { name } of tensorSpecs(ten)) {
      const expected = name.startsWith("classifier.") ? fresh : b0Weights;
      const [got, want] = [fitted, expected].map((each) => Buffer.from((each.get(name) as Tensor).data.buffer));
      expect(got.equals(want), name).toBe(true);
    }
    expect(lines).toEqual(["the classifier for 1000 classes was replaced by an untrained one for 10"]);
  });

  test("a pruned network's new classifier has torch's bound, 1/√inputs, and a bias", () => {
    const a = architectureOf("efficientnet_b1_pruned", { classes: 4 });
    const stored = initialize(architectureOf("efficientnet_b1_pruned"), 1, { scheme: "torch" });
    const fitted = adapt(stored, a, { file: "x", seed: 5, scheme: "torch" });
    const bound = 1 / Math.sqrt(a.head.width);
    expect(fitted.get("classifier.weight")?.data.every((w) => Math.abs(w) <= bound)).toBe(true);
    expect(fitted.get("classifier.bias")?.data.every((w) => w !== 0 && Math.abs(w) <= bound)).toBe(true);
  });

  test("0 classes leave the classifier out", () => {
    const fitted = adapt(b0Weights, architectureOf("efficientnet_b0", { classes: 0 }), { file: "x" });
    expect([...fitted.keys()].filter((name) => name.startsWith("classifier"))).toEqual([]);
  });

  test("is refused without a seed", () => {
    expect(refusal(b0Weights, { classes: 10 })).toContain('"classifier.weight": expected [10, 1280]');
  });

  test("a file without a classifier is refused, not filled with random numbers", () => {
    const stored = new Map([...b0Weights].filter(([name]) => !name.startsWith("classifier")));
    expect(refusal(stored, {}, { seed: 1 })).toContain("2 missing (classifier.weight, classifier.bias)");
  });
});

describe("what does not fit", () => {
  test("the state dict comes in timm's order, whatever the file's", () => {
    const reversed = new Map([...b0Weights].reverse());
    expect([...adapt(reversed, b0, { file: "x" }).keys()]).toEqual(tensorSpecs(b0).map(({ name }) => name));
  });

  test("the file it came from is not changed", () => {
    const stored = new Map(b0Weights);
    adapt(stored, architectureOf("efficientnet_b0", { classes: 3, inChannels: 1 }), { file: "x", seed: 0 });
    expect([...stored]).toEqual([...b0Weights]);
  });

  test("another shape names the tensor, both shapes and the network", () => {
    const stored = new Map(b0Weights).set("blocks.1.0.conv_pw.weight", { shape: [1], data: new Float32Array(1) });
    const message = refusal(stored, {});
    expect(message).toContain(
      'w.pth: tensor "blocks.1.0.conv_pw.weight": expected [96, 16, 1, 1] for efficientnet_b0, got [1].',
    );
    expect(message).toContain("1 of another shape");
  });

  test("another network's file names that network, and all that have its tensors", () => {
    const stored = zeros(architectureOf("efficientnet_b1_pruned", { classes: 7 }));
    expect(refusal(stored, {})).toContain("These are the tensors of efficientnet_b1_pruned: ask for that.");
    const twins = zeros(architectureOf("efficientnet_b1", { inChannels: 1 }));
    expect(refusal(twins, {})).toContain("These are the tensors of efficientnet_b1, tf_efficientnet_b1: ask for that.");
  });

  test("missing and unexpected tensors are listed, five of them at most", () => {
    const stored = new Map(Array.from(b0Weights, ([name, tensor]) => [`encoder.${name}`, tensor]));
    const message = refusal(stored, {});
    expect(message).toContain('tensor "conv_stem.weight": expected [32, 3, 3, 3] for efficientnet_b0, got none');
    expect(message).toMatch(/311 missing \(conv_stem\.weight, (\S+, ){3}\S+ and 306 more\)/);
    expect(message).toMatch(/360 unexpected \(encoder\.conv_stem\.weight, (\S+, ){3}\S+ and 355 more\)/);
    expect(message).not.toContain("\n");
  });

  test("one unexpected tensor is refused by name, even one with a line break", () => {
    const stored = new Map(b0Weights).set("extra\nname", { shape: [1], data: new Float32Array(1) });
    expect(refusal(stored, {})).toContain('tensor "extra\\nname": expected no such tensor in efficientnet_b0, got [1]');
  });

  test("a stem for two channels does not become one for three", () => {
    const stored = initialize(architectureOf("efficientnet_b0", { inChannels: 2 }), 1, { scheme: "timm" });
    expect(refusal(stored, {})).toContain("expected [32, 3, 3, 3] for efficientnet_b0, got [32, 2, 3, 3]");
  });

  test("batch counters may be int64, float32, a vector of one, or missing", () => {
    const stored = storedFrom(b0Weights);
    stored.set("bn1.num_batches_tracked", { dtype: "I64", shape: [], data: BigInt64Array.of(4321n) });
    stored.set("bn2.num_batches_tracked", { dtype: "F32", shape: [], data: Float32Array.of(0.5) });
    stored.set("blocks.0.0.bn1.num_batches_tracked", { dtype: "I64", shape: [1], data: BigInt64Array.of(9n) });
    stored.delete("blocks.0.0.bn2.num_batches_tracked");
    const fitted = adapt(stateDictFrom(stored), b0, { file: "x" });
    const counters = ["bn1", "bn2", "blocks.0.0.bn1", "blocks.0.0.bn2"].map((norm) =>
      fitted.get(`${norm}.num_batches_tracked`),
    );
    expect(counters.map((counter) => [counter?.shape, counter?.data[0]])).toEqual([
      [[], 4321],
      [[], 0.5],
      [[], 9],
      [[], 0],
    ]);
  });
});

test("every dtype of a file becomes float32, and counters go back to int64", () => {
  const stateDict = stateDictFrom(
    new Map([
      ["double", { dtype: "F64", shape: [1], data: Float64Array.of(0.1) }],
      ["long", { dtype: "I64", shape: [1], data: BigInt64Array.of(-(2n ** 40n)) }],
      ["bytes", { dtype: "U8", shape: [2], data: Uint8Array.of(0, 255) }],
      ["bn1.num_batches_tracked", { dtype: "F32", shape: [], data: Float32Array.of(12) }],
    ]),
  );
  expect([...stateDict.values()].map(({ data }) => [...data])).toEqual([
    [Math.fround(0.1)],
    [-(2 ** 40)],
    [0, 255],
    [12],
  ]);
  expect(storedFrom(stateDict).get("bn1.num_batches_tracked")).toEqual({
    dtype: "I64",
    shape: [],
    data: BigInt64Array.of(12n),
  });
});

function refusal(
  stored: StateDict,
  network: { readonly classes?: number; readonly inChannels?: number },
  options: Partial<AdaptOptions> = {},
): string {
  try {
    adapt(stored, architectureOf("efficientnet_b0", network), { file: "w.pth", ...options });
  } catch (error) {
    expect(error).toBeInstanceOf(FileError);
    return (error as FileError).message;
  }
  throw new Error("expected a refusal");
}
