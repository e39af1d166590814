// What this folder draws its parameters with: `Random`, or in tests numbers that are given.

import type { Random } from "../../random.ts";

export type Draws = Pick<Random, "float" | "uniform" | "below" | "normal">;

/** One of `items`, each as likely as any other; a single one without a draw. */
export function pick<T>(items: readonly T[], draws: Draws): T {
  return items.length === 1 ? items[0] : items[draws.below(items.length)];
}
