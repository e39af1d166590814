// Small ops of a training step that touch each element once.
//   activateGradient  y = g · act′(x)
//   scaleMap          y = x · factor, one factor for all (drop path)
//   multiply          y = x · mask (dropout)
//   spread            y[h, w, c] = g[c] · factor at every pixel (the gradient of a mean)
//   gateGradient      y[c] = Σ g[h, w, c] · x[h, w, c] over one picture
//   sumRows           sums[c] (+)= Σ x[…, c] over rows of pixels (the gradient of a bias)
//   clearPadding      0 in the channels beyond the true ones, `from` bytes on: the sigmoid of 0 is not
//   addPartials       y += Σ of groups' partial results, in order
//   x, g, y  rows of pixels, `xRow` … bytes from row to row, pixels `bytes` apart; y may be x or g
//   for each row · for each pixel · for each 8 channels; sums: for each 8 channels · for each row · for each pixel, a row's sum
//   added to the whole
// Threads split pictures, or channels. Sums have one order whatever the split.

import { expOfMinus, RELU6, SIGMOID, SILU } from "../activation";
import { constant, HIGH, INFINITE, LOG2_E, LOW, ONE, POLYNOMIAL, ROUND, SIX } from "../constants";
import { madd } from "../madd";

export function activateGradient(
  x: usize,
  xRow: usize,
  g: usize,
  gRow: usize,
  y: usize,
  yRow: usize,
  bytes: usize,
  width: i32,
  rows: i32,
  kind: i32,
): void {
  const rowBytes = <usize>width * bytes;
  for (let row = 0; row < rows; row++) {
    if (kind === SILU) slopeSilu(x, g, y, rowBytes);
    else if (kind === SIGMOID) slopeSigmoid(x, g, y, rowBytes);
    else slopeRelu(x, g, y, rowBytes, kind === RELU6 ? SIX : INFINITE);
    x += xRow;
    g += gRow;
    y += yRow;
  }
}

function slopeSilu(x: usize, g: usize, y: usize, bytes: usize): void {
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
    const t0 = v128.load(x);
    const t1 = v128.load(x, 16);
    const s0 = f32x4.div(one, f32x4.add(one, expOfMinus(t0, slope, low, high, round, one, c1, c2, c3, c4, c5)));
    const s1 = f32x4.div(one, f32x4.add(one, expOfMinus(t1, slope, low, high, round, one, c1, c2, c3, c4, c5)));
    const y0 = f32x4.mul(v128.load(g), f32x4.mul(s0, madd(t0, f32x4.sub(one, s0), one)));
    const y1 = f32x4.mul(v128.load(g, 16), f32x4.mul(s1, madd(t1, f32x4.sub(one, s1), one)));
    v128.store(y, y0);
    v128.store(y, y1, 16);
    g += 32;
    y += 32;
  }
}

function slopeSigmoid(x: usize, g: usize, y: usize, bytes: usize): void {
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
    const t0 = v128.load(x);
    const t1 = v128.load(x, 16);
    const s0 = f32x4.div(one, f32x4.add(one, expOfMinus(t0, slope, low, high, round, one, c1, c2, c3, c4, c5)));
    const s1 = f32x4.div(one, f32x4.add(one, expOfMinus(t1, slope, low, high, round, one, c1, c2, c3, c4, c5)));
    const y0 = f32x4.mul(v128.load(g), f32x4.mul(s0, f32x4.sub(one, s0)));
    const y1 = f32x4.mul(v128.load(g, 16), f32x4.mul(s1, f32x4.sub(one, s1)));
    v128.store(y, y0);
    v128.store(y, y1, 16);
    g += 32;
    y += 32;
  }
}

function slopeRelu(x: usize, g: usize, y: usize, bytes: usize, limit: usize): void {
  const zero = i32x4.splat(0);
  const high = constant(limit);
  for (const end = x + bytes; x < end; x += 32) {
    const t0 = v128.load(x);
    const t1 = v128.load(x, 16);
    const y0 = v128.and(v128.load(g), v128.and(f32x4.gt(t0, zero), f32x4.lt(t0, high)));
    const y1 = v128.and(v128.load(g, 16), v128.and(f32x4.gt(t1, zero), f32x4.lt(t1, high)));
    v128.store(y, y0);
    v128.store(y, y1, 16);
    g += 32;
    y += 32;
  }
}

export function scaleMap(
  x: usize,
  xRow: usize,
  factor: usize,
  y: usize,
  yRow: usize,
  bytes: usize,
  width: i32,
  rows: i32,
): void {
  const f = v128.load32_splat(factor);
  const rowBytes = <usize>width * bytes;
  for (let row = 0; row < rows; row++) {
    for (let at: usize = 0; at < rowBytes; at += 32) {
      const x0 = f32x4.mul(v128.load(x + at), f);
      const x1 = f32x4.mul(v128.load(x + at, 16), f);
      v128.store(y + at, x0);
      v128.store(y + at, x1, 16);
    }
    x += xRow;
    y += yRow;
  }
}

export function multiply(
  x: usize,
  xRow: usize,
  mask: usize,
  maskRow: usize,
  y: usize,
  yRow: usize,
  bytes: usize,
  width: i32,
  rows: i32,
): void {
  const rowBytes = <usize>width * bytes;
  for (let row = 0; row < rows; row++) {
    for (let at: usize = 0; at < rowBytes; at += 32) {
      const x0 = f32x4.mul(v128.load(x + at), v128.load(mask + at));
      const x1 = f32x4.mul(v128.load(x + at, 16), v128.load(mask + at, 16));
      v128.store(y + at, x0);
      v128.store(y + at, x1, 16);
    }
    x += xRow;
    mask += maskRow;
    y += yRow;
  }
}

export function spread(g: usize, factor: f32, y: usize, yRow: usize, bytes: usize, width: i32, rows: i32): void {
  const f = f32x4.splat(factor);
  for (let row = 0; row < rows; row++) {
    for (let p = y, end = y + <usize>width * bytes; p < end; ) {
      for (let at: usize = 0; at < bytes; at += 32) {
        const g0 = f32x4.mul(v128.load(g + at), f);
        const g1 = f32x4.mul(v128.load(g + at, 16), f);
        v128.store(p, g0);
        v128.store(p, g1, 16);
        p += 32;
      }
    }
    y += yRow;
  }
}

export function gateGradient(
  x: usize,
  xRow: usize,
  g: usize,
  gRow: usize,
  bytes: usize,
  width: i32,
  rows: i32,
  y: usize,
): void {
  for (let at: usize = 0; at < bytes; at += 32) {
    let a0 = i32x4.splat(0);
    let a1 = a0;
    for (let row = 0; row < rows; row++) {
      let p = x + <usize>row * xRow + at;
      let q = g + <usize>row * gRow + at;
      let r0 = i32x4.splat(0);
      let r1 = r0;
      for (const end = p + <usize>width * bytes; p < end; p += bytes) {
        r0 = madd(v128.load(p), v128.load(q), r0);
        r1 = madd(v128.load(p, 16), v128.load(q, 16), r1);
        q += bytes;
      }
      a0 = f32x4.add(a0, r0);
      a1 = f32x4.add(a1, r1);
    }
    v128.store(y + at, a0);
    v128.store(y + at, a1, 16);
  }
}

export function sumRows(x: usize, xRow: usize, bytes: usize, width: i32, rows: i32, sums: usize, isFirst: i32): void {
  if (isFirst !== 0) memory.fill(sums, 0, bytes);
  for (let at: usize = 0; at < bytes; at += 32) {
    let a0 = v128.load(sums + at);
    let a1 = v128.load(sums + at, 16);
    for (let row = 0; row < rows; row++) {
      let p = x + <usize>row * xRow + at;
      let r0 = i32x4.splat(0);
      let r1 = r0;
      for (const end = p + <usize>width * bytes; p < end; p += bytes) {
        r0 = f32x4.add(r0, v128.load(p));
        r1 = f32x4.add(r1, v128.load(p, 16));
      }
      a0 = f32x4.add(a0, r0);
      a1 = f32x4.add(a1, r1);
    }
    v128.store(sums + at, a0);
    v128.store(sums + at, a1, 16);
  }
}

export function clearPadding(y: usize, yRow: usize, bytes: usize, from: usize, width: i32, rows: i32): void {
  for (let row = 0; row < rows; row++) {
    for (let p = y + from, end = y + <usize>width * bytes; p < end; p += bytes) {
      for (let at: usize = 0; at < bytes - from; at += 4) store<f32>(p + at, 0);
    }
    y += yRow;
  }
}

/** Bytes `from` … `to` of y; the groups' results are `step` bytes apart. */
export function addPartials(partials: usize, step: usize, groups: i32, y: usize, from: usize, to: usize): void {
  for (let at = from; at < to; at += 32) {
    let p = partials + at;
    let a0 = i32x4.splat(0);
    let a1 = a0;
    for (let group = 0; group < groups; group++) {
      a0 = f32x4.add(a0, v128.load(p));
      a1 = f32x4.add(a1, v128.load(p, 16));
      p += step;
    }
    v128.store(y + at, f32x4.add(v128.load(y + at), a0));
    v128.store(y + at, f32x4.add(v128.load(y + at, 16), a1), 16);
  }
}
