// Random orders: of a list, and of a stream that is too long to be one.

import type { Random } from "../random.ts";

/** A random permutation (Fisher & Yates). */
export function shuffled<T>(items: readonly T[], random: Random): T[] {
  const result = items.slice();
  for (let i = result.length - 1; i > 0; i--) {
    const j = random.below(i + 1);
    [result[i], result[j]] = [result[j], result[i]];
  }
  return result;
}

export interface BufferLimits {
  /** Items that wait at most. */
  readonly items: number;
  /** Items that wait before the first is given. */
  readonly initial: number;
  /** Bytes that wait before none is added without one leaving. */
  readonly bytes: number;
}

/**
 * A stream in random order: a buffer fills two for one until it is full, and gives a random one of what waits.
 *
 * As `_shuffle` in webdataset's filters.py, but full by bytes too, so that large pictures do not take the memory.
 */
export async function* bufferShuffled<T>(
  stream: AsyncIterable<T>,
  sizeOf: (item: T) => number,
  random: Random,
  limits: BufferLimits,
): AsyncGenerator<T, void, undefined> {
  const waiting: T[] = [];
  let bytes = 0;
  let isOwed = false; // one more may come in before the next leaves
  const pick = (): T => {
    const index = random.below(waiting.length);
    const item = waiting[index];
    waiting[index] = waiting[waiting.length - 1];
    waiting.pop();
    bytes -= sizeOf(item);
    return item;
  };
  for await (const item of stream) {
    waiting.push(item);
    bytes += sizeOf(item);
    const isFull = waiting.length >= limits.items || bytes >= limits.bytes;
    isOwed = !isOwed && !isFull;
    if (!isOwed && (isFull || waiting.length >= limits.initial)) yield pick();
  }
  while (waiting.length > 0) yield pick();
}
