// The network that comes with the package: what answers where no network is named.

import { readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { architectureOf, cost, layers, resolve } from "#effnet/architecture/index.js";
import { planFromJson, planWidths, withWidths } from "#effnet/pruning/index.js";
import { readDescription } from "#effnet/weights/metadata.js";
import { readSafetensors } from "#effnet/weights/safetensors.js";
import { makePng } from "../image/png-maker.ts";
import { root } from "../package/packed.ts";
import { effnet, json, pictures, scratch } from "./effnet.ts";

const FILE = join(root, "models/effnet_cifar10.safetensors");
const TEN = ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"];

interface Answer {
  readonly unsure?: true;
  readonly predictions: readonly { readonly label: string; readonly probability: number }[];
}

describe("the file", () => {
  const bytes = readFileSync(FILE);
  const { tensors, metadata } = readSafetensors(bytes, FILE);
  const { architecture, config, labels, plan } = readDescription(metadata, FILE);

  test("takes at most 0.75 MB, kernels and matrices as float16", () => {
    expect(statSync(FILE).size).toBeLessThanOrEqual(0.75e6);
    for (const [name, { dtype, shape }] of tensors) if (shape.length > 1) expect([name, dtype]).toEqual([name, "F16"]);
  });

  test("says all that it is: network, what pruning left of it, ten classes, temperature and threshold", () => {
    const parent = architectureOf(resolve("effnet_cifar10").row, { classes: 10 });
    const widths = planWidths(parent, planFromJson(plan, FILE));
    expect(architecture).toEqual(withWidths(parent, widths));
    const [whole, half] = [parent, withWidths(parent, widths)].map((a) => cost(layers(a, { height: 32, width: 32 })));
    expect(half.macs).toBeLessThanOrEqual(whole.macs / 2);
    expect(labels).toEqual(TEN);
    expect(config?.inputSize).toEqual({ channels: 3, height: 32, width: 32 });
    expect(config?.temperature).toBeGreaterThan(0);
    expect(config?.minProbability).toBeGreaterThan(0.3);
  });
});

describe("without --model and --weights", () => {
  test("a cat is a cat; an espresso and a picture of one colour leave it unsure", async () => {
    const asked = ["cat.jpg", "espresso.jpg"].map((name) => join(pictures, name));
    const [cat, espresso] = await json<Answer[]>(["classify", ...asked, "--json", "-q"]);
    expect([cat.predictions[0].label, cat.unsure, espresso.unsure]).toEqual(["cat", undefined, true]);
    const grey = join(scratch(), "grey.png");
    const pixel = Uint8Array.of(0, 128, 128, 128); // filter "none", then the colour
    writeFileSync(grey, makePng({ width: 1, height: 1, depth: 8, color: 2, filtered: pixel }));
    const [nothing] = await json<Answer[]>(["classify", grey, "--json", "-q"]);
    expect(nothing.unsure).toBe(true);
  });

  test("it is said which ten classes answer, and how to get a thousand", async () => {
    const { status, stderr } = await effnet(["classify", join(pictures, "cat.jpg")]);
    expect(status).toBe(0);
    expect(stderr).toContain(`effnet_cifar10 is built in and knows: ${TEN.join(", ")}.`);
    expect(stderr).toContain("For ImageNet's 1,000: --model NAME (effnet list)");
  });

  test("its name alone means the same; with a seed it is new", async () => {
    const ask = (...flags: string[]) =>
      json<Answer[]>(["classify", join(pictures, "cat.jpg"), "--json", "-q", ...flags]);
    expect(await ask("--model", "effnet_cifar10")).toEqual(await ask());
    expect(await ask("--model", "effnet_cifar10", "--seed", "1")).not.toEqual(await ask());
  });
});
