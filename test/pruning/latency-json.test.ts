// Latency tables as files: what is written is read, and nothing else is.

import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { architectureOf } from "#effnet/architecture/build.js";
import { FileError } from "#effnet/errors.js";
import type { LatencyTable, MeasuredOn } from "#effnet/pruning/latency.js";
import { latencyTableToJson, readLatencyTable, refuseElsewhere, refuseUnfit } from "#effnet/pruning/latency-json.js";
import { measureLatency } from "#effnet/pruning/measure.js";
import { formulaMachine } from "./formula-machine.ts";

let table: LatencyTable;
let text: string;

beforeAll(async () => {
  const { backend, now } = formulaMachine(({ inputs, outputs }) => (1 + inputs * outputs) / 1024, {
    fixedMs: 0.5,
    factor: 1,
  });
  const size = { height: 32, width: 32 };
  const versions = { effnet: "1.2.3", node: "20.0.0" };
  const options = { machine: "a formula", versions, passes: 1, now };
  table = await measureLatency(backend, architectureOf("test_efficientnet"), size, options);
  text = latencyTableToJson(table);
});

/** The table's JSON with one field, by its path, replaced. */
function withField(path: readonly (string | number)[], value: unknown): string {
  const json = JSON.parse(text);
  let at = json;
  for (const key of path.slice(0, -1)) at = at[key];
  at[path[path.length - 1]] = value;
  return JSON.stringify(json);
}

const read = (json: string): LatencyTable => readLatencyTable(json, "t.json");

describe("a latency table's file", () => {
  test("holds the table: reading and writing again gives the same bytes", () => {
    const again = read(text);
    expect(latencyTableToJson(again)).toBe(text);
    expect(again.grids.map(({ key }) => key)).toEqual(table.grids.map(({ key }) => key));
    expect(again.engine).toEqual(table.engine);
    for (const [i, { medians }] of again.grids.entries()) {
      for (const [r, row] of medians.entries()) {
        for (const [c, ms] of row.entries()) expect(Math.abs(ms - table.grids[i].medians[r][c])).toBeLessThan(6e-5);
      }
    }
  });

  // biome-ignore format: columns
  test.each<[what: string, path: (string | number)[], value: unknown, message: RegExp]>([
    ["another version",              ["version"],                     2,               /^t\.json: table\.version: expected 1, got 2\.$/],
    ["a machine that is no text",    ["machine"],                     7,               /table\.machine: expected a text, got 7/],
    ["no threads",                   ["engine", "threads"],           0,               /table\.engine\.threads: expected a whole number from 1/],
    ["a pitch of nothing",           ["engine", "pitch"],             0,               /table\.engine\.pitch/],
    ["versions that are a list",     ["versions"],                    [],              /table\.versions: expected an object, got a list/],
    ["a size beyond all",            ["inputSize", "height"],         1e9,             /table\.inputSize\.height/],
    ["no grids",                     ["grids"],                       [],              /table\.grids: expected 1 to 1000 grids, got 0/],
    ["an unknown op",                ["grids", 0, "key", "op"],       "__proto__",     /table\.grids\[0\]\.key\.op: expected convolution/],
    ["widths that fall",             ["grids", 0, "outputs"],         [8, 4, 16],      /table\.grids\[0\]\.outputs: expected rising whole numbers, got 4/],
    ["widths that are no numbers",   ["grids", 0, "outputs"],         ["8", "16"],     /table\.grids\[0\]\.outputs: expected rising whole numbers/],
    ["no inputs where there are",    ["grids", 0, "inputs"],          [],              /table\.grids\[0\]\.inputs: expected 1 to 100 widths, got 0/],
    ["too few times",                ["grids", 0, "medians"],         [[1]],           /table\.grids\[0\]\.medians: expected 1 rows of/],
    ["times below nothing",          ["grids", 0, "medians", 0, 0],   -1,              /table\.grids\[0\]\.medians: expected milliseconds from 0/],
    ["times that are null",          ["grids", 0, "spreads", 0, 0],   null,            /table\.grids\[0\]\.spreads: expected milliseconds from 0/],
    ["no samples",                   ["grids", 0, "samples"],         0,               /table\.grids\[0\]\.samples/],
    ["a factor of nothing",          ["fit", "factor"],               0,               /table\.fit\.factor/],
    ["a fit on one network",         ["fit", "networks"],             [],              /table\.fit\.networks: expected 2 to 100 networks, got 0/],
    ["a whole that took no time",    ["fit", "networks", 0, "measuredMs"], 0,          /table\.fit\.networks\[0\]\.measuredMs/],
  ])("%s is a FileError that names the field", (_, path, value, message) => {
    expect(() => read(withField(path, value))).toThrow(message);
    expect(() => read(withField(path, value))).toThrow(FileError);
  });

  test("a kind of layer that stands there twice is refused", () => {
    expect(() => read(withField(["grids"], [table.grids[0], table.grids[0]]))).toThrow(
      /key: expected each kind of layer once/,
    );
  });

  test("text that is no JSON, or deep, or cut anywhere, is a FileError or the table itself", () => {
    for (const broken of ["", "[]", "null", "[".repeat(1e5), `${text.slice(0, -9)}`]) {
      expect(() => read(broken)).toThrow(FileError);
    }
    fc.assert(
      fc.property(fc.nat(text.length - 1), fc.constantFrom("", "0", "-", "[", "null", '"'), (at, put) => {
        const changed = text.slice(0, at) + put + text.slice(at + 1);
        try {
          expect(read(changed).grids.length).toBeGreaterThan(0);
        } catch (error) {
          expect(error).toBeInstanceOf(FileError);
        }
      }),
      { numRuns: 300, seed: 2 },
    );
  });

  test("a fit that is off by more than 10 % is refused, whatever the file says of it", () => {
    const { measuredMs } = table.fit.networks[1];
    const off = withField(["fit", "networks", 1, "measuredMs"], measuredMs * 1.2);
    expect(() => read(off)).toThrow(
      "t.json: expected whole networks to be predicted within 10 %, got 17 %. Measure again while nothing else computes.",
    );
    expect(() => read(withField(["fit", "networks", 1, "measuredMs"], measuredMs * 1.05))).not.toThrow();
    expect(() => refuseUnfit(table, "t.json")).not.toThrow();
  });
});

describe("a table is good for what it was measured on", () => {
  const { engine, ...rest }: MeasuredOn = {
    machine: "a formula",
    versions: { effnet: "1.2.3", node: "22.0.0" },
    engine: { backend: "formula", mode: "exact", threads: 3, build: "f0", pitch: 8 },
  };

  test("and for another version of what runs it", () => {
    expect(() => refuseElsewhere(table, { ...rest, engine }, "t.json")).not.toThrow();
  });

  // biome-ignore format: columns
  test.each<[what: string, here: MeasuredOn, message: RegExp]>([
    ["machine",        { ...rest, engine, machine: "another" },                /^t\.json: machine: expected "another", got a table of "a formula"\. Measure here: effnet measure\.$/],
    ["mode",           { ...rest, engine: { ...engine, mode: "wide" } },       /^t\.json: backend: expected "formula in mode wide", got a table of "formula in mode exact"/],
    ["kernels",        { ...rest, engine: { ...engine, build: "f1" } },        /^t\.json: engine: expected "effnet 1\.2\.3, build f1"/],
    ["version",        { ...rest, engine, versions: { effnet: "2.0.0" } },     /^t\.json: engine: expected "effnet 2\.0\.0, build f0"/],
    ["number of threads", { ...rest, engine: { ...engine, threads: 8 } },      /^t\.json: threads: expected "8", got a table of "3"\. Pass --threads 3, or measure again: effnet measure --threads 8\.$/],
  ])("not for another %s: one line says so and what to do", (_, here, message) => {
    expect(() => refuseElsewhere(table, here, "t.json")).toThrow(FileError);
    expect(() => refuseElsewhere(table, here, "t.json")).toThrow(message);
  });
});
