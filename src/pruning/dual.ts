// The price of each limit at which the best choice just meets it, and the bound that this gives: for every multiplier ≥ 0
// no choice within the limits is worth more than max(value − Σ multiplier · cost) + Σ multiplier · limit.

import type { Weights } from "./cell-prices.ts";
import { type Chain, copied, costsAt, type Point, valueAt } from "./chain.ts";

/** A choice with what it is worth and costs. */
export interface Judged {
  readonly point: Point;
  readonly value: number;
  readonly costs: readonly number[];
}

export interface Dual {
  /** No choice within the limits is worth more. */
  readonly bound: number;
  /** One a limit: what a unit of it would be worth more. */
  readonly multipliers: readonly number[];
  /** Choices met on the way, the last ones the nearest to the limits on either side; some within, some not. */
  readonly met: readonly Judged[];
}

const MOST_ROUNDS = 12; // over several limits; a round that moves no multiplier by more than NEAR of it ends them
const NEAR = 1e-9;

export function judged(chain: Chain, point: Point): Judged {
  return { point: copied(point), value: valueAt(chain, point), costs: costsAt(chain, point) };
}

/**
 * The least bound over one multiplier a limit.
 *
 * Every choice x is a line of the multiplier, V(x) + λ·(limit − C(x)), and the bound is their upper envelope: convex. Two
 * choices on either side of the limit cross below its minimum; the best choice at the crossing either lies on both lines,
 * and the minimum is found exactly, or replaces one of them. With several limits each multiplier in turn, the others
 * fixed, until none moves; then the bound is one, but may not be the least.
 * @param cheapest within each limit
 */
export async function dual(
  chain: Chain,
  limits: readonly number[],
  cheapest: readonly Judged[],
  best: (weights: Weights) => Point,
  turn: () => Promise<void>,
): Promise<Dual> {
  const multipliers = limits.map(() => 0);
  const met: Judged[] = [];
  let bound = Number.POSITIVE_INFINITY;
  const at = async (k: number, multiplier: number): Promise<Judged> => {
    await turn();
    multipliers[k] = multiplier;
    const found = judged(chain, best({ value: 1, multipliers }));
    met.push(found);
    bound = Math.min(bound, lagrangian(found, multipliers, limits));
    return found;
  };
  for (let round = 0; round < MOST_ROUNDS; round++) {
    const before = multipliers.slice();
    for (const [k, limit] of limits.entries()) {
      let above = await at(k, 0);
      if (above.costs[k] <= limit) continue;
      let below = cheapest[k];
      for (;;) {
        const multiplier = crossing(above, below, k, multipliers);
        const found = await at(k, multiplier);
        const known = [above, below].map((each) => lagrangian(each, multipliers, limits));
        if (lagrangian(found, multipliers, limits) <= Math.max(...known)) break;
        if (found.costs[k] <= limit) below = found;
        else above = found;
      }
    }
    if (limits.length === 1 || multipliers.every((multiplier, k) => isNear(multiplier, before[k]))) break;
  }
  return { bound, multipliers, met };
}

/** What the multipliers promise at most, by this choice's line. */
function lagrangian({ value, costs }: Judged, multipliers: readonly number[], limits: readonly number[]): number {
  return multipliers.reduce((sum, multiplier, k) => sum + multiplier * (limits[k] - costs[k]), value);
}

/** The k-th multiplier at which two choices are equally high, all others as they are; `above` costs more. */
function crossing(above: Judged, below: Judged, k: number, multipliers: readonly number[]): number {
  const others = multipliers.map((multiplier, j) => (j === k ? 0 : multiplier));
  const gain = lagrangian(above, others, above.costs) - lagrangian(below, others, above.costs);
  return Math.max(0, gain / (above.costs[k] - below.costs[k]));
}

function isNear(one: number, other: number): boolean {
  return Math.abs(one - other) <= NEAR * Math.max(one, other);
}
