// Shard names by brace range, as WebDataset writes them: `train-{000000..000031}.tar`.

import { UsageError } from "../errors.ts";

const RANGE = /\{(\d+)\.\.(\d+)\}/;
const MOST_NAMES = 1_000_000; // more is a slip of the hand, and the list alone would take gigabytes

/**
 * Every name a pattern stands for; the pattern itself if it has no range. Ends are inclusive, numbers are padded with
 * zeros to the width of the first, several ranges give the product with the last one fastest.
 * @throws UsageError if a range runs backwards or the names are more than a million
 */
export function expandBraces(pattern: string): string[] {
  const found = RANGE.exec(pattern);
  if (found === null) return [pattern];
  const [range, first, last] = found;
  const [from, to] = [Number(first), Number(last)];
  if (from > to) throw new UsageError(pattern, `expected a range from low to high, got ${range}.`);
  const before = pattern.slice(0, found.index);
  const rests = expandBraces(pattern.slice(found.index + range.length));
  if ((to - from + 1) * rests.length > MOST_NAMES) {
    throw new UsageError(pattern, `expected at most ${MOST_NAMES} shards, got more. Check the range.`);
  }
  const numbers = Array.from({ length: to - from + 1 }, (_, i) => String(from + i).padStart(first.length, "0"));
  return numbers.flatMap((number) => rests.map((rest) => before + number + rest));
}
