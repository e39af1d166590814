// The arms: each gives the widths, and which channels stay, for a network, a budget in MACs and a seed.

import { macsModel, planFor, ranked, roundsFor, solve, solveAsAuthors, summed, uniform } from "effnet/pruning";
import { SIZE } from "./recipes.mjs";

/**
 * `score`: what ranks the channels. `plan`: widths for the budget, from the scores and, where asked for, joint curves.
 * `triesAllWays`: is fine-tuned and distilled by a learned map, too, for what inner distillation is worth.
 * All solve for the true MACs; multiples of 8 but for the paper's greedy, which knows none.
 */
export const ARMS = {
  "ours, joint curves": {
    score: "fisher",
    needsCurves: true,
    triesAllWays: true,
    widths: ({ a, limits, curves }) => solved(a, curves, limits),
  },
  "ours, sums": { score: "fisher", widths: ({ a, limits, scores }) => solved(a, summed(scores), limits) },
  "kp greedy": { score: "kp", widths: ({ a, limits, scores }) => solveAsAuthors(a, SIZE, scores, { limits }).widths },
  "l1 norms": { score: "l1", widths: ({ a, limits, scores }) => solved(a, summed(scores), limits) },
  random: { score: "random", widths: ({ a, limits, scores }) => solved(a, summed(scores), limits) },
  uniform: { score: "fisher", widths: ({ a, limits }) => uniform(a, SIZE, limits).widths },
};

/** The arm that is no pruning: a network that was small from the start. */
export const SCALED = "scaled, from scratch";

/** Where a budget is too deep for one cut: ours in several, each scored and refitted anew, as `effnet prune` does it. */
export const ROUNDS = "ours, in rounds";

/** What a parent is tried with at a budget, in the order of the tables. */
export function armsOf({ arms }, share) {
  return [...(arms ?? Object.keys(ARMS)), ...(roundsFor(share) > 1 ? [ROUNDS] : []), SCALED];
}

/** What the cell of an arm at one budget is called, and its files. */
export function slug(arm, share) {
  return `${arm.replace(/[^a-z0-9]+/g, "-")}-${Math.round(100 * share)}`;
}

export async function planOf(arm, { a, scores, curves, limit }) {
  const limits = [{ cost: macsModel(), limit }];
  const widths = await ARMS[arm].widths({ a, scores, curves, limits });
  return planFor(a, widths, ranked(scores));
}

async function solved(a, values, limits) {
  return (await solve(a, SIZE, values, limits)).widths;
}
