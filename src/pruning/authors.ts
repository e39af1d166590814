// Prices, groups and greedy rule of the paper's own program (Aflalo et al. 2020), for comparison and to read the trio's
// budgets. A channel is charged its own output at the parent's widths, about half of what its removal saves.

import type { Architecture } from "../architecture/architecture.ts";
import type { Layer } from "../architecture/layers.ts";
import { UsageError } from "../errors.ts";
import { costOf } from "./cost.ts";
import { summed } from "./curves.ts";
import { groups } from "./groups.ts";
import { dropOrder } from "./knapsack.ts";
import type { Limit, Solution } from "./problem.ts";
import type { Scores } from "./sums.ts";
import { unreachable } from "./unreachable.ts";
import { type Widths, widthsOf } from "./widths.ts";
import { wired } from "./wiring.ts";

interface Size {
  readonly height: number;
  readonly width: number;
}

/**
 * Output sizes of layers with a stride: the true ones, or the authors' (in − kernel) / stride + 1 with its fraction, as
 * their counter knows nothing of padding there.
 */
export type Counter = "true" | "authors";

/** A group that their program prunes, and what it charges for each of its channels. */
export interface PricedGroup {
  readonly name: string;
  readonly channels: number;
  /** Σ over the layers that write the group of ⌊inputs / groups · H' · W' · kernel²⌋, at the parent's widths. */
  readonly price: number;
}

/** What their knapsack counts: price of all channels of all groups, and of those kept. */
export interface Linearised {
  readonly total: number;
  readonly kept: number;
  /** 1 − kept / total: what they call the pruning ratio. */
  readonly prunedFraction: number;
}

export interface AuthorsSolution extends Linearised {
  /** Every group, blocks included. */
  readonly widths: Widths;
}

/** The groups of stages 1 and up: never stem, stage 0 and head. */
export function pricedGroups(a: Architecture, size: Size, counter: Counter = "true"): PricedGroup[] {
  const prices = new Map<string, number>();
  const isOut = new Set<string>();
  for (const { layer, writes } of wired(a, size)) {
    if (writes === null) continue;
    if (layer.block === null || layer.block[0] === 0) isOut.add(writes);
    if (layer.macs > 0) prices.set(writes, (prices.get(writes) ?? 0) + channelPrice(layer, counter));
  }
  return groups(a).flatMap(({ name, width }) => {
    const price = prices.get(name);
    return price === undefined || isOut.has(name) ? [] : [{ name, channels: width, price }];
  });
}

/** @param widths of the groups; those not named are kept whole */
export function linearised(priced: readonly PricedGroup[], widths: Widths): Linearised {
  const total = priced.reduce((sum, { channels, price }) => sum + channels * price, 0);
  const kept = priced.reduce((sum, { name, channels, price }) => sum + (widths.get(name) ?? channels) * price, 0);
  return { total, kept, prunedFraction: 1 - kept / total };
}

/** MACs of the convolutions as their program prints them. */
export function countedByAuthors(a: Architecture, size: Size): number {
  const counted = wired(a, size).filter(({ layer }) => layer.macs > 0 && layer.kind !== "linear");
  return counted.reduce((sum, { layer }) => sum + layer.output.channels * channelPrice(layer, "authors"), 0);
}

/**
 * Their greedy rule on their groups: channels go by rising score / price, all groups in one list, until the price kept is
 * at most (1 − ratio) of the total; or, for an honest comparison, until the *true* costs are within limits. The last
 * channel of a group stays, where their program would empty it.
 * @param scores of channels; groups that are not named keep all and are not in the total
 * @throws UsageError for a ratio outside [0, 1), or one or limits that even one channel a group exceeds
 */
export function solveAsAuthors(
  a: Architecture,
  size: Size,
  scores: Scores,
  goal: { readonly ratio: number } | { readonly limits: readonly Limit[] },
  counter: Counter = "true",
): AuthorsSolution {
  const priced = pricedGroups(a, size, counter).filter(({ name }) => scores.has(name));
  const drops = dropsOf(priced, scores);
  const widthsAfter = (count: number): Map<string, number> => {
    const widths = widthsOf(a);
    for (const name of drops.slice(0, count)) widths.set(name, (widths.get(name) ?? 0) - 1);
    return widths;
  };
  const isWithin = "ratio" in goal ? ratioTest(priced, goal.ratio) : limitTest(a, size, goal.limits);
  if (!isWithin(widthsAfter(drops.length))) throw beyond(a, size, goal, widthsAfter(drops.length), priced);
  let [few, many] = [-1, drops.length]; // `many` drops are enough, `few` are not
  while (many - few > 1) {
    const middle = (few + many) >> 1;
    if (isWithin(widthsAfter(middle))) many = middle;
    else few = middle;
  }
  const widths = widthsAfter(many);
  return { widths, ...linearised(priced, widths) };
}

/**
 * `solveAsAuthors` within true limits, as an answer of the solver: what it keeps by the sum of scores, and as bound what all
 * channels are worth, which is all that a greedy rule proves.
 */
export function greedyWithin(a: Architecture, size: Size, scores: Scores, limits: readonly Limit[]): Solution {
  const { widths } = solveAsAuthors(a, size, scores, { limits });
  const tables = summed(scores);
  const worth = (of: (name: string, table: Float64Array) => number): number =>
    Array.from(tables, ([name, table]) => table[of(name, table)]).reduce((sum, value) => sum + value, 0);
  return {
    widths,
    value: worth((name, table) => widths.get(name) ?? table.length - 1),
    bound: worth((_, table) => table.length - 1),
    costs: limits.map(({ cost }) => costOf(cost, a, size, widths)),
    multipliers: limits.map(() => 0),
  };
}

/** At most what one channel of a layer's output costs, ⌊·⌋ as they cut off fractions. */
function channelPrice(layer: Layer, counter: Counter): number {
  const price = layer.macs / layer.output.channels;
  if (counter === "true" || layer.kind !== "convolution" || layer.stride === 1) return price;
  const { kernel, stride, input, output } = layer;
  const side = (pixels: number): number => (pixels - kernel) / stride + 1;
  const perPosition = price / (output.height * output.width);
  return Math.floor(perPosition * side(input.height) * side(input.width));
}

/** The group of each channel that goes, in order; the last channel of a group is never in it. */
function dropsOf(priced: readonly PricedGroup[], scores: Scores): string[] {
  const items = priced.flatMap(({ name, price }) =>
    Array.from(scores.get(name) ?? [], (value) => ({ name, value, price })),
  );
  const order = dropOrder({ values: items.map(({ value }) => value), weights: items.map(({ price }) => price) });
  const left = new Map(priced.map(({ name, channels }) => [name, channels]));
  return order.flatMap((item) => {
    const { name } = items[item];
    const before = left.get(name) ?? 0;
    if (before <= 1) return [];
    left.set(name, before - 1);
    return [name];
  });
}

function ratioTest(priced: readonly PricedGroup[], ratio: number): (widths: Widths) => boolean {
  if (!(ratio >= 0 && ratio < 1)) throw new UsageError("ratio", `expected a number from 0 to below 1, got ${ratio}.`);
  const capacity = Math.floor(linearised(priced, new Map()).total * (1 - ratio));
  return (widths) => linearised(priced, widths).kept <= capacity;
}

function limitTest(a: Architecture, size: Size, limits: readonly Limit[]): (widths: Widths) => boolean {
  return (widths) => limits.every(({ cost, limit }) => costOf(cost, a, size, widths) <= limit);
}

function beyond(
  a: Architecture,
  size: Size,
  goal: { readonly ratio: number } | { readonly limits: readonly Limit[] },
  least: Widths,
  priced: readonly PricedGroup[],
): UsageError {
  if ("ratio" in goal) {
    const most = linearised(priced, least).prunedFraction;
    return new UsageError("ratio", `expected at most ${most}, one channel left in every group, got ${goal.ratio}.`);
  }
  const costs = goal.limits.map(({ cost }) => costOf(cost, a, size, least));
  const k = goal.limits.findIndex(({ limit }, i) => costs[i] > limit);
  return unreachable(goal.limits[k], costs[k]);
}
