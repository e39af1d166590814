// Weights before training: their distributions, the exceptions, and that a seed says them all.

import { describe, expect, test } from "vitest";
import { architectureOf } from "#effnet/architecture/build.js";
import { layers } from "#effnet/architecture/layers.js";
import { tensorSpecs } from "#effnet/architecture/tensors.js";
import type { StateDict, Tensor } from "#effnet/tensor.js";
import { initialize } from "#effnet/weights/initialize.js";

const b0 = architectureOf("efficientnet_b0");
const timm = initialize(b0, 42, { scheme: "timm" });

test("the state dict has timm's names and shapes in timm's order", () => {
  expect(Array.from(timm, ([name, { shape }]) => [name, shape])).toEqual(
    tensorSpecs(b0).map(({ name, shape }) => [name, shape]),
  );
});

describe("timm's rule", () => {
  test.each([
    ["conv_stem.weight", 3 * 3 * 32],
    ["blocks.1.0.conv_pw.weight", 96],
    ["blocks.1.0.conv_dw.weight", 3 * 3], // depthwise: k²
    ["blocks.6.0.conv_dw.weight", 3 * 3],
    ["blocks.2.0.conv_dw.weight", 5 * 5],
    ["blocks.6.0.se.conv_reduce.weight", 48],
    ["blocks.6.0.se.conv_expand.weight", 1152],
    ["conv_head.weight", 1280],
  ])("%s is normal with variance 2 / fan_out, fan_out %i, not truncated", (name, fanOut) => {
    const { mean, deviation, kurtosis, count } = moments(timm, name);
    const expected = Math.sqrt(2 / fanOut);
    // Five standard errors of each moment of a normal sample.
    expect(Math.abs(mean)).toBeLessThan((5 * expected) / Math.sqrt(count));
    expect(Math.abs(deviation / expected - 1)).toBeLessThan(5 / Math.sqrt(2 * count));
    expect(Math.abs(kurtosis - 3)).toBeLessThan(5 * Math.sqrt(24 / count));
  });

  test("the classifier is uniform within 1/√classes, not 1/√inputs", () => {
    const { mean, deviation, kurtosis, largest } = moments(timm, "classifier.weight");
    const bound = 1 / Math.sqrt(1000);
    expect(largest).toBeLessThanOrEqual(bound);
    expect(largest).toBeGreaterThan(0.9999 * bound);
    expect(Math.abs(mean)).toBeLessThan(bound / 100);
    expect(deviation).toBeCloseTo(bound / Math.sqrt(3), 4);
    expect(kurtosis).toBeCloseTo(1.8, 2);
  });

  test("every bias is 0; every norm is 1, 0, 0, 1, 0", () => {
    const values = { weight: 1, bias: 0, running_mean: 0, running_var: 1, num_batches_tracked: 0 };
    for (const layer of layers(b0, { height: 1, width: 1 })) {
      for (const { name, role } of layer.tensors) {
        if (layer.kind !== "norm" && role !== "bias") continue;
        expect(
          timm.get(name)?.data.every((x) => x === values[role]),
          name,
        ).toBe(true);
      }
    }
  });
});

describe("torch's rule, for the pruned trio", () => {
  const a = architectureOf("efficientnet_b1_pruned");
  const torch = initialize(a, 42, { scheme: "torch" });

  test("convolutions, classifier and their biases are uniform within 1/√fan_in; norms are as timm's", () => {
    for (const layer of layers(a, { height: 1, width: 1 })) {
      const weight = layer.tensors[0];
      if (weight === undefined) continue;
      if (layer.kind === "norm") {
        expect(
          torch.get(weight.name)?.data.every((x) => x === 1),
          weight.name,
        ).toBe(true);
        continue;
      }
      const bound = 1 / Math.sqrt(weight.shape.slice(1).reduce((product, size) => product * size, 1));
      for (const { name } of layer.tensors) {
        const { mean, largest, count } = moments(torch, name);
        expect(largest, name).toBeLessThanOrEqual(Math.fround(bound));
        expect(largest, name).toBeGreaterThan(bound * (1 - 20 / count));
        expect(Math.abs(mean), name).toBeLessThan((5 * bound) / Math.sqrt(3 * count));
      }
    }
  });

  test("a depthwise layer's fan_in is k²", () => {
    const name = "blocks.1.0.conv_dw.weight"; // 3×3
    expect(moments(torch, name).largest).toBeLessThanOrEqual(1 / 3);
    expect(moments(torch, name).largest).toBeGreaterThan(0.32);
  });
});

describe("the seed", () => {
  test("the same gives the same bits", () => {
    const again = initialize(b0, 42, { scheme: "timm" });
    expect([...again.keys()]).toEqual([...timm.keys()]);
    for (const name of timm.keys()) expect(bits(again, name).equals(bits(timm, name)), name).toBe(true);
  });

  test("another gives others", () => {
    const other = initialize(b0, 43, { scheme: "timm" });
    for (const name of ["conv_stem.weight", "classifier.weight"]) {
      expect(bits(other, name).equals(bits(timm, name)), name).toBe(false);
    }
  });

  test("a tensor's numbers depend on nothing but seed, name and shape", () => {
    const deeper = initialize(architectureOf("efficientnet_b1"), 42, { scheme: "timm" });
    for (const name of ["conv_stem.weight", "blocks.1.0.conv_pw.weight", "classifier.weight"]) {
      expect(bits(deeper, name).equals(bits(timm, name)), name).toBe(true);
    }
  });

  test("no two tensors of one network share their numbers", () => {
    const firsts = tensorSpecs(b0)
      .filter(({ name, shape }) => shape.length >= 2 && !name.includes("bn"))
      .map(({ name }) => (timm.get(name) as Tensor).data[0]);
    expect(new Set(firsts).size).toBe(firsts.length);
  });
});

function bits(stateDict: StateDict, name: string): Buffer {
  const { data } = stateDict.get(name) as Tensor;
  return Buffer.from(data.buffer, data.byteOffset, data.byteLength);
}

function moments(stateDict: StateDict, name: string) {
  const { data } = stateDict.get(name) as Tensor;
  const count = data.length;
  let [sum, largest] = [0, 0];
  for (const x of data) {
    sum += x;
    largest = Math.max(largest, Math.abs(x));
  }
  const mean = sum / count;
  let [squares, fourths] = [0, 0];
  for (const x of data) {
    squares += (x - mean) ** 2;
    fourths += (x - mean) ** 4;
  }
  const variance = squares / count;
  return { mean, deviation: Math.sqrt(variance), kurtosis: fourths / count / variance ** 2, largest, count };
}
