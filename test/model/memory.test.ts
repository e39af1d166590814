// What a long-lived process holds: no growth over hundreds of pictures of all sizes, and the arena back after dispose.

import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { outputOf } from "../node24.ts";

const program = fileURLToPath(new URL("./memory-run.mjs", import.meta.url));

/** In MB, as `process.memoryUsage()` names them. */
interface Held {
  readonly rss: number;
  readonly external: number;
}

const GROWTH_MB = 8;
/** Of efficientnet_b0 at 256 pixels, weights left out; what dispose must give back at least. */
const ARENA_MB = 12;
/**
 * glibc gives large blocks back to the system when they are freed, until the first one is: then it begins to keep them, and
 * what the process seems to hold is the most that was ever garbage at one time. These settings hold it to its first rule.
 */
const env = { ...process.env, MALLOC_MMAP_THRESHOLD_: "131072", MALLOC_TRIM_THRESHOLD_: "131072" };

test(`500 classifications of mixed sizes hold at most ${GROWTH_MB} MB more than 50 did, and dispose gives the arena back`, {
  timeout: 300_000,
}, async () => {
  const { after50, after500, disposed } = JSON.parse(
    await outputOf(process.execPath, ["--expose-gc", program], { env }),
  ) as Record<string, Held>;
  console.log(`RSS after 50: ${after50.rss} MB, after 500: ${after500.rss} MB, disposed: ${disposed.rss} MB`);
  expect(after500.rss).toBeLessThanOrEqual(after50.rss + GROWTH_MB);
  expect(disposed.rss).toBeLessThanOrEqual(after500.rss - ARENA_MB);
});
