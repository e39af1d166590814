// Before a run begins or goes on: the data, the network, and the plan that says what happens to them.

import { type AugmentOptions, augmentationFor, FINE_TUNING, SMALL_PICTURES } from "../data/augment/recipe.ts";
import { requireClasses } from "../data/classes.ts";
import { type Dataset, type Splits, sampleCount } from "../data/dataset.ts";
import type { Decoders } from "../data/decoders.ts";
import { DEFAULT_HOLDOUT } from "../data/holdout.ts";
import { evaluationBatches, trainingBatches } from "../data/loader.ts";
import { keptInMemory } from "../data/memory.ts";
import { openAll } from "../data/open.ts";
import { UsageError } from "../errors.ts";
import type { Transform } from "../image/preprocess.ts";
import type { Model } from "../model/model.ts";
import type { Checkpoint } from "../run/checkpoint.ts";
import { balancedWeights } from "../training/losses.ts";
import { recipeFor } from "../training/recipe.ts";
import type { TrainingData } from "../training/train.ts";
import { type Description, descriptionMetadata, type Json } from "../weights/metadata.ts";
import { writeSafetensors } from "../weights/safetensors.ts";
import { storedFrom } from "../weights/state-dict.ts";
import { BrokenPictures, openSplits, startDecoders } from "./data.ts";
import { openModel } from "./network.ts";
import type { Session } from "./session.ts";
import type { Teller } from "./teller.ts";
import { augmentOptions, recipeOptions, type TrainFlags } from "./train-flags.ts";
import { absolute, dataIn, flagsAgain, keepBytes, networkIn } from "./train-origins.ts";
import { type Plan, requirePictures } from "./train-plan.ts";

const BATCH = 32;
const SCRATCH_BATCH = 128;
const LEAST_BATCHES = 8; // of an epoch of little data, whose batches are smaller, but
const LEAST_BATCH = 16; // never smaller than this
export const EVALUATION_BATCH = 16; // answers do not depend on it; memory does
const SMALL_SIDE = 64; // pixels; such pictures are moved rather than cut, and prepared faster than a thread is asked

/** All that a training takes; `dispose` ends its threads. */
export interface Prepared<P extends Plan = Plan> {
  readonly plan: P;
  readonly splits: Splits;
  readonly model: Model;
  readonly data: TrainingData;
  readonly decoders: Decoders;
  readonly broken: BrokenPictures;
  dispose(): Promise<void>;
}

/** A run's beginning, from the flags. */
export async function preparedNew(
  session: Session,
  place: string | undefined,
  flags: TrainFlags,
  teller: Teller,
): Promise<Prepared> {
  checkStart(place, flags);
  const { seed = 0 } = flags;
  const splits = await openSplits(session, place, { seed, holdout: flags.holdout ?? DEFAULT_HOLDOUT });
  for (const { message } of splits.findings) teller.note(message);
  const train = trainingSplit(splits, place);
  const batch = flags.batch ?? defaultBatch(flags, sampleCount(train));
  return prepared(session, flags, teller, {
    splits,
    keepBytes: keepBytes(flags),
    model: () => openFor(session, flags, splits.classes),
    plan: (model, kept) => {
      const transform = transformOf(model, flags);
      const augmentation = augmentationFor(transform, augmentOptions(flags, baseFor(flags, transform)));
      const options = recipeOptions(flags);
      const hasPlain = options.head !== null;
      const recipe = recipeFor(
        { ...options, ...(flags.classWeights ? { classWeights: balancedWeights(kept.perClass) } : {}) },
        { batch, batches: Math.floor(sampleCount(kept) / batch), hasPlain },
      );
      return {
        data: dataIn(splits, place, flags),
        network: networkIn(flags),
        seed,
        batch,
        transform,
        augmentation,
        recipe,
      };
    },
  });
}

/** A run that goes on, by its own plan. @param place where the data are now, if they were moved */
export async function preparedAgain(
  session: Session,
  { plan, path, checkpoint }: { readonly plan: Plan; readonly path: string; readonly checkpoint: Checkpoint | null },
  place: string | undefined,
  flags: TrainFlags,
  teller: Teller,
): Promise<Prepared> {
  const { data, seed } = plan;
  const at = place ?? data.place;
  const splits = await openSplits(session, at, { seed, holdout: data.holdout });
  requireClasses(splits.classes, data.classes, path);
  requirePictures(splits, plan, path);
  const again = flagsAgain(flags, plan);
  return prepared(session, again, teller, {
    splits,
    keepBytes: data.keepBytes,
    model: () =>
      checkpoint === null ? openFor(session, again, data.classes) : openAt(session, flags, again, checkpoint),
    plan: () => ({ ...plan, data: { ...data, place: absolute(at) } }),
  });
}

interface Parts<P extends Plan> {
  readonly splits: Splits;
  readonly keepBytes: number;
  readonly model: () => Promise<Model>;
  readonly plan: (model: Model, train: Dataset) => P;
}

/** Opens what the parts say. @throws UsageError if there is nothing to learn from */
export async function prepared<P extends Plan>(
  session: Session,
  flags: TrainFlags,
  teller: Teller,
  parts: Parts<P>,
): Promise<Prepared<P>> {
  const { splits, keepBytes } = parts;
  const ends: (() => Promise<void>)[] = [];
  const dispose = async (): Promise<void> => {
    for (const end of ends.splice(0)) await end();
  };
  try {
    const model = await parts.model();
    ends.push(() => model.dispose());
    const threads = await startDecoders(session, flags.decoders);
    ends.push(() => threads.dispose());
    const broken = new BrokenPictures((line) => teller.problem(line));
    const { signal, terminal } = session;
    const stored = trainingSplit(splits, flags.resume ?? "");
    const options = { limitBytes: keepBytes, signal, onProgress: terminal.onProgress, onBroken: broken.tell };
    const train = keepBytes === 0 ? stored : await keptInMemory(stored, threads, options);
    const plan = parts.plan(model, train);
    const { transform, batch, seed, augmentation, recipe } = plan;
    const decoders = train !== stored && isSmall(transform) ? await startDecoders(session, 0) : threads;
    const evaluation = { batch: EVALUATION_BATCH, decoders: threads, onBroken: broken.tell };
    const { isBalanced, others } = plan.data;
    const data: TrainingData = {
      train: trainingBatches(train, transform, {
        batch,
        decoders,
        seed,
        isBalanced,
        augmentation,
        onBroken: broken.tell,
      }),
      ...(others === undefined
        ? {}
        : { others: evaluationBatches(await openAll(others, signal), transform, evaluation) }),
      ...(recipe.head === null ? {} : { plain: evaluationBatches(train, transform, evaluation) }),
      ...(splits.validation === null
        ? {}
        : { validation: evaluationBatches(splits.validation, transform, evaluation) }),
    };
    return { plan, splits, model, data, decoders: threads, broken, dispose };
  } catch (error) {
    await dispose();
    throw error;
  }
}

/** What `model` is, as files of it say. */
export function descriptionOf(model: Model, plan: Plan): Description {
  const { transform, data, batch, augmentation, recipe } = plan;
  const { height, width, cropPct, cropMode, interpolation, mean, std } = transform;
  const { testInputSize, testCropPct, temperature: _, minProbability: __, ...config } = model.config; // of other weights
  const isOwnSize = height === config.inputSize.height && width === config.inputSize.width;
  return {
    architecture: model.architecture,
    config: {
      ...config,
      ...(isOwnSize && testInputSize !== undefined ? { testInputSize } : {}),
      ...(isOwnSize && testCropPct !== undefined ? { testCropPct } : {}),
      inputSize: { ...config.inputSize, height, width },
      cropPct,
      cropMode,
      interpolation,
      mean,
      std,
    },
    labels: data.classes,
    // Not where the files were: that is nobody else's business.
    recipe: { pictures: data.pictures, batch, augmentation, ...recipe } as unknown as Json,
    plan: model.plan ?? undefined,
  };
}

function checkStart(place: string | undefined, flags: TrainFlags): asserts place is string {
  if (place === undefined) throw new UsageError("data", "expected a folder of classes or tar shards, or --resume.");
  if (flags.scratch && flags.weights !== undefined) {
    throw new UsageError("--scratch", "expected either --weights to begin with, or --scratch, got both.");
  }
  if (flags.scratch && flags.model === undefined) {
    throw new UsageError("--scratch", "expected --model with the name of a network (effnet list).");
  }
  if (flags.others !== undefined && !flags.headOnly) {
    throw new UsageError("--others", "expected --head-only with it: it is the head that learns to be unsure.");
  }
}

/** @throws UsageError if there is nothing to learn from */
function trainingSplit({ train, classes }: Splits, place: string): Dataset {
  if (train === null) {
    throw new UsageError(
      "data",
      `expected pictures to train on in ${place}, got other splits only. Add a folder train.`,
    );
  }
  const present = train.classes.filter((_, label) => train.perClass[label] > 0);
  if (present.length >= 2) return train;
  const got = `got one (${present[0] ?? classes[0]})`;
  throw new UsageError(
    "data",
    `expected pictures of at least two classes, ${got}. Give each class a folder of its own.`,
  );
}

/** A classifier that has the data's classes already is kept. */
async function openFor(session: Session, flags: TrainFlags, classes: readonly string[]): Promise<Model> {
  const { seed = 0, ...unseeded } = flags;
  const fresh = { classes: classes.length, labels: classes, isScratch: true };
  if (flags.scratch) return openModel(session, { ...unseeded, seed }, fresh);
  const model = await openModel(session, unseeded);
  if (model.labels.length === classes.length && model.labels.every((label, i) => label === classes[i])) return model;
  await model.dispose();
  return openModel(session, { ...unseeded, seed }, { ...fresh, weights: flags.weights ?? "pretrained" });
}

/** The network of a checkpoint, which needs no other file. */
function openAt(session: Session, flags: TrainFlags, again: TrainFlags, checkpoint: Checkpoint): Promise<Model> {
  const tensors = storedFrom(checkpoint.tensors.get("weights") ?? new Map());
  const weights = writeSafetensors(tensors, { metadata: descriptionMetadata(checkpoint.description) });
  return openModel(session, { ...flags, backend: again.backend }, { weights });
}

/** Smaller where there are few pictures, by powers of two; never more than there are. */
export function defaultBatch({ scratch }: TrainFlags, samples: number): number {
  let batch = scratch ? SCRATCH_BATCH : BATCH;
  while (batch > LEAST_BATCH && samples / batch < LEAST_BATCHES) batch /= 2;
  return Math.min(batch, samples);
}

function baseFor({ scratch }: TrainFlags, transform: Transform): AugmentOptions {
  if (isSmall(transform)) return SMALL_PICTURES;
  return scratch ? {} : FINE_TUNING;
}

/** Small pictures are seen whole: what training moves by some pixels, evaluation does not enlarge to cut its border off. */
export function transformOf(model: Model, flags: TrainFlags): Transform {
  const transform = model.transform(flags);
  return isSmall(transform) && flags.cropPct === undefined ? model.transform({ ...flags, cropPct: 1 }) : transform;
}

export function isSmall({ height, width }: Transform): boolean {
  return Math.max(height, width) <= SMALL_SIDE;
}
