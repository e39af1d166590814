// Weight gradient of a convolution as a GEMM that adds outer products: W′[s, k, n] (+)= Σ_m A[m, s, k] · G[m, n].
//   m  output pixel, 0 … pixels.  n  output channel.  s, k  kernel row, and its pixels and channels as they lie side by side in
//      NHWC: a row of W′ is r = s · runFloats + k, of kernelRows · runFloats in all (a 1×1: its input channels)
//   A  the convolution's input, read in place as the forward GEMM (../convolution.ts) reads it: table of byte offsets, one a
//      pixel, then `aRow` bytes from kernel row to kernel row. Channels of the pitch beyond the true ones, zeros, give zeros
//   G  gradient of the convolution's output: table of byte offsets, one a pixel
//   W′ packed panels as the weights lie: [panel][r][PANEL outputs], the last panel of 8 if that is enough
//   for each block of pixels · for each panel · for each tile of rows of W′: load the tile · for m: the panel's vectors of G ×
//     TILE neighbouring splats of A · store the tile
// Registers: as the forward tiles. Relaxed 6×8 = 12 accumulators + 2 of G + 1 splat = 15 of 16; simd 4×8 = 8 + 2 + 1 + 1 product
//   = 12; wide 6×16, and 8×8 where the last panel is of 8, in registers of 256 bits.
// Rows are dealt to tiles evenly: 16 are 6 + 5 + 5. A number of W′ is one sum over m in rising order, kept exactly between blocks:
// its bits depend neither on blocks nor tiles nor on how threads split rows and panels, only on which pixels one call sums.
// This is the dense k×k gradient, too: the table of A does what an im2col matrix would be written for.

import { WIDE } from "../mode";
import {
  gradient1x8,
  gradient1x8Table,
  gradient1x16,
  gradient1x16Table,
  gradient3x8,
  gradient3x8Table,
  gradient3x16,
  gradient3x16Table,
  gradient4x8,
  gradient4x8Table,
  gradient4x16,
  gradient4x16Table,
  gradient5x8,
  gradient5x8Table,
  gradient5x16,
  gradient5x16Table,
  gradient6x8,
  gradient6x8Table,
  gradient6x16,
  gradient6x16Table,
  gradient8x8,
  gradient8x8Table,
} from "./tiles";

const TILE: i32 = ASC_FEATURE_RELAXED_SIMD ? 6 : 4;
const PANEL: i32 = WIDE ? 16 : 8;
const BLOCK: i32 = 128; // pixels whose A and G lie in L2 while all tiles read them

/**
 * Rows `rowFrom` … `rowTo` of W′ (0 … kernelRows · runFloats), panels `panelFrom` … `panelTo` of `channels` outputs (a multiple
 * of 8). `adds`: 0 to overwrite what lies there, 1 to add to it. `a`, `g`, `w`, `aRow`: bytes; tables: u32, bytes from `a`, `g`.
 */
export function weightGradient(
  a: usize,
  aTable: usize,
  aRow: usize,
  kernelRows: i32,
  runFloats: i32,
  g: usize,
  gTable: usize,
  w: usize,
  pixels: i32,
  channels: i32,
  adds: i32,
  rowFrom: i32,
  rowTo: i32,
  panelFrom: i32,
  panelTo: i32,
): void {
  const rows = <usize>(kernelRows * runFloats);
  if (adds === 0) {
    for (let panel = panelFrom; panel < panelTo; panel++) {
      const rowBytes = (<usize>min(channels - panel * PANEL, PANEL)) << 2;
      const at = w + ((<usize>(panel * PANEL)) << 2) * rows + <usize>rowFrom * rowBytes;
      memory.fill(at, 0, <usize>(rowTo - rowFrom) * rowBytes);
    }
  }
  for (let block = 0; block < pixels; block += BLOCK) {
    const m = (<usize>block) << 2;
    const count = min(BLOCK, pixels - block);
    const x = aTable + m;
    const y = gTable + m;
    const isEven = areEven(x, count) && areEven(y, count);
    for (let panel = panelFrom; panel < panelTo; panel++) {
      const first = (<usize>(panel * PANEL)) << 2;
      const isHalf = channels - panel * PANEL < PANEL;
      const rowBytes: usize = isHalf ? 32 : (<usize>PANEL) << 2;
      for (let row = rowFrom, runEnd = 0; row < rowTo; row = runEnd) {
        const s = row / runFloats;
        runEnd = min(rowTo, (s + 1) * runFloats);
        const p = a + <usize>s * aRow + ((<usize>(row - s * runFloats)) << 2);
        const at = w + first * rows + <usize>row * rowBytes;
        const left = runEnd - row;
        if (isEven) {
          const from = p + load<u32>(x);
          const with_ = g + first + load<u32>(y);
          const aStep = stepOf(x, count);
          const gStep = stepOf(y, count);
          if (WIDE && !isHalf) stepped16(from, aStep, with_, gStep, count, at, left);
          else stepped8(from, aStep, with_, gStep, count, at, left);
        } else {
          if (WIDE && !isHalf) tabled16(p, x, g + first, y, count, at, left);
          else tabled8(p, x, g + first, y, count, at, left);
        }
      }
    }
  }
}

/** True if the entries of a table rise evenly: most blocks of a 1×1 lie in one piece. */
function areEven(table: usize, count: i32): bool {
  const step = stepOf(table, count);
  for (const end = table + ((<usize>(count - 1)) << 2); table < end; table += 4) {
    if (load<u32>(table, 4) - load<u32>(table) !== <u32>step) return false;
  }
  return true;
}

function stepOf(table: usize, count: i32): usize {
  return count < 2 ? 4 : load<u32>(table, 4) - load<u32>(table);
}

/** Neighbouring rows of one panel of 16, pixels by step. */
function stepped16(a: usize, aStep: usize, g: usize, gStep: usize, pixels: i32, w: usize, rows: i32): void {
  while (rows > 0) {
    const size = tileOf(rows);
    if (size === 6) gradient6x16(a, aStep, g, gStep, pixels, w);
    else if (size === 5) gradient5x16(a, aStep, g, gStep, pixels, w);
    else if (size === 4) gradient4x16(a, aStep, g, gStep, pixels, w);
    else if (size === 3) gradient3x16(a, aStep, g, gStep, pixels, w);
    else gradient1x16(a, aStep, g, gStep, pixels, w);
    rows -= size;
    a += (<usize>size) << 2;
    w += (<usize>size) << 6;
  }
}

/** Neighbouring rows of one panel of 8, pixels by step. */
function stepped8(a: usize, aStep: usize, g: usize, gStep: usize, pixels: i32, w: usize, rows: i32): void {
  while (rows > 0) {
    let size = tileOf(rows);
    if (WIDE && (rows & 7) === 0) {
      size = 8;
      gradient8x8(a, aStep, g, gStep, pixels, w);
    } else if (ASC_FEATURE_RELAXED_SIMD && size === 6) gradient6x8(a, aStep, g, gStep, pixels, w);
    else if (ASC_FEATURE_RELAXED_SIMD && size === 5) gradient5x8(a, aStep, g, gStep, pixels, w);
    else if (size === 4) gradient4x8(a, aStep, g, gStep, pixels, w);
    else if (size === 3) gradient3x8(a, aStep, g, gStep, pixels, w);
    else gradient1x8(a, aStep, g, gStep, pixels, w);
    rows -= size;
    a += (<usize>size) << 2;
    w += (<usize>size) << 5;
  }
}

/** Neighbouring rows of one panel of 16, pixels by table. */
function tabled16(a: usize, aTable: usize, g: usize, gTable: usize, pixels: i32, w: usize, rows: i32): void {
  while (rows > 0) {
    const size = tileOf(rows);
    if (size === 6) gradient6x16Table(a, aTable, g, gTable, pixels, w);
    else if (size === 5) gradient5x16Table(a, aTable, g, gTable, pixels, w);
    else if (size === 4) gradient4x16Table(a, aTable, g, gTable, pixels, w);
    else if (size === 3) gradient3x16Table(a, aTable, g, gTable, pixels, w);
    else gradient1x16Table(a, aTable, g, gTable, pixels, w);
    rows -= size;
    a += (<usize>size) << 2;
    w += (<usize>size) << 6;
  }
}

/** Neighbouring rows of one panel of 8, pixels by table. */
function tabled8(a: usize, aTable: usize, g: usize, gTable: usize, pixels: i32, w: usize, rows: i32): void {
  while (rows > 0) {
    let size = tileOf(rows);
    if (WIDE && (rows & 7) === 0) {
      size = 8;
      gradient8x8Table(a, aTable, g, gTable, pixels, w);
    } else if (ASC_FEATURE_RELAXED_SIMD && size === 6) gradient6x8Table(a, aTable, g, gTable, pixels, w);
    else if (ASC_FEATURE_RELAXED_SIMD && size === 5) gradient5x8Table(a, aTable, g, gTable, pixels, w);
    else if (size === 4) gradient4x8Table(a, aTable, g, gTable, pixels, w);
    else if (size === 3) gradient3x8Table(a, aTable, g, gTable, pixels, w);
    else gradient1x8Table(a, aTable, g, gTable, pixels, w);
    rows -= size;
    a += (<usize>size) << 2;
    w += (<usize>size) << 5;
  }
}

/** Rows of the next tile of `rows`, so that the tiles differ by one row at most; 2 rows are 1 + 1. */
function tileOf(rows: i32): i32 {
  if (rows <= 2) return 1;
  const tiles = (rows + TILE - 1) / TILE;
  return (rows + tiles - 1) / tiles;
}
