// Convolution as a GEMM that reads the map in place: C[m, n] = bias[n] + Σ_s Σ_k A[m, s, k] · B[n, s, k] (+ R[m, n]), act.
//   m  output pixel, 0 … M.  n  output channel.  s  kernel row (1 for a 1×1).  k  the kernel row's pixels and channels,
//      which lie side by side in NHWC: (kernel width − 1) · pitch + channels floats.
//   A  anywhere: table of byte offsets, one a pixel, then `aRow` bytes from kernel row to kernel row
//   B  packed panels of 8 channels, [panel][s][k][8], zeros beyond the true width; bias the same, [panel][8]
//   C  anywhere: table of byte offsets, one a pixel (so that it can be written into a bordered map); R likewise
// The tables repeat their last entry TILE − 1 times: the last tile computes its last pixel several times instead of branching.
//   for each block of 4 tiles of pixels · for each panel · for each tile of the block · for s · for k:
//     2 vectors of B × TILE splats of A;  then residual and activation over the block while it lies in L1/L2
// Registers, relaxed: 6×8 = 12 accumulators + 2 of B + 1 splat = 15 of 16. simd: 4×8 = 8 + 2 + 1 + 1 product = 12.
// Threads split tiles (large maps) or panels (small ones). A pixel's sum has one order whatever the split.

import { activate, NONE } from "./activation";
import { madd } from "./madd";

/** Pixels a tile; the tables of offsets are padded for it. */
export function tile(): i32 {
  return TILE;
}

const TILE: i32 = ASC_FEATURE_RELAXED_SIMD ? 6 : 4;
const BLOCK: i32 = 4; // tiles; 24 pixels of C stay in L1 until they are activated

/** Tiles `tileFrom` … `tileTo` of the pixels (`pixels` in all), panels `panelFrom` … `panelTo`. Bytes but for counts. */
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
  tileFrom: i32,
  tileTo: i32,
  panelFrom: i32,
  panelTo: i32,
): void {
  const panelBytes = (<usize>(kernelRows * runFloats)) << 5;
  for (let block = tileFrom; block < tileTo; block += BLOCK) {
    const blockEnd = min(block + BLOCK, tileTo);
    for (let panel = panelFrom; panel < panelTo; panel++) {
      const out = c + ((<usize>panel) << 5);
      const panelB = b + <usize>panel * panelBytes;
      const panelBias = bias + ((<usize>panel) << 5);
      for (let t = block; t < blockEnd; t++) {
        const entry = (<usize>(t * TILE)) << 2;
        if (ASC_FEATURE_RELAXED_SIMD) {
          tile6x8(a, aTable + entry, aRow, kernelRows, runFloats, panelB, panelBias, out, cTable + entry);
        } else {
          tile4x8(a, aTable + entry, aRow, kernelRows, runFloats, panelB, panelBias, out, cTable + entry);
        }
      }
    }
    if (residual !== 0 || kind !== NONE) {
      const first = (<usize>panelFrom) << 5;
      const bytes = (<usize>(panelTo - panelFrom)) << 5;
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
  for (const end = c + bytes; c < end; c += 16) {
    v128.store(c, f32x4.add(v128.load(c), v128.load(r)));
    r += 16;
  }
}

function tile6x8(
  a: usize,
  aTable: usize,
  aRow: usize,
  kernelRows: i32,
  runFloats: i32,
  b: usize,
  bias: usize,
  c: usize,
  cTable: usize,
): void {
  let a0 = a + load<u32>(aTable);
  let a1 = a + load<u32>(aTable, 4);
  let a2 = a + load<u32>(aTable, 8);
  let a3 = a + load<u32>(aTable, 12);
  let a4 = a + load<u32>(aTable, 16);
  let a5 = a + load<u32>(aTable, 20);
  const step = aRow - ((<usize>runFloats) << 2); // from the end of one kernel row's run to the start of the next
  let c00 = v128.load(bias);
  let c01 = v128.load(bias, 16);
  let c10 = c00;
  let c11 = c01;
  let c20 = c00;
  let c21 = c01;
  let c30 = c00;
  let c31 = c01;
  let c40 = c00;
  let c41 = c01;
  let c50 = c00;
  let c51 = c01;
  for (let s = 0; s < kernelRows; s++) {
    for (const end = b + ((<usize>runFloats) << 5); b < end; b += 32) {
      const b0 = v128.load(b);
      const b1 = v128.load(b, 16);
      let x = v128.load32_splat(a0);
      c00 = madd(x, b0, c00);
      c01 = madd(x, b1, c01);
      x = v128.load32_splat(a1);
      c10 = madd(x, b0, c10);
      c11 = madd(x, b1, c11);
      x = v128.load32_splat(a2);
      c20 = madd(x, b0, c20);
      c21 = madd(x, b1, c21);
      x = v128.load32_splat(a3);
      c30 = madd(x, b0, c30);
      c31 = madd(x, b1, c31);
      x = v128.load32_splat(a4);
      c40 = madd(x, b0, c40);
      c41 = madd(x, b1, c41);
      x = v128.load32_splat(a5);
      c50 = madd(x, b0, c50);
      c51 = madd(x, b1, c51);
      a0 += 4;
      a1 += 4;
      a2 += 4;
      a3 += 4;
      a4 += 4;
      a5 += 4;
    }
    a0 += step;
    a1 += step;
    a2 += step;
    a3 += step;
    a4 += step;
    a5 += step;
  }
  let row = c + load<u32>(cTable);
  v128.store(row, c00);
  v128.store(row, c01, 16);
  row = c + load<u32>(cTable, 4);
  v128.store(row, c10);
  v128.store(row, c11, 16);
  row = c + load<u32>(cTable, 8);
  v128.store(row, c20);
  v128.store(row, c21, 16);
  row = c + load<u32>(cTable, 12);
  v128.store(row, c30);
  v128.store(row, c31, 16);
  row = c + load<u32>(cTable, 16);
  v128.store(row, c40);
  v128.store(row, c41, 16);
  row = c + load<u32>(cTable, 20);
  v128.store(row, c50);
  v128.store(row, c51, 16);
}

function tile4x8(
  a: usize,
  aTable: usize,
  aRow: usize,
  kernelRows: i32,
  runFloats: i32,
  b: usize,
  bias: usize,
  c: usize,
  cTable: usize,
): void {
  let a0 = a + load<u32>(aTable);
  let a1 = a + load<u32>(aTable, 4);
  let a2 = a + load<u32>(aTable, 8);
  let a3 = a + load<u32>(aTable, 12);
  const step = aRow - ((<usize>runFloats) << 2);
  let c00 = v128.load(bias);
  let c01 = v128.load(bias, 16);
  let c10 = c00;
  let c11 = c01;
  let c20 = c00;
  let c21 = c01;
  let c30 = c00;
  let c31 = c01;
  for (let s = 0; s < kernelRows; s++) {
    for (const end = b + ((<usize>runFloats) << 5); b < end; b += 32) {
      const b0 = v128.load(b);
      const b1 = v128.load(b, 16);
      let x = v128.load32_splat(a0);
      c00 = madd(x, b0, c00);
      c01 = madd(x, b1, c01);
      x = v128.load32_splat(a1);
      c10 = madd(x, b0, c10);
      c11 = madd(x, b1, c11);
      x = v128.load32_splat(a2);
      c20 = madd(x, b0, c20);
      c21 = madd(x, b1, c21);
      x = v128.load32_splat(a3);
      c30 = madd(x, b0, c30);
      c31 = madd(x, b1, c31);
      a0 += 4;
      a1 += 4;
      a2 += 4;
      a3 += 4;
    }
    a0 += step;
    a1 += step;
    a2 += step;
    a3 += step;
  }
  let row = c + load<u32>(cTable);
  v128.store(row, c00);
  v128.store(row, c01, 16);
  row = c + load<u32>(cTable, 4);
  v128.store(row, c10);
  v128.store(row, c11, 16);
  row = c + load<u32>(cTable, 8);
  v128.store(row, c20);
  v128.store(row, c21, 16);
  row = c + load<u32>(cTable, 12);
  v128.store(row, c30);
  v128.store(row, c31, 16);
}
