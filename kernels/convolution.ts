// Convolution as a GEMM that reads the map in place: C[m, n] = bias[n] + Σ_s Σ_k A[m, s, k] · B[n, s, k] (+ R[m, n]), act.
//   m  output pixel, 0 … M.  n  output channel.  s  kernel row (1 for a 1×1).  k  the kernel row's pixels and channels,
//      which lie side by side in NHWC: (kernel width − 1) · pitch + channels floats.
//   A  anywhere: table of byte offsets, one a pixel, then `aRow` bytes from kernel row to kernel row
//   B  packed panels of PANEL channels (8; wide: 16, the last one 8 if that is enough), [panel][s][k][channel], zeros beyond
//      the true width; bias [channel]
//   C  anywhere: table of byte offsets, one a pixel (so that it can be written into a bordered map); R likewise
// A map's last tiles are one pixel shorter, so that they end with it: 49 pixels are 4 tiles of 6 and 5 of 5. Where there are too
// few pixels for that, the last tile computes its last pixel several times: the tables repeat their last entry TILE − 1 times.
//   for each block of 8 to 12 tiles of pixels · for each panel · for each tile of the block · for s · for k:
//     the panel's vectors of B × TILE splats of A;  then residual and activation over the block while it lies in L1/L2
// Registers, relaxed: 6×8 = 12 accumulators + 2 of B + 1 splat = 15 of 16. simd: 4×8 = 8 + 2 + 1 + 1 product = 12. wide:
//   6×16 = the relaxed count in registers of 256 bits; its 128-bit halves are neighbours, so that V8 can join them. A last panel
//   of 8 would leave half of the accumulators idle: tiles of 8×8 then walk over the block, the last one back over the one before.
// The tiles are in tiles.ts. Tried: other blocks (docs/engine.md, "Kernels").
// Threads split tiles or panels. A pixel's sum has one order whatever the split.

import { activate, NONE } from "./activation";
import { WIDE } from "./mode";
import { tile3x8, tile4x8, tile5x8, tile5x16, tile6x8, tile6x16, tile8x8 } from "./tiles";

/** Pixels a tile; the tables of offsets are padded for it. */
export function tile(): i32 {
  return TILE;
}

/** Channels a panel of B; the last one may be of 8. */
export function panel(): i32 {
  return PANEL;
}

const TILE: i32 = ASC_FEATURE_RELAXED_SIMD ? 6 : 4;
const PANEL: i32 = WIDE ? 16 : 8;
const PANEL_BYTES: usize = WIDE ? 64 : 32; // of one k
const BLOCK: i32 = 8; // tiles that share a panel before the next is read; their C is activated while it lies in L2
const LAST_BLOCK: i32 = 12; // rather than to read all panels again for a few tiles

/**
 * Tiles `tileFrom` … `tileTo` of the pixels (`pixels` in all), panels `panelFrom` … `panelTo` of `channels` (a multiple of
 * 8). Bytes but for counts.
 */
export function convolution(
  a: usize,
  aTable: usize,
  aRow: usize,
  kernelRows: i32,
  runFloats: i32,
  b: usize,
  bias: usize,
  c: usize,
  cTable: usize,
  residual: usize,
  residualTable: usize,
  kind: i32,
  pixels: i32,
  channels: i32,
  tileFrom: i32,
  tileTo: i32,
  panelFrom: i32,
  panelTo: i32,
): void {
  const panelBytes = <usize>(kernelRows * runFloats) * PANEL_BYTES;
  const first = <usize>panelFrom * PANEL_BYTES;
  const bytes = ((<usize>min(panelTo * PANEL, channels)) << 2) - first;
  const tiles = (pixels + TILE - 1) / TILE;
  const shorter = tiles * TILE - pixels;
  const firstShort = shorter <= tiles ? tiles - shorter : tiles;
  for (let block = tileFrom, blockEnd = 0; block < tileTo; block = blockEnd) {
    blockEnd = tileTo - block <= LAST_BLOCK ? tileTo : block + BLOCK;
    const from = pixelOf(block, firstShort);
    const to = min(pixelOf(blockEnd, firstShort), pixels);
    for (let panel = panelFrom; panel < panelTo; panel++) {
      const out = c + <usize>panel * PANEL_BYTES;
      const panelB = b + <usize>panel * panelBytes;
      const panelBias = bias + <usize>panel * PANEL_BYTES;
      if (WIDE && panel * PANEL + 8 >= channels && to - from >= 8) {
        for (let m = from; m < to; m += 8) {
          const entry = (<usize>min(m, to - 8)) << 2;
          tile8x8(a, aTable + entry, aRow, kernelRows, runFloats, panelB, panelBias, out, cTable + entry);
        }
        continue;
      }
      for (let t = block; t < blockEnd; t++) {
        const entry = (<usize>pixelOf(t, firstShort)) << 2;
        const x = aTable + entry;
        const y = cTable + entry;
        if (WIDE && panel * PANEL + 8 < channels) {
          if (t < firstShort) tile6x16(a, x, aRow, kernelRows, runFloats, panelB, panelBias, out, y);
          else tile5x16(a, x, aRow, kernelRows, runFloats, panelB, panelBias, out, y);
        } else if (ASC_FEATURE_RELAXED_SIMD) {
          if (t < firstShort) tile6x8(a, x, aRow, kernelRows, runFloats, panelB, panelBias, out, y);
          else tile5x8(a, x, aRow, kernelRows, runFloats, panelB, panelBias, out, y);
        } else {
          if (t < firstShort) tile4x8(a, x, aRow, kernelRows, runFloats, panelB, panelBias, out, y);
          else tile3x8(a, x, aRow, kernelRows, runFloats, panelB, panelBias, out, y);
        }
      }
    }
    if (residual !== 0 || kind !== NONE) {
      for (let m = from, end = from; m < to; m = end) {
        end = runEnd(cTable, m, to, bytes);
        if (residual !== 0) end = runEnd(residualTable, m, end, bytes);
        const run = c + load<u32>(cTable + ((<usize>m) << 2)) + first;
        const runBytes = bytes * <usize>(end - m);
        if (residual !== 0) addRun(run, residual + load<u32>(residualTable + ((<usize>m) << 2)) + first, runBytes);
        activate(kind, run, 0, run, 0, runBytes, 1);
      }
    }
  }
}

/** Where the pixels from m on, `bytes` each, cease to lie side by side, at most `to`. */
function runEnd(table: usize, m: i32, to: i32, bytes: usize): i32 {
  const step = <u32>bytes;
  let p = table + ((<usize>m) << 2);
  let end = m + 1;
  for (; end < to && load<u32>(p, 4) - load<u32>(p) === step; end++) p += 4;
  return end;
}

/** The first pixel of a tile. */
function pixelOf(tile: i32, firstShort: i32): i32 {
  return tile * TILE - max(tile - firstShort, 0);
}

function addRun(c: usize, r: usize, bytes: usize): void {
  for (const end = c + bytes; c < end; c += 32) {
    const c0 = v128.load(c);
    const c1 = v128.load(c, 16);
    const r0 = v128.load(r);
    const r1 = v128.load(r, 16);
    v128.store(c, f32x4.add(c1, r1), 16);
    v128.store(c, f32x4.add(c0, r0));
    r += 32;
  }
}
