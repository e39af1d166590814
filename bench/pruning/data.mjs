// CIFAR-10 as the comparison sees it: decoded once, a part of the training pictures held back.

import { scoringSamples } from "effnet/pruning";
import {
  augmentationFor,
  Decoders,
  evaluationBatches,
  keptInMemory,
  openData,
  SMALL_PICTURES,
  trainingBatches,
} from "effnet/training";
import { BATCH, HOLDOUT, SAMPLES } from "./recipes.mjs";

const EVALUATION_BATCH = 16;

/** @param split the seed that holds training pictures back */
export async function openCifar(place, split, note) {
  const decoders = await Decoders.start({ threads: 0 });
  const { train, validation, test } = await openData(place, { seed: split, holdout: HOLDOUT });
  const told = { onProgress: ({ done, total }) => done % 10_000 === 0 && note(`decoded ${done} of ${total}`) };
  const kept = {};
  for (const [name, split] of Object.entries({ train, validation, test })) {
    kept[name] = await keptInMemory(split, decoders, told);
  }
  const plain = (transform, dataset) => evaluationBatches(dataset, transform, { batch: EVALUATION_BATCH, decoders });
  return {
    classes: kept.train.classes,
    /** Sources for one transform and one seed. */
    sources: (transform, seed) => ({
      train: trainingBatches(kept.train, transform, {
        batch: BATCH,
        decoders,
        seed,
        augmentation: augmentationFor(transform, { ...SMALL_PICTURES, reprob: 0.2, smoothing: 0.1 }),
      }),
      validation: plain(transform, kept.validation),
      test: plain(transform, kept.test),
      scoring: plain(transform, scoringSamples(kept.train, { seed, samples: SAMPLES })),
    }),
    dispose: () => decoders.dispose(),
  };
}
