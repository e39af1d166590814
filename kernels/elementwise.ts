// What touches each element of a map once: the se gate, the residual sum, an unfolded batch norm, an activation of its own.
//   for each row of the map · for each pixel · for each 8 channels
// Registers: 3 at most. Memory-bound. Threads split rows; a gate on a small map, channels. Steps are bytes, multiples of 32; x and y may be the same map.

import { activate } from "./activation";
import { constant, FLUSH } from "./constants";
import { madd } from "./madd";

/** y = x · gate[c] in channels `from` … `to` (bytes), never a denormal: a closed gate makes them of small values, and the GEMM behind it would crawl. */
export function gate(
  x: usize,
  xRow: usize,
  xPixel: usize,
  factors: usize,
  y: usize,
  yRow: usize,
  yPixel: usize,
  width: i32,
  rowFrom: i32,
  rowTo: i32,
  from: usize,
  to: usize,
): void {
  const flush = constant(FLUSH);
  for (let row = rowFrom; row < rowTo; row++) {
    let p = x + <usize>row * xRow;
    let q = y + <usize>row * yRow;
    for (let w = 0; w < width; w++) {
      for (let at = from; at < to; at += 32) {
        const x0 = v128.load(p + at);
        const x1 = v128.load(p + at, 16);
        const y0 = f32x4.mul(x0, v128.load(factors + at));
        const y1 = f32x4.mul(x1, v128.load(factors + at, 16));
        v128.store(q + at, f32x4.sub(f32x4.add(y1, flush), flush), 16);
        v128.store(q + at, f32x4.sub(f32x4.add(y0, flush), flush));
      }
      p += xPixel;
      q += yPixel;
    }
  }
}

/** y = x + other. */
export function add(
  x: usize,
  xRow: usize,
  xPixel: usize,
  other: usize,
  otherRow: usize,
  otherPixel: usize,
  y: usize,
  yRow: usize,
  yPixel: usize,
  bytes: usize,
  width: i32,
  rowFrom: i32,
  rowTo: i32,
): void {
  for (let row = rowFrom; row < rowTo; row++) {
    let p = x + <usize>row * xRow;
    let o = other + <usize>row * otherRow;
    let q = y + <usize>row * yRow;
    for (let w = 0; w < width; w++) {
      for (let at: usize = 0; at < bytes; at += 32) {
        const x0 = v128.load(p + at);
        const x1 = v128.load(p + at, 16);
        const o0 = v128.load(o + at);
        const o1 = v128.load(o + at, 16);
        v128.store(q + at, f32x4.add(x1, o1), 16);
        v128.store(q + at, f32x4.add(x0, o0));
      }
      p += xPixel;
      o += otherPixel;
      q += yPixel;
    }
  }
}

/** y = x · scale[c] + shift[c]: batch norm with its statistics fixed. */
export function affine(
  x: usize,
  xRow: usize,
  xPixel: usize,
  scale: usize,
  shift: usize,
  y: usize,
  yRow: usize,
  yPixel: usize,
  bytes: usize,
  width: i32,
  rowFrom: i32,
  rowTo: i32,
): void {
  for (let row = rowFrom; row < rowTo; row++) {
    let p = x + <usize>row * xRow;
    let q = y + <usize>row * yRow;
    for (let w = 0; w < width; w++) {
      for (let at: usize = 0; at < bytes; at += 32) {
        const x0 = v128.load(p + at);
        const x1 = v128.load(p + at, 16);
        const y0 = madd(x0, v128.load(scale + at), v128.load(shift + at));
        const y1 = madd(x1, v128.load(scale + at, 16), v128.load(shift + at, 16));
        v128.store(q + at, y1, 16);
        v128.store(q + at, y0);
      }
      p += xPixel;
      q += yPixel;
    }
  }
}

/** y = act(x). */
export function activateMap(
  x: usize,
  xRow: usize,
  xPixel: usize,
  y: usize,
  yRow: usize,
  yPixel: usize,
  bytes: usize,
  width: i32,
  kind: i32,
  rowFrom: i32,
  rowTo: i32,
): void {
  for (let row = rowFrom; row < rowTo; row++) {
    activate(kind, x + <usize>row * xRow, xPixel, y + <usize>row * yRow, yPixel, bytes, width);
  }
}
