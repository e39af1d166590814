// Sources of given pictures, and models of given numbers, for tests of recovery.

import type { Architecture } from "#effnet/architecture/architecture.js";
import type { Backend, LoadOptions } from "#effnet/backend/backend.js";
import { referenceBackend } from "#effnet/backend/reference/reference.js";
import type { BatchSource } from "#effnet/data/batch.js";
import { Model } from "#effnet/model/model.js";
import { elements, type StateDict, type Tensor } from "#effnet/tensor.js";

/** The pictures in order, in batches of these sizes, over and over; classes follow from the index. */
export function sourceOf(pictures: Tensor, sizes: readonly number[], classes = 5): BatchSource {
  const [count, height, width] = pictures.shape;
  const floats = elements(pictures.shape) / count;
  return {
    classes: Array.from({ length: classes }, (_, c) => `class ${c}`),
    samples: count,
    batch: sizes[0],
    batches: Math.ceil(count / sizes[0]),
    size: { height, width },
    async *epoch(_, { from = 0 } = {}) {
      for (let at = from, i = 0; at < count; i++) {
        const n = Math.min(sizes[i % sizes.length], count - at);
        const data = Float32Array.from(pictures.data.subarray(at * floats, (at + n) * floats));
        const indices = Array.from({ length: n }, (__, k) => at + k);
        at += n;
        yield {
          x: { shape: [n, ...pictures.shape.slice(1)], data },
          labels: Int32Array.from(indices, (index) => index % classes),
          names: indices.map(String),
          next: at,
        };
      }
    },
  };
}

/** On `reference` unless told otherwise. */
export async function modelOf(
  architecture: Architecture,
  parameters: StateDict,
  { backend = referenceBackend, ...loading }: LoadOptions & { readonly backend?: Backend } = {},
): Promise<Model> {
  const { classes, inChannels } = architecture;
  const config = {
    inputSize: { channels: inChannels, height: 16, width: 16 },
    interpolation: "bilinear",
    cropPct: 1,
    cropMode: "center",
    mean: [0, 0, 0],
    std: [1, 1, 1],
    classes,
  } as const;
  const labels = Array.from({ length: classes }, (_, c) => `class ${c}`);
  const weights = await backend.load(parameters, loading);
  return new Model({ architecture, config, labels, tag: null, plan: null, parameters, weights });
}

/** The same numbers in float64: what is computed from them stays as exact as they are. */
export function exactly(stateDict: StateDict): StateDict {
  return new Map(Array.from(stateDict, ([name, { shape, data }]) => [name, { shape, data: Float64Array.from(data) }]));
}

/** The largest difference of two lists of numbers. */
export function apart(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) return Number.POSITIVE_INFINITY;
  let most = 0;
  for (let i = 0; i < a.length; i++) {
    const by = Math.abs(a[i] - b[i]);
    if (!(by <= most)) most = by;
  }
  return most;
}
