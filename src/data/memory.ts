// Pictures decoded once: small ones cost more to decode in every epoch than to keep.

import type { WaitOptions } from "../progress.ts";
import { inOrder } from "./ahead.ts";
import type { Sample } from "./batch.ts";
import { type Dataset, sampleCount } from "./dataset.ts";
import type { Decoders } from "./decoders.ts";
import { fromSamples } from "./listed.ts";
import type { Broken } from "./loader.ts";

const DEPTH = 32; // pictures on their way; enough to keep any decoder busy

export interface KeepOptions extends WaitOptions {
  /** What the pixels may take; a dataset that needs more is not kept. Default 512 MB. */
  readonly limitBytes?: number | undefined;
  readonly onBroken?: ((broken: Broken) => void) | undefined;
}

/**
 * The dataset with every picture decoded and in memory, broken ones left out; the dataset itself if that takes more
 * than the limit. Shards then shuffle as folders do: over the whole epoch.
 * @throws the signal's reason once it aborts
 */
export async function keptInMemory(dataset: Dataset, decoders: Decoders, options: KeepOptions = {}): Promise<Dataset> {
  const { limitBytes = 512 * 2 ** 20, signal, onProgress, onBroken } = options;
  const total = sampleCount(dataset);
  const kept: Sample[] = [];
  let bytes = 0;
  let done = 0;
  const decode = async (sample: Sample) => {
    const outcome = await decoders.run({ kind: "decode", sample });
    return { sample, outcome };
  };
  for await (const { sample, outcome } of inOrder(dataset.samples(), DEPTH, decode)) {
    signal?.throwIfAborted();
    onProgress?.({ stage: "decoding", done: ++done, total, unit: "pictures" });
    if (outcome.kind === "broken") {
      onBroken?.({ name: sample.name, message: outcome.message });
      continue;
    }
    bytes += outcome.picture.data.length;
    // Pictures of one set are alike: the first ones tell what all will take.
    if (bytes > limitBytes || (done >= DEPTH && (bytes / done) * total > 2 * limitBytes)) return dataset;
    kept.push({ ...sample, source: outcome.picture });
  }
  return fromSamples(kept, dataset.classes, dataset.name);
}
