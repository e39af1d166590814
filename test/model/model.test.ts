// The object that users hold, on small networks: its answers agree with each other and with `reference`, calls wait in
// line, and every way to end one has its outcome.

import { readFile } from "node:fs/promises";
import { fileURLToPath, pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { DisposedError, EngineError, FileError, ShapeError, UsageError } from "#effnet/errors.js";
import { fromPixels, type Picture } from "#effnet/image/picture.js";
import { type CreateOptions, createModel } from "#effnet/model/create.js";
import type { Model } from "#effnet/model/model.js";
import type { Progress } from "#effnet/progress.js";
import { Random } from "#effnet/random.js";
import { elements, type Tensor, tensor } from "#effnet/tensor.js";

const CAT = fileURLToPath(new URL("../../examples/pictures/cat.jpg", import.meta.url));
const NAME = "test_efficientnet"; // 0.4 M parameters
const opened: Model[] = [];
let model: Model;

beforeAll(async () => {
  model = await open({ threads: 2 });
});

afterAll(async () => {
  for (const each of opened) await each.dispose();
});

async function open(options: CreateOptions = {}): Promise<Model> {
  const created = await createModel(NAME, { seed: 7, ...options });
  opened.push(created);
  return created;
}

function noise(name: string, shape: readonly number[]): Tensor {
  const random = new Random(3, name);
  return tensor(
    Float32Array.from({ length: elements(shape) }, () => random.uniform(-2, 2)),
    shape,
  );
}

function picture(width: number, height: number, seed = 1): Picture {
  const random = new Random(seed, "picture", width, height);
  return fromPixels(
    Uint8Array.from({ length: width * height * 3 }, () => Math.floor(random.uniform(0, 256))),
    width,
    height,
    3,
  );
}

/** Largest |a − b| as a share of the largest |b|. */
function difference(a: Tensor, b: Tensor): number {
  expect(a.shape).toEqual(b.shape);
  let most = 0;
  let scale = 0;
  for (let i = 0; i < b.data.length; i++) {
    most = Math.max(most, Math.abs(a.data[i] - b.data[i]));
    scale = Math.max(scale, Math.abs(b.data[i]));
  }
  return most / scale;
}

describe("answers", () => {
  test("forward and features on wasm are those of the reference backend, square or not", async () => {
    const reference = await open({ backend: "reference" });
    for (const [height, width] of [
      [64, 64],
      [37, 58],
      [1, 1],
    ]) {
      const x = noise("x", [2, height, width, 3]);
      expect(difference(await model.forward(x), await reference.forward(x))).toBeLessThan(1e-4); // float32 against float64
      const [fast, exact] = [await model.features(x), await reference.features(x)];
      for (const [i, level] of fast.entries()) expect(difference(level.map, exact[i].map)).toBeLessThan(1e-4);
    }
  });

  test("the pyramid has one level per resolution, each ⌈side / reduction⌉ and as wide as it says", async () => {
    const levels = await model.features(noise("x", [1, 37, 58, 3]));
    expect(levels.map(({ reduction }) => reduction)).toEqual([2, 4, 8, 16, 32]);
    expect(levels.map(({ module }) => module)).toEqual([0, 1, 2, 3, 4].map((stage) => `blocks.${stage}`));
    for (const { map, reduction, channels } of levels) {
      expect(map.shape).toEqual([1, Math.ceil(37 / reduction), Math.ceil(58 / reduction), channels]);
    }
  });

  test("classify is the softmax of forward over prepare, best first", async () => {
    const x = await model.prepare(CAT);
    expect(x.shape).toEqual([1, model.config.inputSize.height, model.config.inputSize.width, 3]);
    const logits = await model.forward(x);
    const predictions = await model.classify(CAT, { topK: 1000 });
    const sum = [...logits.data].reduce((all, logit) => all + Math.exp(logit), 0);
    expect(predictions).toHaveLength(1000);
    for (const { index, probability } of predictions) {
      expect(probability).toBeCloseTo(Math.exp(logits.data[index]) / sum, 12);
    }
    const sorted = predictions.map(({ probability }) => probability).sort((a, b) => b - a);
    expect(predictions.map(({ probability }) => probability)).toEqual(sorted);
    expect(await model.classify(CAT)).toEqual(predictions.slice(0, 5));
  });

  test("the classifier's rows over embed give forward", async () => {
    const embedding = await model.embed(CAT);
    const logits = await model.forward(await model.prepare(CAT));
    const state = await model.stateDict();
    const [weight, bias] = [state.get("classifier.weight") as Tensor, state.get("classifier.bias") as Tensor];
    const [classes, channels] = weight.shape;
    expect(embedding.shape).toEqual([channels]);
    const byHand = Float64Array.from({ length: classes }, (_, row) =>
      [...embedding.data].reduce((sum, value, c) => sum + value * weight.data[row * channels + c], bias.data[row]),
    );
    expect(difference(tensor(byHand, [1, classes]), logits)).toBeLessThan(1e-5); // order of float32 sums
  });

  test("a path, URL, bytes, Blob, and decoded pixels of a file are one picture", async () => {
    const bytes = new Uint8Array(await readFile(CAT));
    const expected = await model.classify(CAT);
    const inputs = [pathToFileURL(CAT), pathToFileURL(CAT).href, bytes, bytes.slice().buffer, new Blob([bytes])];
    expect(await model.classify(inputs)).toEqual(inputs.map(() => expected));
    const rgb = picture(50, 40);
    const rgba = { width: 50, height: 40, data: new Uint8ClampedArray(50 * 40 * 4) }; // as ImageData
    for (let i = 0; i < 50 * 40; i++) rgba.data.set([...rgb.data.subarray(i * 3, i * 3 + 3), i % 256], i * 4);
    expect(await model.classify(rgba)).toEqual(await model.classify(rgb));
  });

  test("a picture alone, in any batch and with any number of threads gives the same bits", async () => {
    const pictures = Array.from({ length: 7 }, (_, i) => picture(90 + i, 70, i));
    const alone: Tensor[] = [];
    for (const each of pictures) alone.push(await model.embed(each));
    for (const batch of [1, 3, 7, 100]) expect(await model.embed(pictures, { batch })).toEqual(alone);
    for (const threads of [1, 9]) expect(await (await open({ threads })).embed(pictures)).toEqual(alone);
  });

  test("inputSize, crop and test size change what is computed, and only that", async () => {
    const x = await model.prepare(picture(90, 70), { inputSize: { height: 48, width: 64 }, cropMode: "squash" });
    expect(x.shape).toEqual([1, 48, 64, 3]);
    expect((await model.prepare(picture(90, 70), { inputSize: 32, cropPct: 1, mean: [0], std: [1] })).data).toEqual(
      (await model.prepare(picture(90, 70), { inputSize: 32, cropPct: 1, mean: [0, 0, 0], std: [1, 1, 1] })).data,
    );
    expect((await model.classify(picture(90, 70), { inputSize: 33 })).length).toBe(5);
  });

  test("a network without a classifier answers with the pooled vector, and does not classify", async () => {
    const headless = await open({ classes: 0 });
    const x = noise("x", [2, 32, 32, 3]);
    expect((await headless.forward(x)).shape).toEqual([2, headless.architecture.head.width]);
    expect(headless.labels).toEqual([]);
    await expect(headless.classify(CAT)).rejects.toThrow(/^classes: .*0 classes\. Use embed\(\)\.$/);
    expect(await headless.embed(CAT)).toEqual(await model.embed(CAT));
  });

  test("other input channels are fed as tensors; pictures are refused", async () => {
    const five = await open({ inChannels: 5 });
    expect((await five.forward(noise("x", [1, 32, 32, 5]))).shape).toEqual([1, 1000]);
    await expect(five.classify(CAT)).rejects.toThrow(/^input: the network takes 5 input channels/);
    await expect(five.forward(noise("x", [1, 32, 32, 3]))).rejects.toThrow("expected [n, height, width, 5]");
  });

  test("labels are ImageNet's for 1,000 classes, `class 123` for other counts, or the caller's", async () => {
    expect((await model.classify(CAT, { topK: 1 }))[0]).toMatchObject({ label: expect.not.stringMatching(/^class /) });
    expect((await open({ classes: 200 })).labels[123]).toBe("class 123");
    const pets = await open({ classes: 2, labels: ["cat", "dog"] });
    expect((await pets.classify(CAT)).map(({ label }) => label).sort()).toEqual(["cat", "dog"]);
  });

  test("stateDict holds timm's names in order, and a model made of it gives the same bits", async () => {
    const state = await model.stateDict();
    expect([...state.keys()].slice(0, 3)).toEqual(["conv_stem.weight", "bn1.weight", "bn1.bias"]);
    expect([...state.keys()].at(-1)).toBe("classifier.bias");
    state.delete("conv_stem.weight"); // the map is the caller's
    const again = await open({ weights: await model.stateDict(), seed: 99 });
    const x = noise("x", [1, 40, 40, 3]);
    expect(await again.forward(x)).toEqual(await model.forward(x));
  });
});

describe("bad arguments", () => {
  test.each([
    ["inputSize", { inputSize: 224.5 }],
    ["inputSize", { inputSize: 0 }],
    ["inputSize", { inputSize: { height: 32, width: Number.NaN } }],
    ["cropPct", { cropPct: 0 }],
    ["topK", { topK: 0 }],
    ["topK", { topK: -1 }],
    ["topK", { topK: 2.5 }],
    ["batch", { batch: 0 }],
    ["batch", { batch: 1025 }],
  ])("%s %o is a UsageError that names the option", async (option, options) => {
    const error = await model.classify(picture(20, 20), options).catch((error: unknown) => error);
    expect(error).toBeInstanceOf(UsageError);
    expect((error as UsageError).option).toBe(option);
  });

  test("a topK beyond the classes gives all of them", async () => {
    expect(await model.classify(picture(20, 20), { topK: 5000 })).toHaveLength(1000);
  });

  test.each([[[1, 32, 32]], [[1, 32, 32, 4]], [[0, 32, 32, 3]]])("forward of %o is a ShapeError", async (shape) => {
    await expect(model.forward({ shape, data: new Float32Array(elements(shape)) })).rejects.toThrow(ShapeError);
  });

  test("a tensor shorter than its shape, and pixels that do not fit their sides, are ShapeErrors", async () => {
    const x = { shape: [1, 8, 8, 3], data: new Float32Array(5) };
    await expect(model.features(x)).rejects.toThrow(ShapeError);
    await expect(model.classify({ width: 9, height: 9, data: new Uint8Array(9) })).rejects.toThrow(ShapeError);
  });

  test("what is no input at all is a UsageError", async () => {
    await expect(model.classify(7 as unknown as string)).rejects.toThrow(/^input: expected a path, URL, bytes or pic/);
  });

  test("a broken picture rejects a list, and is one outcome of classifyEach", async () => {
    const inputs = [picture(20, 20), "no such picture.jpg", picture(30, 20)];
    await expect(model.classify(inputs)).rejects.toThrow(FileError);
    const outcomes: string[] = [];
    for await (const { item, value, error } of model.classifyEach(inputs, { topK: 2 })) {
      outcomes.push(value === undefined ? `${item}: ${(error as Error).name}` : `${value.length} answers`);
    }
    expect(outcomes).toEqual(["2 answers", "no such picture.jpg: FileError", "2 answers"]);
  });

  test("an empty list gives an empty list", async () => {
    expect(await model.classify([])).toEqual([]);
    expect(await model.embed([])).toEqual([]);
  });
});

describe("calls", () => {
  test("end in the order they were made, large before small", async () => {
    const ended: string[] = [];
    const note = (name: string) => () => void ended.push(name);
    await Promise.all([
      model.forward(noise("x", [4, 160, 160, 3])).then(note("large")),
      model.classify(picture(20, 20)).then(note("picture")),
      model.features(noise("x", [1, 16, 16, 3])).then(note("features")),
      model.embed(picture(9, 9), { inputSize: 16 }).then(note("embed")),
    ]);
    expect(ended).toEqual(["large", "picture", "features", "embed"]);
  });

  test("report their progress picture by picture", async () => {
    const reports: Progress[] = [];
    const pictures = [1, 2, 3].map((seed) => picture(20, 20, seed));
    await model.classify(pictures, { batch: 2, onProgress: (progress) => reports.push(progress) });
    expect(reports).toEqual([1, 2, 3].map((done) => ({ stage: "pictures", done, total: 3, unit: "pictures" })));
  });

  test("an abort rejects at once with its reason, in line or under way, and the next call answers", async () => {
    const x = noise("x", [8, 160, 160, 3]);
    const controller = new AbortController();
    const reason = new Error("changed my mind");
    const underWay = model.forward(x, { signal: controller.signal });
    const inLine = model.classify(CAT, { signal: controller.signal });
    const next = model.forward(noise("y", [1, 32, 32, 3]));
    setTimeout(() => controller.abort(reason), 2);
    await expect(underWay).rejects.toBe(reason);
    await expect(inLine).rejects.toBe(reason);
    expect((await next).shape).toEqual([1, 1000]);
    await expect(model.embed(CAT, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  });

  test("an abort between two pictures ends classifyEach, which leaves the model usable", async () => {
    const controller = new AbortController();
    const seen: unknown[] = [];
    const reading = (async () => {
      const pictures = Array.from({ length: 50 }, () => picture(20, 20));
      for await (const { item } of model.classifyEach(pictures, { batch: 2, signal: controller.signal })) {
        seen.push(item);
        if (seen.length === 3) controller.abort(new Error("enough"));
      }
    })();
    await expect(reading).rejects.toThrow("enough");
    expect(seen.length).toBeLessThan(6);
    expect(await model.classify(picture(20, 20))).toHaveLength(5);
  });

  test("leaving classifyEach early lets other calls in", async () => {
    for await (const { value } of model.classifyEach(Array.from({ length: 30 }, () => picture(20, 20)))) {
      expect(value).toHaveLength(5);
      break;
    }
    expect(await model.classify(picture(20, 20))).toHaveLength(5);
  });

  test("after dispose every call is a DisposedError; disposing twice is fine", async () => {
    const gone = await open();
    await gone.dispose();
    await gone.dispose();
    const x = noise("x", [1, 16, 16, 3]);
    const calls = [() => gone.forward(x), () => gone.features(x), () => gone.classify(CAT), () => gone.embed([CAT])];
    for (const call of [...calls, () => gone.stateDict(), () => gone.prepare(CAT)]) {
      await expect(call()).rejects.toThrow(DisposedError);
    }
    await expect(gone.classifyEach([CAT]).next()).rejects.toThrow("the model was disposed. Create a new one.");
  });

  test("disposing in mid-run rejects what runs, what waits and what is being decoded", async () => {
    for (const backend of ["wasm", "reference"] as const) {
      const gone = await open({ backend });
      const calls = [
        gone.forward(noise("x", [8, 64, 64, 3])),
        gone.features(noise("x", [1, 32, 32, 3])),
        gone.classify(CAT),
      ];
      const outcomes = Promise.allSettled(calls);
      await new Promise((resolve) => setTimeout(resolve, 1));
      await gone.dispose();
      for (const outcome of await outcomes) {
        expect(outcome.status === "rejected" && outcome.reason).toBeInstanceOf(DisposedError);
      }
    }
  });

  test("`await using` disposes", async () => {
    let held: Model;
    {
      await using inner = await createModel(NAME, { threads: 1 });
      held = inner;
    }
    await expect(held.stateDict()).rejects.toThrow(DisposedError);
  });

  test("a worker that dies in mid-run rejects that call and the next with an EngineError; dispose still works", async () => {
    const workerUrl = new URL("../backend/dying-worker.mjs", import.meta.url);
    const broken = await open({ workerUrl, threads: 2 });
    await expect(broken.classify(CAT)).rejects.toThrow(EngineError);
    await expect(broken.forward(noise("x", [1, 16, 16, 3]))).rejects.toThrow(EngineError);
    await broken.dispose();
  });

  test("without workers there is one warning and the same bits", async () => {
    const warnings: string[] = [];
    const inline = await open({
      workerUrl: new URL("./no-such-worker.mjs", import.meta.url),
      onWarning: (message) => warnings.push(message),
    });
    const x = noise("x", [1, 32, 32, 3]);
    expect(await inline.forward(x)).toEqual(await model.forward(x));
    expect(warnings).toEqual([expect.stringMatching(/^no worker could start/)]);
  });
});
