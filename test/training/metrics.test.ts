import { describe, expect, test } from "vitest";
import { ShapeError } from "#effnet/errors.js";
import { Random } from "#effnet/random.js";
import { tensor } from "#effnet/tensor.js";
import { fitTemperature, logLoss, reliability } from "#effnet/training/calibration.js";
import { metricsOf } from "#effnet/training/metrics.js";

function rows(...values: readonly (readonly number[])[]) {
  return tensor(Float64Array.from(values.flat()), [values.length, values[0].length]);
}

/** Logits whose softmax is exactly these probabilities. */
function logOf(...probabilities: readonly (readonly number[])[]) {
  return rows(...probabilities.map((row) => row.map(Math.log)));
}

describe("accuracy", () => {
  test("counts answers, the five best, and each class, as by hand", () => {
    // Answers 0, 0, 1, 2, 2 and 0 to labels 0, 1, 1, 2, 0 and 0; nobody is of class 3, or taken for it.
    const logits = rows([9, 1, 0, 0], [5, 4, 0, 0], [0, 2, 1, 0], [0, 1, 7, 0], [1, 2, 3, 0], [4, 1, 0, 3]);
    const { count, top1, perClass, confusion } = metricsOf(logits, [0, 1, 1, 2, 0, 0]);
    expect([count, top1]).toEqual([6, 4 / 6]);
    expect(confusion).toEqual([
      [2, 0, 1, 0],
      [1, 1, 0, 0],
      [0, 0, 1, 0],
      [0, 0, 0, 0],
    ]);
    expect(perClass).toEqual([
      { count: 3, predicted: 3, precision: 2 / 3, recall: 2 / 3 },
      { count: 2, predicted: 1, precision: 1, recall: 1 / 2 },
      { count: 1, predicted: 2, precision: 1 / 2, recall: 1 },
      { count: 0, predicted: 0, precision: null, recall: null },
    ]);
  });

  test("the label may be fifth but not sixth", () => {
    const logits = rows([6, 5, 4, 3, 2, 1], [6, 5, 4, 3, 2, 1], [1, 1, 1, 1, 1, 1], [1, 1, 1, 1, 1, 1]);
    expect(metricsOf(logits, [4, 5, 4, 5]).top5).toBe(0.5); // of equal logits the lower index comes first
    expect(metricsOf(logits, [0, 0, 0, 0]).top1).toBe(1);
    expect(metricsOf(rows([1, 2, 3]), [0]).top5).toBe(1);
  });

  test("an answer that is not a number is never right", () => {
    const logits = rows([Number.NaN, Number.NaN, Number.NaN, Number.NaN, Number.NaN, Number.NaN], [0, 0, 0, 0, 0, 1]);
    expect(metricsOf(logits, [0, 5])).toMatchObject({ top1: 0.5, top5: 0.5 });
    expect(metricsOf(rows([Number.NaN, 1], [Number.NaN, 1]), [0, 1]).top1).toBe(0);
  });

  test("is plain data", () => {
    const metrics = metricsOf(rows([1, 2], [2, 1]), [1, 1]);
    expect(JSON.parse(JSON.stringify(metrics))).toEqual(metrics);
  });
});

describe("log loss", () => {
  test("is the mean of −log p", () => {
    const logits = logOf([0.5, 0.25, 0.25], [0.1, 0.2, 0.7]);
    expect(logLoss(logits, [0, 1])).toBeCloseTo((Math.log(2) + Math.log(5)) / 2, 14);
    expect(metricsOf(logits, [0, 1]).logLoss).toBe(logLoss(logits, [0, 1]));
  });

  test("of equal logits is ln C, however large they are", () => {
    for (const value of [0, 1e4, -1e4]) expect(logLoss(rows([value, value, value]), [1])).toBeCloseTo(Math.log(3), 11);
  });

  test("at temperature 2 takes square roots of the odds", () => {
    expect(logLoss(logOf([0.8, 0.2]), [0], 2)).toBeCloseTo(Math.log(1 + Math.sqrt(0.2 / 0.8)), 14);
  });
});

describe("reliability", () => {
  test("bins answers by probability, the upper bound inside", () => {
    const logits = logOf([0.9, 0.1], [0.9, 0.1], [0.3, 0.7], [0.5, 0.5]);
    const { expectedError, bins } = reliability(logits, [0, 1, 1, 0], { bins: 4 });
    expect(bins.map(({ from, to, count, accuracy }) => [from, to, count, accuracy])).toEqual([
      [0, 0.25, 0, null],
      [0.25, 0.5, 1, 1],
      [0.5, 0.75, 1, 1],
      [0.75, 1, 2, 0.5],
    ]);
    expect(bins[0].confidence).toBe(null);
    expect(bins[3].confidence).toBeCloseTo(0.9, 14);
    // 1/4·|1 − 0.5| + 1/4·|1 − 0.7| + 2/4·|0.5 − 0.9|
    expect(expectedError).toBeCloseTo(0.4, 14);
  });

  test("has 15 bins, and a sure answer is in the last one", () => {
    const { bins, expectedError } = reliability(rows([1000, 0], [0, 1000]), [0, 0]);
    expect(bins.length).toBe(15);
    expect(bins[14]).toMatchObject({ to: 1, count: 2, accuracy: 0.5, confidence: 1 });
    expect(expectedError).toBe(0.5);
  });

  test("of answers drawn from their own probabilities is small", () => {
    const { logits, labels } = drawn(4000, 5, 1);
    expect(reliability(logits, labels).expectedError).toBeLessThan(0.03);
    expect(reliability(logits, labels, { temperature: 0.3 }).expectedError).toBeGreaterThan(0.1);
    expect(metricsOf(logits, labels, 0.3).reliability).toEqual(reliability(logits, labels, { temperature: 0.3 }));
  });
});

describe("the fitted temperature", () => {
  test("of two classes, right with share a at odds e^m, is m / ln(a / (1 − a))", () => {
    const logits = rows([3, 0], [3, 0], [3, 0], [0, 3]);
    expect(fitTemperature(logits, [0, 0, 0, 0])).toBeCloseTo(3 / Math.log(3), 10);
  });

  test.each([0.25, 0.8, 1, 2.5, 12])("finds the factor %d by which logits were blown up", (factor) => {
    const { logits, labels } = drawn(5000, 4, factor);
    // The standard error of 5,000 such pictures is 2 % (measured over 40 seeds, and from the curvature).
    expect(Math.abs(fitTemperature(logits, labels) / factor - 1)).toBeLessThan(4 * 0.02);
  });

  test("has the least log loss of all", () => {
    const { logits, labels } = drawn(500, 6, 3);
    const fitted = fitTemperature(logits, labels);
    const least = logLoss(logits, labels, fitted);
    for (const by of [0.5, 0.9, 0.999, 1.001, 1.1, 2]) {
      expect(logLoss(logits, labels, fitted * by)).toBeGreaterThan(least);
    }
    expect(metricsOf(logits, labels, fitted).top1).toBe(metricsOf(logits, labels).top1);
  });

  test("stays within its bounds where the best is none", () => {
    expect(fitTemperature(rows([1, 0], [0, 1]), [0, 1])).toBe(0.01);
    expect(fitTemperature(rows([1, 0], [0, 1]), [1, 0])).toBe(100);
    expect(fitTemperature(rows([1, 1]), [0])).toBe(100);
  });
});

test.each([
  ["no row", [], 0, 2],
  ["a label too few", [0], 2, 2],
  ["a label beyond the classes", [0, 2], 2, 2],
  ["half a label", [0, 0.5], 2, 2],
])("%s is refused", (_, labels, count, classes) => {
  const logits = tensor(new Float32Array(count * classes), [count, classes]);
  expect(() => metricsOf(logits, labels)).toThrow(ShapeError);
  expect(() => fitTemperature(logits, labels)).toThrow(ShapeError);
});

/** Labels drawn from the softmax of random logits, which then are blown up. */
function drawn(count: number, classes: number, factor: number) {
  const random = new Random(3, "calibration", factor);
  const logits = new Float64Array(count * classes);
  const labels = new Int32Array(count);
  for (let i = 0; i < count; i++) {
    const z = Array.from({ length: classes }, () => 2 * random.normal());
    const total = z.reduce((sum, value) => sum + Math.exp(value), 0);
    let rest = random.float() * total;
    let label = 0;
    while (label < classes - 1 && rest >= Math.exp(z[label])) rest -= Math.exp(z[label++]);
    labels[i] = label;
    for (let c = 0; c < classes; c++) logits[i * classes + c] = z[c] * factor;
  }
  return { logits: tensor(logits, [count, classes]), labels };
}
