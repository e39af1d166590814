// The classifier alone, on features that are computed once: a convex problem, solved in seconds.

/** How a head is fitted. */
export interface HeadRecipe {
  /** λ of the penalty λ/2 · ‖W‖² on standardised features; the validation split chooses among several. Null: the usual ones. */
  readonly penalties: readonly number[] | null;
  /** At most, for each penalty. */
  readonly iterations: number;
}
