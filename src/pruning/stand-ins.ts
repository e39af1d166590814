// Numbers for a network that is only timed: any will do that are neither denormal nor infinite after many layers.
// All weights of all networks are views of one buffer, so that a hundred networks cost no more memory than one.

import type { Architecture } from "../architecture/architecture.ts";
import { type Layer, layers, type TensorSpec } from "../architecture/layers.ts";
import { Random } from "../random.ts";
import { elements, type StateDict } from "../tensor.ts";

const BOUND = 0.1; // weights are uniform within ±BOUND
const BIAS = 0.1; // keeps sums of a hundred layers away from zero

/** Gives state dicts without drawing new numbers, as long as no tensor is larger than all before. */
export class StandIns {
  #weights: Float32Array = new Float32Array(0);

  /** Norms scale each sum of `n` products back to about 1: weight √3 / (BOUND · √n), bias BIAS, mean 0, variance 1. */
  of(a: Architecture): StateDict {
    const stateDict: StateDict = new Map();
    let products = 1;
    for (const layer of layers(a, { height: 1, width: 1 })) {
      if (layer.kind === "convolution") products = elements(layer.tensors[0].shape.slice(1));
      for (const spec of layer.tensors) {
        const data = this.#numbers(layer, spec, products);
        stateDict.set(spec.name, { shape: spec.shape, data });
      }
    }
    return stateDict;
  }

  #numbers(layer: Layer, { role, shape }: TensorSpec, products: number): Float32Array {
    const count = elements(shape);
    if (role === "weight" && layer.kind !== "norm") return this.#drawn(count);
    const value = { weight: Math.sqrt(3 / products) / BOUND, bias: BIAS, running_var: 1 };
    return new Float32Array(count).fill(role in value ? value[role as keyof typeof value] : 0);
  }

  #drawn(count: number): Float32Array {
    if (this.#weights.length < count) {
      const random = new Random(0, "stand-ins");
      const Buffer = typeof SharedArrayBuffer === "undefined" ? ArrayBuffer : SharedArrayBuffer;
      this.#weights = new Float32Array(new Buffer(count * Float32Array.BYTES_PER_ELEMENT));
      for (let i = 0; i < count; i++) this.#weights[i] = random.uniform(-BOUND, BOUND);
    }
    return this.#weights.subarray(0, count);
  }
}
