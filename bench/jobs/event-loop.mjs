// How long the event loop is held up while a network runs: node jobs/event-loop.mjs CONTESTANT-AS-JSON. A chain of timers of
// 1 ms; what passes beyond that between two of them is a block. Prints JSON.

import { setTimeout } from "node:timers/promises";
import { open } from "../contestants/effnet.mjs";

const WINDOWS = 10;
const WINDOW_MS = 200;

const { run } = await open(JSON.parse(process.argv[2]));
for (let i = 0; i < 30; i++) await run();

const idleMs = Math.max(...(await windows(() => setTimeout(WINDOW_MS))));
let runs = 0;
const blocks = await windows(async () => {
  for (const end = performance.now() + WINDOW_MS; performance.now() < end; runs++) await run();
});
blocks.sort((a, b) => a - b);
const typicalMs = blocks[WINDOWS >> 1];
process.stdout.write(JSON.stringify({ idleMs, longestMs: blocks.at(-1), typicalMs, runs }), () => process.exit());

/** The longest block of each window, in milliseconds. */
async function windows(work) {
  const longest = [];
  for (let i = 0; i < WINDOWS; i++) {
    let most = 0;
    let last = performance.now();
    let timer = globalThis.setTimeout(tick, 1);
    function tick() {
      const now = performance.now();
      most = Math.max(most, now - last - 1);
      last = now;
      timer = globalThis.setTimeout(tick, 1);
    }
    await work();
    clearTimeout(timer);
    longest.push(most);
  }
  return longest;
}
