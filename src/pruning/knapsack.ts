// The 0/1 knapsack of the paper, as its authors' program has it: a greedy rule, and exact dynamic programming. Items have
// one price each, whatever else is taken; `solve.ts` is for networks, where prices depend on each other.

import { UnsupportedError, UsageError } from "../errors.ts";

/** Parallel arrays: worth (any number), and price (a whole number ≥ 0) of each item. */
export interface Items {
  readonly values: ArrayLike<number>;
  readonly weights: ArrayLike<number>;
}

export interface Kept {
  /** Indices of the items, rising. */
  readonly kept: readonly number[];
  readonly value: number;
  readonly weight: number;
}

const MOST_BITS = 2e9; // of the table of `exact`: 250 MB

/** Drops items by rising value / weight, of equals the lower index first, until the rest fits. Items of weight 0 stay. */
export function greedy(items: Items, capacity: number): Kept {
  check(items, capacity);
  const isKept = new Uint8Array(items.values.length).fill(1);
  let weight = total(items.weights);
  for (const item of dropOrder(items)) {
    if (weight <= capacity) break;
    isKept[item] = 0;
    weight -= items.weights[item];
  }
  return keptOf(items, isKept);
}

/** Items of weight > 0 by rising value / weight, of equals the lower index first. */
export function dropOrder({ values, weights }: Items): number[] {
  const rate = (item: number): number => values[item] / weights[item];
  return [...indices(values.length)].filter((i) => weights[i] > 0).sort((a, b) => rate(a) - rate(b) || a - b);
}

/**
 * The most value within the capacity; of the subsets that have it one of the least weight. Items of weight 0 are taken if
 * they are worth something.
 *
 * best[c] after item i = max(best[c], best[c − weight i] + value i), one bit remembers which; nothing is taken on equality.
 * Weights are divided by their greatest common divisor first.
 * @throws UnsupportedError if the table of bits, items × capacity, is too large
 */
export function exact(items: Items, capacity: number): Kept {
  check(items, capacity);
  const { values, weights } = items;
  const isKept = new Uint8Array(values.length);
  for (const i of indices(values.length)) if (weights[i] === 0 && values[i] > 0) isKept[i] = 1;
  const priced = [...indices(values.length)].filter((i) => weights[i] > 0 && values[i] > 0);
  const divisor = priced.reduce((sum, i) => commonDivisor(sum, weights[i]), 0);
  if (divisor === 0) return keptOf(items, isKept);
  const sizes = priced.map((i) => weights[i] / divisor);
  const room = Math.min(Math.floor(capacity / divisor), total(sizes));
  const bits = priced.length * (room + 1);
  if (bits > MOST_BITS) {
    const what = `knapsack: expected a table of at most ${MOST_BITS.toLocaleString("en-US")} bits`;
    const got = `got ${priced.length} items × ${room + 1} units of capacity`;
    throw new UnsupportedError(`${what}, ${got}. Take the greedy rule, or coarser weights.`);
  }
  const best = new Float64Array(room + 1);
  const isTaken = new Uint8Array(Math.ceil(bits / 8));
  for (const [row, i] of priced.entries()) {
    const offset = row * (room + 1);
    for (let c = room; c >= sizes[row]; c--) {
      const worth = best[c - sizes[row]] + values[i];
      if (worth <= best[c]) continue;
      best[c] = worth;
      const bit = offset + c;
      isTaken[Math.floor(bit / 8)] |= 1 << (bit % 8);
    }
  }
  let c = best.indexOf(best[room]); // the least capacity that reaches the most
  for (let row = priced.length - 1; row >= 0; row--) {
    const bit = row * (room + 1) + c;
    if ((isTaken[Math.floor(bit / 8)] & (1 << (bit % 8))) === 0) continue;
    isKept[priced[row]] = 1;
    c -= sizes[row];
  }
  return keptOf(items, isKept);
}

function check({ values, weights }: Items, capacity: number): void {
  if (values.length !== weights.length) {
    throw new UsageError("weights", `expected ${values.length}, one an item, got ${weights.length}.`);
  }
  for (const i of indices(values.length)) {
    if (!Number.isFinite(values[i]))
      throw new UsageError("values", `expected numbers, got ${values[i]} for item ${i}.`);
    if (!isWhole(weights[i])) {
      throw new UsageError("weights", `expected whole numbers from 0 up, got ${weights[i]} for item ${i}.`);
    }
  }
  if (!isWhole(capacity)) throw new UsageError("capacity", `expected a whole number from 0 up, got ${capacity}.`);
}

function isWhole(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0;
}

function keptOf({ values, weights }: Items, isKept: Uint8Array): Kept {
  const kept = [...indices(isKept.length)].filter((i) => isKept[i] === 1);
  return {
    kept,
    value: kept.reduce((sum, i) => sum + values[i], 0),
    weight: kept.reduce((sum, i) => sum + weights[i], 0),
  };
}

function indices(count: number): Iterable<number> {
  return Array(count).keys();
}

function total(weights: ArrayLike<number>): number {
  return Array.from(weights).reduce((sum, weight) => sum + weight, 0);
}

/** Euclid's; of 0 and x it is x. */
function commonDivisor(a: number, b: number): number {
  return b === 0 ? a : commonDivisor(b, a % b);
}
