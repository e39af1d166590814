// Batch norm, SiLU and the gate of squeeze-and-excitation in one pass, for the way back. t and act′ as in normalize.ts.
//   gatedSlope  y = (g·gate + pooled·share)·act′(t), and a group's Σ y and Σ y·(x − mean)
//   gatedAgain  y = z·gate, z = SiLU(t), and sums[c] = Σ z·g over the picture
//   x, g, y  rows of pixels of one picture, `xRow` … bytes from row to row, pixels `bytes` apart; y may be x or g
//   for each row · for each block of 32 pixels · for each pixel · for each 8 channels; sums as in normalize.ts
// Threads split groups; a group's sums run over its pixels in order.

import { expOfMinus } from "../activation";
import { constant, HIGH, LOG2_E, LOW, ONE, POLYNOMIAL, ROUND } from "../constants";
import { madd } from "../madd";
import { addBlock } from "./normalize";

const BLOCK: i32 = 32;

/** `sums`: the group's and the block's, [4][…]; started where `isFirst`. */
export function gatedSlope(
  x: usize,
  xRow: usize,
  g: usize,
  gRow: usize,
  gate: usize,
  pooled: usize,
  share: f32,
  mean: usize,
  scale: usize,
  bias: usize,
  y: usize,
  yRow: usize,
  bytes: usize,
  width: i32,
  rows: i32,
  sums: usize,
  isFirst: i32,
): void {
  if (isFirst !== 0) memory.fill(sums, 0, 2 * bytes);
  const block = sums + 2 * bytes;
  for (let row = 0; row < rows; row++) {
    let p = x + <usize>row * xRow;
    let q = g + <usize>row * gRow;
    let r = y + <usize>row * yRow;
    for (let pixel = 0; pixel < width; pixel += BLOCK) {
      const step = <usize>min(BLOCK, width - pixel) * bytes;
      memory.fill(block, 0, 2 * bytes);
      slopeOf(p, p + step, q, gate, pooled, share, mean, scale, bias, r, bytes, block);
      addBlock(sums, block, 2 * bytes);
      p += step;
      q += step;
      r += step;
    }
  }
}

function slopeOf(
  x: usize,
  end: usize,
  g: usize,
  gate: usize,
  pooled: usize,
  share: f32,
  mean: usize,
  scale: usize,
  bias: usize,
  y: usize,
  bytes: usize,
  sums: usize,
): void {
  const slope = constant(LOG2_E);
  const low = constant(LOW);
  const high = constant(HIGH);
  const round = constant(ROUND);
  const one = constant(ONE);
  const c1 = constant(POLYNOMIAL);
  const c2 = constant(POLYNOMIAL + 4);
  const c3 = constant(POLYNOMIAL + 8);
  const c4 = constant(POLYNOMIAL + 12);
  const c5 = constant(POLYNOMIAL + 16);
  const part = f32x4.splat(share);
  const products = sums + bytes;
  while (x < end) {
    for (let at: usize = 0; at < bytes; at += 32) {
      const x0 = f32x4.sub(v128.load(x), v128.load(mean + at));
      const x1 = f32x4.sub(v128.load(x, 16), v128.load(mean + at, 16));
      const t0 = madd(x0, v128.load(scale + at), v128.load(bias + at));
      const t1 = madd(x1, v128.load(scale + at, 16), v128.load(bias + at, 16));
      const s0 = f32x4.div(one, f32x4.add(one, expOfMinus(t0, slope, low, high, round, one, c1, c2, c3, c4, c5)));
      const s1 = f32x4.div(one, f32x4.add(one, expOfMinus(t1, slope, low, high, round, one, c1, c2, c3, c4, c5)));
      const d0 = f32x4.mul(s0, madd(t0, f32x4.sub(one, s0), one));
      const d1 = f32x4.mul(s1, madd(t1, f32x4.sub(one, s1), one));
      const g0 = madd(v128.load(g), v128.load(gate + at), f32x4.mul(v128.load(pooled + at), part));
      const g1 = madd(v128.load(g, 16), v128.load(gate + at, 16), f32x4.mul(v128.load(pooled + at, 16), part));
      const y0 = f32x4.mul(g0, d0);
      const y1 = f32x4.mul(g1, d1);
      v128.store(y, y0);
      v128.store(y, y1, 16);
      const a0 = f32x4.add(v128.load(sums + at), y0);
      const a1 = f32x4.add(v128.load(sums + at, 16), y1);
      v128.store(sums + at, a0);
      v128.store(sums + at, a1, 16);
      const b0 = madd(y0, x0, v128.load(products + at));
      const b1 = madd(y1, x1, v128.load(products + at, 16));
      v128.store(products + at, b0);
      v128.store(products + at, b1, 16);
      x += 32;
      g += 32;
      y += 32;
    }
  }
}

export function gatedAgain(
  x: usize,
  xRow: usize,
  g: usize,
  gRow: usize,
  gate: usize,
  mean: usize,
  scale: usize,
  bias: usize,
  y: usize,
  yRow: usize,
  bytes: usize,
  width: i32,
  rows: i32,
  sums: usize,
): void {
  memory.fill(sums, 0, bytes);
  const slope = constant(LOG2_E);
  const low = constant(LOW);
  const high = constant(HIGH);
  const round = constant(ROUND);
  const one = constant(ONE);
  const c1 = constant(POLYNOMIAL);
  const c2 = constant(POLYNOMIAL + 4);
  const c3 = constant(POLYNOMIAL + 8);
  const c4 = constant(POLYNOMIAL + 12);
  const c5 = constant(POLYNOMIAL + 16);
  for (let row = 0; row < rows; row++) {
    let p = x + <usize>row * xRow;
    let q = g + <usize>row * gRow;
    let r = y + <usize>row * yRow;
    for (const end = p + <usize>width * bytes; p < end; ) {
      for (let at: usize = 0; at < bytes; at += 32) {
        const x0 = f32x4.sub(v128.load(p), v128.load(mean + at));
        const x1 = f32x4.sub(v128.load(p, 16), v128.load(mean + at, 16));
        const t0 = madd(x0, v128.load(scale + at), v128.load(bias + at));
        const t1 = madd(x1, v128.load(scale + at, 16), v128.load(bias + at, 16));
        const e0 = expOfMinus(t0, slope, low, high, round, one, c1, c2, c3, c4, c5);
        const e1 = expOfMinus(t1, slope, low, high, round, one, c1, c2, c3, c4, c5);
        const z0 = f32x4.div(t0, f32x4.add(one, e0));
        const z1 = f32x4.div(t1, f32x4.add(one, e1));
        const a0 = madd(z0, v128.load(q), v128.load(sums + at));
        const a1 = madd(z1, v128.load(q, 16), v128.load(sums + at, 16));
        v128.store(r, f32x4.mul(z0, v128.load(gate + at)));
        v128.store(r, f32x4.mul(z1, v128.load(gate + at, 16)), 16);
        v128.store(sums + at, a0);
        v128.store(sums + at, a1, 16);
        p += 32;
        q += 32;
        r += 32;
      }
    }
  }
}
