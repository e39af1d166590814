import { createHash } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { augment } from "#effnet/data/augment/augment.js";
import { type AugmentOptions, augmentationFor } from "#effnet/data/augment/recipe.js";
import type { Batch, BatchSource } from "#effnet/data/batch.js";
import { Decoders } from "#effnet/data/decoders.js";
import { fromPictures } from "#effnet/data/listed.js";
import { type Broken, evaluationBatches, trainingBatches } from "#effnet/data/loader.js";
import { DisposedError, EngineError, UsageError } from "#effnet/errors.js";
import { decode } from "#effnet/image/decode.node.js";
import { normalize } from "#effnet/image/normalize.js";
import { crop, transformFor } from "#effnet/image/preprocess.js";
import { Random } from "#effnet/random.js";
import { labelledPngs, pngOf } from "./pictures.ts";

const transform = transformFor({}, { inputSize: 16 });
const dataset = fromPictures(labelledPngs(23), ["a", "b"]);
let decoders: Decoders;

beforeAll(async () => {
  decoders = await Decoders.start({ threads: 2 });
});
afterAll(() => decoders.dispose());

async function all(source: BatchSource, epoch = 0, from = 0): Promise<Batch[]> {
  const batches: Batch[] = [];
  for await (const batch of source.epoch(epoch, { from })) batches.push(batch);
  return batches;
}

/** Everything of a stream in one text. */
function digest(batches: readonly Batch[]): string {
  const hash = createHash("sha256");
  for (const { x, labels, targets, names, next } of batches) {
    hash
      .update(new Uint8Array(x.data.buffer))
      .update(labels)
      .update(JSON.stringify([x.shape, names, next, [...(targets?.data ?? [])]]));
  }
  return hash.digest("hex");
}

describe("batches for evaluation", () => {
  const source = () => evaluationBatches(dataset, transform, { batch: 10, decoders });

  test("hold every sample once, as it is stored, the last batch short", async () => {
    const batches = await all(source());
    expect(batches.map(({ x }) => x.shape)).toEqual([
      [10, 16, 16, 3],
      [10, 16, 16, 3],
      [3, 16, 16, 3],
    ]);
    expect(batches.flatMap(({ names }) => names)).toEqual(Array.from({ length: 23 }, (_, i) => `${i}.png`));
    expect(batches.flatMap(({ labels }) => [...labels])).toEqual(Array.from({ length: 23 }, (_, i) => i % 2));
    expect([source().batches, source().samples, source().classes]).toEqual([3, 23, ["a", "b"]]);
  });

  test("hold what the evaluation pipeline makes of each picture", async () => {
    const [{ x }] = await all(source());
    const picture = crop(await decode(pngOf(0), { name: "0.png" }), transform);
    expect(x.data.slice(0, 16 * 16 * 3)).toEqual(normalize([picture], transform.mean, transform.std).data);
  });
});

describe("batches for training", () => {
  const source = (options = {}) => trainingBatches(dataset, transform, { batch: 5, decoders, seed: 3, ...options });

  test("are shuffled anew each epoch, and the rest of an epoch is left out", async () => {
    const epochs = [await all(source(), 0), await all(source(), 1)];
    for (const epoch of epochs) {
      expect(epoch.map(({ names }) => names.length)).toEqual([5, 5, 5, 5]);
      expect(new Set(epoch.flatMap(({ names }) => names)).size).toBe(20);
    }
    expect(digest(epochs[0])).not.toBe(digest(epochs[1]));
  });

  test.each([0, 1, 8])("are the same with %i decoders as with two", async (threads) => {
    await using others = await Decoders.start({ threads });
    expect(digest(await all(source({ decoders: others })))).toBe(digest(await all(source())));
  });

  test("begun in mid-epoch are those of the whole epoch from there", async () => {
    const whole = await all(source(), 4);
    expect(digest(await all(source(), 4, whole[1].next))).toBe(digest(whole.slice(2)));
  });

  test("larger than the dataset are refused", () => {
    const message = "expected at most the 23 pictures of pictures, got 24. Lower it.";
    expect(() => source({ batch: 24 })).toThrow(new UsageError("batch", message));
    expect(() => source({ batch: 0.5 })).toThrow(
      new UsageError("batch", "expected a whole number of pictures ≥ 1, got 0.5."),
    );
  });
});

describe("augmented batches", () => {
  const options: AugmentOptions = { aa: "rand-m9-mstd0.5", reprob: 0.5, mixup: 0.2, cutmix: 1, mixupOffEpoch: 2 };
  const augmentation = augmentationFor(transform, options);
  const source = (others = decoders, seed = 3) =>
    trainingBatches(dataset, transform, { batch: 4, decoders: others, seed, augmentation });

  test.each([0, 1, 8])("are the same with %i decoders as with two", async (threads) => {
    await using others = await Decoders.start({ threads });
    expect(digest(await all(source(others), 1))).toBe(digest(await all(source(), 1)));
  });

  test("begun in mid-epoch are those of the whole epoch from there", async () => {
    const whole = await all(source(), 1);
    expect(digest(await all(source(), 1, whole[2].next))).toBe(digest(whole.slice(3)));
  });

  test("differ by epoch and by seed", async () => {
    const streams = [await all(source(), 0), await all(source(), 1), await all(source(decoders, 4), 0)];
    expect(new Set(streams.map(digest)).size).toBe(3);
  });

  test("have the targets of their mixture, and from mixupOffEpoch on those of their labels", async () => {
    const [mixed] = await all(source(), 0);
    const [plain] = await all(source(), 2);
    expect(mixed.targets?.shape).toEqual([4, 2]);
    const rows = (batch: Batch) => Array.from(batch.labels, (label, i) => batch.targets?.data[2 * i + label] ?? 0);
    expect(rows(mixed).some((share) => share < 0.949)).toBe(true);
    for (const share of rows(plain)) expect(share).toBeCloseTo(0.95, 6); // 1 − 0.1 + 0.1 / 2
  });

  test("hold what the augmentation makes of each picture with its own stream of numbers", async () => {
    const alone = augmentationFor(transform, { colorJitter: 0.4 });
    const [{ x, names, labels, targets }] = await all(
      trainingBatches(dataset, transform, { batch: 4, decoders, seed: 3, augmentation: alone }),
      5,
    );
    const pictures = await Promise.all(
      names.map(async (name, index) => {
        const picture = await decode(pngOf(Number.parseInt(name, 10)), { name });
        return augment(picture, alone.picture, new Random(3, "augment", 5, index));
      }),
    );
    expect(x).toEqual(normalize(pictures, transform.mean, transform.std));
    expect([...labels]).toEqual(names.map((name) => Number.parseInt(name, 10) % 2));
    expect(targets).toBeUndefined();
  });
});

test("pictures that are of the batch's size already come out of threads, too", async () => {
  const same = transformFor({}, { inputSize: { height: 20, width: 24 }, cropPct: 1 });
  const [{ x }] = await all(evaluationBatches(dataset, same, { batch: 23, decoders }));
  const first = await decode(pngOf(0), { name: "0.png" });
  expect(x.data.slice(0, 20 * 24 * 3)).toEqual(normalize([first], same.mean, same.std).data);
});

describe("broken pictures", () => {
  const broken = fromPictures(labelledPngs(23, [0, 7, 22]), ["a", "b"]);

  test("are left out, and each is told once, in order, with its name", async () => {
    const told: Broken[] = [];
    const source = evaluationBatches(broken, transform, { batch: 10, decoders, onBroken: (one) => told.push(one) });
    const batches = await all(source);
    expect(batches.map(({ names, next }) => [names.length, next])).toEqual([
      [10, 12],
      [10, 22],
    ]);
    await all(source);
    expect(told.map(({ name }) => name)).toEqual(["0.png", "7.png", "22.png"]);
    expect(told[0].message).toMatch(/^0\.png: the PNG data is broken or cut off/);
  });

  test("do not shift what a stream gives when it begins in the middle", async () => {
    const source = trainingBatches(broken, transform, { batch: 5, decoders });
    const whole = await all(source);
    expect(whole.length).toBe(4);
    expect(digest(await all(source, 0, whole[0].next))).toBe(digest(whole.slice(1)));
  });
});

describe("a stream that ends early", () => {
  test("by its reader leaving stops reading the dataset", async () => {
    let given = 0;
    const counted = {
      ...dataset,
      perClass: [1000, 0],
      samples: function* () {
        for (; given < 1000; given++) yield { name: String(given), label: 0, source: pngOf(1) };
      },
    };
    for await (const _ of evaluationBatches(counted, transform, { batch: 4, decoders }).epoch(0)) break;
    expect(given).toBeLessThan(50);
  });

  test("by its signal rejects with the signal's reason", async () => {
    const controller = new AbortController();
    const stream = evaluationBatches(dataset, transform, { batch: 4, decoders }).epoch(0, {
      signal: controller.signal,
    });
    const reading = (async () => {
      for await (const _ of stream) controller.abort(new Error("enough"));
    })();
    await expect(reading).rejects.toThrow("enough");
  });

  test("by its decoders being disposed rejects, and so do they from then on", async () => {
    const gone = await Decoders.start({ threads: 1 });
    await gone.dispose();
    await expect(all(evaluationBatches(dataset, transform, { batch: 4, decoders: gone }))).rejects.toThrow(
      DisposedError,
    );
  });
});

describe("decoders", () => {
  test("that cannot start are replaced by the caller's own thread, with a warning", async () => {
    const warnings: string[] = [];
    const workerUrl = new URL("./missing.mjs", import.meta.url);
    await using inline = await Decoders.start({ threads: 2, workerUrl, onWarning: (line) => warnings.push(line) });
    const source = evaluationBatches(dataset, transform, { batch: 10, decoders: inline });
    expect(digest(await all(source))).toBe(
      digest(await all(evaluationBatches(dataset, transform, { batch: 10, decoders }))),
    );
    expect(warnings).toEqual([expect.stringMatching(/^no worker could start \(.+missing\.mjs/)]);
  });

  test("of which one dies say so", async () => {
    const workerUrl = new URL("./dying-decoder.mjs", import.meta.url);
    await using dying = await Decoders.start({ threads: 1, workerUrl });
    await expect(all(evaluationBatches(dataset, transform, { batch: 4, decoders: dying }))).rejects.toThrow(
      EngineError,
    );
  });

  test("are at most 64", async () => {
    await expect(Decoders.start({ threads: 65 })).rejects.toThrow(
      "decoders: expected a whole number of 0 … 64 threads, got 65.",
    );
  });
});
