// Written by kernels/generate.mjs; edit that. Tiles of the GEMM: pixels × channels.

import { madd } from "./madd";

export function tile3x8(
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
  const step = aRow - ((<usize>runFloats) << 2);
  let c00 = v128.load(bias);
  let c01 = v128.load(bias, 16);
  let c10 = c00;
  let c11 = c01;
  let c20 = c00;
  let c21 = c01;
  for (let s = 0; s < kernelRows; s++) {
    for (const end = b + <usize>runFloats * 32; b < end; b += 32) {
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
      a0 += 4;
      a1 += 4;
      a2 += 4;
    }
    a0 += step;
    a1 += step;
    a2 += step;
  }
  let row = c + load<u32>(cTable);
  v128.store(row, c01, 16);
  v128.store(row, c00);
  row = c + load<u32>(cTable, 4);
  v128.store(row, c11, 16);
  v128.store(row, c10);
  row = c + load<u32>(cTable, 8);
  v128.store(row, c21, 16);
  v128.store(row, c20);
}

export function tile4x8(
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
    for (const end = b + <usize>runFloats * 32; b < end; b += 32) {
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
  v128.store(row, c01, 16);
  v128.store(row, c00);
  row = c + load<u32>(cTable, 4);
  v128.store(row, c11, 16);
  v128.store(row, c10);
  row = c + load<u32>(cTable, 8);
  v128.store(row, c21, 16);
  v128.store(row, c20);
  row = c + load<u32>(cTable, 12);
  v128.store(row, c31, 16);
  v128.store(row, c30);
}

export function tile5x8(
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
  const step = aRow - ((<usize>runFloats) << 2);
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
  for (let s = 0; s < kernelRows; s++) {
    for (const end = b + <usize>runFloats * 32; b < end; b += 32) {
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
      a0 += 4;
      a1 += 4;
      a2 += 4;
      a3 += 4;
      a4 += 4;
    }
    a0 += step;
    a1 += step;
    a2 += step;
    a3 += step;
    a4 += step;
  }
  let row = c + load<u32>(cTable);
  v128.store(row, c01, 16);
  v128.store(row, c00);
  row = c + load<u32>(cTable, 4);
  v128.store(row, c11, 16);
  v128.store(row, c10);
  row = c + load<u32>(cTable, 8);
  v128.store(row, c21, 16);
  v128.store(row, c20);
  row = c + load<u32>(cTable, 12);
  v128.store(row, c31, 16);
  v128.store(row, c30);
  row = c + load<u32>(cTable, 16);
  v128.store(row, c41, 16);
  v128.store(row, c40);
}

export function tile6x8(
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
  const step = aRow - ((<usize>runFloats) << 2);
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
    for (const end = b + <usize>runFloats * 32; b < end; b += 32) {
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
  v128.store(row, c01, 16);
  v128.store(row, c00);
  row = c + load<u32>(cTable, 4);
  v128.store(row, c11, 16);
  v128.store(row, c10);
  row = c + load<u32>(cTable, 8);
  v128.store(row, c21, 16);
  v128.store(row, c20);
  row = c + load<u32>(cTable, 12);
  v128.store(row, c31, 16);
  v128.store(row, c30);
  row = c + load<u32>(cTable, 16);
  v128.store(row, c41, 16);
  v128.store(row, c40);
  row = c + load<u32>(cTable, 20);
  v128.store(row, c51, 16);
  v128.store(row, c50);
}

export function tile8x8(
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
  let a6 = a + load<u32>(aTable, 24);
  let a7 = a + load<u32>(aTable, 28);
  const step = aRow - ((<usize>runFloats) << 2);
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
  let c60 = c00;
  let c61 = c01;
  let c70 = c00;
  let c71 = c01;
  for (let s = 0; s < kernelRows; s++) {
    for (const end = b + <usize>runFloats * 32; b < end; b += 32) {
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
      x = v128.load32_splat(a6);
      c60 = madd(x, b0, c60);
      c61 = madd(x, b1, c61);
      x = v128.load32_splat(a7);
      c70 = madd(x, b0, c70);
      c71 = madd(x, b1, c71);
      a0 += 4;
      a1 += 4;
      a2 += 4;
      a3 += 4;
      a4 += 4;
      a5 += 4;
      a6 += 4;
      a7 += 4;
    }
    a0 += step;
    a1 += step;
    a2 += step;
    a3 += step;
    a4 += step;
    a5 += step;
    a6 += step;
    a7 += step;
  }
  let row = c + load<u32>(cTable);
  v128.store(row, c01, 16);
  v128.store(row, c00);
  row = c + load<u32>(cTable, 4);
  v128.store(row, c11, 16);
  v128.store(row, c10);
  row = c + load<u32>(cTable, 8);
  v128.store(row, c21, 16);
  v128.store(row, c20);
  row = c + load<u32>(cTable, 12);
  v128.store(row, c31, 16);
  v128.store(row, c30);
  row = c + load<u32>(cTable, 16);
  v128.store(row, c41, 16);
  v128.store(row, c40);
  row = c + load<u32>(cTable, 20);
  v128.store(row, c51, 16);
  v128.store(row, c50);
  row = c + load<u32>(cTable, 24);
  v128.store(row, c61, 16);
  v128.store(row, c60);
  row = c + load<u32>(cTable, 28);
  v128.store(row, c71, 16);
  v128.store(row, c70);
}

export function tile5x16(
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
  const step = aRow - ((<usize>runFloats) << 2);
  let c00 = v128.load(bias);
  let c01 = v128.load(bias, 16);
  let c02 = v128.load(bias, 32);
  let c03 = v128.load(bias, 48);
  let c10 = c00;
  let c11 = c01;
  let c12 = c02;
  let c13 = c03;
  let c20 = c00;
  let c21 = c01;
  let c22 = c02;
  let c23 = c03;
  let c30 = c00;
  let c31 = c01;
  let c32 = c02;
  let c33 = c03;
  let c40 = c00;
  let c41 = c01;
  let c42 = c02;
  let c43 = c03;
  for (let s = 0; s < kernelRows; s++) {
    for (const end = b + <usize>runFloats * 64; b < end; b += 64) {
      const b0 = v128.load(b);
      const b1 = v128.load(b, 16);
      const b2 = v128.load(b, 32);
      const b3 = v128.load(b, 48);
      let x = v128.load32_splat(a0);
      c00 = madd(x, b0, c00);
      c01 = madd(x, b1, c01);
      c02 = madd(x, b2, c02);
      c03 = madd(x, b3, c03);
      x = v128.load32_splat(a1);
      c10 = madd(x, b0, c10);
      c11 = madd(x, b1, c11);
      c12 = madd(x, b2, c12);
      c13 = madd(x, b3, c13);
      x = v128.load32_splat(a2);
      c20 = madd(x, b0, c20);
      c21 = madd(x, b1, c21);
      c22 = madd(x, b2, c22);
      c23 = madd(x, b3, c23);
      x = v128.load32_splat(a3);
      c30 = madd(x, b0, c30);
      c31 = madd(x, b1, c31);
      c32 = madd(x, b2, c32);
      c33 = madd(x, b3, c33);
      x = v128.load32_splat(a4);
      c40 = madd(x, b0, c40);
      c41 = madd(x, b1, c41);
      c42 = madd(x, b2, c42);
      c43 = madd(x, b3, c43);
      a0 += 4;
      a1 += 4;
      a2 += 4;
      a3 += 4;
      a4 += 4;
    }
    a0 += step;
    a1 += step;
    a2 += step;
    a3 += step;
    a4 += step;
  }
  let row = c + load<u32>(cTable);
  v128.store(row, c01, 16);
  v128.store(row, c00);
  v128.store(row, c03, 48);
  v128.store(row, c02, 32);
  row = c + load<u32>(cTable, 4);
  v128.store(row, c11, 16);
  v128.store(row, c10);
  v128.store(row, c13, 48);
  v128.store(row, c12, 32);
  row = c + load<u32>(cTable, 8);
  v128.store(row, c21, 16);
  v128.store(row, c20);
  v128.store(row, c23, 48);
  v128.store(row, c22, 32);
  row = c + load<u32>(cTable, 12);
  v128.store(row, c31, 16);
  v128.store(row, c30);
  v128.store(row, c33, 48);
  v128.store(row, c32, 32);
  row = c + load<u32>(cTable, 16);
  v128.store(row, c41, 16);
  v128.store(row, c40);
  v128.store(row, c43, 48);
  v128.store(row, c42, 32);
}

export function tile6x16(
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
  const step = aRow - ((<usize>runFloats) << 2);
  let c00 = v128.load(bias);
  let c01 = v128.load(bias, 16);
  let c02 = v128.load(bias, 32);
  let c03 = v128.load(bias, 48);
  let c10 = c00;
  let c11 = c01;
  let c12 = c02;
  let c13 = c03;
  let c20 = c00;
  let c21 = c01;
  let c22 = c02;
  let c23 = c03;
  let c30 = c00;
  let c31 = c01;
  let c32 = c02;
  let c33 = c03;
  let c40 = c00;
  let c41 = c01;
  let c42 = c02;
  let c43 = c03;
  let c50 = c00;
  let c51 = c01;
  let c52 = c02;
  let c53 = c03;
  for (let s = 0; s < kernelRows; s++) {
    for (const end = b + <usize>runFloats * 64; b < end; b += 64) {
      const b0 = v128.load(b);
      const b1 = v128.load(b, 16);
      const b2 = v128.load(b, 32);
      const b3 = v128.load(b, 48);
      let x = v128.load32_splat(a0);
      c00 = madd(x, b0, c00);
      c01 = madd(x, b1, c01);
      c02 = madd(x, b2, c02);
      c03 = madd(x, b3, c03);
      x = v128.load32_splat(a1);
      c10 = madd(x, b0, c10);
      c11 = madd(x, b1, c11);
      c12 = madd(x, b2, c12);
      c13 = madd(x, b3, c13);
      x = v128.load32_splat(a2);
      c20 = madd(x, b0, c20);
      c21 = madd(x, b1, c21);
      c22 = madd(x, b2, c22);
      c23 = madd(x, b3, c23);
      x = v128.load32_splat(a3);
      c30 = madd(x, b0, c30);
      c31 = madd(x, b1, c31);
      c32 = madd(x, b2, c32);
      c33 = madd(x, b3, c33);
      x = v128.load32_splat(a4);
      c40 = madd(x, b0, c40);
      c41 = madd(x, b1, c41);
      c42 = madd(x, b2, c42);
      c43 = madd(x, b3, c43);
      x = v128.load32_splat(a5);
      c50 = madd(x, b0, c50);
      c51 = madd(x, b1, c51);
      c52 = madd(x, b2, c52);
      c53 = madd(x, b3, c53);
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
  v128.store(row, c01, 16);
  v128.store(row, c00);
  v128.store(row, c03, 48);
  v128.store(row, c02, 32);
  row = c + load<u32>(cTable, 4);
  v128.store(row, c11, 16);
  v128.store(row, c10);
  v128.store(row, c13, 48);
  v128.store(row, c12, 32);
  row = c + load<u32>(cTable, 8);
  v128.store(row, c21, 16);
  v128.store(row, c20);
  v128.store(row, c23, 48);
  v128.store(row, c22, 32);
  row = c + load<u32>(cTable, 12);
  v128.store(row, c31, 16);
  v128.store(row, c30);
  v128.store(row, c33, 48);
  v128.store(row, c32, 32);
  row = c + load<u32>(cTable, 16);
  v128.store(row, c41, 16);
  v128.store(row, c40);
  v128.store(row, c43, 48);
  v128.store(row, c42, 32);
  row = c + load<u32>(cTable, 20);
  v128.store(row, c51, 16);
  v128.store(row, c50);
  v128.store(row, c53, 48);
  v128.store(row, c52, 32);
}
