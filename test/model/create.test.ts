// Names, weights in every form, and what is refused in which words.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { architectureOf } from "#effnet/architecture/build.js";
import { cost } from "#effnet/architecture/cost.js";
import { layers } from "#effnet/architecture/layers.js";
import { ROWS } from "#effnet/architecture/rows.js";
import { scale } from "#effnet/architecture/scale.js";
import { FileError, HubError, UnsupportedError, UsageError } from "#effnet/errors.js";
import { type CreateOptions, createModel } from "#effnet/model/create.js";
import type { Model } from "#effnet/model/model.js";
import { toSafetensors } from "#effnet/model/save.js";
import type { Progress } from "#effnet/progress.js";
import type { StateDict, Tensor } from "#effnet/tensor.js";
import { writeSafetensors } from "#effnet/weights/safetensors.js";
import { storedFrom } from "#effnet/weights/state-dict.js";

const NAME = "test_efficientnet"; // 0.4 M parameters
const x: Tensor = { shape: [1, 32, 32, 3], data: new Float32Array(32 * 32 * 3).map((_, i) => Math.sin(i)) };
const opened: Model[] = [];
let folder: string;
let original: Model;
let state: StateDict;
let plain: Uint8Array<ArrayBuffer>; // as timm would write it
let described: Uint8Array; // as we do

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "effnet create "));
  original = await open(NAME, { seed: 5, classes: 10 });
  state = await original.stateDict();
  plain = writeSafetensors(storedFrom(state));
  described = await toSafetensors(original);
  writeFileSync(join(folder, "plain.safetensors"), plain);
});

afterAll(async () => {
  for (const model of opened) await model.dispose();
  rmSync(folder, { recursive: true });
});

async function open(name: string, options: CreateOptions = {}): Promise<Model> {
  const model = await createModel(name, { threads: 1, ...options });
  opened.push(model);
  return model;
}

async function created(creating: Promise<Model>): Promise<Model> {
  const model = await creating;
  opened.push(model);
  return model;
}

async function nameless(options: CreateOptions): Promise<Model> {
  const model = await createModel({ threads: 1, ...options });
  opened.push(model);
  return model;
}

async function refusal(creating: Promise<Model>): Promise<Error> {
  const outcome = await creating.catch((error: unknown) => error);
  if (outcome instanceof Error) return outcome;
  await (outcome as Model).dispose();
  throw new Error("nothing was refused");
}

describe("names", () => {
  test("a bare name takes timm's default tag, a tag its own preprocessing", async () => {
    const bare = await open("efficientnet_b0");
    expect([bare.tag, bare.config.mean[0], bare.config.cropPct]).toEqual(["ra_in1k", 0.485, 0.875]);
    const tagged = await open("efficientnet_b0.ra4_e3600_r224_in1k");
    expect([tagged.tag, tagged.config.mean[0], tagged.config.cropPct]).toEqual(["ra4_e3600_r224_in1k", 0.5, 0.9]);
    expect(tagged.transform({ testSize: true })).toMatchObject({ height: 256, width: 256, cropPct: 1 });
    expect((await open("efficientnetv2_s")).tag).toBe(null); // never published
  });

  test("a tag with another number of classes has it", async () => {
    const wide = await open("tf_efficientnetv2_b3.in21k");
    expect([wide.architecture.classes, wide.config.classes]).toEqual([21843, 21843]);
    expect(wide.labels[123]).toBe("class 123");
  });

  test("a deprecated name warns in one line and means today's", async () => {
    const warnings: string[] = [];
    const model = await open("efficientnet_b2a", { onWarning: (line) => warnings.push(line) });
    expect(model.architecture).toEqual(architectureOf("efficientnet_b2"));
    expect(warnings).toEqual(["efficientnet_b2a is an old name. Write efficientnet_b2."]);
  });

  test.each([
    ["efficientnet_b1_prunned", UsageError, /Did you mean efficientnet_b1_pruned\?$/],
    ["efficientnet_b0.ra_in1", UsageError, /Did you mean efficientnet_b0\.ra_in1k\?$/],
    ["efficientnet_cc_b0_4e", UnsupportedError, /CondConv/],
    ["hf-hub:efficientnet_b0", UsageError, /expected hf-hub:owner\/name/],
    ["local-dir:", UsageError, /expected local-dir: and a folder/],
    ["local-dir:no/such/folder", FileError, /no such folder/],
    ["models/b0.safetensors", UsageError, /pass a file as weights/],
    ["constructor", UsageError, /unknown network/],
    ["", UsageError, /unknown network/],
  ])("%s is refused", async (name, kind, words) => {
    const error = await refusal(open(name));
    expect(error).toBeInstanceOf(kind);
    expect(error.message).toMatch(words);
  });
});

describe("a network as a value", () => {
  const own = scale(ROWS.test_efficientnet, { width: 0.5, depth: 1 });

  test("is created as it is, with the options' classes", async () => {
    const model = await created(createModel(own, { seed: 1, classes: 3 }));
    expect(model.architecture).toEqual({ ...own, classes: 3 });
    expect((await model.forward(x)).shape).toEqual([1, 3]);
  });

  test("takes its own weights file, and refuses another network's", async () => {
    const bytes = await toSafetensors(await created(createModel(own, { seed: 1 })));
    expect((await created(createModel(own, { weights: bytes }))).architecture).toEqual(own);
    const error = await refusal(created(createModel(own, { weights: described })));
    expect(error).toBeInstanceOf(UsageError);
    expect(error.message).toContain(`expected ${NAME}`);
  });

  test("is checked as a file's would be", async () => {
    const error = await refusal(created(createModel({ ...own, stages: [] as never })));
    expect(error).toBeInstanceOf(FileError);
  });
});

describe("without weights", () => {
  test("the seed decides every number; the default is 0", async () => {
    const numbers = async (options: CreateOptions): Promise<readonly number[]> => [
      ...(await (await open(NAME, options)).forward(x)).data,
    ];
    expect(await numbers({ seed: 1 })).toEqual(await numbers({ seed: 1 }));
    expect(await numbers({ seed: 1 })).not.toEqual(await numbers({ seed: 2 }));
    expect(await numbers({})).toEqual(await numbers({ seed: 0 }));
  });

  test("the pruned trio starts as torch's layers do, all others as timm's", async () => {
    const bias = async (name: string): Promise<Tensor> =>
      (await (await open(name)).stateDict()).get("classifier.bias") as Tensor;
    expect((await bias("efficientnet_b1")).data.every((value) => value === 0)).toBe(true);
    const pruned = (await bias("efficientnet_b1_pruned")).data;
    const bound = 1 / Math.sqrt(1280); // fan-in of the classifier
    expect(pruned.every((value) => Math.abs(value) <= bound)).toBe(true);
    expect(pruned.some((value) => Math.abs(value) > 0.9 * bound)).toBe(true);
  });

  test("classes and inChannels shape the network", async () => {
    const { architecture, config, labels } = await open(NAME, { classes: 7, inChannels: 4, labels: [..."abcdefg"] });
    expect(architecture).toEqual(architectureOf(NAME, { classes: 7, inChannels: 4 }));
    expect([config.classes, config.inputSize.channels, labels[6]]).toEqual([7, 4, "g"]);
  });
});

describe("weights", () => {
  test("by path, URL, Blob, bytes and state dict make the same model", async () => {
    const path = join(folder, "plain.safetensors");
    const expected = await original.forward(x);
    const sources = [
      path,
      pathToFileURL(path),
      pathToFileURL(path).href,
      new Blob([plain]),
      plain,
      plain.buffer,
      state,
    ];
    for (const weights of sources) expect(await (await open(NAME, { weights })).forward(x)).toEqual(expected);
  });

  test("bring their own number of classes and of input channels", async () => {
    const model = await open(NAME, { weights: plain });
    expect([model.architecture.classes, model.labels[9]]).toEqual([10, "class 9"]);
    const five = await (await open(NAME, { inChannels: 5 })).stateDict();
    expect((await open(NAME, { weights: five })).architecture.inChannels).toBe(5);
  });

  test("for other classes keep all but the classifier, which starts anew from the seed, with a warning", async () => {
    const warnings: string[] = [];
    const options = { weights: plain, classes: 3, seed: 8, onWarning: (line: string) => warnings.push(line) };
    const three = await open(NAME, options);
    const found = await three.stateDict();
    expect(found.get("conv_stem.weight")).toEqual(state.get("conv_stem.weight"));
    const fresh = await (await open(NAME, { classes: 3, seed: 8 })).stateDict();
    expect(found.get("classifier.weight")).toEqual(fresh.get("classifier.weight"));
    expect(warnings).toEqual([expect.stringMatching(/^bytes: the classifier for 10 classes was replaced/)]);
    expect(await (await open(NAME, { weights: plain, classes: 0 })).embed(picture)).toEqual(
      await original.embed(picture),
    );
  });

  test("for one input channel sum the first convolution, as timm does", async () => {
    const gray = await (await open(NAME, { weights: plain, inChannels: 1 })).stateDict();
    const [one, three] = [gray, state].map((each) => each.get("conv_stem.weight") as Tensor);
    expect(one.shape).toEqual([24, 1, 3, 3]);
    expect(one.data[0]).toBeCloseTo(three.data[0] + three.data[9] + three.data[18], 6);
  });

  test("of ours need no name and carry preprocessing and labels", async () => {
    const labels = Array.from({ length: 10 }, (_, i) => `kind ${i}`);
    const config = {
      mean: [0.1, 0.2, 0.3],
      inputSize: { channels: 3, height: 40, width: 48 },
      cropMode: "squash",
    } as const;
    const bytes = await toSafetensors(await open(NAME, { weights: plain, labels, config }));
    const again = await nameless({ weights: bytes });
    expect(again.architecture).toEqual(original.architecture);
    expect(again.labels).toEqual(labels);
    expect(again.config).toMatchObject({ ...config, classes: 10 });
    expect(await again.forward(x)).toEqual(await original.forward(x));
    expect((await again.prepare(picture)).shape).toEqual([1, 40, 48, 3]);
    const fewer = await open(NAME, { weights: bytes, classes: 2 });
    expect(fewer.labels).toEqual(["class 0", "class 1"]); // the file's names are of other classes
  });

  test("in half precision take half the bytes and answer nearly the same", async () => {
    const half = await toSafetensors(original, { half: "F16" });
    expect(half.length / described.length).toBeLessThan(0.6);
    const [a, b] = [await (await nameless({ weights: half })).forward(x), await original.forward(x)];
    const most = Math.max(...a.data.map((value, i) => Math.abs(value - b.data[i])));
    expect(most / Math.max(...b.data.map(Math.abs))).toBeLessThan(0.02); // float16 has 11 bits
  });

  test("report their reading", async () => {
    const reports: Progress[] = [];
    await open(NAME, { weights: join(folder, "plain.safetensors"), onProgress: (report) => reports.push(report) });
    expect(reports.at(-1)).toEqual({ stage: "weights", done: plain.length, total: plain.length, unit: "bytes" });
  });

  test("an abort while they are read, or before, rejects with its reason", async () => {
    const reason = new Error("changed my mind");
    expect(await refusal(open(NAME, { signal: AbortSignal.abort(reason) }))).toBe(reason);
    const controller = new AbortController();
    const weights = join(folder, "plain.safetensors");
    const creating = open(NAME, { weights, signal: controller.signal, onProgress: () => controller.abort(reason) });
    expect(await refusal(creating)).toBe(reason);
  });

  test("that are not there, broken, of another network or no weights at all are refused by name", async () => {
    const path = join(folder, "broken.safetensors");
    writeFileSync(path, plain.subarray(0, 1000));
    const refused = async (options: CreateOptions, kind: new (...args: never[]) => Error, words: RegExp) => {
      const error = await refusal(open(NAME, options));
      expect(error).toBeInstanceOf(kind);
      expect(error.message).toMatch(words);
      expect(error.message).not.toContain("\n");
    };
    await refused({ weights: join(folder, "none.safetensors") }, FileError, /none\.safetensors: no such file/);
    await refused({ weights: path }, FileError, /broken\.safetensors: /);
    await refused({ weights: new URL("http://127.0.0.1:9/w") }, HubError, /could not be reached/);
    await refused(
      { weights: 7 as unknown as string },
      UsageError,
      /^weights: expected a path, URL, Blob, bytes or a s/,
    );
    await refused({ weights: new Map([["a", 1]]) as unknown as StateDict }, UsageError, /^weights: "a": expected/);
    const other = await (await open("efficientnet_lite0")).stateDict();
    await refused(
      { weights: other },
      FileError,
      /^weights: tensor ".*": expected \[.*\] for test_efficientnet, got \[/,
    );
    const fewer = new Map(state);
    fewer.delete("bn1.weight");
    await refused({ weights: fewer }, FileError, /tensor "bn1.weight": .*got none.*1 missing/);
  });

  test("that say which network they hold refuse another name; without name and without a word there is none", async () => {
    expect((await refusal(open("efficientnet_b0", { weights: described }))).message).toBe(
      "model: expected test_efficientnet, which bytes holds, got efficientnet_b0.",
    );
    expect((await open(NAME, { weights: described })).architecture.classes).toBe(10);
    expect((await refusal(nameless({ weights: plain }))).message).toMatch(/^model: bytes does not say which network/);
    expect((await refusal(nameless({}))).message).toMatch(/^model: expected the name of a network, or weights that/);
  });
});

describe("bad options", () => {
  test.each([
    ["backend", { backend: "webgpu" }],
    ["mode", { mode: "wide" }],
    ["threads", { threads: 0 }],
    ["threads", { threads: 1.5 }],
    ["classes", { classes: -1 }],
    ["classes", { classes: 2.5 }],
    ["inChannels", { inChannels: 0 }],
    ["seed", { seed: -1 }],
    ["seed", { seed: 0.5 }],
    ["labels", { labels: ["one"] }],
    ["cropPct", { config: { cropPct: 0 } }],
    ["inputSize", { config: { inputSize: { channels: 3, height: 0, width: 8 } } }],
  ])("%s: %o is a UsageError that names the option", async (option, options) => {
    const error = await refusal(open(NAME, options as unknown as CreateOptions));
    expect(error).toBeInstanceOf(UsageError);
    expect((error as UsageError).option).toBe(option);
  });

  test("an undefined option means the same as none", async () => {
    const options = {
      weights: undefined,
      backend: undefined,
      mode: undefined,
      classes: undefined,
      config: { mean: undefined },
    };
    expect((await open(NAME, options as unknown as CreateOptions)).config.mean).toEqual([0.485, 0.456, 0.406]);
  });
});

test("the two modes agree within 1e-4 of the largest logit", async () => {
  const [simd, chosen] = [await open(NAME, { mode: "simd", seed: 5, classes: 10 }), original];
  const [a, b] = [await simd.forward(x), await chosen.forward(x)];
  const most = Math.max(...a.data.map((value, i) => Math.abs(value - b.data[i])));
  expect(most).toBeLessThanOrEqual(1e-4 * Math.max(...b.data.map(Math.abs)));
});

test("stateDict has as many parameters as the cost says", async () => {
  const size = { height: 32, width: 32 };
  const counted = [...state]
    .filter(([name]) => /\.(weight|bias)$/.test(name))
    .reduce((sum, [, { data }]) => sum + data.length, 0);
  expect(counted).toBe(cost(layers(original.architecture, size)).parameters);
});

const picture = { width: 30, height: 20, data: new Uint8Array(30 * 20 * 3).map((_, i) => i % 251) };
