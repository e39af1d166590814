// Measured latency on a machine that is a formula: what is measured there is known.

import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { architectureOf } from "#effnet/architecture/build.js";
import { layers } from "#effnet/architecture/layers.js";
import { FileError, UnsupportedError } from "#effnet/errors.js";
import type { Progress } from "#effnet/progress.js";
import { nodesUpTo } from "#effnet/pruning/cover.js";
import { fitted, worstError } from "#effnet/pruning/fit.js";
import { type LatencyTable, latencyModel, predictedLatency } from "#effnet/pruning/latency.js";
import { type MeasureOptions, measureLatency } from "#effnet/pruning/measure.js";
import { monotone } from "#effnet/pruning/smooth.js";
import { keyText, unitsOf } from "#effnet/pruning/units.js";
import { widthsOf, withWidths } from "#effnet/pruning/widths.js";
import { Random } from "#effnet/random.js";
import { type Formula, formulaMachine, partsOf } from "./formula-machine.ts";

const a = architectureOf("test_efficientnet");
const size = { height: 64, width: 64 };
const HERE = { machine: "a formula", versions: { effnet: "1.2.3" }, date: "2026-01-01T00:00:00.000Z", passes: 1 };

const padded = (width: number, to: number): number => Math.ceil(width / to) * to;

/** Linear in the inputs and in the padded outputs, so that what lies between the nodes is known too. */
const smooth: Formula = ({ area, inputs, outputs }) => 0.001 + area * inputs * padded(outputs, 8) * 1e-7;
/** Steps of four inputs and sixteen outputs. */
const staircase: Formula = ({ area, inputs, outputs }) => 0.001 + area * padded(inputs, 4) * padded(outputs, 16) * 1e-7;

async function measured(
  formula: Formula,
  options: Partial<MeasureOptions> & { fixedMs?: number; factor?: number } = {},
) {
  const { fixedMs = 0.25, factor = 1.125, ...rest } = options;
  const machine = formulaMachine(formula, { fixedMs, factor });
  return measureLatency(machine.backend, a, size, { ...HERE, now: machine.now, ...rest });
}

describe("a latency table of a machine that is a formula (4.6, 21)", () => {
  let table: LatencyTable;
  let stairs: LatencyTable;

  beforeAll(async () => {
    table = await measured(smooth);
    stairs = await measured(staircase);
  });

  test("reproduces the staircase at every node, with no spread", () => {
    let nodes = 0;
    for (const { key, inputs, outputs, medians, spreads } of stairs.grids) {
      for (const [i, row] of medians.entries()) {
        for (const [j, ms] of row.entries()) {
          const expected = staircase(partsOf(key, inputs[i], outputs[j]));
          expect(ms, `${keyText(key)}: ${inputs[i]} → ${outputs[j]}`).toBeCloseTo(expected, 12);
          expect(spreads[i][j]).toBeCloseTo(0, 12);
          nodes++;
        }
      }
    }
    expect(nodes).toBeGreaterThan(300);
  });

  test("its fit recovers what a run costs beside its layers, and the factor", () => {
    expect(table.fit.fixedMs).toBeCloseTo(0.25, 9);
    expect(table.fit.factor).toBeCloseTo(1.125, 9);
    expect(table.fit.networks).toHaveLength(4);
    expect(worstError(table.fit)).toBeLessThan(1e-9);
  });

  test("a wider layer never costs less, on the staircase and on a machine that is unsteady", async () => {
    const random = new Random(3, "unsteady");
    const unsteady = await measured((op) => staircase(op) * random.uniform(0.7, 1.3));
    for (const each of [stairs, unsteady]) {
      const model = latencyModel(each, a, size);
      for (const layer of layers(a, size)) {
        const { channels } = layer.output;
        for (const inputs of new Set([1, 8, 13, layer.input.channels])) {
          let before = 0;
          for (let outputs = 0; outputs <= channels; outputs++) {
            const ms = model.layer(layer, inputs, outputs);
            expect(ms).toBeGreaterThanOrEqual(before);
            before = ms;
          }
        }
      }
    }
  });

  test("whole networks of any widths cost the sum of their layers, and what the formula says", () => {
    const model = latencyModel(table, a, size);
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2 ** 31 }), (seed) => {
        const child = withWidths(a, randomWidths(new Random(seed, "widths"), 8));
        let sum = model.fixed;
        for (const [i, layer] of layers(a, size).entries()) {
          const { input, output } = layers(child, size)[i];
          sum += model.layer(layer, input.channels, output.channels);
        }
        const predicted = predictedLatency(table, child, size);
        expect(sum).toBeCloseTo(predicted, 12);
        let truth = 0;
        for (const { key, inputs, outputs } of unitsOf(child, size)) {
          truth += smooth(partsOf(key, inputs, outputs));
        }
        expect(predicted).toBeCloseTo(0.25 + 1.125 * truth, 9);
      }),
      { numRuns: 30, seed: 5 },
    );
  });

  test("a network cut until the layers' sum is within the budget is within it as a whole", () => {
    const model = latencyModel(stairs, a, size);
    const full = predictedLatency(stairs, a, size);
    for (const share of [0.9, 0.7, 0.5]) {
      const random = new Random(9, share);
      const widths = randomWidths(random, Number.POSITIVE_INFINITY);
      const cost = (): number => {
        const child = layers(withWidths(a, widths), size);
        return layers(a, size).reduce(
          (sum, layer, i) => sum + model.layer(layer, child[i].input.channels, child[i].output.channels),
          model.fixed,
        );
      };
      const names = [...widths.keys()];
      while (cost() > share * full) {
        const name = names[random.below(names.length)];
        widths.set(name, Math.max(1, (widths.get(name) as number) - 4));
      }
      expect(predictedLatency(stairs, withWidths(a, widths), size)).toBeLessThanOrEqual(share * full);
    }
  });

  test("at another side layers cost what their pixels do, between and beyond those timed", () => {
    for (const side of [48, 96]) {
      const other = { height: side, width: side };
      const model = predictedLatency(table, a, other);
      let truth = 0;
      for (const { key, inputs, outputs } of unitsOf(a, other)) truth += smooth(partsOf(key, inputs, outputs));
      const exact = 0.25 + 1.125 * truth;
      expect(Math.abs(model / exact - 1)).toBeLessThan(0.05); // the fixed part of a layer is stretched too
    }
  });

  test("a table of another size is refused by name, with what to do", () => {
    expect(() => latencyModel(table, a, { height: 96, width: 96 }, { file: "t.json" })).toThrow(
      /^t\.json: expected times of test_efficientnet at 96×96, got those of "test_efficientnet" at 64×64, without .*--input-size 96\.$/,
    );
    expect(() => latencyModel(table, a, { height: 96, width: 96 })).toThrow(FileError);
  });

  test("it says what it was measured on, and the same seed measures the same networks", async () => {
    expect(table).toMatchObject({ machine: "a formula", network: "test_efficientnet", inputSize: size });
    expect(table.engine).toEqual({ backend: "formula", mode: "exact", threads: 3, build: "f0", pitch: 8 });
    expect(await measured(smooth)).toEqual(table);
  });

  test("it counts networks as it goes, and stops at a signal", async () => {
    const seen: Progress[] = [];
    const controller = new AbortController();
    const stop = new Error("enough");
    const onProgress = (progress: Progress): void => {
      seen.push(progress);
      if (progress.done === 5) controller.abort(stop);
    };
    await expect(measured(smooth, { onProgress, signal: controller.signal })).rejects.toBe(stop);
    expect(seen.map(({ done }) => done)).toEqual([0, 1, 2, 3, 4, 5]);
    expect(seen[0]).toMatchObject({ stage: "measure", unit: "networks" });
    expect(seen[0].total).toBeGreaterThan(20);
  });

  test("a backend that cannot tell how long layers take is refused", async () => {
    const { referenceBackend } = await import("#effnet/backend/reference/reference.js");
    await expect(measureLatency(referenceBackend, a, size, HERE)).rejects.toThrow(UnsupportedError);
  });
});

describe("the parts", () => {
  test("nodes: every multiple of 8 up to 32, then about × 1.4, and the full width", () => {
    expect(nodesUpTo(1280)).toEqual([8, 16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512, 768, 1024, 1280]);
    expect(nodesUpTo(144)).toEqual([8, 16, 24, 32, 48, 64, 96, 144]);
    expect(nodesUpTo(137)).toEqual([8, 16, 24, 32, 48, 64, 96, 137]);
    expect(nodesUpTo(5)).toEqual([5]);
  });

  test("smoothing leaves monotone times as they are, and makes all others monotone between their extremes", () => {
    expect(
      monotone([
        [1, 2, 2],
        [1, 3, 4],
      ]),
    ).toEqual([
      [1, 2, 2],
      [1, 3, 4],
    ]);
    expect(monotone([[1, 5, 3]])).toEqual([[1, 4, 4]]);
    fc.assert(
      fc.property(
        fc.array(fc.array(fc.double({ min: 0, max: 9, noNaN: true }), { minLength: 4, maxLength: 4 }), {
          minLength: 1,
        }),
        (rows) => {
          const made = monotone(rows);
          for (const [i, row] of made.entries()) {
            for (const [j, ms] of row.entries()) {
              if (i > 0) expect(ms).toBeGreaterThanOrEqual(made[i - 1][j]);
              if (j > 0) expect(ms).toBeGreaterThanOrEqual(row[j - 1]);
              expect(ms).toBeLessThanOrEqual(Math.max(...rows.flat()));
              expect(ms).toBeGreaterThanOrEqual(Math.min(...rows.flat()));
            }
          }
        },
      ),
      { numRuns: 100, seed: 1 },
    );
  });

  test("a fit never says that the way to the workers gives time back", () => {
    const networks = [
      { name: "small", sumMs: 1, measuredMs: 0.9 },
      { name: "large", sumMs: 10, measuredMs: 11 },
    ];
    const { fixedMs, factor } = fitted(networks);
    expect(fixedMs).toBe(0);
    expect(factor).toBeGreaterThan(0.9);
    expect(factor).toBeLessThan(1.1);
  });
});

/** Of every group but blocks, at least `least` or the full width. */
function randomWidths(random: Random, least: number): Map<string, number> {
  const widths = new Map<string, number>();
  for (const [name, width] of widthsOf(a)) {
    if (name.endsWith(".block")) continue;
    widths.set(name, width <= least ? width : least + random.below(width - least + 1));
  }
  return widths;
}
