// Numbers into and out of an arena: `[h, w, c]` without gaps outside, borders and pitch inside.

import { originBytes, pixelBytes, rowBytes } from "./layout.ts";
import type { Port } from "./program.ts";

const FLOAT_BYTES = 4;

/** Writes a thread's share of one picture's rows; `memory` is the whole memory as floats, `arena` an address. */
export function writePort(
  memory: Float32Array,
  arena: number,
  { place }: Port,
  data: Float32Array,
  thread: number,
  threads: number,
): void {
  const { height, width, channels, pitch } = place;
  const start = (arena + place.offset + originBytes(place)) / FLOAT_BYTES;
  const rowFloats = rowBytes(place) / FLOAT_BYTES;
  const to = Math.floor((height * (thread + 1)) / threads);
  for (let h = Math.floor((height * thread) / threads); h < to; h++) {
    const row = start + h * rowFloats;
    if (pitch === channels) {
      memory.set(data.subarray(h * width * channels, (h + 1) * width * channels), row);
      continue;
    }
    memory.fill(0, row, row + width * pitch);
    for (let w = 0; w < width; w++) {
      const at = (h * width + w) * channels;
      for (let c = 0; c < channels; c++) memory[row + w * pitch + c] = data[at + c];
    }
  }
}

/** Reads one picture's value into `data`. */
export function readPort(memory: Float32Array, arena: number, { place }: Port, data: Float32Array): void {
  const { height, width, channels } = place;
  const start = (arena + place.offset + originBytes(place)) / FLOAT_BYTES;
  const [rowFloats, pixelFloats] = [rowBytes(place) / FLOAT_BYTES, pixelBytes(place) / FLOAT_BYTES];
  for (let h = 0; h < height; h++) {
    for (let w = 0; w < width; w++) {
      const from = start + h * rowFloats + w * pixelFloats;
      const to = (h * width + w) * channels;
      for (let c = 0; c < channels; c++) data[to + c] = memory[from + c];
    }
  }
}
