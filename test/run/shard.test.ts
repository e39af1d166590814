// Which part has which picture, and what `--shard auto` reads of the engines that start many processes.

import { describe, expect, test } from "vitest";
import { UsageError } from "#effnet/errors.js";
import { hasTar, parseShard, shardFromEnvironment, shardOf } from "#effnet/run/shard.js";

describe("the part of a picture", () => {
  test("is 1 + the first four bytes of its name's SHA-256 mod n", () => {
    expect(shardOf("a/b.jpg", 8)).toBe(3);
    expect(shardOf("0001.jpg", 64)).toBe(43);
    expect(shardOf("ä/🐈.jpg", 1)).toBe(1);
  });

  test("is any of them, about as often", () => {
    const counts = new Array<number>(8).fill(0);
    for (let i = 0; i < 8000; i++) counts[shardOf(`${i}.jpg`, 8) - 1]++;
    // A binomial of mean 1000 and standard deviation 30.
    for (const count of counts) expect(Math.abs(count - 1000)).toBeLessThan(150);
  });

  test("of tar shards goes round", () => {
    const places = Array.from({ length: 7 }, (_, place) => place);
    const parts = [1, 2, 3].map((index) => places.filter((place) => hasTar({ index, count: 3 }, place)));
    expect(parts).toEqual([
      [0, 3, 6],
      [1, 4],
      [2, 5],
    ]);
  });
});

describe("--shard", () => {
  test("is i/n", () => {
    expect(parseShard("3/64")).toEqual({ index: 3, count: 64 });
    expect(parseShard("1/1")).toEqual({ index: 1, count: 1 });
  });

  test.each(["0/8", "9/8", "3", "3/", "/8", "a/b", "1/100000", "-1/8", "1.5/8", " 1/8", "1/8/8", ""])(
    "refuses %j and says the form",
    (text) => {
      expect(() => parseShard(text)).toThrow(UsageError);
      expect(() => parseShard(text)).toThrow(/--shard: expected i\/n .*such as 3\/64/);
    },
  );
});

describe("--shard auto", () => {
  const slurm = (id: number, least: number, most: number, count: number): Record<string, string> => ({
    SLURM_ARRAY_TASK_ID: String(id),
    SLURM_ARRAY_TASK_MIN: String(least),
    SLURM_ARRAY_TASK_MAX: String(most),
    SLURM_ARRAY_TASK_COUNT: String(count),
  });

  test.each([
    ["EFFNET_SHARD before all others", { EFFNET_SHARD: "3/64", ...slurm(1, 1, 8, 8) }, 3, 64],
    ["a Slurm array from 1", slurm(3, 1, 8, 8), 3, 8],
    ["a Slurm array from 0", slurm(0, 0, 7, 8), 1, 8],
    ["a Slurm task submitted again, with EFFNET_SHARDS", { ...slurm(3, 3, 3, 1), EFFNET_SHARDS: "8" }, 3, 8],
    ["a Kubernetes indexed job, from 0", { JOB_COMPLETION_INDEX: "0", EFFNET_SHARDS: "8" }, 1, 8],
    ["an AWS Batch array job, from 0", { AWS_BATCH_JOB_ARRAY_INDEX: "7", EFFNET_SHARDS: "8" }, 8, 8],
  ])("reads %s", (_, env, index, count) => {
    expect(shardFromEnvironment(env)).toEqual({ index, count });
  });

  test.each([
    ["nothing is set", {}, /expected EFFNET_SHARD, .*got none/],
    ["a Slurm task was submitted again alone", slurm(3, 3, 3, 1), /submitted again.*EFFNET_SHARDS=n/],
    ["two Slurm tasks were submitted again", slurm(1, 1, 17, 2), /submitted again/],
    ["Kubernetes does not say how many", { JOB_COMPLETION_INDEX: "3" }, /Set EFFNET_SHARDS/],
    ["the index is beyond the count", { JOB_COMPLETION_INDEX: "8", EFFNET_SHARDS: "8" }, /JOB_COMPLETION_INDEX/],
    ["EFFNET_SHARD is none", { EFFNET_SHARD: "three" }, /EFFNET_SHARD: expected i\/n/],
  ])("refuses where %s", (_, env, line) => {
    expect(() => shardFromEnvironment(env)).toThrow(line);
  });
});
