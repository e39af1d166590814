// The package's own network: what it costs, and that it is named like the others without being timm's.

import { expect, test } from "vitest";
import { architectureOf, cost, isModelName, layers, listModels, resolve, scale } from "#effnet/architecture/index.js";

test("effnet_cifar10 has 697,362 parameters and 37.5 million MACs at 32×32, and halves its maps three times", () => {
  const { row, config, tag } = resolve("effnet_cifar10");
  const architecture = architectureOf(row, { classes: config.classes });
  const parts = layers(architecture, config.inputSize);
  expect(cost(parts)).toMatchObject({ parameters: 697_362, macs: 37_507_840, tensors: 194 });
  expect(parts[0].output).toEqual({ height: 32, width: 32, channels: 16 });
  expect(parts.find(({ name }) => name === "conv_head")?.output).toEqual({ height: 4, width: 4, channels: 256 });
  expect(tag).toBe(null);
});

test("it is no name of timm's, and is not listed among them", () => {
  expect(isModelName("effnet_cifar10")).toBe(false);
  expect(listModels("effnet*")).toEqual([]);
  expect(() => resolve("effnet_cifar100")).toThrow("Did you mean effnet_cifar10?");
});

test("it scales as a row does", () => {
  const { row } = resolve("effnet_cifar10");
  expect(scale(row, { width: 0.5, depth: 1 })).toMatchObject({ stem: { width: 8, stride: 1 }, head: { width: 128 } });
});
