// Weight gradient of a depthwise convolution: W′[kh, kw, c] (+)= Σ_h Σ_w x[h·stride + kh, w·stride + kw, c] · g[h, w, c].
//   x  bordered map: `x` is the first tap of output pixel (0, 0), as the forward kernel (../depthwise.ts) has it
//   g  gradient of the output, `g` its pixel (0, 0).  W′ [kh][kw][channels at the pitch]; every step in bytes, multiples of 32
// By groups of pixels, registers of 128 bits and 3×3:
//   for each output row · for each group of pixels · for each 4 channels (wide: 8): the group's vectors of g · for kh:
//     k vectors of W′ are loaded, each input vector is loaded once and used by up to k pixels, and W′ is stored
//   Registers: V8 computes one tap's sum after the other and keeps the inputs that they share: pixels of g + pixels + 1 inputs +
//   1 or 2. Wide groups of 7 spill and are slower than those of 5; narrow ones of 7 are the fastest, of stride 2 those of 4.
// By kernel rows, 5×5 wide: there W′ would be loaded and stored too often.
//   for each block of some 64 pixels of g · for each 8 channels · for 2, 2 and 1 kernel rows: their taps of W′ in registers ·
//     for each row of the block · for each 2 pixels
//   Registers: 10 taps + 2 of g + 2 inputs = 14 of 16. 3×3 with 9 taps: faster on maps of 14 and below, slower on large ones.
// Groups never overlap, they would count twice; what does not fit them, and other kernels, goes pixel by pixel. A sum runs over h,
// then w, whatever the groups and blocks: its bits depend only on which rows one call sums.
// Threads split channels, or rows into sums of their own. Groups and rows of kernels are in groups.ts.

import { madd } from "../madd";
import { WIDE } from "../mode";
import {
  weightGradient1Of5Stride1x8,
  weightGradient1Of5Stride2x8,
  weightGradient2Of5Stride1x8,
  weightGradient2Of5Stride2x8,
  weightGradient3x3Stride1x3x4,
  weightGradient3x3Stride1x3x8,
  weightGradient3x3Stride1x4x4,
  weightGradient3x3Stride1x4x8,
  weightGradient3x3Stride1x5x8,
  weightGradient3x3Stride1x7x4,
  weightGradient3x3Stride2x3x4,
  weightGradient3x3Stride2x3x8,
  weightGradient3x3Stride2x4x4,
  weightGradient3x3Stride2x4x8,
  weightGradient3x3Stride2x5x8,
  weightGradient5x5Stride1x3x4,
  weightGradient5x5Stride1x4x4,
  weightGradient5x5Stride1x7x4,
  weightGradient5x5Stride2x3x4,
  weightGradient5x5Stride2x4x4,
} from "./groups";

const BLOCK: i32 = 64; // pixels of g whose inputs lie in L1 while all channels and kernel rows read them

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
  if (kernelHeight !== kernelWidth || stride > 2 || (kernelWidth !== 3 && kernelWidth !== 5)) {
    for (let row = rowFrom; row < rowTo; row++) {
      const p = x + <usize>(row * stride) * xRow + from;
      const q = g + <usize>row * gRow + from;
      singles(kernelHeight, kernelWidth, stride, p, xRow, xPixel, q, gPixel, taps, pitch, bytes, width);
    }
  } else if (WIDE && kernelWidth === 5) {
    byKernelRows(stride, x + from, xRow, xPixel, g + from, gRow, gPixel, taps, pitch, bytes, width, rowFrom, rowTo);
  } else {
    byGroups(
      kernelWidth,
      stride,
      x + from,
      xRow,
      xPixel,
      g + from,
      gRow,
      gPixel,
      taps,
      pitch,
      bytes,
      width,
      rowFrom,
      rowTo,
    );
  }
}

function byGroups(
  kernel: i32,
  stride: i32,
  x: usize,
  xRow: usize,
  xPixel: usize,
  g: usize,
  gRow: usize,
  gPixel: usize,
  w: usize,
  pitch: usize,
  bytes: usize,
  width: i32,
  rowFrom: i32,
  rowTo: i32,
): void {
  const most = WIDE ? 5 : stride === 1 ? 7 : 4;
  const larges = largesOf(width, most);
  const fours = foursOf(width - most * larges);
  const grouped = most * larges + 4 * fours;
  const threes = (width - grouped) / 3;
  const left = width - grouped - 3 * threes;
  const xStep = xPixel * <usize>stride;
  const form = 10 * kernel + stride;
  for (let row = rowFrom; row < rowTo; row++) {
    let p = x + <usize>(row * stride) * xRow;
    let q = g + <usize>row * gRow;
    for (let i = 0; i < larges; i++) {
      large(form, p, xRow, xPixel, q, gPixel, w, pitch, bytes);
      p += <usize>most * xStep;
      q += <usize>most * gPixel;
    }
    for (let i = 0; i < fours; i++) {
      four(form, p, xRow, xPixel, q, gPixel, w, pitch, bytes);
      p += 4 * xStep;
      q += 4 * gPixel;
    }
    for (let i = 0; i < threes; i++) {
      three(form, p, xRow, xPixel, q, gPixel, w, pitch, bytes);
      p += 3 * xStep;
      q += 3 * gPixel;
    }
    singles(kernel, kernel, stride, p, xRow, xPixel, q, gPixel, w, pitch, bytes, left);
  }
}

/** The most groups of `most` pixels that leave a multiple of four. */
function largesOf(width: i32, most: i32): i32 {
  for (let larges = width / most; larges > 0; larges--) if (((width - most * larges) & 3) === 0) return larges;
  return 0;
}

/** The most fours that leave a multiple of three, or simply the most. */
function foursOf(width: i32): i32 {
  for (let fours = width >> 2; fours >= 0; fours--) if ((width - 4 * fours) % 3 === 0) return fours;
  return width >> 2;
}

function large(
  form: i32,
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
    if (form === 31) weightGradient3x3Stride1x5x8(x, xRow, xPixel, g, gPixel, w, pitch, bytes);
    else weightGradient3x3Stride2x5x8(x, xRow, xPixel, g, gPixel, w, pitch, bytes);
  } else {
    if (form === 31) weightGradient3x3Stride1x7x4(x, xRow, xPixel, g, gPixel, w, pitch, bytes);
    else if (form === 51) weightGradient5x5Stride1x7x4(x, xRow, xPixel, g, gPixel, w, pitch, bytes);
    else if (form === 32) weightGradient3x3Stride2x4x4(x, xRow, xPixel, g, gPixel, w, pitch, bytes);
    else weightGradient5x5Stride2x4x4(x, xRow, xPixel, g, gPixel, w, pitch, bytes);
  }
}

function four(
  form: i32,
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
    if (form === 31) weightGradient3x3Stride1x4x8(x, xRow, xPixel, g, gPixel, w, pitch, bytes);
    else weightGradient3x3Stride2x4x8(x, xRow, xPixel, g, gPixel, w, pitch, bytes);
  } else {
    if (form === 31) weightGradient3x3Stride1x4x4(x, xRow, xPixel, g, gPixel, w, pitch, bytes);
    else if (form === 51) weightGradient5x5Stride1x4x4(x, xRow, xPixel, g, gPixel, w, pitch, bytes);
    else if (form === 32) weightGradient3x3Stride2x4x4(x, xRow, xPixel, g, gPixel, w, pitch, bytes);
    else weightGradient5x5Stride2x4x4(x, xRow, xPixel, g, gPixel, w, pitch, bytes);
  }
}

function three(
  form: i32,
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
    if (form === 31) weightGradient3x3Stride1x3x8(x, xRow, xPixel, g, gPixel, w, pitch, bytes);
    else weightGradient3x3Stride2x3x8(x, xRow, xPixel, g, gPixel, w, pitch, bytes);
  } else {
    if (form === 31) weightGradient3x3Stride1x3x4(x, xRow, xPixel, g, gPixel, w, pitch, bytes);
    else if (form === 51) weightGradient5x5Stride1x3x4(x, xRow, xPixel, g, gPixel, w, pitch, bytes);
    else if (form === 32) weightGradient3x3Stride2x3x4(x, xRow, xPixel, g, gPixel, w, pitch, bytes);
    else weightGradient5x5Stride2x3x4(x, xRow, xPixel, g, gPixel, w, pitch, bytes);
  }
}

function byKernelRows(
  stride: i32,
  x: usize,
  xRow: usize,
  xPixel: usize,
  g: usize,
  gRow: usize,
  gPixel: usize,
  w: usize,
  pitch: usize,
  bytes: usize,
  width: i32,
  rowFrom: i32,
  rowTo: i32,
): void {
  const blockRows = max(BLOCK / width, 1);
  for (let row = rowFrom; row < rowTo; row += blockRows) {
    const rows = min(blockRows, rowTo - row);
    for (let pixel = 0; pixel < width; pixel += BLOCK) {
      const pixels = min(BLOCK, width - pixel);
      const p = x + <usize>(row * stride) * xRow + <usize>(pixel * stride) * xPixel;
      const q = g + <usize>row * gRow + <usize>pixel * gPixel;
      for (let at: usize = 0; at < bytes; at += 32) {
        kernelRows(20 + stride, p + at, xRow, xPixel, q + at, gRow, gPixel, w + at, pitch, pixels, rows);
        kernelRows(
          20 + stride,
          p + at + 2 * xRow,
          xRow,
          xPixel,
          q + at,
          gRow,
          gPixel,
          w + at + 10 * pitch,
          pitch,
          pixels,
          rows,
        );
        kernelRows(
          10 + stride,
          p + at + 4 * xRow,
          xRow,
          xPixel,
          q + at,
          gRow,
          gPixel,
          w + at + 20 * pitch,
          pitch,
          pixels,
          rows,
        );
      }
    }
  }
}

function kernelRows(
  form: i32,
  x: usize,
  xRow: usize,
  xPixel: usize,
  g: usize,
  gRow: usize,
  gPixel: usize,
  w: usize,
  pitch: usize,
  width: i32,
  rows: i32,
): void {
  if (form === 21) weightGradient2Of5Stride1x8(x, xRow, xPixel, g, gRow, gPixel, w, pitch, width, rows);
  else if (form === 22) weightGradient2Of5Stride2x8(x, xRow, xPixel, g, gRow, gPixel, w, pitch, width, rows);
  else if (form === 11) weightGradient1Of5Stride1x8(x, xRow, xPixel, g, gRow, gPixel, w, pitch, width, rows);
  else weightGradient1Of5Stride2x8(x, xRow, xPixel, g, gRow, gPixel, w, pitch, width, rows);
}

function singles(
  kernelHeight: i32,
  kernelWidth: i32,
  stride: i32,
  x: usize,
  xRow: usize,
  xPixel: usize,
  g: usize,
  gPixel: usize,
  w: usize,
  pitch: usize,
  bytes: usize,
  count: i32,
): void {
  for (let i = 0; i < count; i++) {
    single(kernelHeight, kernelWidth, x, xRow, xPixel, g, w, pitch, bytes);
    x += xPixel * <usize>stride;
    g += gPixel;
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
