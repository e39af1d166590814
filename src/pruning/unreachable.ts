// What is said where no widths meet a limit.

import { UsageError } from "../errors.ts";

/** How much, of what. */
export interface NamedLimit {
  readonly limit: number;
  readonly cost: { readonly unit: string };
}

/** @param least what can be reached */
export function unreachable({ limit, cost }: NamedLimit, least: number): UsageError {
  const what = `expected at least ${shownCost(least)}, the least that allowed widths reach, got ${shownCost(limit)}.`;
  return new UsageError(cost.unit, `${what} Raise it, or allow narrower widths.`);
}

/** @param least what can be reached together, one a limit */
export function unreachableTogether(limits: readonly NamedLimit[], least: readonly number[]): UsageError {
  const reached = limits.map(({ cost }, k) => `${shownCost(least[k])} ${cost.unit}`).join(" with ");
  return new UsageError("budget", `expected limits that can be met together, such as ${reached}. Raise one.`);
}

/** Whole numbers with separators; others with every digit, so that the least can be typed back as a limit. */
function shownCost(cost: number): string {
  return Number.isInteger(cost) ? cost.toLocaleString("en-US") : String(cost);
}
