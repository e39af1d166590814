// FMA probe: independent chains acc = acc · scale + shift that stay in registers; what it reaches is the peak of a core.
//   128 bits: 12 chains of one vector, 12 + 2 of 16 registers.
//   256 bits: 12 chains of two neighbouring vectors, stored side by side, so that V8's pass joins them: again 12 + 2.
// The latency is 4 cycles, two a cycle: 8 chains would do.

import { madd } from "../kernels/madd";

/** Reads scale and shift (8 floats each) at `at`, writes 96 floats behind them. 96 flops a turn. */
export function narrow(turns: i32, at: usize): void {
  const scale = v128.load(at);
  const shift = v128.load(at, 32);
  let a = shift;
  let b = f32x4.add(a, shift);
  let c = f32x4.add(b, shift);
  let d = f32x4.add(c, shift);
  let e = f32x4.add(d, shift);
  let f = f32x4.add(e, shift);
  let g = f32x4.add(f, shift);
  let h = f32x4.add(g, shift);
  let i = f32x4.add(h, shift);
  let j = f32x4.add(i, shift);
  let k = f32x4.add(j, shift);
  let l = f32x4.add(k, shift);
  for (let turn = 0; turn < turns; turn++) {
    a = madd(a, scale, shift);
    b = madd(b, scale, shift);
    c = madd(c, scale, shift);
    d = madd(d, scale, shift);
    e = madd(e, scale, shift);
    f = madd(f, scale, shift);
    g = madd(g, scale, shift);
    h = madd(h, scale, shift);
    i = madd(i, scale, shift);
    j = madd(j, scale, shift);
    k = madd(k, scale, shift);
    l = madd(l, scale, shift);
  }
  v128.store(at, a, 64);
  v128.store(at, b, 80);
  v128.store(at, c, 96);
  v128.store(at, d, 112);
  v128.store(at, e, 128);
  v128.store(at, f, 144);
  v128.store(at, g, 160);
  v128.store(at, h, 176);
  v128.store(at, i, 192);
  v128.store(at, j, 208);
  v128.store(at, k, 224);
  v128.store(at, l, 240);
}

/** The same with pairs. 192 flops a turn. */
export function wide(turns: i32, at: usize): void {
  const scale0 = v128.load(at);
  const scale1 = v128.load(at, 16);
  const shift0 = v128.load(at, 32);
  const shift1 = v128.load(at, 48);
  let a0 = v128.load(at, 64);
  let a1 = v128.load(at, 80);
  let b0 = v128.load(at, 96);
  let b1 = v128.load(at, 112);
  let c0 = v128.load(at, 128);
  let c1 = v128.load(at, 144);
  let d0 = v128.load(at, 160);
  let d1 = v128.load(at, 176);
  let e0 = v128.load(at, 192);
  let e1 = v128.load(at, 208);
  let f0 = v128.load(at, 224);
  let f1 = v128.load(at, 240);
  let g0 = v128.load(at, 256);
  let g1 = v128.load(at, 272);
  let h0 = v128.load(at, 288);
  let h1 = v128.load(at, 304);
  let i0 = v128.load(at, 320);
  let i1 = v128.load(at, 336);
  let j0 = v128.load(at, 352);
  let j1 = v128.load(at, 368);
  let k0 = v128.load(at, 384);
  let k1 = v128.load(at, 400);
  let l0 = v128.load(at, 416);
  let l1 = v128.load(at, 432);
  for (let turn = 0; turn < turns; turn++) {
    a0 = madd(a0, scale0, shift0);
    a1 = madd(a1, scale1, shift1);
    b0 = madd(b0, scale0, shift0);
    b1 = madd(b1, scale1, shift1);
    c0 = madd(c0, scale0, shift0);
    c1 = madd(c1, scale1, shift1);
    d0 = madd(d0, scale0, shift0);
    d1 = madd(d1, scale1, shift1);
    e0 = madd(e0, scale0, shift0);
    e1 = madd(e1, scale1, shift1);
    f0 = madd(f0, scale0, shift0);
    f1 = madd(f1, scale1, shift1);
    g0 = madd(g0, scale0, shift0);
    g1 = madd(g1, scale1, shift1);
    h0 = madd(h0, scale0, shift0);
    h1 = madd(h1, scale1, shift1);
    i0 = madd(i0, scale0, shift0);
    i1 = madd(i1, scale1, shift1);
    j0 = madd(j0, scale0, shift0);
    j1 = madd(j1, scale1, shift1);
    k0 = madd(k0, scale0, shift0);
    k1 = madd(k1, scale1, shift1);
    l0 = madd(l0, scale0, shift0);
    l1 = madd(l1, scale1, shift1);
  }
  v128.store(at, a0, 64);
  v128.store(at, a1, 80);
  v128.store(at, b0, 96);
  v128.store(at, b1, 112);
  v128.store(at, c0, 128);
  v128.store(at, c1, 144);
  v128.store(at, d0, 160);
  v128.store(at, d1, 176);
  v128.store(at, e0, 192);
  v128.store(at, e1, 208);
  v128.store(at, f0, 224);
  v128.store(at, f1, 240);
  v128.store(at, g0, 256);
  v128.store(at, g1, 272);
  v128.store(at, h0, 288);
  v128.store(at, h1, 304);
  v128.store(at, i0, 320);
  v128.store(at, i1, 336);
  v128.store(at, j0, 352);
  v128.store(at, j1, 368);
  v128.store(at, k0, 384);
  v128.store(at, k1, 400);
  v128.store(at, l0, 416);
  v128.store(at, l1, 432);
}
