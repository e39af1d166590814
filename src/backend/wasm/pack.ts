// Private orders of a parameter's numbers. They are born here, in the engine's memory, and never leave the backend.

import { flushedProduct, type ScaledWeight } from "../parameters.ts";
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
 * OIHW (or `[out, in]`) → `[panel][kernel row][k][width]`. k runs over the pixels and channels of a kernel row as they lie
 * in memory: `pitch` floats from pixel to pixel, the channels beyond `in` with zero weights. A panel is `width` channels
 * wide, the last one 8 if that is enough.
 */
export function packPanels({ shape, data, scale }: ScaledWeight, pitch: number, width: number, room: Room): void {
  const [outputs, inputs, kernelHeight = 1, kernelWidth = 1] = shape;
  const run = (kernelWidth - 1) * pitch + inputs;
  const taps = kernelHeight * kernelWidth;
  const channels = roundUp(outputs, PITCH);
  const packed = room(channels * kernelHeight * run);
  for (let o = 0; o < outputs; o++) {
    const first = o - (o % width);
    const wide = Math.min(width, channels - first);
    const factor = scale === null ? 1 : scale[o];
    for (let tap = 0; tap < taps; tap++) {
      const k = Math.floor(tap / kernelWidth) * run + (tap % kernelWidth) * pitch;
      let to = first * kernelHeight * run + k * wide + (o - first);
      let from = o * inputs * taps + tap;
      for (let i = 0; i < inputs; i++) {
        packed[to] = flushedProduct(data[from], factor);
        from += taps;
        to += wide;
      }
    }
  }
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
