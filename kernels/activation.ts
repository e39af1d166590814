// y = act(x), element by element, over rows of channels (float32, a multiple of 8 floats, 16-byte aligned).
//   SiLU = x / (1 + 2^t), sigmoid = 1 / (1 + 2^t), t = −x·log2 e held within −126 … 100 by holding x.
//   2^t: t = n + f by adding 1.5·2^23; a polynomial of degree 5 gives 2^f, the integer n is added to the exponent.
//   for each row · for each 8 floats
// Registers: 10 constants, splatted before the loop, + x, z, f, the polynomial = 14 of 16. Bound by the division.
// Error: relative ≤ 7e-6 for −69 ≤ x ≤ 87 (from rounding t); below, SiLU is x·2^−100 and sigmoid 2^−100, so that no denormal is
// made of a number that is 0 or ≥ 1e-30 in magnitude.

import { constant, HIGH, INFINITE, LOG2_E, LOW, ONE, POLYNOMIAL, ROUND, SIX } from "./constants";
import { madd } from "./madd";

export const NONE: i32 = 0;
export const SILU: i32 = 1;
export const RELU: i32 = 2;
export const RELU6: i32 = 3;
export const SIGMOID: i32 = 4;

/** `rows` rows of `bytes` bytes, `xStep` and `yStep` bytes apart; x and y may be the same. */
export function activate(kind: i32, x: usize, xStep: usize, y: usize, yStep: usize, bytes: usize, rows: i32): void {
  if (xStep === bytes && yStep === bytes) {
    bytes *= <usize>rows;
    rows = 1;
  }
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
  if (kind === SILU || kind === SIGMOID) {
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
    const ea = expOfMinus(a, slope, low, high, round, one, c1, c2, c3, c4, c5);
    const eb = expOfMinus(b, slope, low, high, round, one, c1, c2, c3, c4, c5);
    if (kind === SILU) {
      v128.store(y, f32x4.div(b, f32x4.add(one, eb)), 16);
      v128.store(y, f32x4.div(a, f32x4.add(one, ea)));
    } else {
      v128.store(y, f32x4.div(one, f32x4.add(one, eb)), 16);
      v128.store(y, f32x4.div(one, f32x4.add(one, ea)));
    }
  } else if (kind === NONE) {
    v128.store(y, b, 16);
    v128.store(y, a);
  } else {
    const zero = i32x4.splat(0);
    const high = constant(kind === RELU6 ? SIX : INFINITE);
    v128.store(y, f32x4.pmin(f32x4.pmax(b, zero), high), 16);
    v128.store(y, f32x4.pmin(f32x4.pmax(a, zero), high));
  }
}

function silu(x: usize, y: usize, bytes: usize): void {
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
  for (const end = x + bytes; x < end; x += 32) {
    const a = v128.load(x);
    const b = v128.load(x, 16);
    const ea = expOfMinus(a, slope, low, high, round, one, c1, c2, c3, c4, c5);
    const eb = expOfMinus(b, slope, low, high, round, one, c1, c2, c3, c4, c5);
    v128.store(y, f32x4.div(b, f32x4.add(one, eb)), 16);
    v128.store(y, f32x4.div(a, f32x4.add(one, ea)));
    y += 32;
  }
}

function sigmoid(x: usize, y: usize, bytes: usize): void {
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
  for (const end = x + bytes; x < end; x += 32) {
    const a = v128.load(x);
    const b = v128.load(x, 16);
    const ea = expOfMinus(a, slope, low, high, round, one, c1, c2, c3, c4, c5);
    const eb = expOfMinus(b, slope, low, high, round, one, c1, c2, c3, c4, c5);
    v128.store(y, f32x4.div(one, f32x4.add(one, eb)), 16);
    v128.store(y, f32x4.div(one, f32x4.add(one, ea)));
    y += 32;
  }
}

function relu(x: usize, y: usize, bytes: usize): void {
  const zero = i32x4.splat(0);
  for (const end = x + bytes; x < end; x += 32) {
    const a = f32x4.pmax(v128.load(x), zero);
    const b = f32x4.pmax(v128.load(x, 16), zero);
    v128.store(y, b, 16);
    v128.store(y, a);
    y += 32;
  }
}

function relu6(x: usize, y: usize, bytes: usize): void {
  const zero = i32x4.splat(0);
  const six = constant(SIX);
  for (const end = x + bytes; x < end; x += 32) {
    const a = f32x4.pmin(f32x4.pmax(v128.load(x), zero), six);
    const b = f32x4.pmin(f32x4.pmax(v128.load(x, 16), zero), six);
    v128.store(y, b, 16);
    v128.store(y, a);
    y += 32;
  }
}

/** e^−x, `low` ≤ x ≤ `high`. NaN stays NaN: pmin and pmax return their first operand where the comparison fails. */
export function expOfMinus(
  x: v128,
  slope: v128,
  low: v128,
  high: v128,
  round: v128,
  one: v128,
  c1: v128,
  c2: v128,
  c3: v128,
  c4: v128,
  c5: v128,
): v128 {
  const held = f32x4.pmax(f32x4.pmin(x, high), low);
  const z = madd(held, slope, round); // n in the low bits
  const f = madd(held, slope, f32x4.sub(round, z)); // −½ … ½
  const p = madd(madd(madd(madd(madd(c5, f, c4), f, c3), f, c2), f, c1), f, one);
  return i32x4.add(p, i32x4.shl(z, 23)); // the shift drops all of z but n
}
