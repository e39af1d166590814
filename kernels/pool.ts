// Mean over a map: y[c] = Σ_h Σ_w x[h, w, c] / (height · width).  The squeeze and the global pool.
//   for each 16 channels · for each row: sum over w into 4 vectors;  then the row's sums are added to the map's
// Two levels of sums keep float32 rounding near that of one row. Registers: 4 row sums + 4 map sums + 1 load = 9 of 16.
// Threads split channels; of large maps each sums its own rows first (`rowSums`), and every one takes the mean of those. The order of a sum does not depend on the split.

/** Channels `from` … `to` in bytes, multiples of 32. `scale`: address of 1 / (height · width). */
export function meanPool(
  x: usize,
  xRow: usize,
  xPixel: usize,
  height: i32,
  width: i32,
  scale: usize,
  y: usize,
  from: usize,
  to: usize,
): void {
  const factor = v128.load32_splat(scale);
  let at = from;
  for (; at + 64 <= to; at += 64) {
    let m0 = i32x4.splat(0);
    let m1 = m0;
    let m2 = m0;
    let m3 = m0;
    let row = x + at;
    for (let h = 0; h < height; h++) {
      let r0 = i32x4.splat(0);
      let r1 = r0;
      let r2 = r0;
      let r3 = r0;
      let p = row;
      for (let w = 0; w < width; w++) {
        r0 = f32x4.add(r0, v128.load(p));
        r1 = f32x4.add(r1, v128.load(p, 16));
        r2 = f32x4.add(r2, v128.load(p, 32));
        r3 = f32x4.add(r3, v128.load(p, 48));
        p += xPixel;
      }
      m0 = f32x4.add(m0, r0);
      m1 = f32x4.add(m1, r1);
      m2 = f32x4.add(m2, r2);
      m3 = f32x4.add(m3, r3);
      row += xRow;
    }
    v128.store(y + at, f32x4.mul(m0, factor));
    v128.store(y + at, f32x4.mul(m1, factor), 16);
    v128.store(y + at, f32x4.mul(m2, factor), 32);
    v128.store(y + at, f32x4.mul(m3, factor), 48);
  }
  for (; at < to; at += 32) {
    let m0 = i32x4.splat(0);
    let m1 = m0;
    let row = x + at;
    for (let h = 0; h < height; h++) {
      let r0 = i32x4.splat(0);
      let r1 = r0;
      let p = row;
      for (let w = 0; w < width; w++) {
        r0 = f32x4.add(r0, v128.load(p));
        r1 = f32x4.add(r1, v128.load(p, 16));
        p += xPixel;
      }
      m0 = f32x4.add(m0, r0);
      m1 = f32x4.add(m1, r1);
      row += xRow;
    }
    v128.store(y + at, f32x4.mul(m0, factor));
    v128.store(y + at, f32x4.mul(m1, factor), 16);
  }
}

/** The sums of rows `rowFrom` … `rowTo`, each a vector of `bytes` bytes. `one`: address of 1. */
export function rowSums(
  x: usize,
  xRow: usize,
  xPixel: usize,
  width: i32,
  one: usize,
  y: usize,
  yRow: usize,
  bytes: usize,
  rowFrom: i32,
  rowTo: i32,
): void {
  for (let row = rowFrom; row < rowTo; row++) {
    meanPool(x + <usize>row * xRow, xRow, xPixel, 1, width, one, y + <usize>row * yRow, 0, bytes);
  }
}
