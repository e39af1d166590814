// measure, and scale by time: on the smallest network, for how well it predicts is no matter of a shared machine.

import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { effnet, scratch } from "./effnet.ts";

const TINY = ["test_efficientnet", "--input-size", "32", "--threads", "1"];
const home = scratch();

/** A table as it is, and as it would be had its fit been exact. */
async function measuredTable(): Promise<Record<string, never>> {
  const { stdout } = await effnet(["measure", ...TINY, "--passes", "1", "--json", "--quiet"]);
  const table = JSON.parse(stdout);
  for (const network of table.fit.networks) network.measuredMs = table.fit.fixedMs + table.fit.factor * network.sumMs;
  return table;
}

describe("measure", () => {
  test("prints the table with every kind of layer; a file appears only if the fit is good", async () => {
    const out = join(home, "table.json");
    const { status, stdout, stderr } = await effnet(["measure", ...TINY, "--passes", "1", "--out", out]);
    expect(stdout).toMatch(/^test_efficientnet at 32×32 on .*: wasm, (simd|relaxed), 1 thread$/m);
    expect(stdout).toMatch(/^whole network = .* ms \+ .* × its layers$/m);
    expect(stdout).toMatch(/^test_efficientnet, random widths 3 +[\d.]+ ms +[\d.]+ ms +[\d.]+ ms +-?[\d.]+ %$/m);
    expect(stdout).toMatch(/^depthwise 3×3 \/2 at 4×4, silu +128 +[\d.]+ ms +[\d.]+ ms$/m);
    expect(stderr).toMatch(/\d+ kinds of layers at \d+ widths, each timed \d+ times or more/);
    if (status === 0) expect(JSON.parse(readFileSync(out, "utf8")).network).toBe("test_efficientnet");
    else
      expect({ status, isThere: existsSync(out), stderr }).toMatchObject({
        status: 1,
        isThere: false,
        stderr: expect.stringMatching(/10 %/),
      });
  });

  test("a name that is no network, and a file that is not there, are told in one line", async () => {
    expect(await effnet(["measure", "efficientnet_b99"])).toMatchObject({ status: 2, stdout: "" });
    expect(await effnet(["measure", "nothing.safetensors"])).toMatchObject({ status: 3, stdout: "" });
  });
});

describe("scale --latency", () => {
  test("by a table: the largest that it predicts within the limit, without measuring", async () => {
    const table = await measuredTable();
    const path = join(home, "tiny.json");
    writeFileSync(path, JSON.stringify(table));
    const scaled = async (ms: number) =>
      effnet(["scale", "test_efficientnet", "--latency", `${ms}ms`, "--table", path, "--threads", "1", "--json"]);
    const { status, stdout, stderr } = await scaled(1e6);
    expect({ status, stderr }).toMatchObject({ status: 0 });
    expect(JSON.parse(stdout)).toMatchObject({ phi: 8, latency: { isMeasured: false } });
    const { ms } = JSON.parse(stdout).latency;
    const half = JSON.parse((await scaled(ms / 2)).stdout);
    expect(half.latency.ms).toBeLessThanOrEqual(ms / 2);
    expect(half.phi).toBeGreaterThan(0);
    expect(half.phi).toBeLessThan(8);
    const none = await scaled(1e-6);
    expect(none).toMatchObject({ status: 2, stdout: "" });
    expect(none.stderr).toMatch(
      /--latency \(ms\): expected at least .*, what test_efficientnet takes, got 0\.000001\./,
    );

    const other = join(home, "other.json");
    writeFileSync(other, JSON.stringify({ ...table, machine: "a faster one" }));
    const refused = await effnet([
      "scale",
      "test_efficientnet",
      "--latency",
      "9ms",
      "--table",
      other,
      "--threads",
      "1",
    ]);
    expect(refused).toMatchObject({ status: 1, stdout: "" });
    expect(refused.stderr).toMatch(/other\.json: machine: expected ".*", got a table of "a faster one"\. Measure here/);
  });

  test("measured: a limit far above what the network takes finds a larger one", async () => {
    const { status, stdout } = await effnet([
      "scale",
      "test_efficientnet",
      "--latency",
      "20ms",
      "--threads",
      "1",
      "--json",
    ]);
    expect(status).toBe(0);
    const { phi, latency } = JSON.parse(stdout);
    expect(latency).toMatchObject({ isMeasured: true });
    expect(latency.ms).toBeLessThanOrEqual(20);
    expect(phi).toBeGreaterThan(0);
  });

  test("a time that is none, and a table without a time, are wrong usage", async () => {
    expect(await effnet(["scale", "--latency", "fast"])).toMatchObject({ status: 2 });
    expect(await effnet(["scale", "--phi", "1", "--table", "t.json"])).toMatchObject({ status: 2 });
  });
});
