// Pictures moved, sheared and turned, as `Image.transform` and `Image.rotate` of Pillow 9.4 (Geometry.c), in doubles.

import { orient } from "./exif.ts";
import type { Interpolation } from "./filters.ts";
import { type Picture, picture } from "./picture.ts";

/** How a place between pixels gets its colour. Nothing here is antialiased, and `bicubic` is sharper than resize's. */
export type Sampling = Interpolation | "nearest";

/** (a, b, c, d, e, f): the result at (x, y) is the source at (a x + b y + c, d x + e y + f). */
export type Matrix = readonly [a: number, b: number, c: number, d: number, e: number, f: number];

export interface AffineOptions {
  readonly sampling: Sampling;
  /** RGB bytes of what lies outside the source. */
  readonly fill: readonly number[];
}

/** Turned by `degrees` counter-clockwise about the middle; the corners are cut off. */
export function rotate(source: Picture, degrees: number, options: AffineOptions): Picture {
  const angle = ((degrees % 360) + 360) % 360;
  if (angle === 0) return source;
  if (angle === 180) return orient(source, 3);
  if (source.width === source.height && angle === 90) return orient(source, 8);
  if (source.width === source.height && angle === 270) return orient(source, 6);
  const [x, y] = [source.width / 2, source.height / 2];
  const radians = -angle * (Math.PI / 180);
  const [cos, sin] = [round15(Math.cos(radians)), round15(Math.sin(radians))];
  const matrix: Matrix = [cos, sin, cos * -x + sin * -y + x, -sin, cos, -sin * -x + cos * -y + y];
  return affine(source, matrix, options);
}

/** Row y moved left by `slope` · y pixels. */
export function shearX(source: Picture, slope: number, options: AffineOptions): Picture {
  return affine(source, [1, slope, 0, 0, 1, 0], options);
}

/** Column x moved up by `slope` · x pixels. */
export function shearY(source: Picture, slope: number, options: AffineOptions): Picture {
  return affine(source, [1, 0, 0, slope, 1, 0], options);
}

/** Moved left by `share` of the width; parts of a pixel count. */
export function translateX(source: Picture, share: number, options: AffineOptions): Picture {
  return affine(source, [1, 0, share * source.width, 0, 1, 0], options);
}

/** Moved up by `share` of the height. */
export function translateY(source: Picture, share: number, options: AffineOptions): Picture {
  return affine(source, [1, 0, 0, 0, 1, share * source.height], options);
}

/** The picture seen through `matrix`; the size stays. */
export function affine(source: Picture, matrix: Matrix, { sampling, fill }: AffineOptions): Picture {
  const { width, height } = source;
  const out = new Uint8ClampedArray(width * height * 3);
  for (let i = 0; i < out.length; i += 3) {
    out[i] = fill[0];
    out[i + 1] = fill[1];
    out[i + 2] = fill[2];
  }
  if (sampling === "nearest") copyNearest(source, matrix, out);
  else interpolate(source, matrix, out, SAMPLERS[sampling]);
  return picture(width, height, new Uint8Array(out.buffer));
}

/** Columns and rows of the source in 16 fraction bits, as `affine_fixed`; a bare stretch in doubles (`ImagingScaleAffine`). */
function copyNearest({ width, height, data }: Picture, matrix: Matrix, out: Uint8ClampedArray): void {
  const isStretch = matrix[1] === 0 && matrix[3] === 0;
  const [a, b, c, d, e, f] = isStretch ? matrix : inFixedPoint(matrix);
  const [half, one] = isStretch ? [0.5, 1] : [0, 65536];
  let o = 0;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++, o += 3) {
      const column = Math.floor((a * (x + half) + b * y + c) / one);
      const row = Math.floor((d * x + e * (y + half) + f) / one);
      if (column < 0 || column >= width || row < 0 || row >= height) continue;
      const p = (row * width + column) * 3;
      out[o] = data[p];
      out[o + 1] = data[p + 1];
      out[o + 2] = data[p + 2];
    }
  }
}

/** Each number · 2^16, rounded; c and f also reach from the first pixel's corner to its middle. */
function inFixedPoint([a, b, c, d, e, f]: Matrix): Matrix {
  const fixed = (z: number): number => Math.floor(65536 * z + 0.5);
  return [fixed(a), fixed(b), fixed(c + a / 2 + b / 2), fixed(d), fixed(e), fixed(f + d / 2 + e / 2)];
}

/** Each result's middle, (x + ½, y + ½), is looked up between the middles of the source's pixels. */
function interpolate({ width, height, data }: Picture, matrix: Matrix, out: Uint8ClampedArray, sample: Sampler): void {
  const [a, b, c, d, e, f] = matrix;
  const columns = offsets(width, 3);
  const rows = offsets(height, width * 3);
  let o = 0;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++, o += 3) {
      const u = a * (x + 0.5) + b * (y + 0.5) + c;
      const v = d * (x + 0.5) + e * (y + 0.5) + f;
      if (!(u >= 0 && u < width && v >= 0 && v < height)) continue;
      const left = Math.floor(u - 0.5);
      const top = Math.floor(v - 0.5);
      const dx = u - 0.5 - left;
      const dy = v - 0.5 - top;
      const i = left + MARGIN;
      const j = top + MARGIN;
      for (let k = 0; k < 3; k++) out[o + k] = sample(data, columns, i, dx, rows, j, dy, k) | 0; // clipped by the store
    }
  }
}

/** Channel `k` at `dx`, `dy` (0 … 1) right of and below the pixel at `columns[i]`, `rows[j]`. */
type Sampler = (
  data: Picture["data"],
  columns: Int32Array,
  i: number,
  dx: number,
  rows: Int32Array,
  j: number,
  dy: number,
  k: number,
) => number;

const SAMPLERS: { readonly [Name in Interpolation]: Sampler } = {
  bilinear: (data, columns, i, dx, rows, j, dy, k) => {
    const row = (p: number): number => linear(data[p + columns[i]], data[p + columns[i + 1]], dx);
    return linear(row(rows[j] + k), row(rows[j + 1] + k), dy);
  },
  bicubic: (data, columns, i, dx, rows, j, dy, k) => {
    const row = (p: number): number =>
      cubic(data[p + columns[i - 1]], data[p + columns[i]], data[p + columns[i + 1]], data[p + columns[i + 2]], dx);
    return cubic(row(rows[j - 1] + k), row(rows[j] + k), row(rows[j + 1] + k), row(rows[j + 2] + k), dy);
  },
};

const MARGIN = 2; // places before the first pixel and after the last that a sample may ask for

/** Byte offsets of the positions −2 … size + 1 of one axis, where the pixels at the edges go on. */
function offsets(size: number, pitch: number): Int32Array {
  return Int32Array.from(
    { length: size + 2 * MARGIN },
    (_, at) => Math.min(Math.max(at - MARGIN, 0), size - 1) * pitch,
  );
}

function linear(p: number, q: number, t: number): number {
  return p + (q - p) * t;
}

/** Keys 1981 with a = −1 between q (t = 0) and r (t = 1); the nesting decides the last bit. */
function cubic(p: number, q: number, r: number, s: number, t: number): number {
  return q + t * (r - p + t * (2 * (p - q) + r - s + t * (-p + q - r + s)));
}

/** Python's `round(x, 15)`. */
function round15(x: number): number {
  return Number(x.toFixed(15));
}
