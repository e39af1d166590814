// What a network costs, summed over its layers: parameters, MACs, activations, bytes.

import { elements } from "../tensor.ts";
import type { Layer, TensorSpec } from "./layers.ts";

/** For one picture. */
export interface Cost {
  /** Elements of every weight and bias, those of norms included. */
  readonly parameters: number;
  /** Multiply-accumulates of convolutions and the classifier; bias, norms and the rest not counted. */
  readonly macs: number;
  /** Output elements of convolutions and the classifier. */
  readonly activations: number;
  /** Running means and variances and the counters, in numbers. */
  readonly buffers: number;
  /** Entries of the state dict. */
  readonly tensors: number;
  /** 4 bytes a number (float32), 8 a counter (int64). */
  readonly tensorBytes: number;
}

/** Sums over `layers(a, size)`. */
export function cost(layers: readonly Layer[]): Cost {
  const specs = layers.flatMap(({ tensors }) => tensors);
  const parameters = sum(specs.filter(isTrained), ({ shape }) => elements(shape));
  return {
    parameters,
    macs: sum(layers, ({ macs }) => macs),
    activations: sum(layers, ({ activations }) => activations),
    buffers: sum(specs, ({ shape }) => elements(shape)) - parameters,
    tensors: specs.length,
    tensorBytes: sum(specs, ({ shape, role }) => elements(shape) * (role === "num_batches_tracked" ? 8 : 4)),
  };
}

function isTrained({ role }: TensorSpec): boolean {
  return role === "weight" || role === "bias";
}

function sum<T>(items: readonly T[], count: (item: T) => number): number {
  return items.reduce((total, item) => total + count(item), 0);
}
