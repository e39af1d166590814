// Budgets as the flags ask for them, in the units that plans are made in.

import type { Architecture } from "../architecture/architecture.ts";
import { UsageError } from "../errors.ts";
import type { Size } from "../image/resize.ts";
import { type CostModel, costOf, macsModel, paramsModel } from "../pruning/cost.ts";
import { type LatencyTable, latencyModel } from "../pruning/latency.ts";
import type { BudgetUnit } from "../pruning/plan.ts";
import type { Budget } from "../pruning/prune.ts";
import { rounded } from "./numbers.ts";
import type { Asked, PruneFlags } from "./prune-flags.ts";

/** A budget as a run's `config.json` keeps it. */
export interface KeptBudget {
  readonly unit: BudgetUnit;
  readonly limit: number;
}

/** @throws UsageError if there is none, or one is beyond what the network costs already */
export function budgetsOf(
  flags: Pick<PruneFlags, BudgetUnit>,
  a: Architecture,
  size: Size,
  table: LatencyTable | null,
): KeptBudget[] {
  const asked = (["macs", "params", "latency"] as const).flatMap((unit): [BudgetUnit, Asked][] => {
    const found = flags[unit];
    return found === undefined ? [] : [[unit, found]];
  });
  if (asked.length === 0) {
    throw new UsageError("--macs", "expected a budget, got none. Give --macs 50%, --params 4M or --latency 8ms.");
  }
  return asked.map(([unit, budget]) => {
    const own = costOf(modelOf(unit, a, size, table), a, size);
    const limit = "share" in budget ? own * budget.share : budget.limit;
    return { unit, limit: unit === "latency" ? limit : Math.floor(limit) };
  });
}

export function toBudgets(
  kept: readonly KeptBudget[],
  a: Architecture,
  size: Size,
  table: LatencyTable | null,
): Budget[] {
  return kept.map(({ unit, limit }) => ({ cost: modelOf(unit, a, size, table), limit }));
}

/** A cost with its unit. */
export function shownCost(unit: BudgetUnit, value: number): string {
  if (unit === "latency") return `${Number(value.toPrecision(3))} ms`;
  return `${rounded(value)} ${unit}`;
}

/** @throws UsageError for latency without a table */
export function modelOf(unit: BudgetUnit, a: Architecture, size: Size, table: LatencyTable | null): CostModel {
  if (unit === "macs") return macsModel();
  if (unit === "params") return paramsModel();
  if (table !== null) return latencyModel(table, a, size);
  throw new UsageError(
    "--latency",
    "expected a table of this machine's latencies. Give --table FILE (effnet measure).",
  );
}
