// One vector times a matrix: y[n] = act(bias[n] + Σ_k x[k] · B[n, k]).  Squeeze-and-excitation and the classifier.
//   x  `count` floats.  B  packed panels of 8 outputs, [panel][k][8], zeros beyond the true width; bias [panel][8]
//   for each panel · for k in fours: 4 splats of x × 2 vectors of B each into 4 pairs of sums;  then the pairs join
// Registers: 8 accumulators (4 steps of k, so that the additions' latency hides) + 2 of B + 1 splat = 11 of 16.
// Memory-bound: B is read once. Threads split panels, or each computes all; the order of a sum does not depend on the split.

import { storeActivated } from "./activation";
import { madd } from "./madd";

/** Panels `panelFrom` … `panelTo`. */
export function linear(
  x: usize,
  count: i32,
  b: usize,
  bias: usize,
  y: usize,
  kind: i32,
  panelFrom: i32,
  panelTo: i32,
): void {
  const panelBytes = (<usize>count) << 5;
  const fours = count & ~3;
  for (let panel = panelFrom; panel < panelTo; panel++) {
    let w = b + <usize>panel * panelBytes;
    let p = x;
    const at = (<usize>panel) << 5;
    let a0 = v128.load(bias + at);
    let a1 = v128.load(bias + at, 16);
    let b0 = i32x4.splat(0);
    let b1 = b0;
    let c0 = b0;
    let c1 = b0;
    let d0 = b0;
    let d1 = b0;
    for (const end = x + ((<usize>fours) << 2); p < end; p += 16) {
      let v = v128.load32_splat(p);
      a0 = madd(v, v128.load(w), a0);
      a1 = madd(v, v128.load(w, 16), a1);
      v = v128.load32_splat(p, 4);
      b0 = madd(v, v128.load(w, 32), b0);
      b1 = madd(v, v128.load(w, 48), b1);
      v = v128.load32_splat(p, 8);
      c0 = madd(v, v128.load(w, 64), c0);
      c1 = madd(v, v128.load(w, 80), c1);
      v = v128.load32_splat(p, 12);
      d0 = madd(v, v128.load(w, 96), d0);
      d1 = madd(v, v128.load(w, 112), d1);
      w += 128;
    }
    for (const end = x + ((<usize>count) << 2); p < end; p += 4) {
      const v = v128.load32_splat(p);
      a0 = madd(v, v128.load(w), a0);
      a1 = madd(v, v128.load(w, 16), a1);
      w += 32;
    }
    const y0 = f32x4.add(f32x4.add(a0, b0), f32x4.add(c0, d0));
    const y1 = f32x4.add(f32x4.add(a1, b1), f32x4.add(c1, d1));
    storeActivated(kind, y + at, y0, y1); // once: other threads may write the same and read it meanwhile
  }
}
