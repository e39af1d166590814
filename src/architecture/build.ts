// From a name to a network: the row at its own multipliers, the pruned ones with their published widths.

import type { Architecture } from "./architecture.ts";
import { pruned } from "./pruned.ts";
import { type ModelName, ROWS, type Row } from "./rows.ts";
import { scaled } from "./scale.ts";

export interface ArchitectureOptions {
  /** Default 1,000; 0 leaves the classifier out. */
  readonly classes?: number;
  /** Default 3. */
  readonly inChannels?: number;
}

/** A published network with every width written out. */
export function architectureOf(network: ModelName | Row, options: ArchitectureOptions = {}): Architecture {
  const row = typeof network === "string" ? ROWS[network] : network;
  const whole = { ...scaled(row, row), classes: options.classes ?? 1000, inChannels: options.inChannels ?? 3 };
  return row.prunedFrom === undefined ? whole : pruned(row.prunedFrom, whole);
}
