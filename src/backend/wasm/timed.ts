// A program run with a clock: how long each op of its graph takes, as the thread that looks sees it.

import type { BoundProgram } from "./program.ts";

/**
 * Runs one thread's share of one picture, and adds to `times` the milliseconds of each op. The wait at the end of a phase is
 * shared out among the phase's ops as their own times are: who computes longer keeps others waiting longer.
 */
export function executeTimed(program: BoundProgram, wait: () => void, times: Float64Array): void {
  let now = performance.now();
  for (const { steps, op: lastOp } of program) {
    const start = now;
    const ended = steps.map(({ call, operands, op }) => {
      const before = now;
      call(...operands);
      now = performance.now();
      return { op, ms: now - before };
    });
    const computed = now - start;
    wait();
    now = performance.now();
    if (computed > 0) for (const { op, ms } of ended) times[op] += (ms * (now - start)) / computed;
    else times[lastOp] += now - start;
  }
}
