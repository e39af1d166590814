// What survives of a parent: pruning as data. Plans can be applied, composed, drawn, and kept beside the weights.

/** JSON; written and read by `planToJson` and `planFromJson`. */
export interface Plan {
  readonly version: 1;
  readonly parent: {
    readonly name: string;
    /** SHA-256, hex, of the parent's shape text. */
    readonly shapes: string;
  };
  /** Group → channels of the parent that stay, rising; groups that are not named keep all. */
  readonly keep: Readonly<Record<string, readonly number[]>>;
  /** Names of block groups, `blocks.2.1.block`. */
  readonly removedBlocks: readonly string[];
  /** How it came to be; not needed to apply it. */
  readonly made?: {
    readonly solver: string;
    readonly score: string;
    readonly curve: string;
    readonly seed: number;
    readonly budget: readonly { readonly unit: BudgetUnit; readonly limit: number }[];
    readonly predicted: Readonly<Partial<Record<BudgetUnit, number>>>;
    /** No plan within the budget keeps more than `bound` of the importance; this one keeps `value`. */
    readonly value: number;
    readonly bound: number;
  };
}

export type BudgetUnit = "macs" | "params" | "latency";
