// What every picture's loss would change with every gate: one way back a batch and direction, nothing summed over pictures.

import type { Trainer } from "../backend/trainer.ts";
import type { BatchSource } from "../data/batch.ts";
import { UsageError } from "../errors.ts";
import { buildGraph } from "../graph/build.ts";
import { trainingGraph } from "../graph/training.ts";
import type { Model } from "../model/model.ts";
import type { WaitOptions } from "../progress.ts";
import type { Tensor } from "../tensor.ts";
import { checkClasses } from "../training/evaluate.ts";
import { type Along, type Direction, type DirectionOptions, Directions, lossAlong, outputOf } from "./directions.ts";
import { type GateSite, gated, gateInputs } from "./gates.ts";
import type { ChannelGroup } from "./groups.ts";
import { type SampleOptions, samplesOf } from "./sampling.ts";

export interface DerivativeOptions extends DirectionOptions, SampleOptions, WaitOptions {}

/** Derivatives of the pictures of a batch along one direction. */
export interface Derived {
  /** Place of the first picture in the stream. */
  readonly from: number;
  /** What each picture's squares count; over all directions of a picture they add up to 1, for exact features to their number. */
  readonly weights: Float64Array;
  /** Group → `[n, width]`: ∂ℓ_n/∂gate at 1, summed over the places of a picture and the sites of the gate. */
  readonly derivatives: ReadonlyMap<string, Float64Array>;
}

/**
 * Along all directions of one batch, then of the next. Batch norms take their running statistics.
 * @throws UsageError for a network without classes where they are needed, or if no picture could be read
 */
export async function* derivatives(
  model: Model,
  list: readonly ChannelGroup[],
  source: BatchSource,
  along: Along,
  options: DerivativeOptions,
): AsyncGenerator<Derived, void, undefined> {
  const { classes } = model.architecture;
  if (along === "label") checkClasses(model, source);
  if (outputOf(along) === "logits" && classes === 0) {
    throw new UsageError("score", "expected a network with a classifier, got 0 classes. Use the score feature.");
  }
  const directions = new Directions(model, along, options);
  const ways = new WaysBack(model, list, along);
  try {
    for await (const { from, ...pictures } of samplesOf(source, options)) {
      for (const direction of await directions.of(pictures, classes)) {
        options.signal?.throwIfAborted();
        yield { from, weights: direction.weights, derivatives: await ways.derive(pictures.x, direction) };
      }
    }
  } finally {
    await Promise.all([directions.dispose(), ways.dispose()]);
  }
}

interface WayBack {
  readonly trainer: Trainer;
  readonly sites: readonly GateSite[];
  /** The output that holds the gradient of each site's gate. */
  readonly gradients: ReadonlyMap<string, string>;
  readonly open: Readonly<Record<string, Tensor>>;
}

/** Programs from a loss to the gates, compiled for each shape of x once. */
class WaysBack {
  readonly #model: Model;
  readonly #list: readonly ChannelGroup[];
  readonly #along: Along;
  readonly #ways = new Map<string, WayBack>();

  constructor(model: Model, list: readonly ChannelGroup[], along: Along) {
    this.#model = model;
    this.#list = list;
    this.#along = along;
  }

  async derive(x: Tensor, { target }: Direction): Promise<Map<string, Float64Array>> {
    const key = x.shape.join();
    const way = this.#ways.get(key) ?? (await this.#compiled(x.shape));
    this.#ways.set(key, way);
    const outputs = await way.trainer.accumulate({ input: x, target, ...way.open });
    const found = new Map<string, Float64Array>();
    for (const { gate, group, block, width } of way.sites) {
      const { data } = outputs[way.gradients.get(gate) as string];
      const sum = found.get(group) ?? new Float64Array(data.length);
      for (let i = 0; i < data.length; i++) sum[i] += data[i];
      found.set(group, sum);
      if (block !== null) found.set(block, sumsOfRows(data, width)); // one scalar on the branch multiplies all its channels
    }
    return found;
  }

  async dispose(): Promise<void> {
    for (const { trainer } of this.#ways.values()) await trainer.dispose();
    this.#ways.clear();
  }

  async #compiled([batch, height, width]: readonly number[]): Promise<WayBack> {
    const output = outputOf(this.#along);
    const graph = buildGraph(this.#model.architecture, { batch, height, width, outputs: [output] });
    const { graph: withGates, sites } = gated(graph, this.#list);
    const shape = withGates.values.get(output)?.shape ?? [];
    const back = trainingGraph(withGates, {
      losses: [lossAlong(this.#along, shape)],
      learns: () => false,
      takesBatch: () => false,
      momentum: 0,
      masks: new Map(),
      inputGradients: sites.map(({ gate }) => gate),
    });
    const trainer = await this.#model.compileTraining(back, {
      groups: [],
      optimizer: { rule: "sgd", momentum: 0, isNesterov: false, isDecoupled: false },
      clip: null,
      hasAverage: false,
    });
    const open = gateInputs(
      sites,
      Array.from({ length: batch }, () => new Map()),
    );
    return { trainer, sites, gradients: back.inputGradients, open };
  }
}

/** `[n, width]` → `[n]` */
function sumsOfRows(data: ArrayLike<number>, width: number): Float64Array {
  const sums = new Float64Array(data.length / width);
  for (let i = 0; i < data.length; i++) sums[Math.floor(i / width)] += data[i];
  return sums;
}
