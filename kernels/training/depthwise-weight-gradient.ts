// Weight gradient of a depthwise convolution: W′[kh, kw, c] (+)= Σ_h Σ_w x[h·stride + kh, w·stride + kw, c] · g[h, w, c].
//   x  bordered map: `x` is the first tap of output pixel (0, 0), as the forward kernel (../depthwise.ts) has it
//   g  gradient of the output, `g` its pixel (0, 0).  W′ [kh][kw][channels at the pitch]; every step in bytes, multiples of 32
//   for each output row · for each group of 7, 4 or 3 pixels · for each 4 channels (wide: 8): the group's vectors of g · for kh:
//     k vectors of W′ are loaded, each input vector is loaded once and used by up to k pixels, and W′ is stored
// Registers: 7 of g + k of W′ + 1 input: 11 (3×3) or 13 (5×5) of 16, of 256 bits in wide.
// Groups never overlap, they would count twice: a width is dealt in sevens and fours, or fours and threads; what is left, and other
// kernels, go pixel by pixel. A sum runs over h, then w, whatever the groups: its bits depend only on which rows one call sums.
// Threads split channels, or rows into sums of their own. The groups are in groups.ts.

import { madd } from "../madd";
import { WIDE } from "../mode";
import {
  weightGradient3x3Stride1x3x4,
  weightGradient3x3Stride1x3x8,
  weightGradient3x3Stride1x4x4,
  weightGradient3x3Stride1x4x8,
  weightGradient3x3Stride1x7x4,
  weightGradient3x3Stride1x7x8,
  weightGradient3x3Stride2x3x4,
  weightGradient3x3Stride2x3x8,
  weightGradient3x3Stride2x4x4,
  weightGradient3x3Stride2x4x8,
  weightGradient3x3Stride2x7x4,
  weightGradient3x3Stride2x7x8,
  weightGradient5x5Stride1x3x4,
  weightGradient5x5Stride1x3x8,
  weightGradient5x5Stride1x4x4,
  weightGradient5x5Stride1x4x8,
  weightGradient5x5Stride1x7x4,
  weightGradient5x5Stride1x7x8,
  weightGradient5x5Stride2x3x4,
  weightGradient5x5Stride2x3x8,
  weightGradient5x5Stride2x4x4,
  weightGradient5x5Stride2x4x8,
  weightGradient5x5Stride2x7x4,
  weightGradient5x5Stride2x7x8,
} from "./groups";

/**
 * Rows `rowFrom` … `rowTo` of g, channels `from` … `to` (bytes, multiples of 32). `pitch`: bytes of all channels. `adds`: 0 to
 * overwrite what lies there, 1 to add to it.
 */
export function depthwiseWeightGradient(
  x: usize,
  xRow: usize,
  xPixel: usize,
  g: usize,
  gRow: usize,
  gPixel: usize,
  w: usize,
  pitch: usize,
  width: i32,
  kernelHeight: i32,
  kernelWidth: i32,
  stride: i32,
  adds: i32,
  rowFrom: i32,
  rowTo: i32,
  from: usize,
  to: usize,
): void {
  const bytes = to - from;
  const taps = w + from;
  if (adds === 0) {
    for (let tap = 0; tap < kernelHeight * kernelWidth; tap++) memory.fill(taps + <usize>tap * pitch, 0, bytes);
  }
  const xStep = xPixel * <usize>stride;
  const square = kernelHeight === kernelWidth && stride <= 2 ? kernelHeight * 2 + stride - 1 : 0; // kernel and stride in one
  const isGrouped = square === 6 || square === 7 || square === 10 || square === 11;
  const sevens = isGrouped ? sevensOf(width) : 0;
  const fours = isGrouped ? foursOf(width - 7 * sevens) : 0;
  const threes = isGrouped ? (width - 7 * sevens - 4 * fours) / 3 : 0;
  for (let row = rowFrom; row < rowTo; row++) {
    let p = x + <usize>(row * stride) * xRow + from;
    let q = g + <usize>row * gRow + from;
    for (let i = 0; i < sevens; i++) {
      group7(square, p, xRow, xPixel, q, gPixel, taps, pitch, bytes);
      p += 7 * xStep;
      q += 7 * gPixel;
    }
    for (let i = 0; i < fours; i++) {
      group4(square, p, xRow, xPixel, q, gPixel, taps, pitch, bytes);
      p += 4 * xStep;
      q += 4 * gPixel;
    }
    for (let i = 0; i < threes; i++) {
      group3(square, p, xRow, xPixel, q, gPixel, taps, pitch, bytes);
      p += 3 * xStep;
      q += 3 * gPixel;
    }
    for (let i = 7 * sevens + 4 * fours + 3 * threes; i < width; i++) {
      single(kernelHeight, kernelWidth, p, xRow, xPixel, q, taps, pitch, bytes);
      p += xStep;
      q += gPixel;
    }
  }
}

/** The most sevens that leave a multiple of four. */
function sevensOf(width: i32): i32 {
  for (let sevens = width / 7; sevens > 0; sevens--) if (((width - 7 * sevens) & 3) === 0) return sevens;
  return 0;
}

/** The most fours that leave a multiple of three, or the most. */
function foursOf(width: i32): i32 {
  for (let fours = width >> 2; fours > 0; fours--) if ((width - 4 * fours) % 3 === 0) return fours;
  return width % 3 === 0 ? 0 : width >> 2;
}

function group7(
  square: i32,
  x: usize,
  xRow: usize,
  xPixel: usize,
  g: usize,
  gPixel: usize,
  w: usize,
  pitch: usize,
  bytes: usize,
): void {
  if (WIDE) {
    if (square === 6) weightGradient3x3Stride1x7x8(x, xRow, xPixel, g, gPixel, w, pitch, bytes);
    else if (square === 7) weightGradient3x3Stride2x7x8(x, xRow, xPixel, g, gPixel, w, pitch, bytes);
    else if (square === 10) weightGradient5x5Stride1x7x8(x, xRow, xPixel, g, gPixel, w, pitch, bytes);
    else weightGradient5x5Stride2x7x8(x, xRow, xPixel, g, gPixel, w, pitch, bytes);
  } else {
    if (square === 6) weightGradient3x3Stride1x7x4(x, xRow, xPixel, g, gPixel, w, pitch, bytes);
    else if (square === 7) weightGradient3x3Stride2x7x4(x, xRow, xPixel, g, gPixel, w, pitch, bytes);
    else if (square === 10) weightGradient5x5Stride1x7x4(x, xRow, xPixel, g, gPixel, w, pitch, bytes);
    else weightGradient5x5Stride2x7x4(x, xRow, xPixel, g, gPixel, w, pitch, bytes);
  }
}

function group4(
  square: i32,
  x: usize,
  xRow: usize,
  xPixel: usize,
  g: usize,
  gPixel: usize,
  w: usize,
  pitch: usize,
  bytes: usize,
): void {
  if (WIDE) {
    if (square === 6) weightGradient3x3Stride1x4x8(x, xRow, xPixel, g, gPixel, w, pitch, bytes);
    else if (square === 7) weightGradient3x3Stride2x4x8(x, xRow, xPixel, g, gPixel, w, pitch, bytes);
    else if (square === 10) weightGradient5x5Stride1x4x8(x, xRow, xPixel, g, gPixel, w, pitch, bytes);
    else weightGradient5x5Stride2x4x8(x, xRow, xPixel, g, gPixel, w, pitch, bytes);
  } else {
    if (square === 6) weightGradient3x3Stride1x4x4(x, xRow, xPixel, g, gPixel, w, pitch, bytes);
    else if (square === 7) weightGradient3x3Stride2x4x4(x, xRow, xPixel, g, gPixel, w, pitch, bytes);
    else if (square === 10) weightGradient5x5Stride1x4x4(x, xRow, xPixel, g, gPixel, w, pitch, bytes);
    else weightGradient5x5Stride2x4x4(x, xRow, xPixel, g, gPixel, w, pitch, bytes);
  }
}

function group3(
  square: i32,
  x: usize,
  xRow: usize,
  xPixel: usize,
  g: usize,
  gPixel: usize,
  w: usize,
  pitch: usize,
  bytes: usize,
): void {
  if (WIDE) {
    if (square === 6) weightGradient3x3Stride1x3x8(x, xRow, xPixel, g, gPixel, w, pitch, bytes);
    else if (square === 7) weightGradient3x3Stride2x3x8(x, xRow, xPixel, g, gPixel, w, pitch, bytes);
    else if (square === 10) weightGradient5x5Stride1x3x8(x, xRow, xPixel, g, gPixel, w, pitch, bytes);
    else weightGradient5x5Stride2x3x8(x, xRow, xPixel, g, gPixel, w, pitch, bytes);
  } else {
    if (square === 6) weightGradient3x3Stride1x3x4(x, xRow, xPixel, g, gPixel, w, pitch, bytes);
    else if (square === 7) weightGradient3x3Stride2x3x4(x, xRow, xPixel, g, gPixel, w, pitch, bytes);
    else if (square === 10) weightGradient5x5Stride1x3x4(x, xRow, xPixel, g, gPixel, w, pitch, bytes);
    else weightGradient5x5Stride2x3x4(x, xRow, xPixel, g, gPixel, w, pitch, bytes);
  }
}

function single(
  kernelHeight: i32,
  kernelWidth: i32,
  x: usize,
  xRow: usize,
  xPixel: usize,
  g: usize,
  w: usize,
  pitch: usize,
  bytes: usize,
): void {
  for (const end = x + bytes; x < end; x += 32) {
    const g0 = v128.load(g);
    const g1 = v128.load(g, 16);
    let row = x;
    let q = w;
    for (let kh = 0; kh < kernelHeight; kh++) {
      let p = row;
      for (let kw = 0; kw < kernelWidth; kw++) {
        const w0 = madd(v128.load(p), g0, v128.load(q));
        const w1 = madd(v128.load(p, 16), g1, v128.load(q, 16));
        v128.store(q, w1, 16);
        v128.store(q, w0);
        p += xPixel;
        q += pitch;
      }
      row += xRow;
    }
    g += 32;
    w += 32;
  }
}
