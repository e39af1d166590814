// How much of a projection's output each of its input channels makes: the variance of the channel times its column's norm.

import type { BatchSource } from "../data/batch.ts";
import { buildGraph } from "../graph/build.ts";
import type { Model } from "../model/model.ts";
import type { WaitOptions } from "../progress.ts";
import type { Tensor } from "../tensor.ts";
import { rowsOf } from "../training/rows.ts";
import { Shaped } from "../training/shaped.ts";
import type { ChannelGroup } from "./groups.ts";
import { type SampleOptions, samplesOf } from "./sampling.ts";
import type { Half } from "./sums.ts";

const ROWS = 2; // pictures a run: what projections read comes back whole

/**
 * Of both halves, of expanded groups alone: group → `[width, 2]`, sums over pictures of the means over places of ‖column‖·x and
 * (‖column‖·x)², x what the projection reads, behind squeeze-and-excitation.
 */
export async function energies(
  model: Model,
  list: readonly ChannelGroup[],
  source: BatchSource,
  options: SampleOptions & WaitOptions,
): Promise<[Half, Half]> {
  const consumers = await consumersOf(model, list);
  const network = new Shaped(model, [...new Set(consumers.map(({ input }) => input))]);
  const empty = (): Map<string, Float64Array> =>
    new Map(consumers.map(({ group, norms }) => [group, new Float64Array(2 * norms.length)]));
  const sums = [empty(), empty()];
  const samples: [number, number] = [0, 0];
  try {
    for await (const { x, from } of samplesOf(source, options)) {
      for (let row = 0; row < x.shape[0]; row += ROWS) {
        options.signal?.throwIfAborted();
        const count = Math.min(ROWS, x.shape[0] - row);
        const outputs = await network.run(rowsOf(x, row, count));
        for (let n = 0; n < count; n++) {
          const half = (from + row + n) % 2;
          samples[half]++;
          for (const { group, input, norms } of consumers) {
            addMoments(rowsOf(outputs[input], n, 1), norms, sums[half].get(group) as Float64Array);
          }
        }
      }
    }
  } finally {
    await network.dispose();
  }
  return [
    { samples: samples[0], sums: sums[0] },
    { samples: samples[1], sums: sums[1] },
  ];
}

interface Consumer {
  readonly group: string;
  /** The name of what it reads. */
  readonly input: string;
  /** ‖W[:, c]‖ of every input channel. */
  readonly norms: Float64Array;
}

async function consumersOf(model: Model, list: readonly ChannelGroup[]): Promise<Consumer[]> {
  const stateDict = await model.stateDict();
  const { ops } = buildGraph(model.architecture, { batch: 1, height: 1, width: 1, outputs: [] });
  const byWeight = new Map(ops.flatMap((op) => (op.op === "convolution" ? [[op.weight, op.x]] : [])));
  return list.flatMap(({ name, kind, axes }) => {
    if (kind !== "expanded") return [];
    return axes.flatMap(({ tensor, axis }) => {
      const input = byWeight.get(tensor);
      if (axis !== 1 || input === undefined) return [];
      return [{ group: name, input, norms: columnNorms(stateDict.get(tensor) as Tensor) }];
    });
  });
}

/** Of `[out, in, 1, 1]`. */
function columnNorms({ data, shape: [, inputs] }: Tensor): Float64Array {
  const squares = new Float64Array(inputs);
  for (let i = 0; i < data.length; i++) squares[i % inputs] += data[i] ** 2;
  return squares.map(Math.sqrt);
}

function addMoments({ data }: Tensor, norms: Float64Array, sums: Float64Array): void {
  const places = data.length / norms.length;
  for (let i = 0; i < data.length; i++) {
    const c = i % norms.length;
    const scaled = norms[c] * data[i];
    sums[2 * c] += scaled / places;
    sums[2 * c + 1] += (scaled * scaled) / places;
  }
}
