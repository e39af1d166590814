// Batch statistics: mean and biased variance of each channel over all pixels of a batch, and what is derived from them.
//   sumShifted        a group of pictures: Σ(x − s) and Σ(x − s)², s the group's first pixel. One pass keeps them exact while s is
//                     within some deviations of the mean, where Σx² would cancel
//   combineStatistics the groups in order, in float64: mean and variance
//   standardScale     1/√(variance + ε), and times weight
//   moveRunning       running ← (1 − momentum)·running + momentum·batch, the variance times `unbias` = n/(n − 1)
// Partial sums of a group: [3][channels at the pitch]: s, Σ, Σ². All vectors are at the pitch, `bytes` long; padding stays 0.
//   for each block of 24 pixels · for each 16 channels: sums over the block's pixels in registers, then added to the group's
// Registers: 4 of s + 8 sums + 1 value = 13 of 16 (7 of 256 bits). A block's sums are float32 of 24 numbers.
// Threads split groups. A group's sums run over its pixels in order, whatever the split.

import { constant, ONE } from "../constants";
import { madd } from "../madd";

const BLOCK: i32 = 24;

/** `rows` rows of `width` pixels, `xRow` bytes apart. `isFirst`: 1 for the first call of a group, which starts its sums. */
export function sumShifted(
  x: usize,
  xRow: usize,
  bytes: usize,
  width: i32,
  rows: i32,
  sums: usize,
  isFirst: i32,
): void {
  if (isFirst !== 0) {
    memory.copy(sums, x, bytes);
    memory.fill(sums + bytes, 0, 2 * bytes);
  }
  for (let row = 0; row < rows; row++) {
    const start = x + <usize>row * xRow;
    for (let pixel = 0; pixel < width; pixel += BLOCK) {
      const from = start + <usize>pixel * bytes;
      const end = from + <usize>min(BLOCK, width - pixel) * bytes;
      let at: usize = 0;
      for (; at + 64 <= bytes; at += 64) sum16(from + at, end + at, bytes, sums + at);
      if (at < bytes) sum8(from + at, end + at, bytes, sums + at);
    }
  }
}

function sum16(x: usize, end: usize, bytes: usize, sums: usize): void {
  const s0 = v128.load(sums);
  const s1 = v128.load(sums, 16);
  const s2 = v128.load(sums, 32);
  const s3 = v128.load(sums, 48);
  let a0 = i32x4.splat(0);
  let a1 = a0;
  let a2 = a0;
  let a3 = a0;
  let q0 = a0;
  let q1 = a0;
  let q2 = a0;
  let q3 = a0;
  for (; x < end; x += bytes) {
    const d0 = f32x4.sub(v128.load(x), s0);
    const d1 = f32x4.sub(v128.load(x, 16), s1);
    a0 = f32x4.add(a0, d0);
    a1 = f32x4.add(a1, d1);
    q0 = madd(d0, d0, q0);
    q1 = madd(d1, d1, q1);
    const d2 = f32x4.sub(v128.load(x, 32), s2);
    const d3 = f32x4.sub(v128.load(x, 48), s3);
    a2 = f32x4.add(a2, d2);
    a3 = f32x4.add(a3, d3);
    q2 = madd(d2, d2, q2);
    q3 = madd(d3, d3, q3);
  }
  const sum = sums + bytes;
  const square = sum + bytes;
  v128.store(sum, f32x4.add(v128.load(sum), a0));
  v128.store(sum, f32x4.add(v128.load(sum, 16), a1), 16);
  v128.store(sum, f32x4.add(v128.load(sum, 32), a2), 32);
  v128.store(sum, f32x4.add(v128.load(sum, 48), a3), 48);
  v128.store(square, f32x4.add(v128.load(square), q0));
  v128.store(square, f32x4.add(v128.load(square, 16), q1), 16);
  v128.store(square, f32x4.add(v128.load(square, 32), q2), 32);
  v128.store(square, f32x4.add(v128.load(square, 48), q3), 48);
}

function sum8(x: usize, end: usize, bytes: usize, sums: usize): void {
  const s0 = v128.load(sums);
  const s1 = v128.load(sums, 16);
  let a0 = i32x4.splat(0);
  let a1 = a0;
  let q0 = a0;
  let q1 = a0;
  for (; x < end; x += bytes) {
    const d0 = f32x4.sub(v128.load(x), s0);
    const d1 = f32x4.sub(v128.load(x, 16), s1);
    a0 = f32x4.add(a0, d0);
    a1 = f32x4.add(a1, d1);
    q0 = madd(d0, d0, q0);
    q1 = madd(d1, d1, q1);
  }
  const sum = sums + bytes;
  const square = sum + bytes;
  v128.store(sum, f32x4.add(v128.load(sum), a0));
  v128.store(sum, f32x4.add(v128.load(sum, 16), a1), 16);
  v128.store(square, f32x4.add(v128.load(square), q0));
  v128.store(square, f32x4.add(v128.load(square, 16), q1), 16);
}

/**
 * y [2][…]: mean and variance. `partials`: the groups' sums, `step` bytes apart; `counts`: their numbers of pixels, float64.
 * With s₀ of the first group and d = s − s₀:  Σ(x − s₀) = Σ + n·d,  Σ(x − s₀)² = Σ² + d·(2Σ + n·d).
 */
export function combineStatistics(
  partials: usize,
  step: usize,
  groups: i32,
  counts: usize,
  bytes: usize,
  y: usize,
): void {
  let total: f64 = 0;
  for (let group = 0; group < groups; group++) total += load<f64>(counts + ((<usize>group) << 3));
  const share = f64x2.splat(1 / total);
  for (let at: usize = 0; at < bytes; at += 8) {
    let p = partials + at;
    const first = double(p);
    let sum = f64x2.splat(0);
    let square = sum;
    for (let group = 0; group < groups; group++) {
      const n = v128.load64_splat(counts + ((<usize>group) << 3));
      const d = f64x2.sub(double(p), first);
      const nd = f64x2.mul(n, d);
      const s = double(p + bytes);
      sum = f64x2.add(sum, f64x2.add(s, nd));
      square = f64x2.add(square, f64x2.add(double(p + 2 * bytes), f64x2.mul(d, f64x2.add(f64x2.add(s, s), nd))));
      p += step;
    }
    const mean = f64x2.mul(sum, share);
    const variance = f64x2.sub(f64x2.mul(square, share), f64x2.mul(mean, mean));
    single(y + at, f64x2.add(first, mean));
    single(y + at + bytes, f64x2.max(variance, f64x2.splat(0)));
  }
}

/** y [2][…]: 1/√(variance + ε) and weight/√(variance + ε). `variance`: its vector. */
export function standardScale(variance: usize, weight: usize, epsilon: f32, bytes: usize, y: usize): void {
  const one = constant(ONE);
  const e = f32x4.splat(epsilon);
  for (let at: usize = 0; at < bytes; at += 16) {
    const r = f32x4.div(one, f32x4.sqrt(f32x4.add(v128.load(variance + at), e)));
    v128.store(y + at, r);
    v128.store(y + bytes + at, f32x4.mul(r, v128.load(weight + at)));
  }
}

/** `statistics` [2][…]: mean and variance of the batch. */
export function moveRunning(
  mean: usize,
  variance: usize,
  statistics: usize,
  momentum: f32,
  unbias: f32,
  bytes: usize,
): void {
  const keep = f32x4.splat(1 - momentum);
  const move = f32x4.splat(momentum);
  const spread = f32x4.splat(momentum * unbias);
  for (let at: usize = 0; at < bytes; at += 16) {
    const m = v128.load(statistics + at);
    const v = v128.load(statistics + bytes + at);
    v128.store(mean + at, madd(v128.load(mean + at), keep, f32x4.mul(m, move)));
    v128.store(variance + at, madd(v128.load(variance + at), keep, f32x4.mul(v, spread)));
  }
}

/** Two float32 as float64. */
export function double(at: usize): v128 {
  return f64x2.promote_low_f32x4(v128.load64_zero(at));
}

/** Two float64 rounded to float32. */
export function single(at: usize, value: v128): void {
  v128.store64_lane(at, f32x4.demote_f64x2_zero(value), 0);
}
