// Alternating rounds: what the machine does meanwhile meets every contestant alike. Medians only, never means.

import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

const ROUND_MS = 300; // long against one call, short against what else the machine does
const WARM_LIMIT = 40;
const STEADY = 0.05; // two successive medians within 5 %

/** Measures the contestants of a row. Per contestant: version, rounds (median of each), median of all calls, best round. */
export async function alternate(row, { rounds, note }) {
  const runners = [];
  try {
    for (const name of row.contestants) runners.push(await start(name, row));
    for (const runner of runners) {
      const settled = await warm(runner);
      note(`  ${runner.name} ${runner.version}: warm after ${settled} rounds`);
    }
    for (let round = 0; round < rounds; round++) {
      for (const runner of runners) {
        const times = await measure(runner, ROUND_MS);
        runner.rounds.push(median(times));
        runner.times.push(...times);
      }
    }
    return runners.map(({ name, version, rounds: medians, times }) => ({
      name,
      version,
      calls: times.length,
      medianMs: median(times),
      bestRoundMs: Math.min(...medians),
      rounds: medians,
    }));
  } finally {
    for (const runner of runners) runner.child.disconnect();
  }
}

/** Median over rounds of a's median ÷ b's median in the same round. */
export const ratio = (a, b) => median(a.rounds.map((ms, round) => ms / b.rounds[round]));

async function start(name, row) {
  const child = fork(fileURLToPath(new URL("contestant.mjs", import.meta.url)), [name, JSON.stringify(row)]);
  const [{ version }] = await Promise.race([
    once(child, "message"),
    once(child, "exit").then(([code]) => Promise.reject(new Error(`${name} exited with ${code} before it was ready`))),
  ]);
  return { name, version, child, rounds: [], times: [] };
}

async function warm(runner) {
  let last = Number.POSITIVE_INFINITY;
  for (let round = 1; round <= WARM_LIMIT; round++) {
    const now = median(await measure(runner, ROUND_MS));
    if (Math.abs(now - last) <= STEADY * last) return round;
    last = now;
  }
  throw new Error(
    `${runner.name}: two successive medians never came within ${STEADY * 100} %: the machine is too busy`,
  );
}

async function measure({ child }, ms) {
  child.send({ ms });
  const [{ times }] = await once(child, "message");
  return times;
}

function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}
