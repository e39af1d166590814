// Rank correlation: what it says of rising, falling and tied series.

import { describe, expect, test } from "vitest";
import { averageRanks, spearman, spearmanBrown } from "#effnet/pruning/rank-correlation.js";
import { Random } from "#effnet/random.js";

describe("ranks", () => {
  test("are from 1, equal values share the mean of theirs", () => {
    expect([...averageRanks([0.5, -2, 0.5, 7, 0.5])]).toEqual([3, 1, 3, 5, 3]);
    expect([...averageRanks([])]).toEqual([]);
  });
});

describe("Spearman's correlation", () => {
  test("without ties is 1 − 6 Σd² / n(n² − 1)", () => {
    const random = new Random(1, "values");
    const a = Array.from({ length: 50 }, () => random.float());
    const b = a.map((value) => value + 0.5 * random.normal());
    const [ranksA, ranksB] = [averageRanks(a), averageRanks(b)];
    const squares = ranksA.reduce((sum, rank, i) => sum + (rank - ranksB[i]) ** 2, 0);
    expect(spearman(a, b)).toBeCloseTo(1 - (6 * squares) / (50 * (50 * 50 - 1)), 12);
    expect(spearman(b, a)).toBeCloseTo(spearman(a, b), 15);
  });

  test("with ties is Pearson's of the average ranks", () => {
    // ranks 1.5 1.5 3 4 and 1 2.5 2.5 4: Σ of products about 2.5 is 3.75, of squares 4.5 and 4.5
    expect(spearman([1, 1, 2, 3], [0, 5, 5, 9])).toBeCloseTo(3.75 / 4.5, 15);
  });

  test("sees order alone", () => {
    expect(spearman([1, 2, 3], [1, 10, 1e9])).toBe(1);
    expect(spearman([1, 2, 3], [3, 2, 1])).toBe(-1);
  });

  test("of one that tells nothing apart is 0, of two 1", () => {
    expect(spearman([1, 2, 3], [4, 4, 4])).toBe(0);
    expect(spearman([0, 0], [4, 4])).toBe(1);
  });
});

test("two halves that agree by ρ make a whole of 2ρ/(1 + ρ)", () => {
  expect(spearmanBrown(0.5)).toBeCloseTo(2 / 3, 15);
  expect(spearmanBrown(1)).toBe(1);
  expect(spearmanBrown(0)).toBe(0);
  expect(spearmanBrown(-1)).toBe(-1);
});
