// Batch norm of a training step: y = act(t), t = (x − mean)·scale + bias, scale = weight/√(variance + ε), and its way back.
//   normalize              y = act(t)
//   normalizeSlope         y = g · act′(t), and a group's Σ y and Σ y·(x − mean)
//   sumGradient            a group's Σ g and Σ g·(x − mean), where there is no activation
//   combineSums            the groups in order, in float64: Σ g and Σ g·x̂
//   gradientCoefficients   B and C of the next, per channel:  B = −scale·Σ(g·x̂)/(n·√(variance + ε)),  C = −scale·Σg/n − B·mean
//   normalizeInputGradient y = scale·g + B·x + C
//   x, g, y  rows of pixels, `xRow` … bytes from row to row, pixels `bytes` apart; y may be x or g. Vectors: at the pitch.
//   for each row · for each block of 32 pixels · for each pixel · for each 8 channels. The block's sums stand in memory after the
//   group's, [2][…] and [2][…] more: float32 sums of 32 numbers, then of blocks.
// SiLU as in ../activation.ts; act′ = σ·(1 + t·(1 − σ)). Registers: 10 constants + 3 vectors of the norm + 2 values: the constants
// that do not fit are read from the stack, next to a division that costs more.
// Threads split groups; a group's sums run over its pixels in order.

import { expOfMinus, NONE, RELU6, SIGMOID, SILU } from "../activation";
import { constant, HIGH, INFINITE, LOG2_E, LOW, ONE, POLYNOMIAL, ROUND, SIX } from "../constants";
import { madd } from "../madd";
import { double, single } from "./statistics";

const BLOCK: i32 = 32;

export function normalize(
  x: usize,
  xRow: usize,
  mean: usize,
  scale: usize,
  bias: usize,
  y: usize,
  yRow: usize,
  bytes: usize,
  width: i32,
  rows: i32,
  kind: i32,
): void {
  const rowBytes = <usize>width * bytes;
  for (let row = 0; row < rows; row++) {
    if (kind === SILU) silu(x, x + rowBytes, mean, scale, bias, y, bytes);
    else if (kind === SIGMOID) sigmoid(x, x + rowBytes, mean, scale, bias, y, bytes);
    else if (kind === NONE) affine(x, x + rowBytes, mean, scale, bias, y, bytes);
    else relu(x, x + rowBytes, mean, scale, bias, y, bytes, kind === RELU6 ? SIX : INFINITE);
    x += xRow;
    y += yRow;
  }
}

function silu(x: usize, end: usize, mean: usize, scale: usize, bias: usize, y: usize, bytes: usize): void {
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
  while (x < end) {
    for (let at: usize = 0; at < bytes; at += 32) {
      const x0 = f32x4.sub(v128.load(x), v128.load(mean + at));
      const x1 = f32x4.sub(v128.load(x, 16), v128.load(mean + at, 16));
      const t0 = madd(x0, v128.load(scale + at), v128.load(bias + at));
      const t1 = madd(x1, v128.load(scale + at, 16), v128.load(bias + at, 16));
      const e0 = expOfMinus(t0, slope, low, high, round, one, c1, c2, c3, c4, c5);
      const e1 = expOfMinus(t1, slope, low, high, round, one, c1, c2, c3, c4, c5);
      v128.store(y, f32x4.div(t0, f32x4.add(one, e0)));
      v128.store(y, f32x4.div(t1, f32x4.add(one, e1)), 16);
      x += 32;
      y += 32;
    }
  }
}

function sigmoid(x: usize, end: usize, mean: usize, scale: usize, bias: usize, y: usize, bytes: usize): void {
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
  while (x < end) {
    for (let at: usize = 0; at < bytes; at += 32) {
      const x0 = f32x4.sub(v128.load(x), v128.load(mean + at));
      const x1 = f32x4.sub(v128.load(x, 16), v128.load(mean + at, 16));
      const t0 = madd(x0, v128.load(scale + at), v128.load(bias + at));
      const t1 = madd(x1, v128.load(scale + at, 16), v128.load(bias + at, 16));
      const e0 = expOfMinus(t0, slope, low, high, round, one, c1, c2, c3, c4, c5);
      const e1 = expOfMinus(t1, slope, low, high, round, one, c1, c2, c3, c4, c5);
      v128.store(y, f32x4.div(one, f32x4.add(one, e0)));
      v128.store(y, f32x4.div(one, f32x4.add(one, e1)), 16);
      x += 32;
      y += 32;
    }
  }
}

function affine(x: usize, end: usize, mean: usize, scale: usize, bias: usize, y: usize, bytes: usize): void {
  while (x < end) {
    for (let at: usize = 0; at < bytes; at += 32) {
      const x0 = f32x4.sub(v128.load(x), v128.load(mean + at));
      const x1 = f32x4.sub(v128.load(x, 16), v128.load(mean + at, 16));
      v128.store(y, madd(x0, v128.load(scale + at), v128.load(bias + at)));
      v128.store(y, madd(x1, v128.load(scale + at, 16), v128.load(bias + at, 16)), 16);
      x += 32;
      y += 32;
    }
  }
}

function relu(
  x: usize,
  end: usize,
  mean: usize,
  scale: usize,
  bias: usize,
  y: usize,
  bytes: usize,
  limit: usize,
): void {
  const zero = i32x4.splat(0);
  const high = constant(limit);
  while (x < end) {
    for (let at: usize = 0; at < bytes; at += 32) {
      const x0 = f32x4.sub(v128.load(x), v128.load(mean + at));
      const x1 = f32x4.sub(v128.load(x, 16), v128.load(mean + at, 16));
      const t0 = madd(x0, v128.load(scale + at), v128.load(bias + at));
      const t1 = madd(x1, v128.load(scale + at, 16), v128.load(bias + at, 16));
      v128.store(y, f32x4.pmin(f32x4.pmax(t0, zero), high));
      v128.store(y, f32x4.pmin(f32x4.pmax(t1, zero), high), 16);
      x += 32;
      y += 32;
    }
  }
}

/** `sums`: the group's and the block's, [4][…]; started where `isFirst`. */
export function normalizeSlope(
  x: usize,
  xRow: usize,
  g: usize,
  gRow: usize,
  mean: usize,
  scale: usize,
  bias: usize,
  y: usize,
  yRow: usize,
  bytes: usize,
  width: i32,
  rows: i32,
  kind: i32,
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
      if (kind === SILU) slopeSilu(p, p + step, q, mean, scale, bias, r, bytes, block);
      else if (kind === SIGMOID) slopeSigmoid(p, p + step, q, mean, scale, bias, r, bytes, block);
      else slopeRelu(p, p + step, q, mean, scale, bias, r, bytes, block, kind === RELU6 ? SIX : INFINITE);
      addBlock(sums, block, 2 * bytes);
      p += step;
      q += step;
      r += step;
    }
  }
}

function slopeSilu(
  x: usize,
  end: usize,
  g: usize,
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
      const y0 = f32x4.mul(v128.load(g), d0);
      const y1 = f32x4.mul(v128.load(g, 16), d1);
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

function slopeSigmoid(
  x: usize,
  end: usize,
  g: usize,
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
  const products = sums + bytes;
  while (x < end) {
    for (let at: usize = 0; at < bytes; at += 32) {
      const x0 = f32x4.sub(v128.load(x), v128.load(mean + at));
      const x1 = f32x4.sub(v128.load(x, 16), v128.load(mean + at, 16));
      const t0 = madd(x0, v128.load(scale + at), v128.load(bias + at));
      const t1 = madd(x1, v128.load(scale + at, 16), v128.load(bias + at, 16));
      const s0 = f32x4.div(one, f32x4.add(one, expOfMinus(t0, slope, low, high, round, one, c1, c2, c3, c4, c5)));
      const s1 = f32x4.div(one, f32x4.add(one, expOfMinus(t1, slope, low, high, round, one, c1, c2, c3, c4, c5)));
      const y0 = f32x4.mul(v128.load(g), f32x4.mul(s0, f32x4.sub(one, s0)));
      const y1 = f32x4.mul(v128.load(g, 16), f32x4.mul(s1, f32x4.sub(one, s1)));
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

/** act′ is 1 where 0 < t < limit. */
function slopeRelu(
  x: usize,
  end: usize,
  g: usize,
  mean: usize,
  scale: usize,
  bias: usize,
  y: usize,
  bytes: usize,
  sums: usize,
  limit: usize,
): void {
  const zero = i32x4.splat(0);
  const high = constant(limit);
  const products = sums + bytes;
  while (x < end) {
    for (let at: usize = 0; at < bytes; at += 32) {
      const x0 = f32x4.sub(v128.load(x), v128.load(mean + at));
      const x1 = f32x4.sub(v128.load(x, 16), v128.load(mean + at, 16));
      const t0 = madd(x0, v128.load(scale + at), v128.load(bias + at));
      const t1 = madd(x1, v128.load(scale + at, 16), v128.load(bias + at, 16));
      const y0 = v128.and(v128.load(g), v128.and(f32x4.gt(t0, zero), f32x4.lt(t0, high)));
      const y1 = v128.and(v128.load(g, 16), v128.and(f32x4.gt(t1, zero), f32x4.lt(t1, high)));
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

export function addBlock(sums: usize, block: usize, bytes: usize): void {
  for (let at: usize = 0; at < bytes; at += 32) {
    const a0 = f32x4.add(v128.load(sums + at), v128.load(block + at));
    const a1 = f32x4.add(v128.load(sums + at, 16), v128.load(block + at, 16));
    v128.store(sums + at, a0);
    v128.store(sums + at, a1, 16);
  }
}

/** `sums` [2][…], started where `isFirst`. */
export function sumGradient(
  x: usize,
  xRow: usize,
  g: usize,
  gRow: usize,
  mean: usize,
  bytes: usize,
  width: i32,
  rows: i32,
  sums: usize,
  isFirst: i32,
): void {
  if (isFirst !== 0) memory.fill(sums, 0, 2 * bytes);
  for (let row = 0; row < rows; row++) {
    const xStart = x + <usize>row * xRow;
    const gStart = g + <usize>row * gRow;
    for (let pixel = 0; pixel < width; pixel += BLOCK) {
      const from = <usize>pixel * bytes;
      const length = <usize>min(BLOCK, width - pixel) * bytes;
      for (let at: usize = 0; at < bytes; at += 32) {
        sumGradient8(xStart + from + at, gStart + from + at, length, mean + at, bytes, sums + at);
      }
    }
  }
}

function sumGradient8(x: usize, g: usize, length: usize, mean: usize, bytes: usize, sums: usize): void {
  const m0 = v128.load(mean);
  const m1 = v128.load(mean, 16);
  let a0 = i32x4.splat(0);
  let a1 = a0;
  let b0 = a0;
  let b1 = a0;
  for (const end = x + length; x < end; x += bytes) {
    const g0 = v128.load(g);
    const g1 = v128.load(g, 16);
    a0 = f32x4.add(a0, g0);
    a1 = f32x4.add(a1, g1);
    b0 = madd(g0, f32x4.sub(v128.load(x), m0), b0);
    b1 = madd(g1, f32x4.sub(v128.load(x, 16), m1), b1);
    g += bytes;
  }
  const products = sums + bytes;
  v128.store(sums, f32x4.add(v128.load(sums), a0));
  v128.store(sums, f32x4.add(v128.load(sums, 16), a1), 16);
  v128.store(products, f32x4.add(v128.load(products), b0));
  v128.store(products, f32x4.add(v128.load(products, 16), b1), 16);
}

/** y [2][…]: Σ g and Σ g·x̂. `partials`: the groups' sums, `step` bytes apart. `deviation`: 1/√(variance + ε). */
export function combineSums(partials: usize, step: usize, groups: i32, deviation: usize, bytes: usize, y: usize): void {
  for (let at: usize = 0; at < bytes; at += 8) {
    let p = partials + at;
    let sum = f64x2.splat(0);
    let product = sum;
    for (let group = 0; group < groups; group++) {
      sum = f64x2.add(sum, double(p));
      product = f64x2.add(product, double(p + bytes));
      p += step;
    }
    single(y + at, sum);
    single(y + at + bytes, f64x2.mul(product, double(deviation + at)));
  }
}

/** y [2][…]: B and C. `share`: 1/n. */
export function gradientCoefficients(
  sums: usize,
  mean: usize,
  deviation: usize,
  scale: usize,
  share: f64,
  bytes: usize,
  y: usize,
): void {
  const minus = f64x2.splat(-share);
  for (let at: usize = 0; at < bytes; at += 8) {
    const a = f64x2.mul(minus, double(scale + at));
    const b = f64x2.mul(f64x2.mul(a, double(deviation + at)), double(sums + bytes + at));
    const c = f64x2.sub(f64x2.mul(a, double(sums + at)), f64x2.mul(b, double(mean + at)));
    single(y + at, b);
    single(y + at + bytes, c);
  }
}

/** `coefficients` [2][…]: B and C. */
export function normalizeInputGradient(
  x: usize,
  xRow: usize,
  g: usize,
  gRow: usize,
  scale: usize,
  coefficients: usize,
  y: usize,
  yRow: usize,
  bytes: usize,
  width: i32,
  rows: i32,
): void {
  const constants = coefficients + bytes;
  for (let row = 0; row < rows; row++) {
    let p = x + <usize>row * xRow;
    let q = g + <usize>row * gRow;
    let r = y + <usize>row * yRow;
    for (const end = p + <usize>width * bytes; p < end; ) {
      for (let at: usize = 0; at < bytes; at += 32) {
        const b0 = madd(v128.load(p), v128.load(coefficients + at), v128.load(constants + at));
        const b1 = madd(v128.load(p, 16), v128.load(coefficients + at, 16), v128.load(constants + at, 16));
        const y0 = madd(v128.load(q), v128.load(scale + at), b0);
        const y1 = madd(v128.load(q, 16), v128.load(scale + at, 16), b1);
        v128.store(r, y0);
        v128.store(r, y1, 16);
        p += 32;
        q += 32;
        r += 32;
      }
    }
  }
}
