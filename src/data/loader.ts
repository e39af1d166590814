// From a dataset to batches: samples in order, pictures prepared by threads ahead of their use, broken ones left out.

import { UsageError } from "../errors.ts";
import type { Transform } from "../image/preprocess.ts";
import { inOrder, madeAhead } from "./ahead.ts";
import { augmentedBatch, plainBatch, type Ready } from "./assemble.ts";
import type { Augmentation } from "./augment/recipe.ts";
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
  return batches(dataset, {
    ...options,
    transform,
    job: (sample) => ({ kind: "crop", sample, transform }),
    assemble: (ready, next) => plainBatch(ready, transform, next),
    keepsLast: true,
  });
}

export interface TrainingOptions extends BatchOptions {
  /** Seed of the order and of everything drawn for a picture. Default 0. */
  readonly seed?: number | undefined;
  /** Draws every class as often as any other; see `Order`. */
  readonly isBalanced?: boolean | undefined;
  /** Default: pictures as evaluation prepares them. */
  readonly augmentation?: Augmentation | undefined;
}

/**
 * Batches for training: every epoch in its own order, all batches of the same size, the rest of an epoch left out.
 * @throws UsageError if the batch is not a whole number ≥ 1, or larger than the dataset
 */
export function trainingBatches(dataset: Dataset, transform: Transform, options: TrainingOptions): BatchSource {
  const { seed = 0, isBalanced, augmentation } = options;
  const classes = dataset.classes.length;
  const source = batches(dataset, {
    ...options,
    transform,
    ...(augmentation === undefined
      ? {
          job: (sample) => ({ kind: "crop", sample, transform }),
          assemble: (ready, next) => plainBatch(ready, transform, next),
        }
      : {
          job: (sample, epoch, index) => ({
            kind: "augment",
            sample,
            recipe: augmentation.picture,
            seed,
            epoch,
            index,
          }),
          assemble: (ready, next, epoch) =>
            augmentedBatch(ready, transform, next, augmentation, { seed, epoch, classes }),
        }),
    order: { seed, isBalanced },
    keepsLast: false,
  });
  if (source.batches > 0) return source;
  const pictures = `${source.samples} picture${source.samples === 1 ? "" : "s"}`;
  throw new UsageError("batch", `expected at most the ${pictures} of ${dataset.name}, got ${options.batch}. Lower it.`);
}

interface Plan extends BatchOptions {
  readonly transform: Transform;
  /** What is done to the sample at a place of an epoch's stream. */
  readonly job: (sample: Sample, epoch: number, index: number) => PictureJob;
  readonly assemble: (ready: readonly Ready[], next: number, epoch: number) => Batch;
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
    batch,
    size: { height: plan.transform.height, width: plan.transform.width },
    batches: keepsLast ? Math.ceil(samples / batch) : Math.floor(samples / batch),
    epoch: (epoch, options = {}) =>
      madeAhead(stream(dataset, { ...plan, onBroken }, epoch, options), BATCHES_AHEAD - 1),
  };
}

async function* stream(
  dataset: Dataset,
  plan: Plan,
  epoch: number,
  { from = 0, signal }: EpochOptions,
): AsyncGenerator<Batch, void, undefined> {
  const order = plan.order === undefined ? undefined : { ...plan.order, epoch };
  const prepare = async (sample: Sample, offset: number) => {
    const index = from + offset;
    return { sample, index, outcome: await plan.decoders.run(plan.job(sample, epoch, index)) };
  };
  let ready: Ready[] = [];
  let next = from;
  const samples = after(dataset.samples(order), from);
  for await (const { sample, index, outcome } of inOrder(samples, plan.batch * BATCHES_AHEAD, prepare)) {
    signal?.throwIfAborted();
    next = index + 1;
    if (outcome.kind === "broken") plan.onBroken?.({ name: sample.name, message: outcome.message });
    else ready.push({ sample, picture: outcome.picture });
    if (ready.length < plan.batch) continue;
    yield plan.assemble(ready, next, epoch);
    ready = [];
  }
  if (ready.length > 0 && plan.keepsLast) yield plan.assemble(ready, next, epoch);
}

async function* after<T>(items: Iterable<T> | AsyncIterable<T>, count: number): AsyncGenerator<T, void, undefined> {
  let index = 0;
  for await (const item of items) if (index++ >= count) yield item;
}
