// Depthwise convolution: y[h, w, c] = act(bias[c] + Σ_kh Σ_kw x[h·stride + kh, w·stride + kw, c] · weight[kh, kw, c]).
//   x  bordered map: `x` is the first tap of output pixel (0, 0), so no border is ever tested here
//   y  map; weight [kh][kw][channels at the pitch], bias [channels at the pitch]; every step in bytes, multiples of 32
//   for each output row · for each group of 4 or 7 pixels · for each 4 channels (wide: 8) · for kh: k vectors of weight, then each
//     input vector is loaded once and used by up to k of the outputs;  then the activation over the finished row
// Registers: 4 accumulators + k of weight + 1 input: 8 (3×3) or 10 (5×5) of 16, of 256 bits in wide; of 7 pixels 11 or 13.
//   Unrolling kh as well spills.
// Rows of 7, 14 or 21 pixels, stride 1, are groups of 7: 1.2 to 1.3 times as fast as fours there, no faster elsewhere. The last four
// of a row overlaps the one before it; rows narrower than 4 and other kernels go pixel by pixel.
// Threads split rows (large maps) or channels (small ones); a sum runs over kh, then kw, whatever the split.
// The groups are in groups.ts and differ only in which output an input vector belongs to: output j takes input i at kw = i − j · stride.

import { activate, NONE } from "./activation";
import {
  group3x3Stride1x4,
  group3x3Stride1x8,
  group3x3Stride2x4,
  group3x3Stride2x8,
  group5x5Stride1x4,
  group5x5Stride1x8,
  group5x5Stride2x4,
  group5x5Stride2x8,
  seven3x3Stride1x4,
  seven3x3Stride1x8,
  seven5x5Stride1x4,
  seven5x5Stride1x8,
} from "./groups";
import { madd } from "./madd";
import { WIDE } from "./mode";

/** Rows `rowFrom` … `rowTo`, channels `from` … `to` (bytes, multiples of 32). `pitch`: bytes of all channels. */
export function depthwise(
  x: usize,
  xRow: usize,
  xPixel: usize,
  weight: usize,
  bias: usize,
  pitch: usize,
  y: usize,
  yRow: usize,
  yPixel: usize,
  width: i32,
  kernelHeight: i32,
  kernelWidth: i32,
  stride: i32,
  kind: i32,
  rowFrom: i32,
  rowTo: i32,
  from: usize,
  to: usize,
): void {
  const bytes = to - from;
  const xStep = xPixel * <usize>stride;
  const square = kernelHeight === kernelWidth && stride <= 2 ? kernelHeight * 2 + stride - 1 : 0; // kernel and stride in one
  for (let row = rowFrom; row < rowTo; row++) {
    const input = x + <usize>(row * stride) * xRow + from;
    const output = y + <usize>row * yRow + from;
    let pixel = 0;
    if (width >= 4 && (square === 6 || square === 7 || square === 10 || square === 11)) {
      const size = stride === 1 && (width & 3) !== 0 && width % 7 === 0 ? 7 : 4;
      while (pixel < width) {
        const first = min(pixel, width - size);
        const at = input + <usize>first * xStep;
        const to4 = output + <usize>first * yPixel;
        if (size === 7) seven(square, at, xRow, xPixel, weight + from, bias + from, pitch, to4, yPixel, bytes);
        else group(square, at, xRow, xPixel, weight + from, bias + from, pitch, to4, yPixel, bytes);
        pixel += size;
      }
    }
    for (; pixel < width; pixel++) {
      const at = input + <usize>pixel * xStep;
      const to1 = output + <usize>pixel * yPixel;
      single(kernelHeight, kernelWidth, at, xRow, xPixel, weight + from, bias + from, pitch, to1, bytes);
    }
    if (kind !== NONE) activate(kind, output, yPixel, output, yPixel, bytes, width);
  }
}

function group(
  square: i32,
  x: usize,
  xRow: usize,
  xPixel: usize,
  weight: usize,
  bias: usize,
  pitch: usize,
  y: usize,
  yPixel: usize,
  bytes: usize,
): void {
  if (WIDE) {
    if (square === 6) group3x3Stride1x8(x, xRow, xPixel, weight, bias, pitch, y, yPixel, bytes);
    else if (square === 7) group3x3Stride2x8(x, xRow, xPixel, weight, bias, pitch, y, yPixel, bytes);
    else if (square === 10) group5x5Stride1x8(x, xRow, xPixel, weight, bias, pitch, y, yPixel, bytes);
    else group5x5Stride2x8(x, xRow, xPixel, weight, bias, pitch, y, yPixel, bytes);
  } else {
    if (square === 6) group3x3Stride1x4(x, xRow, xPixel, weight, bias, pitch, y, yPixel, bytes);
    else if (square === 7) group3x3Stride2x4(x, xRow, xPixel, weight, bias, pitch, y, yPixel, bytes);
    else if (square === 10) group5x5Stride1x4(x, xRow, xPixel, weight, bias, pitch, y, yPixel, bytes);
    else group5x5Stride2x4(x, xRow, xPixel, weight, bias, pitch, y, yPixel, bytes);
  }
}

function seven(
  square: i32,
  x: usize,
  xRow: usize,
  xPixel: usize,
  weight: usize,
  bias: usize,
  pitch: usize,
  y: usize,
  yPixel: usize,
  bytes: usize,
): void {
  if (WIDE) {
    if (square === 6) seven3x3Stride1x8(x, xRow, xPixel, weight, bias, pitch, y, yPixel, bytes);
    else seven5x5Stride1x8(x, xRow, xPixel, weight, bias, pitch, y, yPixel, bytes);
  } else {
    if (square === 6) seven3x3Stride1x4(x, xRow, xPixel, weight, bias, pitch, y, yPixel, bytes);
    else seven5x5Stride1x4(x, xRow, xPixel, weight, bias, pitch, y, yPixel, bytes);
  }
}

function single(
  kernelHeight: i32,
  kernelWidth: i32,
  x: usize,
  xRow: usize,
  xPixel: usize,
  weight: usize,
  bias: usize,
  pitch: usize,
  y: usize,
  bytes: usize,
): void {
  for (const end = x + bytes; x < end; x += 32) {
    let y0 = v128.load(bias);
    let y1 = v128.load(bias, 16);
    let row = x;
    let w = weight;
    for (let kh = 0; kh < kernelHeight; kh++) {
      let p = row;
      for (let kw = 0; kw < kernelWidth; kw++) {
        y0 = madd(v128.load(p), v128.load(w), y0);
        y1 = madd(v128.load(p, 16), v128.load(w, 16), y1);
        p += xPixel;
        w += pitch;
      }
      row += xRow;
    }
    v128.store(y, y1, 16);
    v128.store(y, y0);
    weight += 32;
    bias += 32;
    y += 32;
  }
}
