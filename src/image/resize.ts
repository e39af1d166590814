// Pillow's resize of 8-bit RGB, bit for bit: two passes of fixed-point sums, horizontal first, each rounded to bytes.

import { type Interpolation, type Taps, taps, WEIGHT_BITS } from "./filters.ts";
import { type Picture, picture } from "./picture.ts";

/** Sides in pixels. */
export interface Size {
  readonly height: number;
  readonly width: number;
}

/** A rectangle: whole pixels inside the picture it speaks of, unless said otherwise. */
export interface Box extends Size {
  readonly left: number;
  readonly top: number;
}

const HALF = 1 << (WEIGHT_BITS - 1); // rounds the shifted sum to the nearest

/**
 * The picture at `width` × `height` pixels, or only the `box` of it: the same bytes as cutting afterwards, without
 * computing what is cut off.
 *
 * Antialiased; alpha-free RGB without gamma. A pass whose size does not change is skipped. As `Image.resize` of
 * Pillow 9.4 (`ImagingResample` in Resample.c).
 */
export function resize(
  source: Picture,
  width: number,
  height: number,
  interpolation: Interpolation,
  box: Box = { left: 0, top: 0, width, height },
): Picture {
  // One kind of array, so that the loops below compile once: a clamped array is read through a plain view.
  let pixels = new Uint8Array(source.data.buffer, source.data.byteOffset, source.data.length);
  let pitch = source.width * 3; // bytes from row to row of `pixels`
  let start = box.left * 3; // the first byte that counts in each row
  let firstRow = 0; // the source row that `pixels` begins with
  const rows =
    height === source.height ? null : taps(interpolation, source.height, height, box.top, box.top + box.height);

  if (width !== source.width) {
    const columns = taps(interpolation, source.width, width, box.left, box.left + box.width);
    const [from, to] = rows === null ? [box.top, box.top + box.height] : rowsRead(rows);
    pixels = resizeRows(pixels.subarray(from * pitch, to * pitch), pitch, to - from, columns);
    pitch = box.width * 3;
    start = 0;
    firstRow = from;
  }
  if (rows !== null) return picture(box.width, box.height, resizeColumns(pixels, pitch, start, firstRow, box, rows));
  if (width !== source.width) return picture(box.width, box.height, pixels);
  return cut(source, box);
}

/** The pixels of `box`, copied. */
export function cut(source: Picture, box: Box): Picture {
  const data = new Uint8Array(box.width * box.height * 3);
  for (let y = 0; y < box.height; y++) {
    const at = ((box.top + y) * source.width + box.left) * 3;
    data.set(source.data.subarray(at, at + box.width * 3), y * box.width * 3);
  }
  return picture(box.width, box.height, data);
}

/** First and last (exclusive) source row that any output row reads. */
function rowsRead(rows: Taps): [from: number, to: number] {
  const last = rows.first.length - 1;
  return [rows.first[0], rows.first[last] + rows.count[last]]; // both grow with the output row
}

/** Horizontal pass: `[height, pitch]` bytes → `[height, columns, 3]`. */
function resizeRows(pixels: Uint8Array, pitch: number, height: number, columns: Taps): Uint8Array<ArrayBuffer> {
  const { first, count, weights, stride } = columns;
  const width = first.length;
  const out = new Uint8ClampedArray(height * width * 3); // its stores clip to 0 … 255
  let o = 0;
  for (let y = 0; y < height; y++) {
    const row = y * pitch;
    for (let x = 0; x < width; x++) {
      let p = row + first[x] * 3;
      let red = HALF;
      let green = HALF;
      let blue = HALF;
      const end = x * stride + count[x];
      for (let i = x * stride; i < end; i++) {
        const k = weights[i];
        red = (red + Math.imul(pixels[p], k)) | 0; // |Σ| < 1.2 · 255 · 2^22 < 2^31
        green = (green + Math.imul(pixels[p + 1], k)) | 0;
        blue = (blue + Math.imul(pixels[p + 2], k)) | 0;
        p += 3;
      }
      out[o] = red >> WEIGHT_BITS;
      out[o + 1] = green >> WEIGHT_BITS;
      out[o + 2] = blue >> WEIGHT_BITS;
      o += 3;
    }
  }
  return new Uint8Array(out.buffer);
}

/** Vertical pass: rows of `pitch` bytes, of which `box.width` pixels from `start` count → `[box.height, box.width, 3]`. */
function resizeColumns(
  pixels: Uint8Array,
  pitch: number,
  start: number,
  firstRow: number,
  box: Box,
  rows: Taps,
): Uint8Array {
  const { first, count, weights, stride } = rows;
  const rowBytes = box.width * 3;
  const out = new Uint8ClampedArray(box.height * rowBytes);
  let o = 0;
  for (let y = 0; y < box.height; y++) {
    const top = (first[y] - firstRow) * pitch + start;
    const end = y * stride + count[y];
    // One pixel at a time: its three sums stay in registers, and its column stays in the first cache.
    for (let x = 0; x < rowBytes; x += 3) {
      let p = top + x;
      let red = HALF;
      let green = HALF;
      let blue = HALF;
      for (let i = y * stride; i < end; i++) {
        const k = weights[i];
        red = (red + Math.imul(pixels[p], k)) | 0;
        green = (green + Math.imul(pixels[p + 1], k)) | 0;
        blue = (blue + Math.imul(pixels[p + 2], k)) | 0;
        p += pitch;
      }
      out[o] = red >> WEIGHT_BITS;
      out[o + 1] = green >> WEIGHT_BITS;
      out[o + 2] = blue >> WEIGHT_BITS;
      o += 3;
    }
  }
  return new Uint8Array(out.buffer);
}
