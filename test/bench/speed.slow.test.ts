// Speed as a ratio within one run, alternating, in Node 24: what the README's table promises. A busy machine slows both.

import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { node24, outputOf } from "../node24.ts";
import { root } from "../package/packed.ts";

const binary = node24();
const missing = [
  ["../shared/peers/fill.mjs", "the rival's networks"],
  ["bench/node_modules/onnxruntime-web", "onnxruntime-web: npm --prefix bench ci --omit=optional"],
].find(([path]) => !existsSync(join(root, path)));
if (missing) console.warn(`skipped: ${missing[0]} is not here (${missing[1]})`);

test.skipIf(binary === undefined || missing !== undefined)(
  "b1_pruned at 240 px on 2 threads takes at most half the time that it takes in onnxruntime-web",
  async () => {
    const folder = mkdtempSync(join(tmpdir(), "effnet-speed-"));
    try {
      const json = join(folder, "report.json");
      console.info(
        await outputOf(binary as string, ["bench/bench.mjs", "--only", "b1_pruned", "--json", json], { cwd: root }),
      );
      const { cases } = JSON.parse(readFileSync(json, "utf8"));
      expect(cases[0].ratios["onnxruntime-web"]).toBeLessThanOrEqual(0.5);
    } finally {
      rmSync(folder, { recursive: true });
    }
  },
);
