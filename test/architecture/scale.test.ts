import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { architectureOf, type ModelName, ROWS, roundChannels, roundDepth, scale } from "#effnet/architecture/index.js";

/** Each base and the rows that are it, scaled by their published multipliers. */
const SCALED: Readonly<Record<string, readonly string[]>> = {
  efficientnet_b0: ["b1", "b2", "b3", "b4", "b5", "b6", "b7", "b8", "l2"].map((b) => `efficientnet_${b}`),
  tf_efficientnet_b0: ["b1", "b2", "b3", "b4", "b5", "b6", "b7", "b8", "l2"].map((b) => `tf_efficientnet_${b}`),
  efficientnet_lite0: [1, 2, 3, 4].map((i) => `efficientnet_lite${i}`),
  tf_efficientnet_lite0: [1, 2, 3, 4].map((i) => `tf_efficientnet_lite${i}`),
  efficientnet_es: ["efficientnet_em", "efficientnet_el"],
  tf_efficientnet_es: ["tf_efficientnet_em", "tf_efficientnet_el"],
  tf_efficientnetv2_b0: [1, 2, 3].map((i) => `tf_efficientnetv2_b${i}`),
  efficientnetv2_rw_s: ["efficientnetv2_rw_m"],
  efficientnetv2_s: ["efficientnetv2_rw_t"],
};

const pairs = Object.entries(SCALED).flatMap(([base, rows]) =>
  rows.map((row) => [base, row] as [ModelName, ModelName]),
);

describe("a base scaled by a row's published multipliers is that row, but for the name", () => {
  test.each(pairs)("%s → %s", (base, name) => {
    const { width, depth } = ROWS[name];
    const { name: _, ...scaled } = scale(ROWS[base], { width, depth });
    const { name: __, ...published } = architectureOf(name);
    expect(scaled).toEqual(published);
  });
});

describe("rounding", () => {
  test("channels go to the nearest multiple of 8, one up where that loses more than a tenth", () => {
    expect(roundChannels(16, 1.2, 0.9)).toBe(24);
    expect(roundChannels(16, 1.2, 0)).toBe(16);
    expect(roundChannels(24, 0.8, 0.9)).toBe(24);
    expect(roundChannels(32, 1.1, 0.9)).toBe(32);
    expect(roundChannels(1, 0.1, 0.9)).toBe(8);
  });

  test("blocks go up, in doubles", () => {
    expect(roundDepth(3, 1.1)).toBe(4);
    expect(roundDepth(5, 1.2)).toBe(6);
    expect(roundDepth(5, 1.4)).toBe(7);
  });

  test("channels are multiples of 8, never fall as the multiplier grows, and lose at most a tenth", () => {
    const width = fc.double({ min: 0.05, max: 6, noNaN: true });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 700 }), width, width, (channels, w, v) => {
        const [low, high] = [Math.min(w, v), Math.max(w, v)].map((each) => roundChannels(channels, each, 0.9));
        expect(low % 8).toBe(0);
        expect(low).toBeLessThanOrEqual(high);
        expect(low).toBeGreaterThanOrEqual(0.9 * channels * Math.min(w, v));
      }),
      { seed: 8, numRuns: 500 },
    );
  });
});

describe("what cannot be scaled is refused", () => {
  test.each([0, -1, Number.NaN, Number.POSITIVE_INFINITY, 1000])("a multiplier of %d", (width) => {
    expect(() => scale(ROWS.efficientnet_b0, { width, depth: 1 })).toThrow(/^width: /);
    expect(() => scale(ROWS.efficientnet_b0, { width: 1, depth: width })).toThrow(/^depth: /);
  });

  test("one depth too few", () => {
    expect(() => scale(ROWS.efficientnet_b0, { width: 1, depth: [1, 1] })).toThrow(/expected one number or 7/);
  });

  test("a pruned network, whose widths are data", () => {
    expect(() => scale(ROWS.efficientnet_b1_pruned, { width: 1, depth: 1 })).toThrow(/Scale efficientnet_b1\./);
  });
});
