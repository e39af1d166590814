// What the solver is asked, and what it answers: values of widths, limits, and what may be chosen.

import type { WaitOptions } from "../progress.ts";
import type { CostModel } from "./cost.ts";
import type { Widths } from "./widths.ts";

/** Group → value of keeping its w best channels, w = 0 … width. Groups that are not named are frozen at full width. */
export type ValueTables = ReadonlyMap<string, Float64Array>;

export interface SolveOptions extends WaitOptions {
  /** Widths are multiples of this, or full; squeezes have their own. Default 8 and 1. */
  readonly multiple?: number;
  readonly squeezeMultiple?: number;
  /** Least width, default the multiple. */
  readonly minimum?: number;
  /** Patterns of group names (`*` any run of characters) that stay as they are. */
  readonly freeze?: readonly string[];
  /** Whether blocks may be removed: those whose `….block` table is given. Default false. */
  readonly removesBlocks?: boolean;
}

export interface Limit {
  readonly cost: CostModel;
  readonly limit: number;
}

export interface Solution {
  /** Every group, blocks included. */
  readonly widths: Widths;
  /** Importance kept; `bound` ≥ the best value that any widths within the budget have. */
  readonly value: number;
  readonly bound: number;
  /** In the order of the limits. */
  readonly costs: readonly number[];
  /** What a unit more of each limit would be worth; 0 for limits that do not bind. */
  readonly multipliers: readonly number[];
}
