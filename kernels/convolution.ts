// Convolution as a GEMM that reads the map in place: C[m, n] = bias[n] + Σ_s Σ_k A[m, s, k] · B[n, s, k] (+ R[m, n]), act.
//   m  output pixel, 0 … M.  n  output channel.  s  kernel row (1 for a 1×1).  k  the kernel row's pixels and channels,
//      which lie side by side in NHWC: (kernel width − 1) · pitch + channels floats.
//   A  anywhere: table of byte offsets, one a pixel, then `aRow` bytes from kernel row to kernel row
//   B  packed panels of PANEL channels (8; wide: 16, the last one 8 if that is enough), [panel][s][k][channel], zeros beyond
//      the true width; bias [channel]
//   C  anywhere: table of byte offsets, one a pixel (so that it can be written into a bordered map); R likewise
// The tables repeat their last entry TILE − 1 times: the last tile computes its last pixel several times instead of branching.
//   for each block of 8 tiles of pixels · for each panel · for each tile of the block · for s · for k:
//     the panel's vectors of B × TILE splats of A;  then residual and activation over the block while it lies in L1/L2
// Registers, relaxed: 6×8 = 12 accumulators + 2 of B + 1 splat = 15 of 16. simd: 4×8 = 8 + 2 + 1 + 1 product = 12. wide:
//   6×16 = the relaxed count in registers of 256 bits; its 128-bit halves are neighbours, so that V8 can join them.
// The tiles are in tiles.ts. Tried: other blocks (docs/engine.md, "Kernels").
// Threads split tiles or panels. A pixel's sum has one order whatever the split.

import { activate, NONE } from "./activation";
import { WIDE } from "./mode";
import { tile4x8, tile6x8, tile6x16 } from "./tiles";

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
  for (let block = tileFrom; block < tileTo; block += BLOCK) {
    const blockEnd = min(block + BLOCK, tileTo);
    for (let panel = panelFrom; panel < panelTo; panel++) {
      const out = c + <usize>panel * PANEL_BYTES;
      const panelB = b + <usize>panel * panelBytes;
      const panelBias = bias + <usize>panel * PANEL_BYTES;
      for (let t = block; t < blockEnd; t++) {
        const entry = (<usize>(t * TILE)) << 2;
        if (WIDE && panel * PANEL + 8 < channels) {
          tile6x16(a, aTable + entry, aRow, kernelRows, runFloats, panelB, panelBias, out, cTable + entry);
        } else if (ASC_FEATURE_RELAXED_SIMD) {
          tile6x8(a, aTable + entry, aRow, kernelRows, runFloats, panelB, panelBias, out, cTable + entry);
        } else {
          tile4x8(a, aTable + entry, aRow, kernelRows, runFloats, panelB, panelBias, out, cTable + entry);
        }
      }
    }
    if (residual !== 0 || kind !== NONE) {
      const last = min(blockEnd * TILE, pixels);
      for (let m = block * TILE; m < last; m++) {
        const row = c + load<u32>(cTable + ((<usize>m) << 2)) + first;
        if (residual !== 0) addRow(row, residual + load<u32>(residualTable + ((<usize>m) << 2)) + first, bytes);
        activate(kind, row, 0, row, 0, bytes, 1);
      }
    }
  }
}

function addRow(c: usize, r: usize, bytes: usize): void {
  for (const end = c + bytes; c < end; c += 32) {
    const c0 = v128.load(c);
    const c1 = v128.load(c, 16);
    v128.store(c, f32x4.add(c0, v128.load(r)));
    v128.store(c, f32x4.add(c1, v128.load(r, 16)), 16);
    r += 32;
  }
}
