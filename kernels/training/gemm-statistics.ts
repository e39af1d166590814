// The forward GEMM with batch statistics in its epilogue: y as ../convolution.ts gives it, without activation and residual, then
// sums[0, n] (+)= Σ_m (y[m, n] − shift[n]) and sums[1, n] (+)= Σ_m (y[m, n] − shift[n])².
//   a, b, bias, c and their tables as in ../convolution.ts.  shift [channels at the pitch], near the channel's mean.  sums
//   [2][channels at the pitch]
//   for each chunk of 48 pixels · for each panel: the panel's tiles; then for each 24 of the pixels, while they lie in L1: sums of
//     even and of odd pixels, which are added up and then added to the sums in memory
// Registers of the epilogue, 8 channels: 2 shifts + 8 sums + 2 values = 12 of 16 (6 of 256 bits in wide).
// A block's sums are small and start at the shift, so float32 keeps them well; the caller adds calls up in float64.
// Threads split panels, or pixels into calls with sums of their own; bits depend only on which pixels one call sums.

import { NONE } from "../activation";
import { convolution, tile } from "../convolution";
import { madd } from "../madd";
import { WIDE } from "../mode";

const PANEL: i32 = WIDE ? 16 : 8;
const CHUNK: i32 = 48; // pixels whose panel lies in L1; a multiple of every tile
const BLOCK: i32 = 24; // pixels of one float32 sum

/**
 * All `pixels` of the tables (padded as ../convolution.ts needs them), panels `panelFrom` … `panelTo` of `channels` (a multiple
 * of 8). `adds`: 0 to overwrite the sums, 1 to add to them. Bytes but for counts.
 */
export function gemmStatistics(
  a: usize,
  aTable: usize,
  aRow: usize,
  kernelRows: i32,
  runFloats: i32,
  b: usize,
  bias: usize,
  c: usize,
  cTable: usize,
  shift: usize,
  sums: usize,
  pixels: i32,
  channels: i32,
  adds: i32,
  panelFrom: i32,
  panelTo: i32,
): void {
  const pitch = (<usize>channels) << 2;
  const first = (<usize>(panelFrom * PANEL)) << 2;
  const last = min((<usize>(panelTo * PANEL)) << 2, pitch);
  if (adds === 0) {
    memory.fill(sums + first, 0, last - first);
    memory.fill(sums + pitch + first, 0, last - first);
  }
  for (let m = 0; m < pixels; m += CHUNK) {
    const count = min(CHUNK, pixels - m);
    const x = aTable + ((<usize>m) << 2);
    const y = cTable + ((<usize>m) << 2);
    const tiles = (count + tile() - 1) / tile();
    for (let panel = panelFrom; panel < panelTo; panel++) {
      convolution(
        a,
        x,
        aRow,
        kernelRows,
        runFloats,
        b,
        bias,
        c,
        y,
        0,
        0,
        NONE,
        count,
        channels,
        0,
        tiles,
        panel,
        panel + 1,
      );
      const panelTo = min((<usize>((panel + 1) * PANEL)) << 2, pitch);
      for (let block = 0; block < count; block += BLOCK) {
        const rows = min(BLOCK, count - block);
        for (let at = (<usize>(panel * PANEL)) << 2; at < panelTo; at += 32) {
          addStatistics(c + at, y + ((<usize>block) << 2), rows, shift + at, sums + at, pitch);
        }
      }
    }
  }
}

/** Adds a block's sums of 8 channels. */
function addStatistics(c: usize, cTable: usize, pixels: i32, shift: usize, sums: usize, pitch: usize): void {
  const s0 = v128.load(shift);
  const s1 = v128.load(shift, 16);
  let a0 = i32x4.splat(0); // Σ (y − s) of even pixels, b of odd ones; c and d their squares
  let a1 = a0;
  let b0 = a0;
  let b1 = a0;
  let c0 = a0;
  let c1 = a0;
  let d0 = a0;
  let d1 = a0;
  for (const end = cTable + ((<usize>(pixels & ~1)) << 2); cTable < end; cTable += 8) {
    const p = c + load<u32>(cTable);
    const q = c + load<u32>(cTable, 4);
    const x0 = f32x4.sub(v128.load(p), s0);
    const x1 = f32x4.sub(v128.load(p, 16), s1);
    a0 = f32x4.add(a0, x0);
    a1 = f32x4.add(a1, x1);
    c0 = madd(x0, x0, c0);
    c1 = madd(x1, x1, c1);
    const z0 = f32x4.sub(v128.load(q), s0);
    const z1 = f32x4.sub(v128.load(q, 16), s1);
    b0 = f32x4.add(b0, z0);
    b1 = f32x4.add(b1, z1);
    d0 = madd(z0, z0, d0);
    d1 = madd(z1, z1, d1);
  }
  a0 = f32x4.add(a0, b0);
  a1 = f32x4.add(a1, b1);
  c0 = f32x4.add(c0, d0);
  c1 = f32x4.add(c1, d1);
  for (let left = pixels & 1; left > 0; left--) {
    const p = c + load<u32>(cTable);
    const x0 = f32x4.sub(v128.load(p), s0);
    const x1 = f32x4.sub(v128.load(p, 16), s1);
    a0 = f32x4.add(a0, x0);
    a1 = f32x4.add(a1, x1);
    c0 = madd(x0, x0, c0);
    c1 = madd(x1, x1, c1);
  }
  b0 = v128.load(sums);
  b1 = v128.load(sums, 16);
  v128.store(sums, f32x4.add(b1, a1), 16);
  v128.store(sums, f32x4.add(b0, a0));
  sums += pitch;
  b0 = v128.load(sums);
  b1 = v128.load(sums, 16);
  v128.store(sums, f32x4.add(b1, c1), 16);
  v128.store(sums, f32x4.add(b0, c0));
}
