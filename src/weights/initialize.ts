// Weights before any training. timm's rule for the family; torch's defaults for networks that timm rebuilds, the pruned trio.

import type { Architecture } from "../architecture/architecture.ts";
import { type Layer, layers, type TensorSpec } from "../architecture/layers.ts";
import { Random } from "../random.ts";
import { elements, type StateDict, type Tensor } from "../tensor.ts";

/** `timm`: `_init_weight_goog` in timm's efficientnet builder. `torch`: the defaults of torch's own layers. */
export type Scheme = "timm" | "torch";

export interface InitializeOptions {
  readonly scheme: Scheme;
}

/**
 * A whole state dict, in timm's order.
 *
 * Each tensor has a stream of random numbers of its own, named by the tensor: networks that share a tensor's name and
 * shape share its values.
 *
 * | layer | timm | torch |
 * |---|---|---|
 * | convolution | normal(0, √(2 / ⌊k²·out / groups⌋)), bias 0 | uniform(±1/√fan_in), bias alike |
 * | classifier | uniform(±1/√classes), bias 0 | uniform(±1/√fan_in), bias alike |
 * | norm | weight 1, bias 0, mean 0, variance 1, counter 0 | the same |
 * @param seed a safe integer ≥ 0
 */
export function initialize(a: Architecture, seed: number, { scheme }: InitializeOptions): StateDict {
  const stateDict: StateDict = new Map();
  for (const layer of layers(a, { height: 1, width: 1 })) {
    for (const spec of layer.tensors) stateDict.set(spec.name, initialized(layer, spec, seed, scheme));
  }
  return stateDict;
}

/** The classifier alone, as `initialize` would give it; empty for a network without one. */
export function initializeClassifier(a: Architecture, seed: number, { scheme }: InitializeOptions): StateDict {
  const classifier = layers(a, { height: 1, width: 1 }).find(({ kind }) => kind === "linear");
  if (classifier === undefined) return new Map();
  return new Map(classifier.tensors.map((spec) => [spec.name, initialized(classifier, spec, seed, scheme)]));
}

function initialized(layer: Layer, { name, role, shape }: TensorSpec, seed: number, scheme: Scheme): Tensor {
  const data = new Float32Array(elements(shape));
  const isOne = layer.kind === "norm" && (role === "weight" || role === "running_var");
  if (isOne) data.fill(1);
  if (layer.kind === "norm" || (scheme === "timm" && role === "bias")) return { shape, data };

  const random = new Random(seed, "init", name);
  if (scheme === "timm" && layer.kind !== "linear") {
    const deviation = Math.sqrt(2 / fanOut(layer, shape));
    for (let i = 0; i < data.length; i++) data[i] = deviation * random.normal();
  } else {
    const bound = 1 / Math.sqrt(scheme === "timm" ? shape[0] : fanIn(layer));
    for (let i = 0; i < data.length; i++) data[i] = random.uniform(-bound, bound);
  }
  return { shape, data };
}

/** k²·out / groups of a weight `[out, in / groups, k, k]`. */
function fanOut(layer: Layer, [out, , kernel = 1]: readonly number[]): number {
  const groups = layer.kind === "convolution" && layer.isDepthwise ? out : 1;
  return Math.floor((kernel * kernel * out) / groups);
}

/** k²·in / groups of the layer's weight, which its bias shares. */
function fanIn({ tensors }: Layer): number {
  return elements(tensors[0].shape.slice(1));
}
