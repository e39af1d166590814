// Where on a picture a class is seen: Grad-CAM (Selvaraju et al. 2017, arXiv 1610.02391).

import type { Executable } from "../backend/backend.ts";
import type { Trainer } from "../backend/trainer.ts";
import { nearest, UsageError } from "../errors.ts";
import { buildGraph } from "../graph/build.ts";
import type { Graph } from "../graph/ops.ts";
import { optimize } from "../graph/passes.ts";
import { trainingGraph } from "../graph/training.ts";
import type { TrainingGraph } from "../graph/training-ops.ts";
import { seenBox, type Transform } from "../image/preprocess.ts";
import type { Box, Size } from "../image/resize.ts";
import { type Input, pictureOf } from "../model/input.ts";
import type { Model, PictureOptions } from "../model/model.ts";
import { type Prediction, softmax, topK } from "../model/predict.ts";
import { type Tensor, tensor } from "../tensor.ts";
import { tailOf } from "./tail.ts";

export interface ExplainerOptions extends Omit<PictureOptions, "batch" | "onProgress"> {
  /**
   * The result whose channels are weighed, by timm's module path: `map`, or a block or stage such as `blocks.4`.
   *
   * The default, `map`, is what the pooling averages: the deepest result that still has places. There the gradient of a
   * logit is the same at every place, so that the mean the method takes of it loses nothing, and the places' shares add
   * up to the logit. Earlier results have more places, and their heat means less.
   */
  readonly layer?: string | undefined;
}

export interface ExplainOptions extends Pick<PictureOptions, "signal"> {
  /** Index or label. Default: the most probable one. */
  readonly class?: number | string | undefined;
}

/** Where a class is seen. */
export interface Explanation extends Prediction {
  /** `[h, w]`, 0 … 1, as many places as the layer has; all 0 if nothing speaks for the class. */
  readonly map: Tensor;
  /** What part of the picture the map spans, in the picture's pixels, fractions included; beyond it where it was padded. */
  readonly box: Box;
}

const DEFAULT_LAYER = "map";
const TARGET = "explain/target"; // names of values in the graph; no module of timm's has a slash
const LOSS = "explain/loss";

/**
 * A model's explainer. It holds two programs of the model's backend: the network, and the way back from the logits to
 * the layer.
 * @throws UsageError for a bad option, a network without a classifier, or a layer that cannot be explained
 */
export async function createExplainer(model: Model, options: ExplainerOptions = {}): Promise<Explainer> {
  if (model.architecture.classes === 0) {
    throw new UsageError("classes", "expected a network with a classifier, got 0 classes. Nothing can be explained.");
  }
  const { layer = DEFAULT_LAYER } = options;
  const transform = model.transform(options);
  const { height, width } = transform;
  const graph = graphWith(layer, model.architecture, { height, width });
  const back = wayBack(graph, layer, model.architecture.classes);
  const network = await model.compile(optimize(graph));
  const trainer = await model.compileTraining(back, {
    groups: [],
    optimizer: { rule: "sgd", momentum: 0, isNesterov: false, isDecoupled: false },
    clip: null,
    hasAverage: false,
  });
  return new Explainer({ model, options, layer, transform, network, trainer, gradient: gradientIn(back, layer) });
}

interface Parts {
  readonly model: Model;
  readonly options: ExplainerOptions;
  readonly layer: string;
  readonly transform: Transform;
  readonly network: Executable;
  readonly trainer: Trainer;
  /** The output of `trainer` that holds ∂logit/∂layer. */
  readonly gradient: string;
}

export class Explainer {
  readonly #parts: Parts;

  /** Not for users: `createExplainer` makes explainers. */
  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /**
   * Where `input` shows the class.
   *
   * weight_k = mean over places of ∂logit/∂A_k; map = max(0, Σ_k weight_k · A_k) / its maximum, A the layer's result
   * (Selvaraju et al. 2017, eq. 1 and 2).
   * @throws FileError, HubError or ShapeError as `classify` does; UsageError if there is no such class
   */
  async explain(input: Input, { class: asked, signal }: ExplainOptions = {}): Promise<Explanation> {
    const { model, options, layer, transform, network, trainer, gradient } = this.#parts;
    const chosen = asked === undefined ? null : classIndex(asked, model.labels);
    const photo = await pictureOf(input, { exif: options.exif, signal });
    const x = await model.prepare(photo, options);
    signal?.throwIfAborted();
    const { [layer]: activations, logits } = await network.run({ input: x });
    const index = chosen ?? topK(logits.data, 1, model.labels)[0].index;
    const target = tensor(logits.data.slice(), logits.shape);
    target.data[index] -= 1;
    const outputs = await trainer.accumulate({ [layer]: activations, [TARGET]: target });
    signal?.throwIfAborted();
    return {
      index,
      label: model.labels[index],
      probability: softmax(logits.data, model.config.temperature)[index],
      map: heat(activations, outputs[gradient]),
      box: seenBox(photo, transform),
    };
  }

  async dispose(): Promise<void> {
    await Promise.all([this.#parts.network.dispose(), this.#parts.trainer.dispose()]);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.dispose();
  }
}

function graphWith(layer: string, architecture: Model["architecture"], size: Size): Graph {
  try {
    return buildGraph(architecture, { batch: 1, ...size, outputs: [layer, "logits"] });
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    throw new UsageError("layer", error.message.replace(/^outputs: /, ""), { cause: error });
  }
}

/**
 * From the layer to the logits and back. The loss is ½‖z − t‖²: with t one below the logits at one class, its gradient
 * by z is 1 there and 0 elsewhere, and by the layer that of the class's logit.
 */
function wayBack(graph: Graph, layer: string, classes: number): TrainingGraph {
  return trainingGraph(tailOf(graph, layer), {
    losses: [{ op: "meanSquaredError", x: "logits", target: TARGET, weight: classes / 2, y: LOSS }],
    learns: () => false,
    takesBatch: () => false,
    momentum: 0,
    masks: new Map(),
    inputGradients: [layer],
  });
}

function gradientIn({ inputGradients }: TrainingGraph, layer: string): string {
  return inputGradients.get(layer) as string;
}

/** `[1, h, w, c]` twice → `[h, w]` in 0 … 1. */
function heat({ data, shape }: Tensor, gradient: Tensor): Tensor {
  const [, height, width, channels] = shape;
  const places = height * width;
  const weights = new Float64Array(channels);
  for (let i = 0; i < data.length; i++) weights[i % channels] += gradient.data[i] / places;
  const map = new Float32Array(places);
  for (let place = 0; place < places; place++) {
    let sum = 0;
    for (let k = 0; k < channels; k++) sum += weights[k] * data[place * channels + k];
    map[place] = Math.max(sum, 0);
  }
  const most = map.reduce((greatest, value) => Math.max(greatest, value), 0);
  return tensor(most === 0 ? map : map.map((value) => value / most), [height, width]);
}

/** A label goes before an index of the same text. @throws UsageError */
function classIndex(asked: number | string, labels: readonly string[]): number {
  const text = String(asked);
  const found = labels.findIndex((label) => label.toLowerCase() === text.toLowerCase());
  if (typeof asked === "string" && found >= 0) return found;
  const index = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (index < labels.length) return index;
  const suggested = Number.isNaN(index) ? nearest(text, labels) : undefined;
  const instead = suggested === undefined ? "" : ` Did you mean ${suggested}?`;
  throw new UsageError("class", `expected a label or an index from 0 to ${labels.length - 1}, got ${text}.${instead}`);
}
