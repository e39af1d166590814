// Private orders of a parameter's numbers. They are born here, in the engine's memory, and never leave the backend.

import type { ParameterSource } from "../../graph/ops.ts";
import { elements } from "../../tensor.ts";
import { flushedProduct, type ScaledWeight } from "../parameters.ts";
import type { Kernels } from "./kernels.ts";
import { PITCH, roundUp } from "./layout.ts";

/** Memory for that many floats, all 0. */
export type Room = (floats: number) => Float32Array;

/** A vector with zeros up to the pitch. */
export function padded(data: Float64Array): Float32Array {
  const vector = new Float32Array(roundUp(data.length, PITCH));
  vector.set(data);
  return vector;
}

/**
 * A weight, OIHW or `[out, in]`, to be packed as `[panel][kernel row][k][width]`. k runs over the pixels and channels of a
 * kernel row as they lie in memory: `pitch` floats from pixel to pixel, the channels beyond `in` with zero weights. A panel
 * is `width` channels wide, the last one 8 if that is enough. Data, for all threads: each packs a share of the panels.
 */
export interface Packing {
  readonly source: ParameterSource;
  /** Where the panels go. */
  readonly address: number;
  readonly pitch: number;
  readonly width: number;
}

/** Floats that the panels of a weight take. */
export function panelFloats([outputs, ...shape]: readonly number[], pitch: number): number {
  return roundUp(outputs, PITCH) * rowFloats(shape, pitch);
}

/** Bytes of scratch that `packPanels` needs. */
export function scratchBytes([outputs, ...shape]: readonly number[], width: number): number {
  const rows = Math.min(outputs, width);
  return rows * (elements(shape) * Float32Array.BYTES_PER_ELEMENT + Float64Array.BYTES_PER_ELEMENT);
}

/** Packs the panels that are this thread's; `scratch` is an address of its own. */
export function packPanels(
  { address, pitch, width }: Packing,
  { shape, data, scale }: ScaledWeight,
  { kernels, buffer }: { readonly kernels: Kernels; readonly buffer: ArrayBufferLike },
  scratch: number,
  [thread, threads]: readonly [number, number],
): void {
  const [outputs, inputs, kernelHeight = 1, kernelWidth = 1] = shape;
  const channels = roundUp(outputs, PITCH);
  const panels = Math.ceil(channels / width);
  const rowLength = inputs * kernelHeight * kernelWidth;
  const bytesOfRow = rowFloats(shape.slice(1), pitch) * Float32Array.BYTES_PER_ELEMENT;
  const last = Math.floor((panels * (thread + 1)) / threads);
  for (let panel = Math.floor((panels * thread) / threads); panel < last; panel++) {
    const first = panel * width;
    const rows = Math.min(width, outputs - first);
    const weights = scratch + rows * Float64Array.BYTES_PER_ELEMENT;
    const factors = new Float64Array(buffer, scratch, rows);
    if (scale === null) factors.fill(1);
    else factors.set(scale.subarray(first, first + rows));
    const own = data.subarray(first * rowLength, (first + rows) * rowLength);
    new Float32Array(buffer, weights, own.length).set(own);
    const y = address + first * bytesOfRow;
    const wide = Math.min(width, channels - first);
    kernels.packPanel(weights, scratch, y, rows, inputs, kernelHeight, kernelWidth, pitch, wide);
  }
}

/** Floats of a panel for each of its channels. */
function rowFloats([inputs, kernelHeight = 1, kernelWidth = 1]: readonly number[], pitch: number): number {
  return kernelHeight * ((kernelWidth - 1) * pitch + inputs);
}

/** `[c, 1, kh, kw]` → `[kh][kw][c at the pitch]`. */
export function packTaps({ shape, data, scale }: ScaledWeight, room: Room): void {
  const [channels, , kernelHeight, kernelWidth] = shape;
  const taps = kernelHeight * kernelWidth;
  const pitch = roundUp(channels, PITCH);
  const packed = room(taps * pitch);
  for (let c = 0; c < channels; c++) {
    const factor = scale === null ? 1 : scale[c];
    for (let tap = 0; tap < taps; tap++) packed[tap * pitch + c] = flushedProduct(data[c * taps + tap], factor);
  }
}
