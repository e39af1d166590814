// From a dataset to batches: samples in order, pictures prepared by threads ahead of their use, broken ones left out.

import { UsageError } from "../errors.ts";
import { normalize } from "../image/normalize.ts";
import type { Picture } from "../image/picture.ts";
import type { Transform } from "../image/preprocess.ts";
import { inOrder, madeAhead } from "./ahead.ts";
import type { Batch, BatchSource, EpochOptions, Sample } from "./batch.ts";
import { type Dataset, type Order, sampleCount } from "./dataset.ts";
import type { Decoders } from "./decoders.ts";
import type { PictureJob } from "./work.ts";

/** A picture that could not be read. It is left out, and the stream goes on. */
export interface Broken {
  readonly name: string;
  /** One line that begins with the name. */
  readonly message: string;
}

export interface BatchOptions {
  /** Pictures per batch. */
  readonly batch: number;
  readonly decoders: Decoders;
  /** Hears of every broken picture once, when an epoch first meets it. */
  readonly onBroken?: ((broken: Broken) => void) | undefined;
}

const BATCHES_AHEAD = 2; // one that waits whole, one whose pictures are being prepared; each more costs its memory

/**
 * Batches for evaluation: samples as they are stored, timm's evaluation crop, the last batch as short as it comes.
 * Every epoch is the same.
 * @throws UsageError if the batch is not a whole number ≥ 1
 */
export function evaluationBatches(dataset: Dataset, transform: Transform, options: BatchOptions): BatchSource {
  const job = (sample: Sample): PictureJob => ({ kind: "crop", sample, transform });
  return batches(dataset, { ...options, transform, job, keepsLast: true });
}

export interface TrainingOptions extends BatchOptions {
  /** Seed of the order and of everything drawn for a picture. Default 0. */
  readonly seed?: number | undefined;
  /** Draws every class as often as any other; see `Order`. */
  readonly isBalanced?: boolean | undefined;
}

/**
 * Batches for training: every epoch in its own order, all batches of the same size, the rest of an epoch left out.
 * @throws UsageError if the batch is not a whole number ≥ 1, or larger than the dataset
 */
export function trainingBatches(dataset: Dataset, transform: Transform, options: TrainingOptions): BatchSource {
  const { seed = 0, isBalanced } = options;
  const job = (sample: Sample): PictureJob => ({ kind: "crop", sample, transform });
  const source = batches(dataset, { ...options, transform, job, order: { seed, isBalanced }, keepsLast: false });
  if (source.batches > 0) return source;
  const pictures = `${source.samples} picture${source.samples === 1 ? "" : "s"}`;
  throw new UsageError("batch", `expected at most the ${pictures} of ${dataset.name}, got ${options.batch}. Lower it.`);
}

interface Plan extends BatchOptions {
  readonly transform: Transform;
  /** What is done to the sample at a place of an epoch's stream. */
  readonly job: (sample: Sample, epoch: number, index: number) => PictureJob;
  readonly order?: Omit<Order, "epoch">;
  readonly keepsLast: boolean;
}

function batches(dataset: Dataset, plan: Plan): BatchSource {
  const { batch, keepsLast } = plan;
  if (!Number.isInteger(batch) || batch < 1) {
    throw new UsageError("batch", `expected a whole number of pictures ≥ 1, got ${batch}.`);
  }
  const samples = sampleCount(dataset);
  const reported = new Set<string>();
  const onBroken = (broken: Broken): void => {
    if (!reported.has(broken.name)) plan.onBroken?.(broken);
    reported.add(broken.name);
  };
  return {
    classes: dataset.classes,
    samples,
    batches: keepsLast ? Math.ceil(samples / batch) : Math.floor(samples / batch),
    epoch: (epoch, options = {}) =>
      madeAhead(stream(dataset, { ...plan, onBroken }, epoch, options), BATCHES_AHEAD - 1),
  };
}

/** What became of the sample at a place of the stream. */
interface Prepared {
  readonly sample: Sample;
  readonly index: number;
  readonly picture?: Picture;
  readonly broken?: string;
}

async function* stream(
  dataset: Dataset,
  plan: Plan,
  epoch: number,
  { from = 0, signal }: EpochOptions,
): AsyncGenerator<Batch, void, undefined> {
  const order = plan.order === undefined ? undefined : { ...plan.order, epoch };
  const prepare = async (sample: Sample, offset: number): Promise<Prepared> => {
    const place = { sample, index: from + offset };
    const outcome = await plan.decoders.run(plan.job(sample, epoch, place.index));
    return outcome.kind === "picture" ? { ...place, picture: outcome.picture } : { ...place, broken: outcome.message };
  };
  let ready: Prepared[] = [];
  let next = from;
  for await (const item of inOrder(after(dataset.samples(order), from), plan.batch * BATCHES_AHEAD, prepare)) {
    signal?.throwIfAborted();
    next = item.index + 1;
    if (item.picture === undefined) plan.onBroken?.({ name: item.sample.name, message: item.broken ?? "" });
    else ready.push(item);
    if (ready.length < plan.batch) continue;
    yield assembled(ready, plan.transform, next);
    ready = [];
  }
  if (ready.length > 0 && plan.keepsLast) yield assembled(ready, plan.transform, next);
}

async function* after<T>(items: Iterable<T> | AsyncIterable<T>, count: number): AsyncGenerator<T, void, undefined> {
  let index = 0;
  for await (const item of items) if (index++ >= count) yield item;
}

function assembled(ready: readonly Prepared[], transform: Transform, next: number): Batch {
  const pictures = ready.map(({ picture }) => picture as Picture);
  return {
    x: normalize(pictures, transform.mean, transform.std),
    labels: Int32Array.from(ready, ({ sample }) => sample.label),
    names: ready.map(({ sample }) => sample.name),
    next,
  };
}
