// From a list of inputs to a stream of answers: prepared ahead, computed in batches, yielded in the order of the list.

import type { Ahead, Outcome } from "./ahead.ts";

/**
 * Takes prepared inputs, gives `compute` up to `batch` at a time and yields one outcome per input, in order. An input
 * whose preparation failed yields its error, and the batch is filled with the next.
 * @throws what `compute` throws, and the signal's reason between batches
 */
export async function* answers<Input, Prepared, Answer>(
  prepared: Ahead<Input, Prepared>,
  batch: number,
  compute: (batch: readonly Prepared[]) => Promise<readonly Answer[]>,
  signal?: AbortSignal,
): AsyncGenerator<Outcome<Input, Answer>, void, undefined> {
  try {
    for (let isMore = true; isMore; ) {
      const taken: Outcome<Input, Prepared>[] = [];
      const ready: Prepared[] = [];
      while (isMore && ready.length < batch) {
        const next = await prepared.take();
        signal?.throwIfAborted();
        if (next === null) isMore = false;
        else taken.push(next);
        if (next?.value !== undefined) ready.push(next.value);
      }
      const computed = ready.length === 0 ? [] : await compute(ready);
      signal?.throwIfAborted();
      let at = 0;
      for (const { item, value, error } of taken) {
        yield value === undefined ? { item, error } : { item, value: computed[at++] };
      }
    }
  } finally {
    prepared.close();
  }
}
