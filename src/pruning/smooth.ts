// Times of a grid made monotone: a wider layer never costs less, or the solver would keep channels for their price.

/**
 * The mean of the running maximum from the narrow end and the running minimum from the wide end, along both axes. Times
 * that are monotone come back as they are.
 * @param rows one an input width, of one number an output width, both rising
 */
export function monotone(rows: readonly (readonly number[])[]): number[][] {
  const up = accumulated(rows, Math.max);
  const down = reversed(accumulated(reversed(rows), Math.min));
  return up.map((row, i) => row.map((value, j) => (value + down[i][j]) / 2));
}

/** The extreme of all that is at most as far along both axes. */
function accumulated(
  rows: readonly (readonly number[])[],
  extreme: (...values: readonly number[]) => number,
): number[][] {
  const result: number[][] = [];
  for (const [i, row] of rows.entries()) {
    const made: number[] = [];
    for (const [j, value] of row.entries()) {
      const before = [...(i > 0 ? [result[i - 1][j]] : []), ...(j > 0 ? [made[j - 1]] : [])];
      made.push(extreme(value, ...before));
    }
    result.push(made);
  }
  return result;
}

function reversed(rows: readonly (readonly number[])[]): number[][] {
  return rows.map((row) => [...row].reverse()).reverse();
}
