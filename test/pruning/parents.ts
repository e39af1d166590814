// Models and pictures to score: the tiny networks of the golden files, on any backend, in any order and batches.

import type { Architecture } from "#effnet/architecture/architecture.js";
import type { Backend, LoadOptions } from "#effnet/backend/backend.js";
import { referenceBackend } from "#effnet/backend/reference/reference.js";
import type { BatchSource } from "#effnet/data/batch.js";
import { Model } from "#effnet/model/model.js";
import type { StateDict, Tensor } from "#effnet/tensor.js";
import {
  CLASSES,
  formulaStateDict,
  SAMPLES,
  SIDE,
  type TinyName,
  tinyLabels,
  tinyNetwork,
  tinyPictures,
} from "./tiny.ts";

export interface LoadedOptions extends LoadOptions {
  readonly backend?: Backend;
}

/** A model of any network and weights. */
export async function modelOf(
  architecture: Architecture,
  parameters: StateDict,
  { backend = referenceBackend, ...loading }: LoadedOptions = {},
): Promise<Model> {
  const { inChannels: channels, classes } = architecture;
  return new Model({
    architecture,
    config: {
      inputSize: { channels, height: SIDE, width: SIDE },
      interpolation: "bilinear",
      cropPct: 1,
      cropMode: "center",
      mean: Array<number>(channels).fill(0),
      std: Array<number>(channels).fill(1),
      classes,
    },
    labels: Array.from({ length: classes }, (_, index) => `class ${index}`),
    tag: null,
    plan: null,
    parameters,
    weights: await backend.load(parameters, loading),
  });
}

export function tinyModel(name: TinyName, options?: LoadedOptions): Promise<Model> {
  const architecture = tinyNetwork(name);
  return modelOf(architecture, formulaStateDict(architecture), options);
}

export interface PicturesOptions {
  /** Which, in this order. Default all. */
  readonly places?: readonly number[];
  readonly batch?: number;
}

/** Pictures `[n, h, w, c]` as a source whose epochs are all alike. */
export function sourceOf(
  { shape: [count, height, width, channels], data }: Tensor,
  labels: ArrayLike<number>,
  { places = Array.from({ length: count }, (_, n) => n), batch = 4, classes }: PicturesOptions & { classes: number },
): BatchSource {
  const length = height * width * channels;
  return {
    classes: Array.from({ length: classes }, (_, index) => String(index)),
    samples: places.length,
    batch,
    size: { height, width },
    batches: Math.ceil(places.length / batch),
    async *epoch() {
      for (let at = 0; at < places.length; at += batch) {
        const chosen = places.slice(at, at + batch);
        const x = new Float64Array(chosen.length * length);
        chosen.forEach((n, to) => {
          x.set(data.subarray(n * length, (n + 1) * length), to * length);
        });
        yield {
          x: { shape: [chosen.length, height, width, channels], data: x },
          labels: Int32Array.from(chosen, (n) => labels[n]),
          names: chosen.map((n) => `picture ${n}`),
          next: at + chosen.length,
        };
      }
    },
  };
}

export function tinySource(options: PicturesOptions = {}): BatchSource {
  return sourceOf(tinyPictures(), tinyLabels(), { classes: CLASSES, batch: SAMPLES, ...options });
}
