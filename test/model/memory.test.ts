// What a long-lived process holds: no growth over hundreds of pictures of all sizes, and nothing after dispose.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { makePng } from "../image/png-maker.ts";
import { node24, outputOf } from "../node24.ts";

const PROGRAM = fileURLToPath(new URL("./memory-run.mjs", import.meta.url));
// What is measured is what is held, not what others keep in reserve: garbage is collected, V8's young generation (which
// grows with the garbage of the first hundreds of calls) stays small, and glibc gives large blocks back at once.
const FLAGS = ["--expose-gc", "--max-semi-space-size=2"];
const ENVIRONMENT = { ...process.env, MALLOC_MMAP_THRESHOLD_: "131072" };
const GROWTH_MB = 8;
const ARENA_MB = 40; // of b0's 60 to 70: packed weights, activations, and the threads with their copy of the weights

/** In MB, as `process.memoryUsage()` names them. */
interface Held {
  readonly rss: number;
  readonly external: number;
}

type Report = Readonly<Record<"created" | "after50" | "after275" | "after500" | "disposed", Held>>;

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "effnet-memory-"));
  for (const [i, [width, height]] of [
    [64, 48],
    [90, 90],
    [100, 300],
    [256, 256],
    [333, 222],
    [500, 375],
    [640, 480],
    [800, 200],
    [700, 1100],
    [1024, 768],
    [1200, 900],
    [1600, 1200],
  ].entries()) {
    const filtered = new Uint8Array(height * (1 + width * 3)); // rows of filter 0
    for (let y = 0; y < height; y++) filtered.fill((i + y) % 256, y * (1 + width * 3) + 1, (y + 1) * (1 + width * 3));
    writeFileSync(join(folder, `${width}x${height}.png`), makePng({ width, height, depth: 8, color: 2, filtered }));
  }
});

afterAll(() => rmSync(folder, { recursive: true }));

for (const [name, binary] of [
  [`Node ${process.versions.node}`, process.execPath],
  ["Node 24", node24()],
] as const) {
  test.skipIf(binary === undefined)(
    `${name}: 500 classifications of mixed sizes hold at most 8 MB more than 50 did, and dispose gives the memory back`,
    { timeout: 300_000 },
    async () => {
      const output = await outputOf(binary as string, [...FLAGS, PROGRAM, folder], { env: ENVIRONMENT });
      const report = JSON.parse(output) as Report;
      const shown = Object.entries(report).map(([when, { rss, external }]) => `${when} ${rss} (external ${external})`);
      console.log(`${name}: RSS in MB: ${shown.join(", ")}`);
      // Of the two earlier: between them a collection may have run, and what it gave back is taken again.
      const earlier = Math.max(report.after50.rss, report.after275.rss);
      expect(report.after500.rss).toBeLessThanOrEqual(earlier + GROWTH_MB);
      expect(report.disposed.rss).toBeLessThanOrEqual(report.after500.rss - ARENA_MB);
    },
  );
}
