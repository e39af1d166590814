import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  coefficients,
  cost,
  gridRatios,
  gridSearch,
  largestPhi,
  largestPhiWithin,
  layers,
  ROWS,
  type ScaledNetwork,
  scale,
} from "#effnet/architecture/index.js";

const B0 = ROWS.efficientnet_b0;
const B0_MACS = 385_814_752;

describe("coefficients of φ", () => {
  // biome-ignore format: columns
  test.each([
    [0,   1,        1,        224,  5_288_548,    385_814_752],
    [0.5, 1.048809, 1.095445, 240,  8_441_486,    731_404_000],
    [1,   1.1,      1.2,      258,  9_109_994,    992_629_472],
    [1.5, 1.153690, 1.314534, 276, 11_005_182,  1_366_191_696],
    [2,   1.21,     1.44,     296, 12_255_408,  1_810_522_464],
    [3,   1.331,    1.728,    341, 16_350_296,  3_250_916_456],
    [4,   1.4641,   2.0736,   392, 25_916_448,  6_319_727_088],
    [5,   1.610510, 2.488320, 451, 33_726_740, 11_374_487_904],
    [6,   1.771561, 2.985984, 518, 45_464_648, 20_094_026_560],
    [7,   1.948717, 3.583181, 596, 68_741_810, 39_663_901_696],
  ])("φ %d: width %d, depth %d, size %d, %d parameters, %d MACs", (phi, width, depth, size, parameters, macs) => {
    const by = coefficients(phi);
    expect(by.width).toBeCloseTo(width, 6);
    expect(by.depth).toBeCloseTo(depth, 6);
    expect(by.size).toBe(size);
    expect(cost(layers(scale(B0, by), { height: size, width: size }))).toMatchObject({ parameters, macs });
  });

  test("other ratios and another base size", () => {
    const by = coefficients(2, { ratios: { alpha: 1, beta: 1.5, gamma: 1.1 }, size: 100 });
    expect(by).toEqual({ width: 2.25, depth: 1, size: 121 });
  });

  test.each([-0.1, Number.NaN, Number.POSITIVE_INFINITY])("φ %d is refused", (phi) => {
    expect(() => coefficients(phi)).toThrow(/^phi: expected a number ≥ 0/);
  });
});

describe("the largest φ within a budget", () => {
  // biome-ignore format: columns
  test.each([
    [4e8,  0,    385_814_752],
    [5e8,  0,    385_814_752],
    [1e9,  1.03, 993_797_968],
    [2e9,  2.22, 1_959_978_248],
    [4e9,  3.43, 3_990_528_552],
    [1e10, 4.83, 9_966_071_536],
    [2e10, 5.99, 19_862_279_296],
  ])("%d MACs: φ %d with %d", (macs, phi, reached) => {
    expect(largestPhi(B0, { macs })).toMatchObject({ phi, macs: reached });
  });

  // biome-ignore format: columns
  test.each([
    [8e6, 0.21, 7_924_026],
    [1e7, 1.22, 9_682_290],
    [2e7, 3.8,  19_548_178],
    [5e7, 6.02, 45_477_208],
  ])("%d parameters: φ %d with %d", (parameters, phi, reached) => {
    expect(largestPhi(B0, { parameters })).toMatchObject({ phi, parameters: reached });
  });

  test("both limits hold, and the whole answer belongs together", () => {
    const found = largestPhi(B0, { macs: 4e9, parameters: 1e7 });
    expect(found).toMatchObject({ phi: 1.22, parameters: 9_682_290, ...coefficients(1.22) });
    expect(found.architecture).toEqual(scale(B0, coefficients(1.22)));
  });

  test("a cost that is asked for, one network after the other, finds the same, and asks for little above the limit", async () => {
    for (const macs of [4e8, 1e9, 1e12]) {
      const asked: number[] = [];
      const costOf = async (network: ScaledNetwork): Promise<number> => {
        asked.push(network.macs);
        return network.macs;
      };
      const { phi, cost } = await largestPhiWithin(B0, costOf, macs, { what: "macs" });
      const expected = largestPhi(B0, { macs });
      expect({ phi, cost }).toEqual({ phi: expected.phi, cost: expected.macs });
      expect(asked.length).toBeLessThanOrEqual(16);
      expect(Math.max(...asked)).toBeLessThan(5 * macs);
    }
    await expect(largestPhiWithin(B0, async () => 12, 8, { what: "--latency" })).rejects.toThrow(
      "--latency: expected at least 12.0, what efficientnet_b0 takes, got 8.",
    );
  });

  test("the grid ends at φ 8", () => expect(largestPhi(B0, { macs: 1e15 }).phi).toBe(8));

  test("a budget below the network itself is refused, naming what it takes", () => {
    expect(() => largestPhi(B0, { macs: 1e8 })).toThrow("macs: expected at least 385814752");
    expect(() => largestPhi(B0, { parameters: 1e6 })).toThrow("parameters: expected at least 5288548");
    expect(() => largestPhi(B0, {})).toThrow(/^budget: /);
    expect(() => largestPhi(B0, { macs: Number.NaN })).toThrow(/^macs: /);
  });

  test("MACs and parameters never fall as φ grows, from any base", () => {
    const phi = fc.integer({ min: 0, max: 400 });
    const rows = fc.constantFrom(B0, ROWS.efficientnet_lite0, ROWS.tf_efficientnetv2_b0, ROWS.efficientnet_es);
    fc.assert(
      fc.property(rows, phi, phi, (row, x, y) => {
        const [low, high] = [Math.min(x, y), Math.max(x, y)].map((k) => {
          const by = coefficients(k / 100);
          return cost(layers(scale(row, by), { height: by.size, width: by.size }));
        });
        expect(low.macs).toBeLessThanOrEqual(high.macs);
        expect(low.parameters).toBeLessThanOrEqual(high.parameters);
      }),
      { seed: 8, numRuns: 60 },
    );
  });
});

describe("the grid search for α, β, γ", () => {
  test("108 candidates cost about twice as much; the boundary (1.9, 1, 1) is out", () => {
    const candidates = gridRatios();
    expect(candidates.length).toBe(108);
    for (const { product } of candidates) expect(Math.abs(product - 2)).toBeLessThan(0.1);
    expect(candidates).toContainEqual({ alpha: 1.2, beta: 1.1, gamma: 1.15, product: 1.92027 });
    expect(candidates).not.toContainEqual(expect.objectContaining({ alpha: 1.9, beta: 1, gamma: 1 }));
  });

  test("another limit or tolerance gives other candidates", () => {
    expect(gridRatios({ limit: 1, tolerance: 0.01 })).toEqual([{ alpha: 1, beta: 1, gamma: 1, product: 1 }]);
    expect(gridRatios({ tolerance: 0.01 }).length).toBeLessThan(30);
    expect(gridRatios({ limit: 3 }).every(({ product }) => product > 2.9 && product < 3.1)).toBe(true);
    expect(() => gridRatios({ limit: 0.5 })).toThrow(/^limit: /);
    expect(() => gridRatios({ tolerance: 0 })).toThrow(/^tolerance: /);
  });

  test("each distinct (network, size) is scored once, and the best comes first", async () => {
    const asked: ScaledNetwork[] = [];
    const found = await gridSearch(B0, async (network) => {
      asked.push(network);
      return -Math.abs(network.macs - 992_629_472);
    });
    expect(found.length).toBe(108);
    const distinct = new Set(asked.map(({ architecture, size }) => `${size} ${JSON.stringify(architecture.stages)}`));
    expect(asked.length).toBe(distinct.size);
    expect(asked.length).toBeLessThan(108);
    expect(found[0].macs).toBe(992_629_472);
    const scores = found.map(({ score }) => score);
    expect(scores).toEqual([...scores].sort((x, y) => y - x));
  });

  // biome-ignore format: columns
  test.each([
    [1.2,  1.1, 1.15, 1.92027,      9_109_994,  992_629_472],
    [1.25, 1.1, 1.15, 2.00028125,   9_109_994,  992_629_472],
    [1.1,  1.1, 1.2,  1.91664,      9_109_994,  1_013_824_976],
    [1.0,  1.0, 1.4,  1.96,         5_288_548,  779_990_512],
    [1.0,  1.4, 1.0,  1.96,         9_670_210,  743_811_776],
    [2.0,  1.0, 1.0,  2,            10_222_984, 782_254_048],
  ])("α %d, β %d, γ %d: product %d, %d parameters, %d MACs", async (alpha, beta, gamma, product, parameters, macs) => {
    const found = await search;
    expect(found).toContainEqual(expect.objectContaining({ alpha, beta, gamma, product, parameters, macs }));
  });

  test("real costs on B0 lie between 1.93 and 3.33 times B0's", async () => {
    const costs = (await search).map(({ macs }) => macs / B0_MACS);
    expect(Math.min(...costs).toFixed(2)).toBe("1.93");
    expect(Math.max(...costs).toFixed(2)).toBe("3.33");
  });

  test("a score that is no number stops the search; one that throws is passed on", async () => {
    await expect(gridSearch(B0, () => Number.NaN)).rejects.toThrow(/^score: /);
    await expect(gridSearch(B0, () => Promise.reject(new Error("no data")))).rejects.toThrow("no data");
  });
});

const search = gridSearch(B0, ({ macs }) => -macs);
