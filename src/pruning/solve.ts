// The most value within a budget: Lagrange multiplier, a threshold per block, dynamic programming over stream widths,
// fill-up. The true cost is charged, which is bilinear along the chain of widths.

import type { Architecture } from "../architecture/architecture.ts";
import { UsageError } from "../errors.ts";
import type { WaitOptions } from "../progress.ts";
import { chainOf, widthsAt } from "./chain-of.ts";
import type { Limit, Solution, SolveOptions, ValueTables } from "./problem.ts";
import { solveChain } from "./solve-chain.ts";

const TURN_MS = 15; // a page that draws 60 times a second drops no more than one picture

/**
 * Widths of the most value within all limits: exact for the multipliers found, filled up from there. Never beyond a limit;
 * the parent itself where it is within all of them.
 * @param size of the input, pixels
 * @throws UsageError where the least reachable cost is above a limit; it names what can be reached
 */
export async function solve(
  a: Architecture,
  size: { readonly height: number; readonly width: number },
  values: ValueTables,
  limits: readonly Limit[],
  options: SolveOptions = {},
): Promise<Solution> {
  if (limits.length === 0) throw new UsageError("budget", "expected at least one limit, got none.");
  for (const { cost, limit } of limits) {
    if (Number.isFinite(limit) && limit > 0) continue;
    throw new UsageError(cost.unit, `expected a number above 0 as limit, got ${limit}.`);
  }
  const costs = limits.map(({ cost }) => cost);
  const chain = chainOf(a, size, values, costs, options);
  const { point, ...found } = await solveChain(chain, limits, turns(options));
  return { ...found, widths: widthsAt(a, chain, point) };
}

/** Lets others run every few milliseconds, and tells how many choices were weighed. */
function turns({ signal, onProgress }: WaitOptions): () => Promise<void> {
  let done = 0;
  let last = performance.now();
  return async () => {
    signal?.throwIfAborted();
    done++;
    if (performance.now() - last < TURN_MS) return;
    onProgress?.({ stage: "solve", done, unit: "steps" });
    await new Promise((resolve) => setTimeout(resolve, 0));
    last = performance.now();
    signal?.throwIfAborted();
  };
}
