// A parameter's numbers: looked up in the state dict, batch norm folded in, in float64. Every backend starts from these.

import { assert, FileError } from "../errors.ts";
import type { NormSource, ParameterSource } from "../graph/ops.ts";
import type { StateDict, Tensor } from "../tensor.ts";

/** Smaller magnitudes become 0: as float32 denormals they would cost an order of magnitude on many CPUs. */
export const SMALLEST = 1e-30;

/** A parameter in the state dict's order (OIHW, `[out, in]`, `[c]`), before any rounding to float32. */
export interface Numbers {
  readonly shape: readonly number[];
  readonly data: Float64Array;
}

/**
 * The numbers of one parameter, freshly allocated. Stored and folded magnitudes below 1e-30 become 0.
 * @throws FileError if the state dict lacks a tensor that `source` names
 */
export function resolveParameter(source: ParameterSource, stateDict: StateDict): Numbers {
  switch (source.kind) {
    case "stored":
      return numbersOf(source.tensor, stateDict);
    case "foldedWeight":
      return foldedWeight(numbersOf(source.tensor, stateDict), scaleOf(source.norm, stateDict));
    case "foldedBias":
      return foldedBias(source.tensor, source.norm, stateDict);
  }
}

/** A weight as it is stored, and what each of its rows (first axis) is to be multiplied by; null: nothing. */
export interface ScaledWeight extends Tensor {
  readonly scale: Float64Array | null;
}

/**
 * The parts of a weight's numbers for a backend that packs them one by one; nothing is copied. `flushedProduct` joins them
 * to what `resolveParameter` gives.
 * @throws FileError if the state dict lacks a tensor that `source` names
 */
export function scaledWeight(source: ParameterSource, stateDict: StateDict): ScaledWeight {
  assert(source.kind !== "foldedBias", "a folded bias is no weight");
  const scale = source.kind === "stored" ? null : scaleOf(source.norm, stateDict);
  return { ...storedTensor(source.tensor, stateDict), scale };
}

/** value · scale, magnitudes below 1e-30 taken for 0. */
export function flushedProduct(value: number, scale: number): number {
  const product = (Math.abs(value) < SMALLEST ? 0 : value) * scale;
  return Math.abs(product) < SMALLEST ? 0 : product;
}

/** The state dict's tensor of that name. @throws FileError if there is none */
export function storedTensor(name: string, stateDict: StateDict): Tensor {
  const stored = stateDict.get(name);
  if (stored === undefined) {
    throw new FileError("parameters", `missing. Load the state dict of this network, with all its tensors.`, {
      tensor: name,
    });
  }
  return stored;
}

/** W'[o, …] = W[o, …] · s[o], in place. */
function foldedWeight({ shape, data }: Numbers, scale: Float64Array): Numbers {
  const rowLength = data.length / scale.length;
  for (let at = 0, o = 0; o < scale.length; o++) {
    for (const end = at + rowLength; at < end; at++) data[at] *= scale[o];
  }
  return { shape, data: flushed(data) };
}

/** b'[o] = beta[o] + (b[o] − mean[o]) · s[o]. */
function foldedBias(tensor: string | null, norm: NormSource, stateDict: StateDict): Numbers {
  const scale = scaleOf(norm, stateDict);
  const beta = numbersOf(norm.bias, stateDict);
  const mean = numbersOf(norm.mean, stateDict).data;
  const bias = tensor === null ? null : numbersOf(tensor, stateDict).data;
  const folded = beta.data.map((value, o) => value + ((bias === null ? 0 : bias[o]) - mean[o]) * scale[o]);
  return { shape: beta.shape, data: flushed(folded) };
}

/** s[o] = gamma[o] / √(variance[o] + ε). */
function scaleOf(norm: NormSource, stateDict: StateDict): Float64Array {
  const variance = numbersOf(norm.variance, stateDict).data;
  const gamma = numbersOf(norm.weight, stateDict).data;
  return gamma.map((value, o) => value / Math.sqrt(variance[o] + norm.epsilon));
}

function numbersOf(name: string, stateDict: StateDict): Numbers {
  const { shape, data } = storedTensor(name, stateDict);
  return { shape, data: flushed(new Float64Array(data)) };
}

function flushed(data: Float64Array): Float64Array {
  for (let i = 0; i < data.length; i++) if (Math.abs(data[i]) < SMALLEST) data[i] = 0;
  return data;
}
