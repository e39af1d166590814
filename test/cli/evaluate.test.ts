// `effnet evaluate` on folders and shards of known classes.

import { cpSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { decode } from "#effnet/image/decode.node.js";
import { createModel } from "#effnet/model/create.js";
import type { Metrics } from "#effnet/training/metrics.js";
import { COLOURS, colourFolder } from "../data/colours.ts";
import { bytesOf, makeShard } from "../data/shard-maker.ts";
import { effnet, json, scratch } from "./effnet.ts";
import { toyFile } from "./toy-file.ts";

interface Result extends Metrics {
  readonly split: string;
  readonly broken: number;
  readonly network: string;
  readonly perClass: readonly (Metrics["perClass"][number] & { readonly label: string })[];
}

const root = scratch();
const data = join(root, "colours");
const weights = join(root, "toy.safetensors");
const flags = ["--weights", weights, "--decoders", "1"];

beforeAll(() => {
  colourFolder(data, { train: 3, validation: 4, test: 5 });
  toyFile(weights, COLOURS);
});

describe("evaluate --json", () => {
  test("has top-1, top-5, loss, classes and calibration of the model's own answers", async () => {
    const result = await json<Result>(["evaluate", data, ...flags, "--json", "-q"]);
    const model = await createModel({ weights });
    let [right, loss] = [0, 0];
    for (const label of COLOURS) {
      for (let n = 0; n < 5; n++) {
        const name = join(data, "test", label, `${n}.png`);
        const answers = await model.classify(await decode(readFileSync(name), { name }));
        if (answers[0].label === label) right++;
        loss -= Math.log(answers.find((answer) => answer.label === label)?.probability ?? 0) / 15;
      }
    }
    await model.dispose();
    expect(result).toMatchObject({ split: "test", network: "toy", count: 15, broken: 0, top1: right / 15, top5: 1 });
    expect(result.logLoss).toBeCloseTo(loss, 5);
    expect(result.perClass.map(({ label, count }) => [label, count])).toEqual(COLOURS.map((label) => [label, 5]));
    expect(result.confusion.flat().reduce((sum, count) => sum + count, 0)).toBe(15);
    expect(result.reliability.bins).toHaveLength(15);
  });

  test("takes the split that is asked for, and a folder of classes as it is", async () => {
    const validation = await json<Result>(["evaluate", data, ...flags, "--split", "validation", "--json", "-q"]);
    const folder = await json<Result>(["evaluate", join(data, "validation"), ...flags, "--json", "-q"]);
    expect([validation.count, validation.split]).toEqual([12, "validation"]);
    expect({ ...folder, split: "validation", data }).toEqual({ ...validation, data });
  });

  test("counts fewer classes than the network's by their names", async () => {
    const folder = join(scratch(), "some");
    cpSync(join(data, "test/red"), join(folder, "red"), { recursive: true });
    const { perClass } = await json<Result>(["evaluate", folder, ...flags, "--json", "-q"]);
    expect(perClass.map(({ label, count }) => [label, count])).toEqual([
      ["blue", 0],
      ["green", 0],
      ["red", 5],
    ]);
  });

  test("is the same for tar shards", async () => {
    const folder = join(scratch(), "shards");
    mkdirSync(folder);
    const members = COLOURS.flatMap((label, index) =>
      Array.from({ length: 5 }, (_, n): (readonly [string, string | Uint8Array])[] => [
        [`${label}_${n}.png`, readFileSync(join(data, "test", label, `${n}.png`))],
        [`${label}_${n}.cls`, String(index)],
      ]).flat(),
    );
    writeFileSync(join(folder, "test-000000.tar"), await bytesOf(await makeShard("test-000000.tar", members)));
    const shards = await json<Result>(["evaluate", folder, ...flags, "--json", "-q"]);
    const plain = await json<Result>(["evaluate", data, ...flags, "--json", "-q"]);
    expect({ ...shards, data }).toEqual({ ...plain, data });
  });
});

describe("evaluate", () => {
  test("prints a table with a row for every class", async () => {
    const { status, stdout, stderr } = await effnet(["evaluate", data, ...flags]);
    expect(status).toBe(0);
    expect(stdout).toMatch(/^top-1 +[\d.]+ % +\d+ of 15 right\nloss +[\d.]+ +cross entropy, mean\ncalibration/);
    expect(stdout).toMatch(/\nclass +pictures +right +precision +recall\nblue +5 /);
    expect(stderr).toMatch(/^15 pictures of test · toy at 8×8 · wasm, \d+ threads?\n15 pictures, \d+ right · /);
  });

  test("tells broken pictures by name, goes on, and exits with 1", async () => {
    const folder = join(scratch(), "broken");
    cpSync(data, folder, { recursive: true });
    writeFileSync(join(folder, "test/red/0.png"), "no picture");
    const { status, stderr, stdout } = await effnet(["evaluate", folder, ...flags, "--json"]);
    expect(status).toBe(1);
    expect(stderr).toMatch(/^effnet: test\/red\/0\.png: not a JPEG/m);
    expect(JSON.parse(stdout)).toMatchObject({ count: 14, broken: 1 });
  });

  test("refuses classes that the network does not know", async () => {
    const folder = join(scratch(), "other");
    cpSync(data, folder, { recursive: true });
    for (const split of ["train", "validation", "test"])
      renameSync(join(folder, split, "red"), join(folder, split, "pink"));
    const { status, stderr } = await effnet(["evaluate", folder, ...flags]);
    expect([status, stderr]).toEqual([
      2,
      "effnet: classes: expected classes of the network (blue, green, red), got pink. Name the folders as it names its classes.\n",
    ]);
  });

  test("refuses a split that is not there", async () => {
    const { status, stderr } = await effnet(["evaluate", join(data, "test"), ...flags, "--split", "validation"]);
    expect([status, stderr]).toEqual([
      2,
      `effnet: --split: expected train, which ${join(data, "test")} has, got validation.\n`,
    ]);
  });
});
