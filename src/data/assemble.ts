// From prepared pictures to one batch: mixed where asked for, normalised, blocks erased where asked for.

import { normalize } from "../image/normalize.ts";
import type { Picture } from "../image/picture.ts";
import type { Transform } from "../image/preprocess.ts";
import { Random } from "../random.ts";
import { erase } from "./augment/erase.ts";
import { mix, mixingAt } from "./augment/mix.ts";
import type { Augmentation } from "./augment/recipe.ts";
import type { Batch, Sample } from "./batch.ts";

/** A sample whose picture has the size of the batch. */
export interface Ready {
  readonly sample: Sample;
  readonly picture: Picture;
}

/** @param next as in `Batch` */
export function plainBatch(ready: readonly Ready[], { mean, std }: Transform, next: number): Batch {
  const pictures = ready.map(({ picture }) => picture);
  return { x: normalize(pictures, mean, std), ...namesOf(ready), next };
}

/** When a batch is seen, and how many classes its targets have. */
export interface BatchTurn {
  readonly seed: number;
  readonly epoch: number;
  readonly classes: number;
}

/** A batch of pictures that are augmented one by one already. Its streams of random numbers are named by `next`. */
export function augmentedBatch(
  ready: readonly Ready[],
  { mean, std }: Transform,
  next: number,
  { mixing, erasing }: Augmentation,
  { seed, epoch, classes }: BatchTurn,
): Batch {
  const { labels, names } = namesOf(ready);
  const pictures = ready.map(({ picture }) => picture);
  const mixed =
    mixing === null
      ? null
      : mix(pictures, labels, classes, mixingAt(epoch, mixing), new Random(seed, "mix", epoch, next));
  const x = normalize(mixed?.pictures ?? pictures, mean, std);
  if (erasing !== null) erase(x, erasing, new Random(seed, "erase", epoch, next));
  if (mixed === null) return { x, labels, names, next };
  const [count] = x.shape; // half of them in mode `half`
  return { x, labels: labels.slice(0, count), names: names.slice(0, count), targets: mixed.targets, next };
}

function namesOf(ready: readonly Ready[]): Pick<Batch, "labels" | "names"> {
  return {
    labels: Int32Array.from(ready, ({ sample }) => sample.label),
    names: ready.map(({ sample }) => sample.name),
  };
}
