import { expect, test } from "vitest";
import type { Sample } from "#effnet/data/batch.js";
import type { Order } from "#effnet/data/dataset.js";
import { fromPictures } from "#effnet/data/listed.js";
import { picture } from "#effnet/image/picture.js";

const pixel = picture(1, 1, new Uint8Array(3));
const pictures = Array.from({ length: 40 }, (_, i) => ({ label: i < 36 ? "common" : "rare", source: pixel }));
const dataset = fromPictures(pictures, ["common", "rare", "absent"]);
const samples = (order?: Order) => [...(dataset.samples(order) as Iterable<Sample>)];

test("without an order, samples come as they were given", () => {
  expect(samples().map(({ name }) => name)).toEqual(pictures.map((_, i) => `pictures[${i}]`));
  expect(dataset.perClass).toEqual([36, 4, 0]);
});

test("an epoch shuffles every sample once, the same way for the same seed", () => {
  const first = samples({ seed: 1, epoch: 0 });
  expect(new Set(first)).toEqual(new Set(samples()));
  expect(first).not.toEqual(samples());
  expect(samples({ seed: 1, epoch: 0 })).toEqual(first);
  expect(samples({ seed: 1, epoch: 1 })).not.toEqual(first);
  expect(samples({ seed: 2, epoch: 0 })).not.toEqual(first);
});

test("a balanced epoch draws every class that has samples equally often", () => {
  const drawn = samples({ seed: 1, epoch: 0, isBalanced: true });
  expect([0, 1, 2].map((label) => drawn.filter((sample) => sample.label === label).length)).toEqual([20, 20, 0]);
  const rare = drawn.filter(({ label }) => label === 1).map(({ name }) => name);
  expect([...new Set(rare)].map((name) => rare.filter((other) => other === name).length)).toEqual([5, 5, 5, 5]);
});

test("a label that is no class is refused", () => {
  expect(() => fromPictures([{ label: "x", source: pixel }], ["a"])).toThrow(
    'label: pictures[0]: "x" is none of the 1 classes.',
  );
});
