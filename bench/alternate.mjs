// Alternating rounds: what the machine does meanwhile meets every contestant alike. Medians only, never means.

import { fork } from "node:child_process";
import { once } from "node:events";
import { setTimeout } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { median } from "./median.mjs";

const WARM_LIMIT = 40;
const STEADY = 0.05; // two successive medians within 5 %
const PATIENCE_MS = 120_000; // for one answer: a contestant that hangs ends the bench

/**
 * Measures contestants against each other.
 * @param contestants `{ label, runner, … }`; `runner` names a file of contestants/, `cpus` are what it may run on
 * @param options rounds; ms of each contestant's turn in a round, long against one call; a `note` for progress
 * @returns per contestant: label, version, calls, median of all, best round, each round's median, flops if it knows them
 */
export async function alternate(contestants, { rounds, ms, note }) {
  const runners = [];
  try {
    for (const contestant of contestants) runners.push(await start(contestant));
    for (const runner of runners) {
      const settled = await warm(runner, ms);
      const after = settled === null ? `not steady after ${WARM_LIMIT} rounds: a busy machine?` : `${settled} rounds`;
      note(`  ${runner.label} (${runner.version}): warm after ${after}`);
      runner.isSteady = settled !== null;
    }
    for (let round = 0; round < rounds; round++) {
      for (const runner of runners) {
        const times = await measure(runner, ms);
        runner.rounds.push(median(times));
        runner.times.push(...times);
      }
    }
    return runners.map(({ label, version, flops, isSteady, times, rounds: medians }) => ({
      label,
      version,
      flops,
      isSteady,
      calls: times.length,
      medianMs: median(times),
      bestRoundMs: Math.min(...medians),
      rounds: medians,
    }));
  } finally {
    for (const { child } of runners) if (child.connected) child.disconnect();
  }
}

/** Median over rounds of a's median ÷ b's median in the same round. */
export const ratio = (a, b) => median(a.rounds.map((ms, round) => ms / b.rounds[round]));

async function start(contestant) {
  const script = fileURLToPath(new URL("contestant.mjs", import.meta.url));
  const pinned = { execPath: "taskset", execArgv: ["-c", contestant.cpus, process.execPath] };
  const child = fork(script, [JSON.stringify(contestant)], contestant.cpus === undefined ? {} : pinned);
  const [{ version, flops }] = await answer(child, contestant.label);
  return { label: contestant.label, version, flops, child, rounds: [], times: [] };
}

async function warm(runner, ms) {
  let last = Number.NaN;
  for (let round = 1; round <= WARM_LIMIT; round++) {
    const now = median(await measure(runner, ms));
    if (Math.abs(now - last) <= STEADY * last) return round;
    last = now;
  }
  return null;
}

async function measure({ child, label }, ms) {
  child.send({ ms });
  const [{ times }] = await answer(child, label);
  return times;
}

/** The child's next message; rejects if it ends instead, or hangs. */
async function answer(child, label) {
  const ended = new AbortController();
  try {
    return await Promise.race([
      once(child, "message", ended),
      once(child, "exit", ended).then(([code]) => Promise.reject(new Error(`${label} exited with ${code}`))),
      setTimeout(PATIENCE_MS, null, ended).then(() => Promise.reject(new Error(`${label} does not answer`))),
    ]);
  } finally {
    ended.abort();
  }
}
