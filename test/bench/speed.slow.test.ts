// Speed as a ratio within one run, alternating, in Node 24: what the README's table promises. A busy machine slows both.

import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { node24, outputOf } from "../node24.ts";
import { root } from "../package/packed.ts";

interface Ratio {
  readonly of: string;
  readonly to: string;
  readonly ratio: number;
}

const binary = node24();
const missing = [
  ["../shared/peers/fill.mjs", "the rival's networks"],
  ["bench/node_modules/onnxruntime-node", "the rivals: npm --prefix bench ci --ignore-scripts"],
].find(([path]) => !existsSync(join(root, path)));
if (missing) console.warn(`skipped: ${missing[0]} is not here (${missing[1]})`);

test.skipIf(binary === undefined || missing !== undefined)(
  "b1_pruned at 240 px on 2 threads takes at most half the time that it takes in onnxruntime-web, less when widened",
  async () => {
    const ratios = await ratiosOf("b1_pruned@240, batch 1");
    const against = (mode: string): number | undefined =>
      ratios.find(({ of, to }) => of === `effnet ${mode}, 2 threads` && to === "onnxruntime-web, 2 threads")?.ratio;
    expect(against("relaxed")).toBeLessThanOrEqual(0.5);
    expect(against("wide")).toBeLessThanOrEqual(against("relaxed") as number);
  },
);

/** The ratios of one row, from the JSON of `--quick`. */
async function ratiosOf(only: string): Promise<Ratio[]> {
  const folder = mkdtempSync(join(tmpdir(), "effnet-speed-"));
  try {
    const json = join(folder, "report.json");
    console.info(
      await outputOf(binary as string, ["bench/bench.mjs", "--quick", "--only", only, "--json", json], { cwd: root }),
    );
    return JSON.parse(readFileSync(json, "utf8")).cases[0].ratios;
  } finally {
    rmSync(folder, { recursive: true });
  }
}
