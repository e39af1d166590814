// Updates of parameters, element by element; they do not know which tensor an element belongs to, nor its layout.
//   adam        g′ = g·gScale + coupled·p;  m ← β1·m + (1 − β1)·g′;  v ← β2·v + (1 − β2)·g′²
//               p ← p·keep − step·m / (√v·root + ε), step = lr/(1 − β1^t), root = 1/√(1 − β2^t);  average as below;  g ← 0
//   momentum    b ← μ·b + take·g′;  p ← p·keep − lr·(ofG·g′ + ofB·b);  g ← 0
//   plain       p ← p·keep − lr·g′;  g ← 0
//   rootMeanSquare          v ← v + (1 − α)·(g′² − v);  g ← g′/√(v + ε)
//   rootMeanSquareCentered  the same with m ← m + (1 − α)·(g′ − m);  g ← g′/√(v − m² + ε)
//   average     a ← d·a + (1 − d)·p: exactly p where d is 0
//   clamp       g ← g·gScale held within ±limit
//   clipUnits   adaptive clipping, see trainer.ts: units are lanes of a packed panel, or a whole vector
//   squares     Σ g², float64 of float32 products
//   p, g, m, v, b, a  `bytes` bytes, a multiple of 32, 16-byte aligned
//   for each 8 elements. Registers: up to 5 streams × 2 + 9 factors: the factors that do not fit are read from the stack; all are
//   bound by memory.
// Threads split elements; `squares` has a fixed partition.

import { constant, ONE } from "../constants";
import { madd } from "../madd";

/** `average`: 0 where there is none. */
export function adam(
  p: usize,
  g: usize,
  m: usize,
  v: usize,
  average: usize,
  bytes: usize,
  gScale: f32,
  coupled: f32,
  keep: f32,
  beta1: f32,
  beta2: f32,
  step: f32,
  root: f32,
  epsilon: f32,
  decay: f32,
): void {
  const zero = i32x4.splat(0);
  const scale = f32x4.splat(gScale);
  const pull = f32x4.splat(coupled);
  const hold = f32x4.splat(keep);
  const b1 = f32x4.splat(beta1);
  const c1 = f32x4.splat(1 - beta1);
  const b2 = f32x4.splat(beta2);
  const c2 = f32x4.splat(1 - beta2);
  const s = f32x4.splat(-step);
  const r = f32x4.splat(root);
  const e = f32x4.splat(epsilon);
  const d = f32x4.splat(decay);
  const f = f32x4.splat(1 - decay);
  if (average === 0) {
    for (const end = p + bytes; p < end; p += 32) {
      const p0 = v128.load(p);
      const p1 = v128.load(p, 16);
      const g0 = madd(p0, pull, f32x4.mul(v128.load(g), scale));
      const g1 = madd(p1, pull, f32x4.mul(v128.load(g, 16), scale));
      const m0 = madd(v128.load(m), b1, f32x4.mul(g0, c1));
      const m1 = madd(v128.load(m, 16), b1, f32x4.mul(g1, c1));
      const v0 = madd(v128.load(v), b2, f32x4.mul(f32x4.mul(g0, g0), c2));
      const v1 = madd(v128.load(v, 16), b2, f32x4.mul(f32x4.mul(g1, g1), c2));
      const u0 = f32x4.div(f32x4.mul(m0, s), madd(f32x4.sqrt(v0), r, e));
      const u1 = f32x4.div(f32x4.mul(m1, s), madd(f32x4.sqrt(v1), r, e));
      v128.store(m, m0);
      v128.store(m, m1, 16);
      v128.store(v, v0);
      v128.store(v, v1, 16);
      v128.store(p, madd(p0, hold, u0));
      v128.store(p, madd(p1, hold, u1), 16);
      v128.store(g, zero);
      v128.store(g, zero, 16);
      g += 32;
      m += 32;
      v += 32;
    }
  } else {
    for (const end = p + bytes; p < end; p += 32) {
      const p0 = v128.load(p);
      const p1 = v128.load(p, 16);
      const g0 = madd(p0, pull, f32x4.mul(v128.load(g), scale));
      const g1 = madd(p1, pull, f32x4.mul(v128.load(g, 16), scale));
      const m0 = madd(v128.load(m), b1, f32x4.mul(g0, c1));
      const m1 = madd(v128.load(m, 16), b1, f32x4.mul(g1, c1));
      const v0 = madd(v128.load(v), b2, f32x4.mul(f32x4.mul(g0, g0), c2));
      const v1 = madd(v128.load(v, 16), b2, f32x4.mul(f32x4.mul(g1, g1), c2));
      const u0 = f32x4.div(f32x4.mul(m0, s), madd(f32x4.sqrt(v0), r, e));
      const u1 = f32x4.div(f32x4.mul(m1, s), madd(f32x4.sqrt(v1), r, e));
      const q0 = madd(p0, hold, u0);
      const q1 = madd(p1, hold, u1);
      const a0 = madd(v128.load(average), d, f32x4.mul(q0, f));
      const a1 = madd(v128.load(average, 16), d, f32x4.mul(q1, f));
      v128.store(m, m0);
      v128.store(m, m1, 16);
      v128.store(v, v0);
      v128.store(v, v1, 16);
      v128.store(p, q0);
      v128.store(p, q1, 16);
      v128.store(average, a0);
      v128.store(average, a1, 16);
      v128.store(g, zero);
      v128.store(g, zero, 16);
      g += 32;
      m += 32;
      v += 32;
      average += 32;
    }
  }
}

export function momentum(
  p: usize,
  g: usize,
  b: usize,
  bytes: usize,
  gScale: f32,
  coupled: f32,
  keep: f32,
  mu: f32,
  take: f32,
  ofG: f32,
  ofB: f32,
): void {
  const zero = i32x4.splat(0);
  const scale = f32x4.splat(gScale);
  const pull = f32x4.splat(coupled);
  const hold = f32x4.splat(keep);
  const u = f32x4.splat(mu);
  const t = f32x4.splat(take);
  const minusG = f32x4.splat(-ofG);
  const minusB = f32x4.splat(-ofB);
  for (const end = p + bytes; p < end; p += 32) {
    const p0 = v128.load(p);
    const p1 = v128.load(p, 16);
    const g0 = madd(p0, pull, f32x4.mul(v128.load(g), scale));
    const g1 = madd(p1, pull, f32x4.mul(v128.load(g, 16), scale));
    const b0 = madd(v128.load(b), u, f32x4.mul(g0, t));
    const b1 = madd(v128.load(b, 16), u, f32x4.mul(g1, t));
    v128.store(b, b0);
    v128.store(b, b1, 16);
    v128.store(p, madd(b0, minusB, madd(g0, minusG, f32x4.mul(p0, hold))));
    v128.store(p, madd(b1, minusB, madd(g1, minusG, f32x4.mul(p1, hold))), 16);
    v128.store(g, zero);
    v128.store(g, zero, 16);
    g += 32;
    b += 32;
  }
}

export function plain(p: usize, g: usize, bytes: usize, gScale: f32, coupled: f32, keep: f32, rate: f32): void {
  const zero = i32x4.splat(0);
  const scale = f32x4.splat(gScale);
  const pull = f32x4.splat(coupled);
  const hold = f32x4.splat(keep);
  const minus = f32x4.splat(-rate);
  for (const end = p + bytes; p < end; p += 32) {
    const p0 = v128.load(p);
    const p1 = v128.load(p, 16);
    const g0 = madd(p0, pull, f32x4.mul(v128.load(g), scale));
    const g1 = madd(p1, pull, f32x4.mul(v128.load(g, 16), scale));
    v128.store(p, madd(g0, minus, f32x4.mul(p0, hold)));
    v128.store(p, madd(g1, minus, f32x4.mul(p1, hold)), 16);
    v128.store(g, zero);
    v128.store(g, zero, 16);
    g += 32;
  }
}

export function rootMeanSquare(
  p: usize,
  g: usize,
  v: usize,
  bytes: usize,
  gScale: f32,
  coupled: f32,
  move: f32,
  epsilon: f32,
): void {
  const scale = f32x4.splat(gScale);
  const pull = f32x4.splat(coupled);
  const c = f32x4.splat(move);
  const e = f32x4.splat(epsilon);
  for (const end = p + bytes; p < end; p += 32) {
    const g0 = madd(v128.load(p), pull, f32x4.mul(v128.load(g), scale));
    const g1 = madd(v128.load(p, 16), pull, f32x4.mul(v128.load(g, 16), scale));
    const v0 = v128.load(v);
    const v1 = v128.load(v, 16);
    const w0 = madd(f32x4.sub(f32x4.mul(g0, g0), v0), c, v0);
    const w1 = madd(f32x4.sub(f32x4.mul(g1, g1), v1), c, v1);
    v128.store(v, w0);
    v128.store(v, w1, 16);
    v128.store(g, f32x4.div(g0, f32x4.sqrt(f32x4.add(w0, e))));
    v128.store(g, f32x4.div(g1, f32x4.sqrt(f32x4.add(w1, e))), 16);
    g += 32;
    v += 32;
  }
}

export function rootMeanSquareCentered(
  p: usize,
  g: usize,
  m: usize,
  v: usize,
  bytes: usize,
  gScale: f32,
  coupled: f32,
  move: f32,
  epsilon: f32,
): void {
  const scale = f32x4.splat(gScale);
  const pull = f32x4.splat(coupled);
  const c = f32x4.splat(move);
  const e = f32x4.splat(epsilon);
  for (const end = p + bytes; p < end; p += 32) {
    const g0 = madd(v128.load(p), pull, f32x4.mul(v128.load(g), scale));
    const g1 = madd(v128.load(p, 16), pull, f32x4.mul(v128.load(g, 16), scale));
    const v0 = v128.load(v);
    const v1 = v128.load(v, 16);
    const m0 = v128.load(m);
    const m1 = v128.load(m, 16);
    const w0 = madd(f32x4.sub(f32x4.mul(g0, g0), v0), c, v0);
    const w1 = madd(f32x4.sub(f32x4.mul(g1, g1), v1), c, v1);
    const n0 = madd(f32x4.sub(g0, m0), c, m0);
    const n1 = madd(f32x4.sub(g1, m1), c, m1);
    v128.store(v, w0);
    v128.store(v, w1, 16);
    v128.store(m, n0);
    v128.store(m, n1, 16);
    v128.store(g, f32x4.div(g0, f32x4.sqrt(f32x4.add(f32x4.sub(w0, f32x4.mul(n0, n0)), e))));
    v128.store(g, f32x4.div(g1, f32x4.sqrt(f32x4.add(f32x4.sub(w1, f32x4.mul(n1, n1)), e))), 16);
    g += 32;
    m += 32;
    v += 32;
  }
}

export function average(a: usize, p: usize, bytes: usize, decay: f32): void {
  const d = f32x4.splat(decay);
  const f = f32x4.splat(1 - decay);
  for (const end = p + bytes; p < end; p += 32) {
    const a0 = madd(v128.load(a), d, f32x4.mul(v128.load(p), f));
    const a1 = madd(v128.load(a, 16), d, f32x4.mul(v128.load(p, 16), f));
    v128.store(a, a0);
    v128.store(a, a1, 16);
    a += 32;
  }
}

export function clamp(g: usize, bytes: usize, gScale: f32, limit: f32): void {
  const scale = f32x4.splat(gScale);
  const most = f32x4.splat(limit);
  const least = f32x4.splat(-limit);
  for (const end = g + bytes; g < end; g += 32) {
    const g0 = f32x4.mul(v128.load(g), scale);
    const g1 = f32x4.mul(v128.load(g, 16), scale);
    v128.store(g, f32x4.pmax(f32x4.pmin(g0, most), least));
    v128.store(g, f32x4.pmax(f32x4.pmin(g1, most), least), 16);
  }
}

/**
 * Units are the lanes of `rows` rows of `bytes` bytes: all rows' numbers in one lane. Only 4 lanes at a time: nobody widens it.
 * `leastWeight`, `leastGradient`: the smallest norms that count.
 */
export function clipUnits(
  p: usize,
  g: usize,
  rows: i32,
  bytes: usize,
  gScale: f32,
  limit: f32,
  leastWeight: f32,
  leastGradient: f32,
): void {
  const one = constant(ONE);
  const scale = f32x4.splat(gScale);
  for (let lane: usize = 0; lane < bytes; lane += 16) {
    let weights = i32x4.splat(0);
    let gradients = weights;
    let at = lane;
    for (let row = 0; row < rows; row++) {
      const w = v128.load(p + at);
      const x = f32x4.mul(v128.load(g + at), scale);
      weights = madd(w, w, weights);
      gradients = madd(x, x, gradients);
      at += bytes;
    }
    const most = f32x4.mul(f32x4.max(f32x4.sqrt(weights), f32x4.splat(leastWeight)), f32x4.splat(limit));
    const norm = f32x4.sqrt(gradients);
    const clipped = f32x4.div(most, f32x4.max(norm, f32x4.splat(leastGradient)));
    const factor = f32x4.mul(scale, v128.bitselect(one, clipped, f32x4.lt(norm, most)));
    at = lane;
    for (let row = 0; row < rows; row++) {
      v128.store(g + at, f32x4.mul(v128.load(g + at), factor));
      at += bytes;
    }
  }
}

/** The same where all `bytes` bytes are one unit. */
export function clipVector(
  p: usize,
  g: usize,
  bytes: usize,
  gScale: f32,
  limit: f32,
  leastWeight: f32,
  leastGradient: f32,
): void {
  const weight = sqrt<f64>(squares(p, bytes));
  const norm = sqrt<f64>(squares(g, bytes)) * <f64>gScale;
  const most = max<f64>(weight, leastWeight) * limit;
  const factor = <f64>gScale * (norm < most ? 1 : most / max<f64>(norm, leastGradient));
  const f = f32x4.splat(<f32>factor);
  for (let at: usize = 0; at < bytes; at += 16) v128.store(g + at, f32x4.mul(v128.load(g + at), f));
}

export function squares(g: usize, bytes: usize): f64 {
  let sum = f64x2.splat(0);
  for (const end = g + bytes; g < end; g += 16) {
    const x = v128.load(g);
    const low = f64x2.promote_low_f32x4(x);
    const high = f64x2.promote_low_f32x4(v128.shuffle<f32>(x, x, 2, 3, 2, 3));
    sum = f64x2.add(sum, f64x2.add(f64x2.mul(low, low), f64x2.mul(high, high)));
  }
  return f64x2.extract_lane(sum, 0) + f64x2.extract_lane(sum, 1);
}
