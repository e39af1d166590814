// Private orders of a parameter's numbers. They are born here, and never leave the backend.

import { PITCH, roundUp } from "./layout.ts";
import type { Numbers } from "./lowering.ts";

/** A vector padded with zeros to the pitch. */
export function packVector({ data }: Numbers): Float32Array {
  const packed = new Float32Array(roundUp(data.length, PITCH));
  packed.set(data);
  return packed;
}

/**
 * OIHW (or `[out, in]`) → `[panel][kernel row][k][width]`. k runs over the pixels and channels of a kernel row as they lie
 * in memory: `pitch` floats from pixel to pixel, the channels beyond `in` with zero weights. A panel is `width` channels
 * wide, the last one 8 if that is enough.
 */
export function packPanels({ shape, data }: Numbers, pitch: number, width: number): Float32Array {
  const [outputs, inputs, kernelHeight = 1, kernelWidth = 1] = shape;
  const run = (kernelWidth - 1) * pitch + inputs;
  const padded = roundUp(outputs, PITCH);
  const packed = new Float32Array(padded * kernelHeight * run);
  let at = 0;
  for (let o = 0; o < outputs; o++) {
    const first = o - (o % width);
    const wide = Math.min(width, padded - first);
    const panel = first * kernelHeight * run;
    for (let i = 0; i < inputs; i++) {
      for (let kh = 0; kh < kernelHeight; kh++) {
        for (let kw = 0; kw < kernelWidth; kw++) {
          packed[panel + (kh * run + kw * pitch + i) * wide + (o - first)] = data[at++];
        }
      }
    }
  }
  return packed;
}

/** `[c, 1, kh, kw]` → `[kh][kw][c at the pitch]`. */
export function packTaps({ shape, data }: Numbers): Float32Array {
  const [channels, , kernelHeight, kernelWidth] = shape;
  const taps = kernelHeight * kernelWidth;
  const pitch = roundUp(channels, PITCH);
  const packed = new Float32Array(taps * pitch);
  for (let c = 0; c < channels; c++) {
    for (let tap = 0; tap < taps; tap++) packed[tap * pitch + c] = data[c * taps + tap];
  }
  return packed;
}
