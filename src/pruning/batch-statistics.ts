// The batch norm statistics of single batches, as training passes have them.

import type { Trainer } from "../backend/trainer.ts";
import type { BatchSource } from "../data/batch.ts";
import { UsageError } from "../errors.ts";
import { buildGraph } from "../graph/build.ts";
import { trainingGraph } from "../graph/training.ts";
import type { Model } from "../model/model.ts";
import type { StateDict } from "../tensor.ts";

/**
 * Running means and variances as each batch alone would leave them: the variance is the unbiased one, as torch has it.
 * @throws UsageError if no picture could be read, or a norm sees one value a channel
 */
export async function* batchStatistics(
  model: Model,
  source: BatchSource,
  signal: AbortSignal | undefined,
): AsyncGenerator<StateDict, void, undefined> {
  const trainers = new Map<string, { trainer: Trainer; names: ReadonlySet<string> }>();
  try {
    for await (const { x } of source.epoch(0, signal === undefined ? {} : { signal })) {
      signal?.throwIfAborted();
      const key = x.shape.join();
      const { trainer, names } = trainers.get(key) ?? (await passOf(model, x.shape));
      trainers.set(key, { trainer, names });
      await trainer.accumulate({ input: x });
      yield new Map([...(await trainer.read("weights"))].filter(([name]) => names.has(name)));
    }
  } finally {
    for (const { trainer } of trainers.values()) await trainer.dispose();
  }
  if (trainers.size === 0) throw new UsageError("data", "expected pictures, got none that could be read.");
}

/** A pass that learns nothing; at momentum 1 running statistics are those of the latest batch. */
async function passOf(
  model: Model,
  [batch, height, width]: readonly number[],
): Promise<{ trainer: Trainer; names: ReadonlySet<string> }> {
  const graph = trainingGraph(buildGraph(model.architecture, { batch, height, width, outputs: "logits" }), {
    losses: [],
    learns: () => false,
    takesBatch: () => true,
    momentum: 1,
    masks: new Map(),
  });
  const trainer = await model.compileTraining(graph, {
    groups: [],
    optimizer: { rule: "sgd", momentum: 0, isNesterov: false, isDecoupled: false },
    clip: null,
    hasAverage: false,
  });
  return { trainer, names: new Set(graph.running.flatMap(({ mean, variance }) => [mean, variance])) };
}
