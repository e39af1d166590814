import { afterAll, beforeAll, expect, test } from "vitest";
import { Decoders } from "#effnet/data/decoders.js";
import { splitFolder } from "#effnet/data/folder.js";
import { findingsOf, inspect } from "#effnet/data/inspect.js";
import { pngOf } from "./pictures.ts";

let decoders: Decoders;

beforeAll(async () => {
  decoders = await Decoders.start({ threads: 2 });
});
afterAll(() => decoders.dispose());

const broken = pngOf(1).slice(0, 60);
const splits = splitFolder(
  [
    { path: "train/cat/1.png", source: pngOf(1) },
    { path: "train/cat/2.png", source: pngOf(2) },
    { path: "train/cat/3.png", source: pngOf(2) },
    { path: "train/dog/4.png", source: pngOf(4) },
    { path: "train/dog/5.png", source: broken },
    { path: "train/elk", source: null },
    { path: "train/dog/6.png", source: pngOf(6) },
    { path: "train/cat/6.png", source: pngOf(6) },
    { path: "test/cat/7.png", source: pngOf(1) },
    { path: "test/dog/8.png", source: pngOf(8) },
  ],
  "photos",
  { holdout: 0 },
);

test("an inspection counts what can be read and tells the rest by name", async () => {
  const inspection = await inspect(splits, decoders);
  expect(inspection.splits).toEqual([
    { split: "train", perClass: [4, 2, 0] },
    { split: "test", perClass: [1, 1, 0] },
  ]);
  expect(findingsOf(inspection).map(({ kind, message }) => `${kind} · ${message}`)).toEqual([
    'empty class · train: class "elk" has no pictures.',
    'empty class · test: class "elk" has no pictures.',
    expect.stringMatching(/^broken · train\/dog\/5\.png: the PNG data is broken or cut off/),
    "repeated · train/cat/1.png, test/cat/7.png: the same picture 2 times in train, test.",
    "repeated · train/cat/6.png, train/dog/6.png: the same picture 2 times as cat, dog.",
    "repeated · train/cat/2.png, train/cat/3.png: the same picture 2 times.",
  ]);
});

test("pictures are the same by their pixels, whatever their files hold besides", async () => {
  const noted = new Uint8Array([...pngOf(3), 0, 1, 2, 3]);
  const files = [
    { path: "a/1.png", source: pngOf(3) },
    { path: "b/2.png", source: noted },
    { path: "b/3.png", source: pngOf(3, 20, 24) },
  ];
  const { repeated } = await inspect(splitFolder(files, "photos", { holdout: 0 }), decoders);
  expect(repeated.map((places) => places.map(({ name }) => name))).toEqual([["a/1.png", "b/2.png"]]);
});

test("an inspection reports its progress and ends with its signal", async () => {
  const done: number[] = [];
  const controller = new AbortController();
  const inspection = inspect(splits, decoders, {
    signal: controller.signal,
    onProgress: (progress) => {
      expect(progress).toMatchObject({ stage: "inspecting", total: 9, unit: "pictures" });
      if (done.push(progress.done) === 3) controller.abort(new Error("enough"));
    },
  });
  await expect(inspection).rejects.toThrow("enough");
  expect(done).toEqual([1, 2, 3]);
});
