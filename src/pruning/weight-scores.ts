// Scores from the weights that make a channel: alone (l1), or times their gradients (the paper's); and from nothing at all.

import type { Trainer } from "../backend/trainer.ts";
import type { BatchSource } from "../data/batch.ts";
import { buildGraph } from "../graph/build.ts";
import { trainingGraph } from "../graph/training.ts";
import type { Model } from "../model/model.ts";
import type { WaitOptions } from "../progress.ts";
import { Random } from "../random.ts";
import type { StateDict, Tensor } from "../tensor.ts";
import { checkClasses } from "../training/evaluate.ts";
import { lossAlong, oneHot } from "./directions.ts";
import type { ChannelGroup } from "./groups.ts";
import { type PlacedBatch, type SampleOptions, samplesOf } from "./sampling.ts";
import type { Half, Scores } from "./sums.ts";

/** Σ |w| of each channel's own weights. */
export function weightNorms(list: readonly ChannelGroup[], stateDict: StateDict): Scores {
  const scores = new Map<string, Float64Array>();
  for (const group of ofChannels(list)) {
    const terms = perChannel(group, stateDict, ({ data }, at) => Math.abs(data[at]));
    const count = terms.length / group.width;
    const sumOf = (c: number): number => terms.subarray(c * count, (c + 1) * count).reduce((sum, w) => sum + w, 0);
    scores.set(
      group.name,
      Float64Array.from({ length: group.width }, (_, c) => sumOf(c)),
    );
  }
  return scores;
}

/** Uniform in [0, 1). */
export function randomScores(list: readonly ChannelGroup[], seed: number): Scores {
  return new Map(
    ofChannels(list).map(({ name, width }) => {
      const random = new Random(seed, "importance", name);
      return [name, Float64Array.from({ length: width }, () => random.float())];
    }),
  );
}

/**
 * Of both halves: group → `[width, weights a channel]`, w · Σ over pictures of ∂ℓ_n/∂w. Divided by the pictures, their absolute
 * values add up to the paper's score, Σ |w · ∂L/∂w|.
 */
export async function weightProducts(
  model: Model,
  list: readonly ChannelGroup[],
  source: BatchSource,
  options: SampleOptions & WaitOptions,
): Promise<[Half, Half]> {
  checkClasses(model, source);
  const stateDict = await model.stateDict();
  const learning = new Set(ofChannels(list).flatMap((group) => weightsOf(group, stateDict)));
  const halves = [0, 1].map(() => new Gradients(model, learning));
  try {
    for await (const batch of samplesOf(source, options)) {
      for (const half of [0, 1]) {
        options.signal?.throwIfAborted();
        const { x, labels } = alternating(batch, half);
        if (labels.length > 0) await halves[half].add(x, labels);
      }
    }
    const [one, other] = [await halves[0].sums(), await halves[1].sums()];
    const products = (gradients: ReadonlyMap<string, Float64Array>, samples: number): Half => {
      const product = ({ data }: Tensor, at: number, name: string): number =>
        data[at] * (gradients.get(name)?.[at] ?? 0);
      return {
        samples,
        sums: new Map(ofChannels(list).map((group) => [group.name, perChannel(group, stateDict, product)])),
      };
    };
    return [products(one, halves[0].samples), products(other, halves[1].samples)];
  } finally {
    for (const gradients of halves) await gradients.dispose();
  }
}

function ofChannels(list: readonly ChannelGroup[]): ChannelGroup[] {
  return list.filter(({ kind }) => kind !== "block");
}

/** The convolutions, squeeze-and-excitation's included, whose outputs are the group's channels. */
function weightsOf({ axes }: ChannelGroup, stateDict: StateDict): string[] {
  return axes.flatMap(({ tensor, axis }) => (axis === 0 && stateDict.get(tensor)?.shape.length === 4 ? [tensor] : []));
}

/** `[width, weights a channel]`: a term for each weight of the group, one tensor after the other. */
function perChannel(
  group: ChannelGroup,
  stateDict: StateDict,
  term: (tensor: Tensor, at: number, name: string) => number,
): Float64Array {
  const weights = weightsOf(group, stateDict).map((name) => ({ name, tensor: stateDict.get(name) as Tensor }));
  const rows = weights.map(({ tensor }) => tensor.data.length / group.width);
  const terms = new Float64Array(weights.reduce((sum, { tensor }) => sum + tensor.data.length, 0));
  let to = 0;
  for (let c = 0; c < group.width; c++) {
    weights.forEach(({ name, tensor }, i) => {
      for (let at = c * rows[i]; at < (c + 1) * rows[i]; at++) terms[to++] = term(tensor, at, name);
    });
  }
  return terms;
}

/** Every other picture of the stream, beginning with the first or the second. */
function alternating({ x, labels, from }: PlacedBatch, half: number): { x: Tensor; labels: Int32Array } {
  const places = Array.from(labels.keys()).filter((n) => (from + n) % 2 === half);
  const length = x.data.length / labels.length;
  const data = new Float64Array(places.length * length);
  places.forEach((n, to) => {
    data.set(x.data.subarray(n * length, (n + 1) * length), to * length);
  });
  return {
    x: { shape: [places.length, ...x.shape.slice(1)], data },
    labels: Int32Array.from(places, (n) => labels[n]),
  };
}

/** Gradients of the cross entropy summed over pictures; batch norms take their running statistics. */
class Gradients {
  samples = 0;
  readonly #model: Model;
  readonly #learning: ReadonlySet<string>;
  readonly #trainers = new Map<string, Trainer>();

  constructor(model: Model, learning: ReadonlySet<string>) {
    this.#model = model;
    this.#learning = learning;
  }

  async add(x: Tensor, labels: Int32Array): Promise<void> {
    const key = x.shape.join();
    const trainer = this.#trainers.get(key) ?? (await this.#compiled(x.shape));
    this.#trainers.set(key, trainer);
    await trainer.accumulate({ input: x, target: oneHot(labels, this.#model.architecture.classes) });
    this.samples += labels.length;
  }

  async sums(): Promise<Map<string, Float64Array>> {
    const sums = new Map<string, Float64Array>();
    for (const trainer of this.#trainers.values()) {
      for (const [name, { data }] of await trainer.read("gradients")) {
        const sum = sums.get(name) ?? new Float64Array(data.length);
        for (let i = 0; i < data.length; i++) sum[i] += data[i];
        sums.set(name, sum);
      }
    }
    return sums;
  }

  async dispose(): Promise<void> {
    for (const trainer of this.#trainers.values()) await trainer.dispose();
    this.#trainers.clear();
  }

  #compiled([batch, height, width]: readonly number[]): Promise<Trainer> {
    const { architecture } = this.#model;
    const graph = buildGraph(architecture, { batch, height, width, outputs: ["logits"] });
    const back = trainingGraph(graph, {
      losses: [lossAlong("label", [batch, architecture.classes])],
      learns: (parameter) => this.#learning.has(parameter),
      takesBatch: () => false,
      momentum: 0,
      masks: new Map(),
    });
    return this.#model.compileTraining(back, {
      groups: [{ parameters: [...back.gradients.keys()], weightDecay: 0 }],
      optimizer: { rule: "sgd", momentum: 0, isNesterov: false, isDecoupled: false },
      clip: null,
      hasAverage: false,
    });
  }
}
