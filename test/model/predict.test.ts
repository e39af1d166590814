// Softmax, top-k and labels.

import { expect, test } from "vitest";
import { IMAGENET_1K_LABELS } from "#effnet/model/imagenet1k.js";
import { labelsFor } from "#effnet/model/labels.js";
import { softmax, topK } from "#effnet/model/predict.js";

test("softmax of (ln 1, ln 2, ln 5) is (1/8, 2/8, 5/8)", () => {
  const [a, b, c] = softmax([0, Math.log(2), Math.log(5)]);
  expect([a, b, c]).toEqual([
    expect.closeTo(1 / 8, 15), // rounding of three exponentials and one division
    expect.closeTo(2 / 8, 15),
    expect.closeTo(5 / 8, 15),
  ]);
});

test("a temperature divides the logits: probabilities move, answers stay", () => {
  expect([...softmax([0, Math.log(4)], 2)]).toEqual([expect.closeTo(1 / 3, 15), expect.closeTo(2 / 3, 15)]);
  const [hot, cold] = [2, 0.5].map((temperature) => topK([1, 3, 2], 3, ["a", "b", "c"], temperature));
  expect(hot.map(({ label }) => label)).toEqual(cold.map(({ label }) => label));
  expect(hot[0].probability).toBeLessThan(cold[0].probability);
});

test("softmax of logits as large as 1000 does not overflow", () => {
  expect([...softmax([1000, 1000])]).toEqual([0.5, 0.5]);
});

test("top-k is sorted, ties go to the lower index, and more than there are classes gives all", () => {
  const answers = topK(new Float32Array([1, 3, 2, 3]), 9, ["a", "b", "c", "d"]);
  expect(answers.map(({ index, label }) => `${index}${label}`)).toEqual(["1b", "3d", "2c", "0a"]);
  expect(answers.reduce((sum, { probability }) => sum + probability, 0)).toBeCloseTo(1, 12);
  expect(topK(new Float32Array([1, 3, 2, 3]), 1, ["a", "b", "c", "d"])).toHaveLength(1);
});

test("1,000 classes without a list are ImageNet's: tench first, toilet tissue last", () => {
  const labels = labelsFor(1000);
  expect(labels).toBe(IMAGENET_1K_LABELS);
  expect(labels).toHaveLength(1000);
  expect([labels[0], labels[1], labels[999]]).toEqual(["tench", "goldfish", "toilet tissue"]);
});

test("other counts without a list are numbered, a list must have one name a class", () => {
  expect(labelsFor(11821)[123]).toBe("class 123");
  expect(labelsFor(2, ["cat", "dog"])).toEqual(["cat", "dog"]);
  expect(() => labelsFor(3, ["cat", "dog"])).toThrow("labels: expected 3 names, one per class, got 2.");
});
