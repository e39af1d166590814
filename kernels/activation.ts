// y = act(x), element by element, over rows of channels (float32, a multiple of 8 floats, 16-byte aligned).
//   SiLU = x / (1 + 2^t), sigmoid = 1 / (1 + 2^t), t = −x·log2 e held within ±126.
//   2^t: t = n + f by adding 1.5·2^23; a polynomial of degree 5 gives 2^f, the integer n is added to the exponent.
//   for each row · for each 8 floats
// Registers: 12 constants are splatted before the loop; V8 keeps what fits of 16 and reloads the rest from memory.
// Error: relative ≤ 7e-6 for |x| ≤ 87 (from the float32 rounding of t); every result passes
// (y + 2^−76) − 2^−76, which leaves a multiple of 2^−100 within 8e-31 of it: no result is a denormal, and SiLU is 0 below −75.

import { CLAMP, constant, FLUSH, INFINITE, LOG2_E, ONE, POLYNOMIAL, ROUND, SIX } from "./constants";
import { madd } from "./madd";

export const NONE: i32 = 0;
export const SILU: i32 = 1;
export const RELU: i32 = 2;
export const RELU6: i32 = 3;
export const SIGMOID: i32 = 4;

/** `rows` rows of `bytes` bytes, `xStep` and `yStep` bytes apart; x and y may be the same. */
export function activate(kind: i32, x: usize, xStep: usize, y: usize, yStep: usize, bytes: usize, rows: i32): void {
  for (let row = 0; row < rows; row++) {
    if (kind === SILU) silu(x, y, bytes);
    else if (kind === SIGMOID) sigmoid(x, y, bytes);
    else if (kind === RELU) relu(x, y, bytes);
    else if (kind === RELU6) relu6(x, y, bytes);
    x += xStep;
    y += yStep;
  }
}

/**
 * Stores act(a) and act(b) side by side, each once. Every branch has stores of its own: V8 14.6 fails to widen vectors that
 * branches merge.
 */
export function storeActivated(kind: i32, y: usize, a: v128, b: v128): void {
  const flush = constant(FLUSH);
  if (kind === SILU || kind === SIGMOID) {
    const ea = exp2Of(a);
    const eb = exp2Of(b);
    const one = constant(ONE);
    if (kind === SILU) {
      v128.store(y, f32x4.sub(f32x4.add(f32x4.div(a, f32x4.add(one, ea)), flush), flush));
      v128.store(y, f32x4.sub(f32x4.add(f32x4.div(b, f32x4.add(one, eb)), flush), flush), 16);
    } else {
      v128.store(y, f32x4.sub(f32x4.add(f32x4.div(one, f32x4.add(one, ea)), flush), flush));
      v128.store(y, f32x4.sub(f32x4.add(f32x4.div(one, f32x4.add(one, eb)), flush), flush), 16);
    }
  } else if (kind === NONE) {
    v128.store(y, a);
    v128.store(y, b, 16);
  } else {
    const zero = i32x4.splat(0);
    const high = constant(kind === RELU6 ? SIX : INFINITE);
    v128.store(y, f32x4.sub(f32x4.add(f32x4.pmin(f32x4.pmax(a, zero), high), flush), flush));
    v128.store(y, f32x4.sub(f32x4.add(f32x4.pmin(f32x4.pmax(b, zero), high), flush), flush), 16);
  }
}

/** 2^t of one vector, t = −x · log2 e held within ±126. */
function exp2Of(x: v128): v128 {
  const high = constant(CLAMP);
  const t = clamp(f32x4.mul(x, constant(LOG2_E)), f32x4.neg(high), high);
  const c = POLYNOMIAL;
  return exp2(
    t,
    constant(ROUND),
    constant(ONE),
    constant(c),
    constant(c + 4),
    constant(c + 8),
    constant(c + 12),
    constant(c + 16),
  );
}

function silu(x: usize, y: usize, bytes: usize): void {
  const slope = constant(LOG2_E);
  const high = constant(CLAMP);
  const low = f32x4.neg(high);
  const round = constant(ROUND);
  const one = constant(ONE);
  const c1 = constant(POLYNOMIAL);
  const c2 = constant(POLYNOMIAL + 4);
  const c3 = constant(POLYNOMIAL + 8);
  const c4 = constant(POLYNOMIAL + 12);
  const c5 = constant(POLYNOMIAL + 16);
  const flush = constant(FLUSH);
  for (const end = x + bytes; x < end; x += 32) {
    const a = v128.load(x);
    const b = v128.load(x, 16);
    const ea = exp2(clamp(f32x4.mul(a, slope), low, high), round, one, c1, c2, c3, c4, c5);
    const eb = exp2(clamp(f32x4.mul(b, slope), low, high), round, one, c1, c2, c3, c4, c5);
    v128.store(y, f32x4.sub(f32x4.add(f32x4.div(a, f32x4.add(one, ea)), flush), flush));
    v128.store(y, f32x4.sub(f32x4.add(f32x4.div(b, f32x4.add(one, eb)), flush), flush), 16);
    y += 32;
  }
}

function sigmoid(x: usize, y: usize, bytes: usize): void {
  const slope = constant(LOG2_E);
  const high = constant(CLAMP);
  const low = f32x4.neg(high);
  const round = constant(ROUND);
  const one = constant(ONE);
  const c1 = constant(POLYNOMIAL);
  const c2 = constant(POLYNOMIAL + 4);
  const c3 = constant(POLYNOMIAL + 8);
  const c4 = constant(POLYNOMIAL + 12);
  const c5 = constant(POLYNOMIAL + 16);
  const flush = constant(FLUSH);
  for (const end = x + bytes; x < end; x += 32) {
    const ea = exp2(clamp(f32x4.mul(v128.load(x), slope), low, high), round, one, c1, c2, c3, c4, c5);
    const eb = exp2(clamp(f32x4.mul(v128.load(x, 16), slope), low, high), round, one, c1, c2, c3, c4, c5);
    v128.store(y, f32x4.sub(f32x4.add(f32x4.div(one, f32x4.add(one, ea)), flush), flush));
    v128.store(y, f32x4.sub(f32x4.add(f32x4.div(one, f32x4.add(one, eb)), flush), flush), 16);
    y += 32;
  }
}

function relu(x: usize, y: usize, bytes: usize): void {
  const zero = i32x4.splat(0);
  const flush = constant(FLUSH);
  for (const end = x + bytes; x < end; x += 32) {
    const a = f32x4.pmax(v128.load(x), zero);
    const b = f32x4.pmax(v128.load(x, 16), zero);
    v128.store(y, f32x4.sub(f32x4.add(a, flush), flush));
    v128.store(y, f32x4.sub(f32x4.add(b, flush), flush), 16);
    y += 32;
  }
}

function relu6(x: usize, y: usize, bytes: usize): void {
  const zero = i32x4.splat(0);
  const six = constant(SIX);
  const flush = constant(FLUSH);
  for (const end = x + bytes; x < end; x += 32) {
    const a = f32x4.pmin(f32x4.pmax(v128.load(x), zero), six);
    const b = f32x4.pmin(f32x4.pmax(v128.load(x, 16), zero), six);
    v128.store(y, f32x4.sub(f32x4.add(a, flush), flush));
    v128.store(y, f32x4.sub(f32x4.add(b, flush), flush), 16);
    y += 32;
  }
}

/** NaN stays NaN: pmin and pmax return their first operand where the comparison fails. */
function clamp(t: v128, low: v128, high: v128): v128 {
  return f32x4.pmax(f32x4.pmin(t, high), low);
}

function exp2(t: v128, round: v128, one: v128, c1: v128, c2: v128, c3: v128, c4: v128, c5: v128): v128 {
  const z = f32x4.add(t, round); // n in the low bits
  const f = f32x4.sub(t, f32x4.sub(z, round)); // −½ … ½
  const p = madd(madd(madd(madd(madd(c5, f, c4), f, c3), f, c2), f, c1), f, one);
  return i32x4.add(p, i32x4.shl(z, 23)); // the shift drops all of z but n
}
