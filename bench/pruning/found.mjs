// What the comparison has found by now, arm by arm: what `table.mjs` and `picture.mjs` show.

import { join } from "node:path";
import { armsOf, slug } from "./arms.mjs";
import { PARENTS } from "./recipes.mjs";
import { readCell } from "./store.mjs";

/** After what the cells have accuracies, in order; the scaled network's is that of its training. */
export const STEPS = [
  "sliced",
  "recalibrated",
  "refit, keep",
  "refit, recalibrate",
  "fine-tuned",
  "distilled, select",
  "distilled, linear",
];
const TRAINED = "fine-tuned";

/** Cells of the parent, a seed each, and of each budget's arms; `reason` says why an arm has no network there. */
export function found(parent, folder) {
  const { seeds, shares } = PARENTS[parent];
  const cellsOf = (name) => seeds.flatMap((seed) => readCell(join(folder, parent, String(seed), `${name}.json`)) ?? []);
  const budgets = [...shares].sort((a, b) => b - a);
  return {
    whole: cellsOf("parent"),
    latency: readCell(join(folder, parent, String(seeds[0]), "latency.json")),
    budgets: budgets.map((share) => ({
      fewer: Math.round(100 * (1 - share)),
      arms: armsOf(PARENTS[parent], share).map((arm) => {
        const name = slug(arm, share);
        const cells = cellsOf(name);
        const reached = cells.filter(({ unreachable }) => unreachable === undefined);
        return { arm, name, cells: reached, reason: cells.find(({ unreachable }) => unreachable)?.unreachable };
      }),
    })),
  };
}

/** Test accuracies of an arm after a step, one a seed that took it. */
export function tests(cells, step) {
  return cells.flatMap(({ after, test }) =>
    after === undefined ? (step === TRAINED ? test : []) : (after[step]?.test ?? []),
  );
}

export function mean(values) {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
