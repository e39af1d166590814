// What the multipliers leave: the choice that they give stays a little below the limits. Single steps fill it up, and
// exchanges (one step against the best others) go on while they gain.

import type { Chain, Point } from "./chain.ts";
import { type Judged, judged } from "./dual.ts";
import { type Step, Walk } from "./walk.ts";

const STRIDES = [1, 2, 4, 8, 16, 32, 64, 128]; // narrower by so many widths at a time, in exchanges
const MOST_EXCHANGES = 50; // accepted ones; a network of the family takes a few

export interface FillOptions {
  readonly limits: readonly number[];
  /** What a unit of each limit is worth; all 0: all limits alike. */
  readonly multipliers: readonly number[];
  /** No choice within the limits is worth more; reached, the search ends. */
  readonly bound: number;
  readonly turn: () => Promise<void>;
}

/**
 * The best choice within the limits that steps and exchanges lead to.
 * @param starts within the limits or not; those beyond first step down where it costs least
 * @returns null if no start leads within the limits
 */
export async function filled(chain: Chain, starts: readonly Point[], options: FillOptions): Promise<Judged | null> {
  const rates = ratesOf(options);
  const walk = new Walk(chain, options.limits, starts[0]);
  let best: Judged | null = null;
  const climb = (): Judged | null => {
    stepDown(walk);
    if (!walk.isWithin()) return null;
    fillUp(walk, rates);
    return judged(chain, walk.point);
  };
  for (const start of starts) {
    walk.moveTo(start);
    best = better(best, climb());
  }
  for (let exchange = 0; exchange < MOST_EXCHANGES; exchange++) {
    const from: Judged | null = best;
    if (from === null || from.value >= options.bound) break;
    walk.moveTo(from.point);
    const steps = [...walk.narrower(STRIDES), ...walk.wider()];
    for (const step of steps) {
      await options.turn();
      walk.moveTo(from.point);
      walk.take(step, { within: false });
      best = better(best, climb());
    }
    if (best === from) break;
  }
  return best;
}

/** The first of equals. */
function better(one: Judged | null, other: Judged | null): Judged | null {
  if (one === null || other === null) return one ?? other;
  return other.value > one.value ? other : one;
}

/** Takes the step of the most value a unit of cost, as long as one fits; those that cost nothing first. */
function fillUp(walk: Walk, rates: readonly number[]): void {
  const refused = new Set<string>(); // by rounding alone: they fit by difference, not by sum
  for (;;) {
    let chosen: Step | null = null;
    let most = 0;
    for (const step of walk.wider()) {
      const gain = walk.gain(step);
      if (gain <= 0 || !fits(walk) || (refused.size > 0 && refused.has(JSON.stringify(step)))) continue;
      const cost = walk.added.reduce((sum, added, k) => sum + rates[k] * added, 0);
      const rate = cost <= 0 ? Number.POSITIVE_INFINITY : gain / cost;
      if (rate > most) [chosen, most] = [step, rate];
    }
    if (chosen === null) return;
    if (walk.take(chosen, { within: true })) refused.clear();
    else refused.add(JSON.stringify(chosen));
  }
}

function fits({ added, costs, limits }: Walk): boolean {
  return added.every((more, k) => costs[k] + more <= limits[k]);
}

/** Gives up what is worth least for each unit saved of the limits that are exceeded, until none is or nothing is left. */
function stepDown(walk: Walk): void {
  while (!walk.isWithin()) {
    const isExceeded = walk.limits.map((limit, k) => walk.costs[k] > limit);
    let chosen: Step | null = null;
    let least = Number.POSITIVE_INFINITY;
    for (const step of walk.narrower()) {
      const loss = -walk.gain(step);
      const saved = walk.added.reduce((sum, added, k) => sum - (isExceeded[k] ? added / walk.limits[k] : 0), 0);
      if (saved <= 0) continue;
      if (loss / saved < least) [chosen, least] = [step, loss / saved];
    }
    if (chosen === null) return;
    walk.take(chosen, { within: false });
  }
}

/** How much of `cost` a unit of each limit counts. */
function ratesOf({ multipliers, limits }: FillOptions): readonly number[] {
  return multipliers.some((multiplier) => multiplier > 0) ? multipliers : limits.map((limit) => 1 / limit);
}
