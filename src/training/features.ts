// The pooled features of every picture of a source, computed once: what a head is fitted on.

import type { BatchSource } from "../data/batch.ts";
import { UsageError } from "../errors.ts";
import type { Model } from "../model/model.ts";
import type { WaitOptions } from "../progress.ts";
import { Shaped } from "./shaped.ts";
import type { Examples } from "./softmax-regression.ts";

export interface NamedExamples extends Examples {
  readonly names: readonly string[];
}

/**
 * Features as the model pools them, in evaluation mode.
 * @throws UsageError if no picture could be read
 */
export async function featuresOf(
  model: Model,
  source: BatchSource,
  { signal, onProgress }: WaitOptions,
): Promise<NamedExamples> {
  const waiting = signal === undefined ? {} : { signal };
  const network = new Shaped(model, "embedding");
  const parts: Float32Array[] = [];
  const labels: number[] = [];
  const names: string[] = [];
  try {
    for await (const batch of source.epoch(0, waiting)) {
      const { embedding } = await network.run(batch.x);
      parts.push(Float32Array.from(embedding.data));
      labels.push(...batch.labels);
      names.push(...batch.names);
      onProgress?.({ stage: "features", done: labels.length, total: source.samples, unit: "pictures" });
    }
  } finally {
    await network.dispose();
  }
  if (labels.length === 0) throw new UsageError("data", "no picture to learn from could be read.");
  const width = model.architecture.head.width;
  const features = new Float32Array(labels.length * width);
  let at = 0;
  for (const part of parts) {
    features.set(part, at);
    at += part.length;
  }
  return { features, labels: Int32Array.from(labels), width, names };
}
