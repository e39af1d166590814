// export --for timm and --for hub: what timm and the hub's clients read, and the way home.

import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { architectureOf } from "#effnet/architecture/build.js";
import { resolve } from "#effnet/architecture/resolve.js";
import { ROWS } from "#effnet/architecture/rows.js";
import { scale } from "#effnet/architecture/scale.js";
import { architectureFromShapes, readShapeText } from "#effnet/architecture/shape-text.js";
import { createModel } from "#effnet/model/create.js";
import { toSafetensors } from "#effnet/model/save.js";
import { initialize } from "#effnet/weights/initialize.js";
import { descriptionMetadata } from "#effnet/weights/metadata.js";
import { readSafetensors, writeSafetensors } from "#effnet/weights/safetensors.js";
import { storedFrom } from "#effnet/weights/state-dict.js";
import { effnet, pictures, scratch } from "./effnet.ts";
import { toyFile } from "./toy-file.ts";

const cwd = scratch();
const labels = ["cat", "dog", "espresso"];
const cat = join(pictures, "cat.jpg");
const bytesOf = (name: string): Buffer => readFileSync(join(cwd, name));

beforeAll(async () => {
  const model = await createModel("test_efficientnet", {
    seed: 1,
    threads: 1,
    classes: 3,
    labels,
    config: { inputSize: { channels: 3, height: 64, width: 64 }, temperature: 1.5 },
  });
  const gray = await createModel("test_efficientnet", { seed: 1, threads: 1, inChannels: 1 });
  writeFileSync(join(cwd, "mine.safetensors"), await toSafetensors(model));
  writeFileSync(join(cwd, "gray.safetensors"), await toSafetensors(gray));
  const { architecture, config } = model;
  const stages = architecture.stages.map((stage) =>
    stage.map((block) => (block.kind === "ir" ? { ...block, expanded: block.expanded - 5 } : block)),
  );
  const pruned = { ...architecture, stages };
  const plan = { kept: "most" };
  const metadata = descriptionMetadata({ architecture: pruned, config, labels, recipe: { epochs: 3 }, plan });
  const tensors = storedFrom(initialize(pruned, 1, { scheme: "timm" }));
  writeFileSync(join(cwd, "pruned.safetensors"), writeSafetensors(tensors, { metadata }));
  toyFile(join(cwd, "toy.safetensors"), labels);
  await Promise.all([model.dispose(), gray.dispose()]);
});

/** `effnet export`, which must go well. */
async function exported(...args: string[]): Promise<string> {
  const ended = await effnet(["export", ...args], { cwd });
  expect(ended).toMatchObject({ status: 0, stdout: "" });
  return ended.stderr;
}

const tensorsOf = (name: string) => readSafetensors(bytesOf(name), name).tensors;

describe("what is exported answers as the file did, in float64 and at an odd size,", () => {
  async function logits(name: string): Promise<number[]> {
    const model = await createModel({ weights: join(cwd, name), backend: "reference" });
    const { inChannels } = model.architecture;
    const data = Float64Array.from({ length: 33 * 47 * inChannels }, (_, i) => Math.sin(i * 0.37));
    const { data: found } = await model.forward({ shape: [1, 33, 47, inChannels], data });
    await model.dispose();
    return Array.from(found);
  }

  /** The largest difference as a share of the largest logit. */
  function apart(a: readonly number[], b: readonly number[]): number {
    const largest = b.reduce((most, z) => Math.max(most, Math.abs(z)), 0);
    return a.reduce((most, z, i) => Math.max(most, Math.abs(z - b[i])), 0) / largest;
  }

  beforeAll(() => {
    const architecture = scale(ROWS.test_efficientnet, { width: 1.3, depth: 2 });
    const config = { ...resolve("test_efficientnet").config, classes: 1000 };
    const metadata = descriptionMetadata({ architecture: { ...architecture, name: "larger" }, config });
    const tensors = storedFrom(initialize(architecture, 1, { scheme: "timm" }));
    writeFileSync(join(cwd, "scaled.safetensors"), writeSafetensors(tensors, { metadata }));
  });

  test.each([
    ["of 3 classes", "mine", "timm", []],
    ["of one channel", "gray", "timm", []],
    ["pruned", "pruned", "timm", []],
    ["of 3 classes", "mine", "hub", []],
    ["of one channel", "gray", "hub", []],
    ["pruned", "pruned", "hub", []],
    ["scaled", "scaled", "hub", []],
    ["as float16", "mine", "timm", ["--half"]],
    ["as float16", "pruned", "hub", ["--half"]],
  ])("%s: %s --for %s %j", async (_, name, target, flags) => {
    const out = target === "timm" ? `as-${name}.safetensors` : `as-${name}`;
    await exported(`${name}.safetensors`, out, "--for", target, ...flags);
    const file = target === "timm" ? out : join(out, "model.safetensors");
    const difference = apart(await logits(file), await logits(`${name}.safetensors`));
    if (flags.length === 0) expect(difference).toBe(0);
    // Half a unit in the 11th bit of each weight, in a network of random weights.
    else {
      expect(difference).toBeGreaterThan(0);
      expect(difference).toBeLessThan(1e-2);
    }
  });
});

describe("--for timm", () => {
  test("writes the tensors under timm's names, and the line that loads them", async () => {
    const told = await exported("mine.safetensors", "out.safetensors", "--for", "timm");
    expect([...tensorsOf("out.safetensors")]).toEqual([...tensorsOf("mine.safetensors")]);
    expect(told).toContain(
      'model = timm.create_model("test_efficientnet", num_classes=3, checkpoint_path="out.safetensors")\n',
    );
    expect(existsSync(join(cwd, "out.shapes.txt"))).toBe(false);
  });

  test("tells timm how many channels come in", async () => {
    expect(await exported("gray.safetensors", "gray-out.safetensors", "--for", "timm")).toContain(
      '"test_efficientnet", num_classes=1000, in_chans=1,',
    );
  });

  test("writes beside a pruned network the shape text that timm makes its widths from", async () => {
    const told = await exported("pruned.safetensors", "p.safetensors", "--for", "timm");
    const entries = readShapeText(bytesOf("p.shapes.txt").toString(), "p.shapes.txt");
    const tensors = tensorsOf("p.safetensors");
    expect(new Map(entries.map(({ name, shape }) => [name, shape]))).toEqual(
      new Map(Array.from(tensors, ([name, { shape }]) => [name, shape])),
    );
    const parent = architectureOf("test_efficientnet", { classes: 3 });
    const made = architectureFromShapes(entries, parent, { name: "x", file: "p.shapes.txt" });
    expect(made.stages).not.toEqual(parent.stages);
    expect(told).toContain('parent = timm.create_model("test_efficientnet", num_classes=3)\n');
    expect(told).toContain('model = adapt_model_from_string(parent, open("p.shapes.txt").read())\n');
  });

  test("--half halves it", async () => {
    await exported("mine.safetensors", "half.safetensors", "--for", "timm", "--half");
    expect(tensorsOf("half.safetensors").get("conv_stem.weight")?.dtype).toBe("F16");
    expect(bytesOf("half.safetensors").length).toBeLessThan(0.6 * bytesOf("mine.safetensors").length);
  });

  test("refuses a network that timm cannot make, another ending, and a file that says nothing", async () => {
    writeFileSync(join(cwd, "silent.safetensors"), writeSafetensors(tensorsOf("mine.safetensors")));
    for (const [source, out, line] of [
      ["toy.safetensors", "toy-out.safetensors", /timm has no network with the blocks of toy/],
      ["mine.safetensors", "out.pth", /expected a name that ends with \.safetensors/],
      ["silent.safetensors", "x.safetensors", /--model: silent\.safetensors does not say/],
    ] as const) {
      const ended = await effnet(["export", source, out, "--for", "timm"], { cwd });
      expect(ended).toMatchObject({ status: 2, stdout: "", stderr: expect.stringMatching(line) });
      expect(existsSync(join(cwd, out))).toBe(false);
    }
  });

  test("comes home with --like: names of classes and preprocessing, not the older temperature", async () => {
    writeFileSync(join(cwd, "trained.safetensors"), writeSafetensors(tensorsOf("p.safetensors")));
    const home = ["convert", "trained.safetensors", "home.safetensors", "--like", "pruned.safetensors"];
    expect(await effnet(home, { cwd })).toMatchObject({ status: 0 });
    const { metadata } = readSafetensors(bytesOf("home.safetensors"), "home");
    const { labels: names, temperature, inputSize } = JSON.parse(metadata.get("effnet.config") ?? "");
    expect({ names, temperature, side: inputSize.height }).toEqual({ names: labels, temperature: undefined, side: 64 });
    expect(metadata.has("effnet.recipe")).toBe(false);
    const other = await effnet(["convert", "trained.safetensors", "x.safetensors", "--like", "mine.safetensors"], {
      cwd,
    });
    expect(other.status).toBe(3);
  });
});

describe("--for hub", () => {
  test("writes model, config and card; effnet reads the model as before", async () => {
    await exported("mine.safetensors", "my-net", "--for", "hub");
    expect(readdirSync(join(cwd, "my-net")).sort()).toEqual(["README.md", "config.json", "model.safetensors"]);
    const config = JSON.parse(bytesOf("my-net/config.json").toString());
    expect(config).toMatchObject({
      architecture: "test_efficientnet",
      num_classes: 3,
      label_names: labels,
      pretrained_cfg: {
        input_size: [3, 64, 64],
        num_classes: 3,
        pool_size: [2, 2],
        custom_load: false,
        first_conv: "conv_stem",
        classifier: "classifier",
      },
    });
    const own = await effnet(["classify", cat, "--weights", "mine.safetensors", "--json"], { cwd });
    const there = await effnet(["classify", cat, "--weights", "my-net/model.safetensors", "--json"], { cwd });
    expect(there.stdout).toBe(own.stdout);
  });

  test("the card has what is known of the file, and accuracy if it is given", async () => {
    const figures = { data: "/somewhere/photos", split: "test", count: 200, top1: 0.925, top5: 1, logLoss: 0.2 };
    writeFileSync(join(cwd, "metrics.json"), JSON.stringify(figures));
    await exported("pruned.safetensors", "cut", "--for", "hub", "--metrics", "metrics.json");
    expect(readdirSync(join(cwd, "cut")).sort()).toEqual([
      "README.md",
      "config.json",
      "model.safetensors",
      "shapes.txt",
    ]);
    const card = bytesOf("cut/README.md").toString();
    expect(card).toMatch(/^---\nlibrary_name: effnet\npipeline_tag: image-classification\n/);
    expect(card).toContain("model-index:\n- name: cut\n  results:\n  - task:\n      type: image-classification\n");
    expect(card).toContain("    - type: accuracy\n      name: Top 1 Accuracy\n      value: 92.5\n");
    expect(card).toMatch(/ {4}- type: macs\n {6}name: MACs\n {6}value: \d+\n/);
    expect(card).toContain("| top-1 | 92.5 % of 200 pictures of photos, test |");
    expect(card).toContain('## How it was trained\n\n```json\n{\n  "epochs": 3\n}\n```');
    expect(card).toContain('## How it was pruned\n\n```json\n{\n  "kept": "most"\n}\n```');
    expect(card).toContain('adapt_model_from_string(parent, open("shapes.txt").read())');
    expect(card).not.toContain(cwd);
  });

  test("of a network that timm has none of is for effnet alone", async () => {
    await exported("toy.safetensors", "toy", "--for", "hub");
    expect(bytesOf("toy/README.md").toString()).not.toContain("import timm");
  });

  test("refuses metrics that evaluate did not write, and a file where the folder would be", async () => {
    writeFileSync(join(cwd, "not-metrics.json"), "[]");
    const wrong = await effnet(["export", "mine.safetensors", "x", "--for", "hub", "--metrics", "not-metrics.json"], {
      cwd,
    });
    expect(wrong).toMatchObject({ status: 2, stderr: expect.stringMatching(/--metrics: .*effnet evaluate --json/) });
    const file = await effnet(["export", "mine.safetensors", "metrics.json", "--for", "hub"], { cwd });
    expect(file).toMatchObject({ status: 2, stderr: expect.stringMatching(/is a file\. Name a folder/) });
  });
});
