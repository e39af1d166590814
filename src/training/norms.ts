// Batch norms whose running statistics say nothing of any picture: in weights that were folded, and in weights that have
// never been trained.

import type { Architecture } from "../architecture/architecture.ts";
import { tensorSpecs } from "../architecture/tensors.ts";
import type { BatchSource } from "../data/batch.ts";
import { UsageError } from "../errors.ts";
import { buildGraph } from "../graph/build.ts";
import type { Norm } from "../graph/ops.ts";
import type { Model } from "../model/model.ts";
import type { WaitOptions } from "../progress.ts";
import type { StateDict, Tensor } from "../tensor.ts";
import { Moments } from "./moments.ts";
import { rowsOf } from "./rows.ts";
import { Shaped } from "./shaped.ts";

/** Names of norms. All running means of one are 0 and all its running variances are equal. */
export interface Meaningless {
  /** Another writer put them into the weights: what they computed is in `weight` and `bias`. */
  readonly folded: readonly string[];
  /** As they were made: weight 1, bias 0. */
  readonly fresh: readonly string[];
}

export function meaninglessNorms(a: Architecture, stateDict: StateDict): Meaningless {
  const is = (name: string, claim: (value: number, first: number) => boolean): boolean => {
    const data = stateDict.get(name)?.data ?? [];
    return data.length > 0 && data.every((value) => claim(value, data[0]));
  };
  const constant = tensorSpecs(a)
    .filter(({ role }) => role === "running_mean")
    .map(({ name }) => name.slice(0, -".running_mean".length))
    .filter((norm) => is(`${norm}.running_mean`, (value) => value === 0))
    .filter((norm) => is(`${norm}.running_var`, (value, first) => value === first));
  const isFresh = (norm: string): boolean =>
    is(`${norm}.weight`, (value) => value === 1) && is(`${norm}.bias`, (value) => value === 0);
  return { folded: constant.filter((norm) => !isFresh(norm)), fresh: constant.filter(isFresh) };
}

const PICTURES = 256; // whose statistics are taken; more change little
const ROWS = 2; // pictures a run: what every norm reads comes back whole

/**
 * Gives folded norms the statistics of what they see, and turns weight and bias so that the network computes what it did:
 * with mean μ and variance v of a norm's input, g = weight/√(variance + ε) and h = bias − mean·g become
 * weight g·√(v + ε) and bias h + μ·g. From then on the batch's statistics may take the running ones' place.
 * @param norms names of those to unfold
 * @throws UsageError if the source has no picture
 */
export async function unfolded(
  model: Model,
  norms: readonly string[],
  source: BatchSource,
  { signal, onProgress }: WaitOptions = {},
): Promise<StateDict> {
  const inputs = inputsOf(model.architecture, norms);
  const moments = new Map(norms.map((norm) => [norm, new Moments()]));
  const network = new Shaped(model, [...inputs.values()]);
  const total = Math.min(PICTURES, source.samples);
  let done = 0;
  try {
    for await (const { x } of source.epoch(0, signal === undefined ? {} : { signal })) {
      for (let row = 0; row < x.shape[0] && done < total; row += ROWS) {
        const outputs = await network.run(rowsOf(x, row, Math.min(ROWS, x.shape[0] - row)));
        for (const [norm, input] of inputs) moments.get(norm)?.add(outputs[input]);
        done += ROWS;
        onProgress?.({ stage: "batch norm", done: Math.min(done, total), total, unit: "pictures" });
      }
      if (done >= total) break;
    }
  } finally {
    await network.dispose();
  }
  if (done === 0) throw new UsageError("data", "no picture to measure batch norms on could be read.");
  const stateDict = await model.stateDict();
  const { epsilon } = model.architecture.norm;
  for (const [norm, { mean, variance }] of moments) turn(stateDict, norm, epsilon, mean, variance);
  return stateDict;
}

/** The name of what each of the norms reads. */
function inputsOf(a: Architecture, norms: readonly string[]): Map<string, string> {
  const { ops } = buildGraph(a, { batch: 1, height: 1, width: 1, outputs: [] });
  const found = ops.filter((op): op is Norm => op.op === "norm");
  return new Map(
    found
      .map(({ weight, x }) => [weight.slice(0, -".weight".length), x] as const)
      .filter(([norm]) => norms.includes(norm)),
  );
}

function turn(stateDict: StateDict, norm: string, epsilon: number, mean: Float64Array, variance: Float64Array): void {
  const [weight, bias, runningMean, runningVariance] = ["weight", "bias", "running_mean", "running_var"].map(
    (role) => stateDict.get(`${norm}.${role}`) as Tensor,
  );
  const set = (role: string, of: (c: number) => number): void => {
    stateDict.set(`${norm}.${role}`, { shape: [mean.length], data: Float32Array.from(mean, (_, c) => of(c)) });
  };
  const scale = (c: number): number => weight.data[c] / Math.sqrt(runningVariance.data[c] + epsilon);
  set("weight", (c) => scale(c) * Math.sqrt(variance[c] + epsilon));
  set("bias", (c) => bias.data[c] + (mean[c] - runningMean.data[c]) * scale(c));
  set("running_mean", (c) => mean[c]);
  set("running_var", (c) => variance[c]);
}
