// The highest of many falling lines a ↦ height − rate · a, for a ≥ 0: one pass with a stack, then a binary search for
// every a. What a block keeps is such a choice: more channels are worth more and cost more for each unit of a.

/** Only lines that are somewhere the highest, by rising rate. Line k beats line k + 1 from `until[k]` on; these fall. */
export interface Envelope {
  /** Indices of the lines. */
  readonly lines: Int32Array;
  readonly until: Float64Array;
  readonly count: number;
}

/** @param rates rising, ≥ 0; of two lines that are equally high the one of the lower rate counts as the higher */
export function envelope(heights: Float64Array, rates: readonly number[]): Envelope {
  const lines = new Int32Array(heights.length);
  const until = new Float64Array(heights.length);
  let count = 1;
  for (let line = 1; line < heights.length; line++) {
    if (heights[line] <= heights[lines[0]]) continue;
    const meets = (other: number): number => (heights[line] - heights[other]) / (rates[line] - rates[other]);
    while (count > 1 && meets(lines[count - 1]) >= until[count - 2]) count--;
    const at = meets(lines[count - 1]);
    if (at <= 0) continue;
    until[count - 1] = at;
    lines[count++] = line;
  }
  return { lines, until, count };
}

/** The line that is highest at a. */
export function highest({ lines, until, count }: Envelope, a: number): number {
  let low = 0;
  let high = count - 1; // the answer is lines[low … high]; line k is beaten by k + 1 where a < until[k]
  while (low < high) {
    const middle = (low + high) >> 1;
    if (a < until[middle]) low = middle + 1;
    else high = middle;
  }
  return lines[low];
}
