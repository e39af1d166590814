// Along what a picture's answer is differentiated: its label, labels that the network draws itself, or its features.

import { UsageError } from "../errors.ts";
import type { LossOp } from "../graph/training-ops.ts";
import type { Model } from "../model/model.ts";
import { softmax } from "../model/predict.ts";
import { Random } from "../random.ts";
import { elements, type Tensor } from "../tensor.ts";
import { Shaped } from "../training/shaped.ts";

/**
 * `label`: the cross entropy with the picture's own label. `draws`: with labels that follow the network's probabilities.
 * `features`: the pooled features, along one vector or another.
 */
export type Along = "label" | "draws" | "features";

export interface DirectionOptions {
  /** Of drawn labels and vectors. Default 0. */
  readonly seed?: number;
  /**
   * Directions for each picture: labels drawn (default 2) or vectors of ±1 (default 4); or `exact`: every class weighed by
   * its probability, every feature.
   */
  readonly draws?: number | "exact";
}

/** Pictures, as a batch holds them. */
export interface Pictures {
  readonly x: Tensor;
  readonly labels: Int32Array;
  readonly names: readonly string[];
}

/** One way back: what the loss compares with, and what each picture's squares count in the sum over directions. */
export interface Direction {
  readonly target: Tensor;
  readonly weights: Float64Array;
}

const TARGET = "target";
const LOSS = "loss";
const DEFAULT_DRAWS = { draws: 2, features: 4 } as const;
const MOST_DRAWS = 1024;

/** How many there are; null where a label leaves no choice. @throws UsageError */
export function drawsOf(along: Along, draws?: number | "exact"): number | "exact" | null {
  if (along === "label") return null;
  const count = draws ?? DEFAULT_DRAWS[along];
  if (count !== "exact" && !(Number.isInteger(count) && count >= 1 && count <= MOST_DRAWS)) {
    throw new UsageError("draws", `expected "exact" or a whole number from 1 to ${MOST_DRAWS}, got ${count}.`);
  }
  return count;
}

/** The result that the loss reads. */
export function outputOf(along: Along): "logits" | "embedding" {
  return along === "features" ? "embedding" : "logits";
}

/**
 * A loss whose gradient by the gates of a picture is that picture's own, whatever else is in the batch: the sum over
 * pictures of the cross entropy; or ½‖f − t‖², whose gradient by the features f is f − t.
 * @param shape of the result that it reads
 */
export function lossAlong(along: Along, shape: readonly number[]): LossOp {
  const ends = { x: outputOf(along), target: TARGET, y: LOSS };
  if (along === "features") return { op: "meanSquaredError", ...ends, weight: elements(shape) / 2 };
  return { op: "crossEntropy", ...ends, weight: shape[0] };
}

/** Directions for batch after batch. */
export class Directions {
  readonly #along: Along;
  readonly #seed: number;
  readonly #draws: number | "exact" | null;
  readonly #network: Shaped;

  constructor(model: Model, along: Along, { seed = 0, draws }: DirectionOptions) {
    this.#along = along;
    this.#seed = seed;
    this.#draws = drawsOf(along, draws);
    this.#network = new Shaped(model, outputOf(along));
  }

  async of(pictures: Pictures, classes: number): Promise<Direction[]> {
    const count = pictures.x.shape[0];
    if (this.#along === "label") return [{ target: oneHot(pictures.labels, classes), weights: filled(count, 1) }];
    const output = (await this.#network.run(pictures.x))[outputOf(this.#along)];
    return this.#along === "draws" ? this.#labels(pictures, output) : this.#vectors(pictures, output);
  }

  dispose(): Promise<void> {
    return this.#network.dispose();
  }

  /** A picture's draws depend on the seed and its name alone. */
  #labels({ names }: Pictures, { data, shape: [count, classes] }: Tensor): Direction[] {
    const probabilities = names.map((_, n) => softmax(data.subarray(n * classes, (n + 1) * classes)));
    if (this.#draws === "exact") {
      return Array.from({ length: classes }, (_, label) => ({
        target: oneHot(new Int32Array(count).fill(label), classes),
        weights: Float64Array.from(probabilities, (p) => p[label]),
      }));
    }
    const draws = this.#draws as number;
    return Array.from({ length: draws }, (_, draw) => {
      const labels = Int32Array.from(names, (name, n) => {
        return drawn(probabilities[n], new Random(this.#seed, "fisher", name, draw).float());
      });
      return { target: oneHot(labels, classes), weights: filled(count, 1 / draws) };
    });
  }

  /** E[(uᵀ∂f)²] = ‖∂f‖² over vectors u of ±1; the loss's gradient is u where the target is f − u. */
  #vectors({ names }: Pictures, { data, shape }: Tensor): Direction[] {
    const [count, width] = shape;
    const along = (u: (n: number, k: number) => number, weight: number): Direction => {
      const target = Float64Array.from(data, (f, i) => f - u(Math.floor(i / width), i % width));
      return { target: { shape, data: target }, weights: filled(count, weight) };
    };
    if (this.#draws === "exact") {
      return Array.from({ length: width }, (_, feature) => along((__, k) => (k === feature ? 1 : 0), 1));
    }
    const draws = this.#draws as number;
    return Array.from({ length: draws }, (_, draw) => {
      const signs = names.map((name) => {
        const random = new Random(this.#seed, "feature", name, draw);
        return Float64Array.from({ length: width }, () => (random.below(2) === 0 ? -1 : 1));
      });
      return along((n, k) => signs[n][k], 1 / draws);
    });
  }
}

/** `[n, classes]` */
export function oneHot(labels: Int32Array, classes: number): Tensor {
  const data = new Float64Array(labels.length * classes);
  labels.forEach((label, n) => {
    data[n * classes + label] = 1;
  });
  return { shape: [labels.length, classes], data };
}

/** The class at which the probabilities' sum exceeds u, 0 ≤ u < 1. */
function drawn(probabilities: Float64Array, u: number): number {
  let sum = 0;
  for (let label = 0; label < probabilities.length; label++) {
    sum += probabilities[label];
    if (u < sum) return label;
  }
  return probabilities.length - 1; // rounding left the sum below 1
}

function filled(length: number, value: number): Float64Array {
  return new Float64Array(length).fill(value);
}
