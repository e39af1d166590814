// Input gradient of a depthwise convolution: y[p, q, c] = Σ g[h, w, c] · weight[kh, kw, c] over h·stride + kh − top = p, w alike.
//   g  gradient of the output in a border of zeros: `g` is its pixel (0, 0), the border as wide as the taps reach (below)
//   y  map, overwritten, `y` its pixel (0, 0); weight [kh][kw][channels at the pitch]; every step in bytes, multiples of 32
// Stride 1 is the forward kernel (../depthwise.ts) over g, with the taps walked backwards.
// Stride 2: for each row of y (its kh are even or odd) · for each group of 8 or 6 pixels · for each 4 channels (wide: 8) · for kh
//   in steps of 2: k vectors of weight, then each vector of g is loaded once and used by up to k of the pixels
// Registers: 8 accumulators + k of weight + 1 of g: 12 (3×3) or 14 (5×5) of 16, of 256 bits in wide.
// Where 8 and 6 do not add up to a row its last 8 overlap the 8 before them; narrower rows and other kernels and strides go pixel by pixel.
// Border of g, rows (columns alike), top of the forward pads, `height` of y: before ⌊(kh − 1 − top) / stride⌋, after
//   ⌊(height − 1 + top) / stride⌋ − (rows of g − 1), at least 0: k − 1 − top on either side at stride 1, at most 1 at stride 2.
// Threads split rows or channels; a sum has one order whatever the split. The groups are in groups.ts.

import { depthwise } from "../depthwise";
import { madd } from "../madd";
import { WIDE } from "../mode";
import {
  inputGradient3x3Evenx6x4,
  inputGradient3x3Evenx6x8,
  inputGradient3x3Evenx8x4,
  inputGradient3x3Evenx8x8,
  inputGradient3x3Oddx6x4,
  inputGradient3x3Oddx6x8,
  inputGradient3x3Oddx8x4,
  inputGradient3x3Oddx8x8,
  inputGradient5x5Evenx6x4,
  inputGradient5x5Evenx6x8,
  inputGradient5x5Evenx8x4,
  inputGradient5x5Evenx8x8,
  inputGradient5x5Oddx6x4,
  inputGradient5x5Oddx6x8,
  inputGradient5x5Oddx8x4,
  inputGradient5x5Oddx8x8,
} from "./groups";

/**
 * Rows `rowFrom` … `rowTo` of y, channels `from` … `to` (bytes, multiples of 32). `pitch`: bytes of all channels. `zeros`: address
 * of that many bytes of zeros. `width` of y, `top` and `left` of the forward pads: pixels.
 */
export function depthwiseInputGradient(
  g: usize,
  gRow: usize,
  gPixel: usize,
  weight: usize,
  zeros: usize,
  pitch: usize,
  y: usize,
  yRow: usize,
  yPixel: usize,
  width: i32,
  kernelHeight: i32,
  kernelWidth: i32,
  stride: i32,
  top: i32,
  left: i32,
  rowFrom: i32,
  rowTo: i32,
  from: usize,
  to: usize,
): void {
  if (stride === 1) {
    const first = g - <usize>(kernelHeight - 1 - top) * gRow - <usize>(kernelWidth - 1 - left) * gPixel;
    const last = weight + <usize>(kernelHeight * kernelWidth - 1) * pitch;
    depthwise(
      first,
      gRow,
      gPixel,
      last,
      zeros,
      0 - pitch,
      y,
      yRow,
      yPixel,
      width,
      kernelHeight,
      kernelWidth,
      1,
      0,
      rowFrom,
      rowTo,
      from,
      to,
    );
    return;
  }
  const bytes = to - from;
  const isGrouped = stride === 2 && kernelHeight === kernelWidth && (kernelWidth === 3 || kernelWidth === 5);
  const sixes = sixesOf(width);
  for (let row = rowFrom; row < rowTo; row++) {
    const kh = (row + top) % stride;
    const kernelRows = (kernelHeight - kh + stride - 1) / stride;
    const input = g + <usize>((row + top - kh) / stride) * gRow + from;
    const output = y + <usize>row * yRow + from;
    const taps = weight + <usize>(kh * kernelWidth) * pitch + from;
    let pixel = 0;
    while (isGrouped && width >= 8 && pixel < width) {
      const size = pixel < width - 6 * sixes ? 8 : 6;
      const first = min(pixel, width - size);
      const isOdd = (first + left) & 1;
      const at = input + <usize>((first + left + isOdd - ((kernelWidth >> 1) << 1)) >> 1) * gPixel;
      const to_ = output + <usize>first * yPixel;
      group(10 * kernelWidth + 2 * isOdd + (size >> 3), at, gRow, gPixel, taps, pitch, kernelRows, to_, yPixel, bytes);
      pixel += size;
    }
    for (; pixel < width; pixel++) {
      const kw = (pixel + left) % stride;
      const at = input + <usize>((pixel + left - kw) / stride) * gPixel;
      const tap = taps + <usize>kw * pitch;
      single(kernelRows, kernelWidth, stride, kw, at, gRow, gPixel, tap, pitch, output + <usize>pixel * yPixel, bytes);
    }
  }
}

/** How many groups of 6 leave a multiple of 8; 0 if none do: then the last 8 overlap the 8 before them. */
function sixesOf(width: i32): i32 {
  for (let sixes = 1; 6 * sixes <= min(width, 18); sixes++) if (((width - 6 * sixes) & 7) === 0) return sixes;
  return 0;
}

/** `form`: 10 · kernel + 2 if the first pixel meets odd taps + 1 if the pixels are 8. `g`: the first pixel that they meet. */
function group(
  form: i32,
  g: usize,
  gRow: usize,
  gPixel: usize,
  weight: usize,
  pitch: usize,
  kernelRows: i32,
  y: usize,
  yPixel: usize,
  bytes: usize,
): void {
  if (WIDE) {
    if (form === 30) inputGradient3x3Evenx6x8(g, gRow, gPixel, weight, pitch, kernelRows, y, yPixel, bytes);
    else if (form === 31) inputGradient3x3Evenx8x8(g, gRow, gPixel, weight, pitch, kernelRows, y, yPixel, bytes);
    else if (form === 32) inputGradient3x3Oddx6x8(g, gRow, gPixel, weight, pitch, kernelRows, y, yPixel, bytes);
    else if (form === 33) inputGradient3x3Oddx8x8(g, gRow, gPixel, weight, pitch, kernelRows, y, yPixel, bytes);
    else if (form === 50) inputGradient5x5Evenx6x8(g, gRow, gPixel, weight, pitch, kernelRows, y, yPixel, bytes);
    else if (form === 51) inputGradient5x5Evenx8x8(g, gRow, gPixel, weight, pitch, kernelRows, y, yPixel, bytes);
    else if (form === 52) inputGradient5x5Oddx6x8(g, gRow, gPixel, weight, pitch, kernelRows, y, yPixel, bytes);
    else inputGradient5x5Oddx8x8(g, gRow, gPixel, weight, pitch, kernelRows, y, yPixel, bytes);
  } else {
    if (form === 30) inputGradient3x3Evenx6x4(g, gRow, gPixel, weight, pitch, kernelRows, y, yPixel, bytes);
    else if (form === 31) inputGradient3x3Evenx8x4(g, gRow, gPixel, weight, pitch, kernelRows, y, yPixel, bytes);
    else if (form === 32) inputGradient3x3Oddx6x4(g, gRow, gPixel, weight, pitch, kernelRows, y, yPixel, bytes);
    else if (form === 33) inputGradient3x3Oddx8x4(g, gRow, gPixel, weight, pitch, kernelRows, y, yPixel, bytes);
    else if (form === 50) inputGradient5x5Evenx6x4(g, gRow, gPixel, weight, pitch, kernelRows, y, yPixel, bytes);
    else if (form === 51) inputGradient5x5Evenx8x4(g, gRow, gPixel, weight, pitch, kernelRows, y, yPixel, bytes);
    else if (form === 52) inputGradient5x5Oddx6x4(g, gRow, gPixel, weight, pitch, kernelRows, y, yPixel, bytes);
    else inputGradient5x5Oddx8x4(g, gRow, gPixel, weight, pitch, kernelRows, y, yPixel, bytes);
  }
}

/** One pixel: `g` and `weight` belong to its first kh and kw; both go on in steps of the stride, g backwards. */
function single(
  kernelRows: i32,
  kernelWidth: i32,
  stride: i32,
  kwFrom: i32,
  g: usize,
  gRow: usize,
  gPixel: usize,
  weight: usize,
  pitch: usize,
  y: usize,
  bytes: usize,
): void {
  const rowStep = <usize>(stride * kernelWidth) * pitch;
  const step = <usize>stride * pitch;
  for (const end = g + bytes; g < end; g += 32) {
    let y0 = i32x4.splat(0);
    let y1 = y0;
    let row = g;
    let tap = weight;
    for (let kh = 0; kh < kernelRows; kh++) {
      let p = row;
      let w = tap;
      for (let kw = kwFrom; kw < kernelWidth; kw += stride) {
        y0 = madd(v128.load(p), v128.load(w), y0);
        y1 = madd(v128.load(p, 16), v128.load(w, 16), y1);
        p -= gPixel;
        w += step;
      }
      row -= gRow;
      tap += rowStep;
    }
    v128.store(y, y1, 16);
    v128.store(y, y0);
    weight += 32;
    y += 32;
  }
}
