// The pooled features of every picture of a source, computed once: what a head is fitted on.

import type { Executable } from "../backend/backend.ts";
import type { BatchSource } from "../data/batch.ts";
import { UsageError } from "../errors.ts";
import { buildGraph } from "../graph/build.ts";
import { optimize } from "../graph/passes.ts";
import type { Model } from "../model/model.ts";
import type { WaitOptions } from "../progress.ts";
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
  const executables = new Map<string, Executable>();
  const parts: Float32Array[] = [];
  const labels: number[] = [];
  const names: string[] = [];
  try {
    for await (const batch of source.epoch(0, waiting)) {
      const key = batch.x.shape.join();
      const executable = executables.get(key) ?? (await embedding(model, batch.x.shape));
      executables.set(key, executable);
      const outputs = await executable.run({ input: batch.x });
      parts.push(Float32Array.from(outputs["embedding"].data));
      labels.push(...batch.labels);
      names.push(...batch.names);
      onProgress?.({ stage: "features", done: labels.length, total: source.samples, unit: "pictures" });
    }
  } finally {
    for (const executable of executables.values()) await executable.dispose();
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

function embedding(model: Model, [batch, height, width]: readonly number[]): Promise<Executable> {
  return model.compile(optimize(buildGraph(model.architecture, { batch, height, width, outputs: "embedding" })));
}
