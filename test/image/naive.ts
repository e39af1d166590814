// Resize and crop written plainly from the algorithm's description: whole pictures, number arrays, sums in BigInt.

import type { Interpolation } from "#effnet/image/filters.js";
import type { Picture } from "#effnet/image/picture.js";

/** Both passes over the whole picture. BigInt sums cannot overflow, so equality proves that 32 bits suffice. */
export function naiveResize(source: Picture, width: number, height: number, interpolation: Interpolation): Picture {
  const wide: number[] = [];
  const columns = weights(source.width, width, interpolation);
  for (let y = 0; y < source.height; y++) {
    for (let x = 0; x < width; x++) {
      for (let c = 0; c < 3; c++) {
        wide.push(weighted(columns[x], (column) => source.data[(y * source.width + column) * 3 + c]));
      }
    }
  }
  const out: number[] = [];
  const rows = weights(source.height, height, interpolation);
  for (let y = 0; y < height; y++) {
    for (let i = 0; i < width * 3; i++) out.push(weighted(rows[y], (row) => wide[row * width * 3 + i]));
  }
  return { width, height, data: Uint8Array.from(out) };
}

/** The part of `source` at (left, top); what lies outside the source has the colour. */
export function naiveCut(
  source: Picture,
  box: { left: number; top: number; width: number; height: number },
  color: readonly number[],
): Picture {
  const out: number[] = [];
  for (let y = box.top; y < box.top + box.height; y++) {
    for (let x = box.left; x < box.left + box.width; x++) {
      const isInside = x >= 0 && x < source.width && y >= 0 && y < source.height;
      for (let c = 0; c < 3; c++) out.push(isInside ? source.data[(y * source.width + x) * 3 + c] : color[c]);
    }
  }
  return { width: box.width, height: box.height, data: Uint8Array.from(out) };
}

type Weighted = [position: number, weight: bigint][];

function weights(size: number, newSize: number, interpolation: Interpolation): Weighted[] {
  if (size === newSize) return Array.from({ length: size }, (_, i) => [[i, 1n << 22n]]); // a pass that is skipped
  const kernel = interpolation === "bilinear" ? bilinear : bicubic;
  const stretch = size > newSize ? size / newSize : 1;
  const support = (interpolation === "bilinear" ? 1 : 2) * stretch;
  return Array.from({ length: newSize }, (_, o) => {
    const center = (o + 0.5) * (size / newSize);
    const from = Math.max(0, Math.trunc(center - support + 0.5));
    const to = Math.min(size, Math.trunc(center + support + 0.5));
    const positions = Array.from({ length: to - from }, (_, i) => i);
    const raw = positions.map((i) => kernel(Math.abs((i + from - center + 0.5) * (1 / stretch))));
    const sum = raw.reduce((total, w) => total + w, 0);
    return positions.map((i): [number, bigint] => {
      const scaled = (raw[i] / sum) * 4194304;
      return [i + from, BigInt(Math.trunc(scaled < 0 ? scaled - 0.5 : scaled + 0.5))];
    });
  });
}

function weighted(of: Weighted, byteAt: (position: number) => number): number {
  let sum = 1n << 21n;
  for (const [position, weight] of of) sum += weight * BigInt(byteAt(position));
  const rounded = sum >> 22n;
  return rounded < 0n ? 0 : rounded > 255n ? 255 : Number(rounded);
}

function bilinear(x: number): number {
  return x < 1 ? 1 - x : 0;
}

function bicubic(x: number): number {
  if (x < 1) return (1.5 * x - 2.5) * x * x + 1;
  return x < 2 ? (((x - 5) * x + 8) * x - 4) * -0.5 : 0;
}
