// The end of a pruning: the student beside its parent, in accuracy, cost and milliseconds.

import type { Model } from "../model/model.ts";
import { costOf } from "../pruning/cost.ts";
import type { BudgetUnit, Plan } from "../pruning/plan.ts";
import type { PrunedBlock, PrunedCost, PruningSection } from "../run/pruning-section.ts";
import type { Tensor } from "../tensor.ts";
import { modelOf, shownCost } from "./prune-budgets.ts";
import { prunedBlocks } from "./prune-section.ts";
import type { Work } from "./prune-work.ts";
import type { Session } from "./session.ts";
import { finished } from "./train-result.ts";

const UNITS: readonly BudgetUnit[] = ["macs", "params", "latency"];
const NAMES: Readonly<Record<BudgetUnit, string>> = { macs: "MACs", params: "parameters", latency: "one picture, ms" };
const ROUNDS = 8;
const RUNS = 10; // of a model in a row, in each round,
const WARM_UPS = 4; // and before them some that do not count

export interface Done extends Work {
  readonly student: Model;
  readonly plan: Plan;
  readonly steps: readonly (readonly [step: string, top1: number])[];
}

/** Weighs the student, writes the report, and says in one line what came of it. */
export async function pruned(session: Session, done: Done): Promise<number> {
  const { folder, prepared, student, steps, flags, config, teller } = done;
  const size = prepared.plan.transform;
  const [before, after] = await mediansMs([prepared.model, student], size, session.signal);
  const costs = costsOf(done, before, after);
  const told = costs.map(
    ({ name, before: was, measured }) => `${name} ${short(was)} → ${short(measured ?? Number.NaN)}`,
  );
  teller.note(told.join(" · "));
  return finished(session, {
    folder,
    plan: prepared.plan,
    config,
    findings: prepared.splits.findings.map(({ message }) => message),
    flags,
    prepared: { ...prepared, model: student },
    pruning: { ...blocksOf(done), costs, steps },
    figures: { plan: "plan.json", costs, steps: Object.fromEntries(steps) },
  });
}

/** Every block in milliseconds where a table says them, else in MACs. */
function blocksOf({ prepared, plan }: Done): Pick<PruningSection, "blocks" | "unit"> {
  const { table, model } = prepared;
  const size = prepared.plan.transform;
  const cost = modelOf(table === null ? "macs" : "latency", model.architecture, size, table);
  const blocks = prunedBlocks(model.architecture, plan, size, cost);
  return table === null ? { blocks: blocks.map(inMillions), unit: "M MACs" } : { blocks, unit: "ms" };
}

function inMillions({ cost: { before, after }, ...block }: PrunedBlock): PrunedBlock {
  return { ...block, cost: { before: before / 1e6, after: after / 1e6 } };
}

function costsOf({ prepared, plan, student }: Done, beforeMs: number, afterMs: number): PrunedCost[] {
  const { budgets } = prepared.plan.pruning;
  const size = prepared.plan.transform;
  const parent = prepared.model.architecture;
  return UNITS.map((unit) => {
    const asked = budgets.find((budget) => budget.unit === unit)?.limit ?? null;
    const predicted = plan.made?.predicted[unit] ?? null;
    if (unit === "latency") return { name: NAMES[unit], before: beforeMs, budget: asked, predicted, measured: afterMs };
    const cost = modelOf(unit, parent, size, null);
    const [was, is] = [parent, student.architecture].map((a) => costOf(cost, a, size));
    return { name: NAMES[unit], before: was, budget: asked, predicted: predicted ?? is, measured: is };
  });
}

/** Of whole runs of one picture: some of one model in a row, as `measure` times networks and as users run them, then the next. */
async function mediansMs(
  models: readonly Model[],
  { height, width }: { readonly height: number; readonly width: number },
  signal: AbortSignal,
): Promise<number[]> {
  const times = models.map((): number[] => []);
  const data = Float32Array.from({ length: height * width * 3 }, (_, i) => Math.sin(i));
  const x: Tensor = { shape: [1, height, width, 3], data };
  for (let round = 0; round < ROUNDS; round++) {
    for (const [i, model] of models.entries()) {
      for (let run = -WARM_UPS; run < RUNS; run++) {
        const startMs = performance.now();
        await model.forward(x, { signal });
        if (run >= 0) times[i].push(performance.now() - startMs);
      }
    }
  }
  return times.map((each) => each.sort((a, b) => a - b)[(ROUNDS * RUNS) / 2]);
}

function short(value: number): string {
  return shownCost(Number.isInteger(value) ? "macs" : "latency", value).replace(/ (macs|ms)$/, "");
}
