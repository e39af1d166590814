// Some of a dataset's samples: those that one of several machines takes.

import type { Sample } from "./batch.ts";
import type { Dataset } from "./dataset.ts";
import { fromSamples } from "./listed.ts";

/** Which samples are taken. */
export interface Share {
  /** Of samples that are files of their own, by name. */
  readonly hasSample: (name: string) => boolean;
  /** Of samples in tar shards, by the shard's place in name order, from 0. */
  readonly hasTar: (place: number) => boolean;
}

/** The same classes with fewer samples, as they are stored; maybe none. */
export async function portionOf(dataset: Dataset, { hasSample, hasTar }: Share): Promise<Dataset> {
  const { name, classes, tars } = dataset;
  if (tars === undefined) {
    const samples: Sample[] = [];
    for await (const sample of dataset.samples()) if (hasSample(sample.name)) samples.push(sample);
    return fromSamples(samples, classes, name);
  }
  const mine = tars.filter((_, place) => hasTar(place));
  return {
    ...{ name, classes, tars: mine },
    perClass: classes.map((_, label) => mine.reduce((sum, tar) => sum + tar.perClass[label], 0)),
    samples: () => inTurn(mine),
  };
}

async function* inTurn(datasets: readonly Dataset[]): AsyncGenerator<Sample, void, undefined> {
  for (const dataset of datasets) yield* dataset.samples();
}
