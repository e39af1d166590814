// Batch norms whose running statistics are those of what they see: after channels went, or after weights changed.
//
// Exact: in forward order, each norm's statistics over all pictures, with every earlier norm replaced already (walk.ts).
// Evaluation of these pictures then is what a training pass with all of them in one batch would be. Approximate, as it is often
// done: training passes over the source's batches, and the average of their statistics. That is not the same, and one pass.

import type { BatchSource } from "../data/batch.ts";
import type { Norm, Op } from "../graph/ops.ts";
import type { Model } from "../model/model.ts";
import type { WaitOptions } from "../progress.ts";
import type { StateDict, Tensor } from "../tensor.ts";
import { Moments } from "../training/moments.ts";
import { batchStatistics } from "./batch-statistics.ts";
import { Walk } from "./front-to-back.ts";
import { sizeOf } from "./pictures.ts";

export interface RecalibrateOptions extends WaitOptions {
  /** Averages the statistics of the source's batches, in one pass. Default false. */
  readonly isApproximate?: boolean | undefined;
  /** Bytes of intermediate values that are kept; more of them save passes. Default 512 MiB. */
  readonly budgetBytes?: number | undefined;
}

/**
 * The model's weights with the running mean and the biased variance of what each norm sees; as precise as those tensors were
 * (float32 or float64). Until it is done the model must not be used for anything else; then it is as it was.
 * @param source pictures as evaluation prepares them, of all classes alike, all of one size; 1,000 to 5,000 are enough
 * @throws UsageError if no picture could be read; ShapeError if they differ in size
 */
export async function recalibrate(
  model: Model,
  source: BatchSource,
  { isApproximate = false, signal, onProgress, budgetBytes }: RecalibrateOptions = {},
): Promise<StateDict> {
  const told = (done: number, total: number): void => onProgress?.({ stage: "batch norm", done, total, unit: "steps" });
  if (isApproximate) return approximate(model, source, signal, told);
  const walk = await Walk.open(model, source, await sizeOf(source, signal), { signal, budgetBytes });
  try {
    const norms = walk.graph.ops.filter(isNorm);
    for (const [done, norm] of norms.entries()) {
      told(done, norms.length);
      const moments = new Moments();
      await walk.visit([norm.x], (values) => moments.add(values.get(norm.x) as Tensor));
      await walk.set(statisticsOf(norm, moments, walk.stateDict));
    }
    told(norms.length, norms.length);
    return walk.stateDict;
  } finally {
    await walk.dispose();
  }
}

export function isNorm(op: Op): op is Norm {
  return op.op === "norm";
}

/** Running statistics as a state dict holds them, in the precision that it has them in. */
export function statisticsOf({ mean, variance }: Norm, moments: Moments, stateDict: StateDict): StateDict {
  return new Map([
    [mean, like(stateDict.get(mean) as Tensor, moments.mean)],
    [variance, like(stateDict.get(variance) as Tensor, moments.variance)],
  ]);
}

/** Numbers as a tensor of another's shape and precision. */
export function like({ shape, data }: Tensor, numbers: Float64Array): Tensor {
  return { shape, data: data instanceof Float64Array ? numbers : Float32Array.from(numbers) };
}

/** Batches count the same, as in torch with momentum None. */
async function approximate(
  model: Model,
  source: BatchSource,
  signal: AbortSignal | undefined,
  told: (done: number, total: number) => void,
): Promise<StateDict> {
  const stateDict = await model.stateDict();
  const sums = new Map<string, Float64Array>();
  let batches = 0;
  for await (const statistics of batchStatistics(model, source, signal)) {
    for (const [name, { data }] of statistics) {
      const sum = sums.get(name) ?? new Float64Array(data.length);
      sums.set(
        name,
        sum.map((value, c) => value + data[c]),
      );
    }
    told(++batches, source.batches);
  }
  for (const [name, sum] of sums) {
    const mean = sum.map((value) => value / batches);
    stateDict.set(name, like(stateDict.get(name) as Tensor, mean));
  }
  return stateDict;
}
