// Which pictures say what a channel is worth: a few of every class, shuffled, as evaluation prepares them.

import type { Batch, BatchSource, Sample } from "../data/batch.ts";
import type { Dataset } from "../data/dataset.ts";
import { UsageError } from "../errors.ts";
import type { WaitOptions } from "../progress.ts";
import { rowsOf } from "../training/rows.ts";

export interface SampleOptions {
  /** Pictures, at most. Default 2,000. */
  readonly samples?: number;
}

const DEFAULT_SAMPLES = 2000;

/** @throws UsageError */
function checked(samples = DEFAULT_SAMPLES): number {
  if (Number.isInteger(samples) && samples >= 1) return samples;
  throw new UsageError("samples", `expected a whole number of pictures ≥ 1, got ${samples}.`);
}

/**
 * A dataset of at most that many pictures: of every class as many as of any other, as far as it has them, none twice, in
 * shuffled order. `evaluationBatches` makes of it what importance is measured on.
 *
 * Folders' first pictures would be those of the first classes.
 * @param options.seed of the order. Default 0
 */
export function scoringSamples(dataset: Dataset, options: SampleOptions & { readonly seed?: number } = {}): Dataset {
  const { seed = 0 } = options;
  const perClass = sharesOf(dataset.perClass, checked(options.samples));
  return {
    name: dataset.name,
    classes: dataset.classes,
    perClass,
    samples: (order) => picked(dataset.samples(order ?? { seed, epoch: 0 }), perClass),
  };
}

/** As even as the classes' sizes allow; what is left over goes to the first classes that have more. */
function sharesOf(perClass: readonly number[], samples: number): number[] {
  const shares = perClass.map(() => 0);
  let left = Math.min(
    samples,
    perClass.reduce((sum, count) => sum + count, 0),
  );
  while (left > 0) {
    const open = shares.flatMap((share, label) => (share < perClass[label] ? [label] : []));
    const each = Math.max(1, Math.floor(left / open.length));
    for (const label of open) {
      const more = Math.min(each, perClass[label] - shares[label], left);
      shares[label] += more;
      left -= more;
    }
  }
  return shares;
}

/** The first of each class in the stream. */
async function* picked(
  samples: Iterable<Sample> | AsyncIterable<Sample>,
  perClass: readonly number[],
): AsyncGenerator<Sample, void, undefined> {
  const left = [...perClass];
  let wanted = left.reduce((sum, count) => sum + count, 0);
  for await (const sample of samples) {
    if (wanted === 0) return;
    if (left[sample.label] === 0) continue;
    left[sample.label]--;
    wanted--;
    yield sample;
  }
}

/** A batch and its place in the stream. */
export type PlacedBatch = Pick<Batch, "x" | "labels" | "names"> & { readonly from: number };

/**
 * The first pictures of the source, batch by batch.
 * @throws UsageError if none could be read
 */
export async function* samplesOf(
  source: BatchSource,
  { samples, signal, onProgress }: SampleOptions & WaitOptions,
): AsyncGenerator<PlacedBatch, void, undefined> {
  const total = Math.min(checked(samples), source.samples);
  let from = 0;
  for await (const batch of source.epoch(0, signal === undefined ? {} : { signal })) {
    const count = Math.min(batch.labels.length, total - from);
    const { labels, names } = batch;
    yield { from, x: rowsOf(batch.x, 0, count), labels: labels.subarray(0, count), names: names.slice(0, count) };
    from += count;
    onProgress?.({ stage: "importance", done: from, total, unit: "pictures" });
    if (from >= total) break;
  }
  if (from === 0) throw new UsageError("data", "no picture to score channels on could be read.");
}
