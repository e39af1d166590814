// The head's problem: its gradient, its minimum, and that the network answers by what was fitted.

import { describe, expect, test } from "vitest";
import { softmax } from "#effnet/model/predict.js";
import { Random } from "#effnet/random.js";
import type { Evaluation } from "#effnet/training/evaluate.js";
import type { NamedExamples } from "#effnet/training/features.js";
import { type FittedHead, fitHead } from "#effnet/training/head.js";
import { minimize, type Objective } from "#effnet/training/minimize.js";
import { NO_CLASS, regressionLoss } from "#effnet/training/softmax-regression.js";

const turn = async (): Promise<void> => {};

/** Clouds around a centre for each class; features have scales of their own. */
function cloud(split: string, count: number, { width = 7, classes = 5, spread = 1 } = {}): NamedExamples {
  const labels = Int32Array.from({ length: count }, (_, n) => n % classes);
  const features = new Float32Array(count * width);
  const centre = (label: number, i: number): number => new Random(1, "centre", label, i).normal();
  const random = new Random(1, "cloud", split);
  for (let i = 0; i < features.length; i++) {
    const [n, feature] = [Math.floor(i / width), i % width];
    features[i] = 10 * feature + 3 ** feature * (centre(labels[n], feature) + spread * random.normal());
  }
  return { features, labels, width, names: Array.from(labels, (_, n) => `${split}/${n}`) };
}

/** At a random point, against central differences. */
function expectGradient(loss: Objective, size: number): void {
  const random = new Random(2, "point");
  const point = Float64Array.from({ length: size }, () => 0.1 * random.normal());
  const gradient = new Float64Array(size);
  loss(point, gradient);
  const scratch = new Float64Array(size);
  point.forEach((value, i) => {
    point[i] = value + 1e-5;
    const above = loss(point, scratch);
    point[i] = value - 1e-5;
    const below = loss(point, scratch);
    point[i] = value;
    expect(Math.abs((above - below) / 2e-5 - gradient[i])).toBeLessThanOrEqual(
      1e-7 * Math.max(1, Math.abs(gradient[i])),
    );
  });
}

describe("softmax regression", () => {
  test("has the gradient of central differences", () => {
    const examples = cloud("train", 20, { width: 3, classes: 6 });
    const options = { classes: 6, penalty: 0.3, classWeights: [1, 2, 0.5, 1, 0, 1.5] };
    expectGradient(regressionLoss(examples, options), 6 * 4);
  });

  test("has it beside examples of no class, too", () => {
    const known = cloud("train", 20, { width: 3, classes: 6 });
    const labels = known.labels.map((label, n) => (n % 3 === 0 ? NO_CLASS : label));
    const options = { classes: 6, penalty: 0.3, classWeights: [1, 2, 0.5, 1, 0, 1.5], othersWeight: 0.7 };
    expectGradient(regressionLoss({ ...known, labels }, options), 6 * 4);
  });

  test("of zeros costs ln C, whatever the features", () => {
    const examples = cloud("train", 9, { classes: 3 });
    const loss = regressionLoss(examples, { classes: 3, penalty: 1, classWeights: null });
    expect(loss(new Float64Array(24), new Float64Array(24))).toBeCloseTo(Math.log(3), 12);
  });
});

describe("minimize", () => {
  test("finds the minimum of a badly scaled quadratic, from anywhere, to the same bits", async () => {
    const scales = [1, 10, 100, 1000, 0.1];
    const quadratic = (point: Float64Array, gradient: Float64Array): number => {
      let value = 0;
      scales.forEach((scale, i) => {
        gradient[i] = scale * (point[i] - i);
        value += 0.5 * scale * (point[i] - i) ** 2;
      });
      return value;
    };
    const start = Float64Array.of(5, -3, 2, 8, -40);
    const found = await minimize(quadratic, start, { iterations: 200, tolerance: 1e-9, turn });
    for (const [i, value] of found.point.entries()) expect(value).toBeCloseTo(i, 6);
    expect(found.iterations).toBeLessThan(100);
    expect(start[4]).toBe(-40);
    expect((await minimize(quadratic, start, { iterations: 200, tolerance: 1e-9, turn })).point).toEqual(found.point);
  });

  test("lets others in between iterations, who may end it", async () => {
    const reason = new Error("enough");
    let turns = 0;
    const running = minimize(
      (point, gradient) => {
        gradient[0] = point[0] ** 3;
        return point[0] ** 4 / 4;
      },
      Float64Array.of(3),
      {
        iterations: 100,
        tolerance: 0,
        turn: async () => {
          if (++turns === 4) throw reason;
        },
      },
    );
    await expect(running).rejects.toBe(reason);
  });
});

describe("fitHead", () => {
  const options = { classes: 5, classWeights: null, best: "top1" as const, turn };

  test("is at a minimum in terms of features as they are, and answers by it", async () => {
    const examples = cloud("train", 200);
    const { classifier, loss, penalty } = await fitHead(
      examples,
      { penalties: null, iterations: 200 },
      { ...options, validation: null },
    );
    expect(penalty).toBe(0.1);
    const [weight, bias] = ["classifier.weight", "classifier.bias"].map((name) => classifier.get(name)?.data ?? []);
    let [sum, right] = [0, 0];
    for (let n = 0; n < 200; n++) {
      const logits = Array.from(bias, (b, c) =>
        examples.features.subarray(n * 7, n * 7 + 7).reduce((z, x, i) => z + x * weight[c * 7 + i], b),
      );
      const top = Math.max(...logits);
      sum += Math.log(logits.reduce((all, z) => all + Math.exp(z - top), 0)) + top - logits[examples.labels[n]];
      if (logits.indexOf(top) === examples.labels[n]) right++;
    }
    expect(sum / 200).toBeCloseTo(loss, 4);
    expect(right).toBeGreaterThan(150);
  });

  test("chooses the penalty by the validation split, and warm starts do not change a fit", async () => {
    const examples = cloud("train", 40, { spread: 2 });
    const validation = cloud("validation", 100, { spread: 2 });
    const fitted = (penalties: readonly number[] | null) =>
      fitHead(examples, { penalties, iterations: 500 }, { ...options, validation });
    const best = await fitted(null);
    for (const penalty of [0.3, 0.1, 0.03, 0.01]) {
      const alone = await fitted([penalty]);
      const better = [best, alone].map(({ validation: v }) => [v?.top1 ?? 0, -(v?.loss ?? 0)]);
      expect(
        better[0][0] > better[1][0] || (better[0][0] === better[1][0] && better[0][1] >= better[1][1] - 1e-4),
      ).toBe(true);
      if (penalty === best.penalty) expect(alone.loss).toBeCloseTo(best.loss, 3);
    }
  });

  test("learns to be unsure of what is none of the classes, and stays right about the rest", async () => {
    const examples = cloud("train", 300, { spread: 0.5 });
    const between = (split: string): NamedExamples => {
      const random = new Random(3, split);
      const found = cloud(split, 60); // its features are written anew, around the middle of all classes
      return { ...found, features: found.features.map((_, i) => 10 * (i % 7) + 3 ** (i % 7) * random.normal()) };
    };
    const recipe = { penalties: [0.01], iterations: 300 };
    const [seen, unseen] = [between("others"), between("more others")];
    const alone = await fitHead(examples, recipe, { ...options, validation: unseen });
    const beside = await fitHead(examples, recipe, { ...options, validation: unseen, others: seen });
    const surest = ({ validation }: FittedHead): number => {
      const { logits, labels } = validation as Evaluation;
      const all = Array.from(labels, (_, n) => Math.max(...softmax(logits.data.slice(n * 5, n * 5 + 5))));
      return all.reduce((sum, p) => sum + p, 0) / all.length;
    };
    expect(surest(alone)).toBeGreaterThan(0.65);
    expect(surest(beside)).toBeLessThan(0.58);
    const right = await fitHead(examples, recipe, {
      ...options,
      validation: cloud("held", 100, { spread: 0.5 }),
      others: seen,
    });
    expect(right.validation?.top1).toBeGreaterThan(0.9);
  });

  test("a feature that never changes and a class without pictures do no harm", async () => {
    const examples = cloud("train", 60, { classes: 4 });
    for (let n = 0; n < 60; n++) examples.features[n * 7] = 5;
    const { classifier, loss } = await fitHead(
      examples,
      { penalties: [0.1], iterations: 200 },
      { ...options, validation: null },
    );
    expect(Number.isFinite(loss)).toBe(true);
    for (const { data } of classifier.values()) expect(data.every(Number.isFinite)).toBe(true);
  });
});
