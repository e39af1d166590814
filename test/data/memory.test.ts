import { afterAll, beforeAll, expect, test } from "vitest";
import type { Batch, Sample } from "#effnet/data/batch.js";
import type { Dataset } from "#effnet/data/dataset.js";
import { Decoders } from "#effnet/data/decoders.js";
import { fromPictures } from "#effnet/data/listed.js";
import { type Broken, trainingBatches } from "#effnet/data/loader.js";
import { keptInMemory } from "#effnet/data/memory.js";
import { DisposedError } from "#effnet/errors.js";
import { decode } from "#effnet/image/decode.node.js";
import { transformFor } from "#effnet/image/preprocess.js";
import { labelledPngs, pngOf } from "./pictures.ts";

const PICTURE_BYTES = 24 * 20 * 3;
let decoders: Decoders;

beforeAll(async () => {
  decoders = await Decoders.start({ threads: 2 });
});
afterAll(() => decoders.dispose());

async function samplesOf(dataset: Dataset): Promise<Sample[]> {
  const samples: Sample[] = [];
  for await (const sample of dataset.samples()) samples.push(sample);
  return samples;
}

test("a dataset in memory holds the pixels of every picture, in order, without the broken ones", async () => {
  const told: Broken[] = [];
  const dataset = fromPictures(labelledPngs(40, [3, 17]), ["a", "b"]);
  const kept = await keptInMemory(dataset, decoders, { onBroken: (broken) => told.push(broken) });
  const samples = await samplesOf(kept);
  expect(samples.map(({ name }) => name)).toEqual(
    Array.from({ length: 40 }, (_, i) => `${i}.png`).filter((name) => name !== "3.png" && name !== "17.png"),
  );
  expect(samples[5].source).toEqual(await decode(pngOf(6), { name: "6.png" }));
  expect(told.map(({ name }) => name)).toEqual(["3.png", "17.png"]);
  expect([kept.name, kept.classes, kept.perClass]).toEqual(["pictures", ["a", "b"], [20, 18]]);
});

test("one that takes more than the limit stays where it is", async () => {
  const dataset = fromPictures(labelledPngs(40), ["a", "b"]);
  const exactly = await keptInMemory(dataset, decoders, { limitBytes: 40 * PICTURE_BYTES });
  expect(exactly).not.toBe(dataset);
  expect(await keptInMemory(dataset, decoders, { limitBytes: 40 * PICTURE_BYTES - 1 })).toBe(dataset);
});

test("a limit that is far away from enough is known after a few pictures", async () => {
  let decoded = 0;
  const dataset = fromPictures(labelledPngs(200), ["a", "b"]);
  const onProgress = ({ done }: { done: number }): void => {
    decoded = done;
  };
  expect(await keptInMemory(dataset, decoders, { limitBytes: 60 * PICTURE_BYTES, onProgress })).toBe(dataset);
  expect(decoded).toBeLessThan(60);
});

test("batches from memory are those from files", async () => {
  const dataset = fromPictures(labelledPngs(12), ["a", "b"]);
  const options = { batch: 4, decoders, seed: 1 };
  const transform = transformFor({}, { inputSize: 16 });
  const batchesOf = async (source: Dataset): Promise<Batch[]> => {
    const batches: Batch[] = [];
    for await (const batch of trainingBatches(source, transform, options).epoch(2)) batches.push(batch);
    return batches;
  };
  expect(await batchesOf(await keptInMemory(dataset, decoders))).toEqual(await batchesOf(dataset));
});

test("decoders that end meanwhile end it, too", async () => {
  const gone = await Decoders.start({ threads: 1 });
  const keeping = expect(keptInMemory(fromPictures(labelledPngs(40), ["a", "b"]), gone)).rejects.toThrow(DisposedError);
  await gone.dispose();
  await keeping;
});
