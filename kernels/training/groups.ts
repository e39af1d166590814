// Written by kernels/generate.mjs; edit that. Some pixels of a depthwise gradient × channels.

import { madd } from "../madd";

export function inputGradient3x3Evenx6x4(
  g: usize,
  gRow: usize,
  gPixel: usize,
  weight: usize,
  pitch: usize,
  kernelRows: i32,
  y: usize,
  yPixel: usize,
  bytes: usize,
): void {
  for (const end = g + bytes; g < end; g += 16) {
    let y00 = i32x4.splat(0);
    let y10 = y00;
    let y20 = y00;
    let y30 = y00;
    let y40 = y00;
    let y50 = y00;
    let row = g;
    let w = weight;
    for (let kh = 0; kh < kernelRows; kh++) {
      const w00 = v128.load(w);
      w += pitch;
      const w10 = v128.load(w);
      w += pitch;
      const w20 = v128.load(w);
      w += pitch;
      w += 3 * pitch;
      let p = row;
      let g0 = v128.load(p);
      y00 = madd(g0, w20, y00);
      p += gPixel;
      g0 = v128.load(p);
      y00 = madd(g0, w00, y00);
      y10 = madd(g0, w10, y10);
      y20 = madd(g0, w20, y20);
      p += gPixel;
      g0 = v128.load(p);
      y20 = madd(g0, w00, y20);
      y30 = madd(g0, w10, y30);
      y40 = madd(g0, w20, y40);
      p += gPixel;
      g0 = v128.load(p);
      y40 = madd(g0, w00, y40);
      y50 = madd(g0, w10, y50);
      row -= gRow;
    }
    let q = y;
    v128.store(q, y00);
    q += yPixel;
    v128.store(q, y10);
    q += yPixel;
    v128.store(q, y20);
    q += yPixel;
    v128.store(q, y30);
    q += yPixel;
    v128.store(q, y40);
    q += yPixel;
    v128.store(q, y50);
    weight += 16;
    y += 16;
  }
}

export function inputGradient3x3Evenx8x4(
  g: usize,
  gRow: usize,
  gPixel: usize,
  weight: usize,
  pitch: usize,
  kernelRows: i32,
  y: usize,
  yPixel: usize,
  bytes: usize,
): void {
  for (const end = g + bytes; g < end; g += 16) {
    let y00 = i32x4.splat(0);
    let y10 = y00;
    let y20 = y00;
    let y30 = y00;
    let y40 = y00;
    let y50 = y00;
    let y60 = y00;
    let y70 = y00;
    let row = g;
    let w = weight;
    for (let kh = 0; kh < kernelRows; kh++) {
      const w00 = v128.load(w);
      w += pitch;
      const w10 = v128.load(w);
      w += pitch;
      const w20 = v128.load(w);
      w += pitch;
      w += 3 * pitch;
      let p = row;
      let g0 = v128.load(p);
      y00 = madd(g0, w20, y00);
      p += gPixel;
      g0 = v128.load(p);
      y00 = madd(g0, w00, y00);
      y10 = madd(g0, w10, y10);
      y20 = madd(g0, w20, y20);
      p += gPixel;
      g0 = v128.load(p);
      y20 = madd(g0, w00, y20);
      y30 = madd(g0, w10, y30);
      y40 = madd(g0, w20, y40);
      p += gPixel;
      g0 = v128.load(p);
      y40 = madd(g0, w00, y40);
      y50 = madd(g0, w10, y50);
      y60 = madd(g0, w20, y60);
      p += gPixel;
      g0 = v128.load(p);
      y60 = madd(g0, w00, y60);
      y70 = madd(g0, w10, y70);
      row -= gRow;
    }
    let q = y;
    v128.store(q, y00);
    q += yPixel;
    v128.store(q, y10);
    q += yPixel;
    v128.store(q, y20);
    q += yPixel;
    v128.store(q, y30);
    q += yPixel;
    v128.store(q, y40);
    q += yPixel;
    v128.store(q, y50);
    q += yPixel;
    v128.store(q, y60);
    q += yPixel;
    v128.store(q, y70);
    weight += 16;
    y += 16;
  }
}

export function inputGradient3x3Oddx6x4(
  g: usize,
  gRow: usize,
  gPixel: usize,
  weight: usize,
  pitch: usize,
  kernelRows: i32,
  y: usize,
  yPixel: usize,
  bytes: usize,
): void {
  for (const end = g + bytes; g < end; g += 16) {
    let y00 = i32x4.splat(0);
    let y10 = y00;
    let y20 = y00;
    let y30 = y00;
    let y40 = y00;
    let y50 = y00;
    let row = g;
    let w = weight;
    for (let kh = 0; kh < kernelRows; kh++) {
      const w00 = v128.load(w);
      w += pitch;
      const w10 = v128.load(w);
      w += pitch;
      const w20 = v128.load(w);
      w += pitch;
      w += 3 * pitch;
      let p = row;
      let g0 = v128.load(p);
      y00 = madd(g0, w10, y00);
      y10 = madd(g0, w20, y10);
      p += gPixel;
      g0 = v128.load(p);
      y10 = madd(g0, w00, y10);
      y20 = madd(g0, w10, y20);
      y30 = madd(g0, w20, y30);
      p += gPixel;
      g0 = v128.load(p);
      y30 = madd(g0, w00, y30);
      y40 = madd(g0, w10, y40);
      y50 = madd(g0, w20, y50);
      p += gPixel;
      g0 = v128.load(p);
      y50 = madd(g0, w00, y50);
      row -= gRow;
    }
    let q = y;
    v128.store(q, y00);
    q += yPixel;
    v128.store(q, y10);
    q += yPixel;
    v128.store(q, y20);
    q += yPixel;
    v128.store(q, y30);
    q += yPixel;
    v128.store(q, y40);
    q += yPixel;
    v128.store(q, y50);
    weight += 16;
    y += 16;
  }
}

export function inputGradient3x3Oddx8x4(
  g: usize,
  gRow: usize,
  gPixel: usize,
  weight: usize,
  pitch: usize,
  kernelRows: i32,
  y: usize,
  yPixel: usize,
  bytes: usize,
): void {
  for (const end = g + bytes; g < end; g += 16) {
    let y00 = i32x4.splat(0);
    let y10 = y00;
    let y20 = y00;
    let y30 = y00;
    let y40 = y00;
    let y50 = y00;
    let y60 = y00;
    let y70 = y00;
    let row = g;
    let w = weight;
    for (let kh = 0; kh < kernelRows; kh++) {
      const w00 = v128.load(w);
      w += pitch;
      const w10 = v128.load(w);
      w += pitch;
      const w20 = v128.load(w);
      w += pitch;
      w += 3 * pitch;
      let p = row;
      let g0 = v128.load(p);
      y00 = madd(g0, w10, y00);
      y10 = madd(g0, w20, y10);
      p += gPixel;
      g0 = v128.load(p);
      y10 = madd(g0, w00, y10);
      y20 = madd(g0, w10, y20);
      y30 = madd(g0, w20, y30);
      p += gPixel;
      g0 = v128.load(p);
      y30 = madd(g0, w00, y30);
      y40 = madd(g0, w10, y40);
      y50 = madd(g0, w20, y50);
      p += gPixel;
      g0 = v128.load(p);
      y50 = madd(g0, w00, y50);
      y60 = madd(g0, w10, y60);
      y70 = madd(g0, w20, y70);
      p += gPixel;
      g0 = v128.load(p);
      y70 = madd(g0, w00, y70);
      row -= gRow;
    }
    let q = y;
    v128.store(q, y00);
    q += yPixel;
    v128.store(q, y10);
    q += yPixel;
    v128.store(q, y20);
    q += yPixel;
    v128.store(q, y30);
    q += yPixel;
    v128.store(q, y40);
    q += yPixel;
    v128.store(q, y50);
    q += yPixel;
    v128.store(q, y60);
    q += yPixel;
    v128.store(q, y70);
    weight += 16;
    y += 16;
  }
}

export function inputGradient5x5Evenx6x4(
  g: usize,
  gRow: usize,
  gPixel: usize,
  weight: usize,
  pitch: usize,
  kernelRows: i32,
  y: usize,
  yPixel: usize,
  bytes: usize,
): void {
  for (const end = g + bytes; g < end; g += 16) {
    let y00 = i32x4.splat(0);
    let y10 = y00;
    let y20 = y00;
    let y30 = y00;
    let y40 = y00;
    let y50 = y00;
    let row = g;
    let w = weight;
    for (let kh = 0; kh < kernelRows; kh++) {
      const w00 = v128.load(w);
      w += pitch;
      const w10 = v128.load(w);
      w += pitch;
      const w20 = v128.load(w);
      w += pitch;
      const w30 = v128.load(w);
      w += pitch;
      const w40 = v128.load(w);
      w += pitch;
      w += 5 * pitch;
      let p = row;
      let g0 = v128.load(p);
      y00 = madd(g0, w40, y00);
      p += gPixel;
      g0 = v128.load(p);
      y00 = madd(g0, w20, y00);
      y10 = madd(g0, w30, y10);
      y20 = madd(g0, w40, y20);
      p += gPixel;
      g0 = v128.load(p);
      y00 = madd(g0, w00, y00);
      y10 = madd(g0, w10, y10);
      y20 = madd(g0, w20, y20);
      y30 = madd(g0, w30, y30);
      y40 = madd(g0, w40, y40);
      p += gPixel;
      g0 = v128.load(p);
      y20 = madd(g0, w00, y20);
      y30 = madd(g0, w10, y30);
      y40 = madd(g0, w20, y40);
      y50 = madd(g0, w30, y50);
      p += gPixel;
      g0 = v128.load(p);
      y40 = madd(g0, w00, y40);
      y50 = madd(g0, w10, y50);
      row -= gRow;
    }
    let q = y;
    v128.store(q, y00);
    q += yPixel;
    v128.store(q, y10);
    q += yPixel;
    v128.store(q, y20);
    q += yPixel;
    v128.store(q, y30);
    q += yPixel;
    v128.store(q, y40);
    q += yPixel;
    v128.store(q, y50);
    weight += 16;
    y += 16;
  }
}

export function inputGradient5x5Evenx8x4(
  g: usize,
  gRow: usize,
  gPixel: usize,
  weight: usize,
  pitch: usize,
  kernelRows: i32,
  y: usize,
  yPixel: usize,
  bytes: usize,
): void {
  for (const end = g + bytes; g < end; g += 16) {
    let y00 = i32x4.splat(0);
    let y10 = y00;
    let y20 = y00;
    let y30 = y00;
    let y40 = y00;
    let y50 = y00;
    let y60 = y00;
    let y70 = y00;
    let row = g;
    let w = weight;
    for (let kh = 0; kh < kernelRows; kh++) {
      const w00 = v128.load(w);
      w += pitch;
      const w10 = v128.load(w);
      w += pitch;
      const w20 = v128.load(w);
      w += pitch;
      const w30 = v128.load(w);
      w += pitch;
      const w40 = v128.load(w);
      w += pitch;
      w += 5 * pitch;
      let p = row;
      let g0 = v128.load(p);
      y00 = madd(g0, w40, y00);
      p += gPixel;
      g0 = v128.load(p);
      y00 = madd(g0, w20, y00);
      y10 = madd(g0, w30, y10);
      y20 = madd(g0, w40, y20);
      p += gPixel;
      g0 = v128.load(p);
      y00 = madd(g0, w00, y00);
      y10 = madd(g0, w10, y10);
      y20 = madd(g0, w20, y20);
      y30 = madd(g0, w30, y30);
      y40 = madd(g0, w40, y40);
      p += gPixel;
      g0 = v128.load(p);
      y20 = madd(g0, w00, y20);
      y30 = madd(g0, w10, y30);
      y40 = madd(g0, w20, y40);
      y50 = madd(g0, w30, y50);
      y60 = madd(g0, w40, y60);
      p += gPixel;
      g0 = v128.load(p);
      y40 = madd(g0, w00, y40);
      y50 = madd(g0, w10, y50);
      y60 = madd(g0, w20, y60);
      y70 = madd(g0, w30, y70);
      p += gPixel;
      g0 = v128.load(p);
      y60 = madd(g0, w00, y60);
      y70 = madd(g0, w10, y70);
      row -= gRow;
    }
    let q = y;
    v128.store(q, y00);
    q += yPixel;
    v128.store(q, y10);
    q += yPixel;
    v128.store(q, y20);
    q += yPixel;
    v128.store(q, y30);
    q += yPixel;
    v128.store(q, y40);
    q += yPixel;
    v128.store(q, y50);
    q += yPixel;
    v128.store(q, y60);
    q += yPixel;
    v128.store(q, y70);
    weight += 16;
    y += 16;
  }
}

export function inputGradient5x5Oddx6x4(
  g: usize,
  gRow: usize,
  gPixel: usize,
  weight: usize,
  pitch: usize,
  kernelRows: i32,
  y: usize,
  yPixel: usize,
  bytes: usize,
): void {
  for (const end = g + bytes; g < end; g += 16) {
    let y00 = i32x4.splat(0);
    let y10 = y00;
    let y20 = y00;
    let y30 = y00;
    let y40 = y00;
    let y50 = y00;
    let row = g;
    let w = weight;
    for (let kh = 0; kh < kernelRows; kh++) {
      const w00 = v128.load(w);
      w += pitch;
      const w10 = v128.load(w);
      w += pitch;
      const w20 = v128.load(w);
      w += pitch;
      const w30 = v128.load(w);
      w += pitch;
      const w40 = v128.load(w);
      w += pitch;
      w += 5 * pitch;
      let p = row;
      let g0 = v128.load(p);
      y00 = madd(g0, w30, y00);
      y10 = madd(g0, w40, y10);
      p += gPixel;
      g0 = v128.load(p);
      y00 = madd(g0, w10, y00);
      y10 = madd(g0, w20, y10);
      y20 = madd(g0, w30, y20);
      y30 = madd(g0, w40, y30);
      p += gPixel;
      g0 = v128.load(p);
      y10 = madd(g0, w00, y10);
      y20 = madd(g0, w10, y20);
      y30 = madd(g0, w20, y30);
      y40 = madd(g0, w30, y40);
      y50 = madd(g0, w40, y50);
      p += gPixel;
      g0 = v128.load(p);
      y30 = madd(g0, w00, y30);
      y40 = madd(g0, w10, y40);
      y50 = madd(g0, w20, y50);
      p += gPixel;
      g0 = v128.load(p);
      y50 = madd(g0, w00, y50);
      row -= gRow;
    }
    let q = y;
    v128.store(q, y00);
    q += yPixel;
    v128.store(q, y10);
    q += yPixel;
    v128.store(q, y20);
    q += yPixel;
    v128.store(q, y30);
    q += yPixel;
    v128.store(q, y40);
    q += yPixel;
    v128.store(q, y50);
    weight += 16;
    y += 16;
  }
}

export function inputGradient5x5Oddx8x4(
  g: usize,
  gRow: usize,
  gPixel: usize,
  weight: usize,
  pitch: usize,
  kernelRows: i32,
  y: usize,
  yPixel: usize,
  bytes: usize,
): void {
  for (const end = g + bytes; g < end; g += 16) {
    let y00 = i32x4.splat(0);
    let y10 = y00;
    let y20 = y00;
    let y30 = y00;
    let y40 = y00;
    let y50 = y00;
    let y60 = y00;
    let y70 = y00;
    let row = g;
    let w = weight;
    for (let kh = 0; kh < kernelRows; kh++) {
      const w00 = v128.load(w);
      w += pitch;
      const w10 = v128.load(w);
      w += pitch;
      const w20 = v128.load(w);
      w += pitch;
      const w30 = v128.load(w);
      w += pitch;
      const w40 = v128.load(w);
      w += pitch;
      w += 5 * pitch;
      let p = row;
      let g0 = v128.load(p);
      y00 = madd(g0, w30, y00);
      y10 = madd(g0, w40, y10);
      p += gPixel;
      g0 = v128.load(p);
      y00 = madd(g0, w10, y00);
      y10 = madd(g0, w20, y10);
      y20 = madd(g0, w30, y20);
      y30 = madd(g0, w40, y30);
      p += gPixel;
      g0 = v128.load(p);
      y10 = madd(g0, w00, y10);
      y20 = madd(g0, w10, y20);
      y30 = madd(g0, w20, y30);
      y40 = madd(g0, w30, y40);
      y50 = madd(g0, w40, y50);
      p += gPixel;
      g0 = v128.load(p);
      y30 = madd(g0, w00, y30);
      y40 = madd(g0, w10, y40);
      y50 = madd(g0, w20, y50);
      y60 = madd(g0, w30, y60);
      y70 = madd(g0, w40, y70);
      p += gPixel;
      g0 = v128.load(p);
      y50 = madd(g0, w00, y50);
      y60 = madd(g0, w10, y60);
      y70 = madd(g0, w20, y70);
      p += gPixel;
      g0 = v128.load(p);
      y70 = madd(g0, w00, y70);
      row -= gRow;
    }
    let q = y;
    v128.store(q, y00);
    q += yPixel;
    v128.store(q, y10);
    q += yPixel;
    v128.store(q, y20);
    q += yPixel;
    v128.store(q, y30);
    q += yPixel;
    v128.store(q, y40);
    q += yPixel;
    v128.store(q, y50);
    q += yPixel;
    v128.store(q, y60);
    q += yPixel;
    v128.store(q, y70);
    weight += 16;
    y += 16;
  }
}

export function inputGradient3x3Evenx6x8(
  g: usize,
  gRow: usize,
  gPixel: usize,
  weight: usize,
  pitch: usize,
  kernelRows: i32,
  y: usize,
  yPixel: usize,
  bytes: usize,
): void {
  for (const end = g + bytes; g < end; g += 32) {
    let y00 = i32x4.splat(0);
    let y01 = i32x4.splat(0);
    let y10 = y00;
    let y11 = y01;
    let y20 = y00;
    let y21 = y01;
    let y30 = y00;
    let y31 = y01;
    let y40 = y00;
    let y41 = y01;
    let y50 = y00;
    let y51 = y01;
    let row = g;
    let w = weight;
    for (let kh = 0; kh < kernelRows; kh++) {
      const w00 = v128.load(w);
      const w01 = v128.load(w, 16);
      w += pitch;
      const w10 = v128.load(w);
      const w11 = v128.load(w, 16);
      w += pitch;
      const w20 = v128.load(w);
      const w21 = v128.load(w, 16);
      w += pitch;
      w += 3 * pitch;
      let p = row;
      let g0 = v128.load(p);
      let g1 = v128.load(p, 16);
      y00 = madd(g0, w20, y00);
      y01 = madd(g1, w21, y01);
      p += gPixel;
      g0 = v128.load(p);
      g1 = v128.load(p, 16);
      y00 = madd(g0, w00, y00);
      y01 = madd(g1, w01, y01);
      y10 = madd(g0, w10, y10);
      y11 = madd(g1, w11, y11);
      y20 = madd(g0, w20, y20);
      y21 = madd(g1, w21, y21);
      p += gPixel;
      g0 = v128.load(p);
      g1 = v128.load(p, 16);
      y20 = madd(g0, w00, y20);
      y21 = madd(g1, w01, y21);
      y30 = madd(g0, w10, y30);
      y31 = madd(g1, w11, y31);
      y40 = madd(g0, w20, y40);
      y41 = madd(g1, w21, y41);
      p += gPixel;
      g0 = v128.load(p);
      g1 = v128.load(p, 16);
      y40 = madd(g0, w00, y40);
      y41 = madd(g1, w01, y41);
      y50 = madd(g0, w10, y50);
      y51 = madd(g1, w11, y51);
      row -= gRow;
    }
    let q = y;
    v128.store(q, y01, 16);
    v128.store(q, y00);
    q += yPixel;
    v128.store(q, y11, 16);
    v128.store(q, y10);
    q += yPixel;
    v128.store(q, y21, 16);
    v128.store(q, y20);
    q += yPixel;
    v128.store(q, y31, 16);
    v128.store(q, y30);
    q += yPixel;
    v128.store(q, y41, 16);
    v128.store(q, y40);
    q += yPixel;
    v128.store(q, y51, 16);
    v128.store(q, y50);
    weight += 32;
    y += 32;
  }
}

export function inputGradient3x3Evenx8x8(
  g: usize,
  gRow: usize,
  gPixel: usize,
  weight: usize,
  pitch: usize,
  kernelRows: i32,
  y: usize,
  yPixel: usize,
  bytes: usize,
): void {
  for (const end = g + bytes; g < end; g += 32) {
    let y00 = i32x4.splat(0);
    let y01 = i32x4.splat(0);
    let y10 = y00;
    let y11 = y01;
    let y20 = y00;
    let y21 = y01;
    let y30 = y00;
    let y31 = y01;
    let y40 = y00;
    let y41 = y01;
    let y50 = y00;
    let y51 = y01;
    let y60 = y00;
    let y61 = y01;
    let y70 = y00;
    let y71 = y01;
    let row = g;
    let w = weight;
    for (let kh = 0; kh < kernelRows; kh++) {
      const w00 = v128.load(w);
      const w01 = v128.load(w, 16);
      w += pitch;
      const w10 = v128.load(w);
      const w11 = v128.load(w, 16);
      w += pitch;
      const w20 = v128.load(w);
      const w21 = v128.load(w, 16);
      w += pitch;
      w += 3 * pitch;
      let p = row;
      let g0 = v128.load(p);
      let g1 = v128.load(p, 16);
      y00 = madd(g0, w20, y00);
      y01 = madd(g1, w21, y01);
      p += gPixel;
      g0 = v128.load(p);
      g1 = v128.load(p, 16);
      y00 = madd(g0, w00, y00);
      y01 = madd(g1, w01, y01);
      y10 = madd(g0, w10, y10);
      y11 = madd(g1, w11, y11);
      y20 = madd(g0, w20, y20);
      y21 = madd(g1, w21, y21);
      p += gPixel;
      g0 = v128.load(p);
      g1 = v128.load(p, 16);
      y20 = madd(g0, w00, y20);
      y21 = madd(g1, w01, y21);
      y30 = madd(g0, w10, y30);
      y31 = madd(g1, w11, y31);
      y40 = madd(g0, w20, y40);
      y41 = madd(g1, w21, y41);
      p += gPixel;
      g0 = v128.load(p);
      g1 = v128.load(p, 16);
      y40 = madd(g0, w00, y40);
      y41 = madd(g1, w01, y41);
      y50 = madd(g0, w10, y50);
      y51 = madd(g1, w11, y51);
      y60 = madd(g0, w20, y60);
      y61 = madd(g1, w21, y61);
      p += gPixel;
      g0 = v128.load(p);
      g1 = v128.load(p, 16);
      y60 = madd(g0, w00, y60);
      y61 = madd(g1, w01, y61);
      y70 = madd(g0, w10, y70);
      y71 = madd(g1, w11, y71);
      row -= gRow;
    }
    let q = y;
    v128.store(q, y01, 16);
    v128.store(q, y00);
    q += yPixel;
    v128.store(q, y11, 16);
    v128.store(q, y10);
    q += yPixel;
    v128.store(q, y21, 16);
    v128.store(q, y20);
    q += yPixel;
    v128.store(q, y31, 16);
    v128.store(q, y30);
    q += yPixel;
    v128.store(q, y41, 16);
    v128.store(q, y40);
    q += yPixel;
    v128.store(q, y51, 16);
    v128.store(q, y50);
    q += yPixel;
    v128.store(q, y61, 16);
    v128.store(q, y60);
    q += yPixel;
    v128.store(q, y71, 16);
    v128.store(q, y70);
    weight += 32;
    y += 32;
  }
}

export function inputGradient3x3Oddx6x8(
  g: usize,
  gRow: usize,
  gPixel: usize,
  weight: usize,
  pitch: usize,
  kernelRows: i32,
  y: usize,
  yPixel: usize,
  bytes: usize,
): void {
  for (const end = g + bytes; g < end; g += 32) {
    let y00 = i32x4.splat(0);
    let y01 = i32x4.splat(0);
    let y10 = y00;
    let y11 = y01;
    let y20 = y00;
    let y21 = y01;
    let y30 = y00;
    let y31 = y01;
    let y40 = y00;
    let y41 = y01;
    let y50 = y00;
    let y51 = y01;
    let row = g;
    let w = weight;
    for (let kh = 0; kh < kernelRows; kh++) {
      const w00 = v128.load(w);
      const w01 = v128.load(w, 16);
      w += pitch;
      const w10 = v128.load(w);
      const w11 = v128.load(w, 16);
      w += pitch;
      const w20 = v128.load(w);
      const w21 = v128.load(w, 16);
      w += pitch;
      w += 3 * pitch;
      let p = row;
      let g0 = v128.load(p);
      let g1 = v128.load(p, 16);
      y00 = madd(g0, w10, y00);
      y01 = madd(g1, w11, y01);
      y10 = madd(g0, w20, y10);
      y11 = madd(g1, w21, y11);
      p += gPixel;
      g0 = v128.load(p);
      g1 = v128.load(p, 16);
      y10 = madd(g0, w00, y10);
      y11 = madd(g1, w01, y11);
      y20 = madd(g0, w10, y20);
      y21 = madd(g1, w11, y21);
      y30 = madd(g0, w20, y30);
      y31 = madd(g1, w21, y31);
      p += gPixel;
      g0 = v128.load(p);
      g1 = v128.load(p, 16);
      y30 = madd(g0, w00, y30);
      y31 = madd(g1, w01, y31);
      y40 = madd(g0, w10, y40);
      y41 = madd(g1, w11, y41);
      y50 = madd(g0, w20, y50);
      y51 = madd(g1, w21, y51);
      p += gPixel;
      g0 = v128.load(p);
      g1 = v128.load(p, 16);
      y50 = madd(g0, w00, y50);
      y51 = madd(g1, w01, y51);
      row -= gRow;
    }
    let q = y;
    v128.store(q, y01, 16);
    v128.store(q, y00);
    q += yPixel;
    v128.store(q, y11, 16);
    v128.store(q, y10);
    q += yPixel;
    v128.store(q, y21, 16);
    v128.store(q, y20);
    q += yPixel;
    v128.store(q, y31, 16);
    v128.store(q, y30);
    q += yPixel;
    v128.store(q, y41, 16);
    v128.store(q, y40);
    q += yPixel;
    v128.store(q, y51, 16);
    v128.store(q, y50);
    weight += 32;
    y += 32;
  }
}

export function inputGradient3x3Oddx8x8(
  g: usize,
  gRow: usize,
  gPixel: usize,
  weight: usize,
  pitch: usize,
  kernelRows: i32,
  y: usize,
  yPixel: usize,
  bytes: usize,
): void {
  for (const end = g + bytes; g < end; g += 32) {
    let y00 = i32x4.splat(0);
    let y01 = i32x4.splat(0);
    let y10 = y00;
    let y11 = y01;
    let y20 = y00;
    let y21 = y01;
    let y30 = y00;
    let y31 = y01;
    let y40 = y00;
    let y41 = y01;
    let y50 = y00;
    let y51 = y01;
    let y60 = y00;
    let y61 = y01;
    let y70 = y00;
    let y71 = y01;
    let row = g;
    let w = weight;
    for (let kh = 0; kh < kernelRows; kh++) {
      const w00 = v128.load(w);
      const w01 = v128.load(w, 16);
      w += pitch;
      const w10 = v128.load(w);
      const w11 = v128.load(w, 16);
      w += pitch;
      const w20 = v128.load(w);
      const w21 = v128.load(w, 16);
      w += pitch;
      w += 3 * pitch;
      let p = row;
      let g0 = v128.load(p);
      let g1 = v128.load(p, 16);
      y00 = madd(g0, w10, y00);
      y01 = madd(g1, w11, y01);
      y10 = madd(g0, w20, y10);
      y11 = madd(g1, w21, y11);
      p += gPixel;
      g0 = v128.load(p);
      g1 = v128.load(p, 16);
      y10 = madd(g0, w00, y10);
      y11 = madd(g1, w01, y11);
      y20 = madd(g0, w10, y20);
      y21 = madd(g1, w11, y21);
      y30 = madd(g0, w20, y30);
      y31 = madd(g1, w21, y31);
      p += gPixel;
      g0 = v128.load(p);
      g1 = v128.load(p, 16);
      y30 = madd(g0, w00, y30);
      y31 = madd(g1, w01, y31);
      y40 = madd(g0, w10, y40);
      y41 = madd(g1, w11, y41);
      y50 = madd(g0, w20, y50);
      y51 = madd(g1, w21, y51);
      p += gPixel;
      g0 = v128.load(p);
      g1 = v128.load(p, 16);
      y50 = madd(g0, w00, y50);
      y51 = madd(g1, w01, y51);
      y60 = madd(g0, w10, y60);
      y61 = madd(g1, w11, y61);
      y70 = madd(g0, w20, y70);
      y71 = madd(g1, w21, y71);
      p += gPixel;
      g0 = v128.load(p);
      g1 = v128.load(p, 16);
      y70 = madd(g0, w00, y70);
      y71 = madd(g1, w01, y71);
      row -= gRow;
    }
    let q = y;
    v128.store(q, y01, 16);
    v128.store(q, y00);
    q += yPixel;
    v128.store(q, y11, 16);
    v128.store(q, y10);
    q += yPixel;
    v128.store(q, y21, 16);
    v128.store(q, y20);
    q += yPixel;
    v128.store(q, y31, 16);
    v128.store(q, y30);
    q += yPixel;
    v128.store(q, y41, 16);
    v128.store(q, y40);
    q += yPixel;
    v128.store(q, y51, 16);
    v128.store(q, y50);
    q += yPixel;
    v128.store(q, y61, 16);
    v128.store(q, y60);
    q += yPixel;
    v128.store(q, y71, 16);
    v128.store(q, y70);
    weight += 32;
    y += 32;
  }
}

export function inputGradient5x5Evenx6x8(
  g: usize,
  gRow: usize,
  gPixel: usize,
  weight: usize,
  pitch: usize,
  kernelRows: i32,
  y: usize,
  yPixel: usize,
  bytes: usize,
): void {
  for (const end = g + bytes; g < end; g += 32) {
    let y00 = i32x4.splat(0);
    let y01 = i32x4.splat(0);
    let y10 = y00;
    let y11 = y01;
    let y20 = y00;
    let y21 = y01;
    let y30 = y00;
    let y31 = y01;
    let y40 = y00;
    let y41 = y01;
    let y50 = y00;
    let y51 = y01;
    let row = g;
    let w = weight;
    for (let kh = 0; kh < kernelRows; kh++) {
      const w00 = v128.load(w);
      const w01 = v128.load(w, 16);
      w += pitch;
      const w10 = v128.load(w);
      const w11 = v128.load(w, 16);
      w += pitch;
      const w20 = v128.load(w);
      const w21 = v128.load(w, 16);
      w += pitch;
      const w30 = v128.load(w);
      const w31 = v128.load(w, 16);
      w += pitch;
      const w40 = v128.load(w);
      const w41 = v128.load(w, 16);
      w += pitch;
      w += 5 * pitch;
      let p = row;
      let g0 = v128.load(p);
      let g1 = v128.load(p, 16);
      y00 = madd(g0, w40, y00);
      y01 = madd(g1, w41, y01);
      p += gPixel;
      g0 = v128.load(p);
      g1 = v128.load(p, 16);
      y00 = madd(g0, w20, y00);
      y01 = madd(g1, w21, y01);
      y10 = madd(g0, w30, y10);
      y11 = madd(g1, w31, y11);
      y20 = madd(g0, w40, y20);
      y21 = madd(g1, w41, y21);
      p += gPixel;
      g0 = v128.load(p);
      g1 = v128.load(p, 16);
      y00 = madd(g0, w00, y00);
      y01 = madd(g1, w01, y01);
      y10 = madd(g0, w10, y10);
      y11 = madd(g1, w11, y11);
      y20 = madd(g0, w20, y20);
      y21 = madd(g1, w21, y21);
      y30 = madd(g0, w30, y30);
      y31 = madd(g1, w31, y31);
      y40 = madd(g0, w40, y40);
      y41 = madd(g1, w41, y41);
      p += gPixel;
      g0 = v128.load(p);
      g1 = v128.load(p, 16);
      y20 = madd(g0, w00, y20);
      y21 = madd(g1, w01, y21);
      y30 = madd(g0, w10, y30);
      y31 = madd(g1, w11, y31);
      y40 = madd(g0, w20, y40);
      y41 = madd(g1, w21, y41);
      y50 = madd(g0, w30, y50);
      y51 = madd(g1, w31, y51);
      p += gPixel;
      g0 = v128.load(p);
      g1 = v128.load(p, 16);
      y40 = madd(g0, w00, y40);
      y41 = madd(g1, w01, y41);
      y50 = madd(g0, w10, y50);
      y51 = madd(g1, w11, y51);
      row -= gRow;
    }
    let q = y;
    v128.store(q, y01, 16);
    v128.store(q, y00);
    q += yPixel;
    v128.store(q, y11, 16);
    v128.store(q, y10);
    q += yPixel;
    v128.store(q, y21, 16);
    v128.store(q, y20);
    q += yPixel;
    v128.store(q, y31, 16);
    v128.store(q, y30);
    q += yPixel;
    v128.store(q, y41, 16);
    v128.store(q, y40);
    q += yPixel;
    v128.store(q, y51, 16);
    v128.store(q, y50);
    weight += 32;
    y += 32;
  }
}

export function inputGradient5x5Evenx8x8(
  g: usize,
  gRow: usize,
  gPixel: usize,
  weight: usize,
  pitch: usize,
  kernelRows: i32,
  y: usize,
  yPixel: usize,
  bytes: usize,
): void {
  for (const end = g + bytes; g < end; g += 32) {
    let y00 = i32x4.splat(0);
    let y01 = i32x4.splat(0);
    let y10 = y00;
    let y11 = y01;
    let y20 = y00;
    let y21 = y01;
    let y30 = y00;
    let y31 = y01;
    let y40 = y00;
    let y41 = y01;
    let y50 = y00;
    let y51 = y01;
    let y60 = y00;
    let y61 = y01;
    let y70 = y00;
    let y71 = y01;
    let row = g;
    let w = weight;
    for (let kh = 0; kh < kernelRows; kh++) {
      const w00 = v128.load(w);
      const w01 = v128.load(w, 16);
      w += pitch;
      const w10 = v128.load(w);
      const w11 = v128.load(w, 16);
      w += pitch;
      const w20 = v128.load(w);
      const w21 = v128.load(w, 16);
      w += pitch;
      const w30 = v128.load(w);
      const w31 = v128.load(w, 16);
      w += pitch;
      const w40 = v128.load(w);
      const w41 = v128.load(w, 16);
      w += pitch;
      w += 5 * pitch;
      let p = row;
      let g0 = v128.load(p);
      let g1 = v128.load(p, 16);
      y00 = madd(g0, w40, y00);
      y01 = madd(g1, w41, y01);
      p += gPixel;
      g0 = v128.load(p);
      g1 = v128.load(p, 16);
      y00 = madd(g0, w20, y00);
      y01 = madd(g1, w21, y01);
      y10 = madd(g0, w30, y10);
      y11 = madd(g1, w31, y11);
      y20 = madd(g0, w40, y20);
      y21 = madd(g1, w41, y21);
      p += gPixel;
      g0 = v128.load(p);
      g1 = v128.load(p, 16);
      y00 = madd(g0, w00, y00);
      y01 = madd(g1, w01, y01);
      y10 = madd(g0, w10, y10);
      y11 = madd(g1, w11, y11);
      y20 = madd(g0, w20, y20);
      y21 = madd(g1, w21, y21);
      y30 = madd(g0, w30, y30);
      y31 = madd(g1, w31, y31);
      y40 = madd(g0, w40, y40);
      y41 = madd(g1, w41, y41);
      p += gPixel;
      g0 = v128.load(p);
      g1 = v128.load(p, 16);
      y20 = madd(g0, w00, y20);
      y21 = madd(g1, w01, y21);
      y30 = madd(g0, w10, y30);
      y31 = madd(g1, w11, y31);
      y40 = madd(g0, w20, y40);
      y41 = madd(g1, w21, y41);
      y50 = madd(g0, w30, y50);
      y51 = madd(g1, w31, y51);
      y60 = madd(g0, w40, y60);
      y61 = madd(g1, w41, y61);
      p += gPixel;
      g0 = v128.load(p);
      g1 = v128.load(p, 16);
      y40 = madd(g0, w00, y40);
      y41 = madd(g1, w01, y41);
      y50 = madd(g0, w10, y50);
      y51 = madd(g1, w11, y51);
      y60 = madd(g0, w20, y60);
      y61 = madd(g1, w21, y61);
      y70 = madd(g0, w30, y70);
      y71 = madd(g1, w31, y71);
      p += gPixel;
      g0 = v128.load(p);
      g1 = v128.load(p, 16);
      y60 = madd(g0, w00, y60);
      y61 = madd(g1, w01, y61);
      y70 = madd(g0, w10, y70);
      y71 = madd(g1, w11, y71);
      row -= gRow;
    }
    let q = y;
    v128.store(q, y01, 16);
    v128.store(q, y00);
    q += yPixel;
    v128.store(q, y11, 16);
    v128.store(q, y10);
    q += yPixel;
    v128.store(q, y21, 16);
    v128.store(q, y20);
    q += yPixel;
    v128.store(q, y31, 16);
    v128.store(q, y30);
    q += yPixel;
    v128.store(q, y41, 16);
    v128.store(q, y40);
    q += yPixel;
    v128.store(q, y51, 16);
    v128.store(q, y50);
    q += yPixel;
    v128.store(q, y61, 16);
    v128.store(q, y60);
    q += yPixel;
    v128.store(q, y71, 16);
    v128.store(q, y70);
    weight += 32;
    y += 32;
  }
}

export function inputGradient5x5Oddx6x8(
  g: usize,
  gRow: usize,
  gPixel: usize,
  weight: usize,
  pitch: usize,
  kernelRows: i32,
  y: usize,
  yPixel: usize,
  bytes: usize,
): void {
  for (const end = g + bytes; g < end; g += 32) {
    let y00 = i32x4.splat(0);
    let y01 = i32x4.splat(0);
    let y10 = y00;
    let y11 = y01;
    let y20 = y00;
    let y21 = y01;
    let y30 = y00;
    let y31 = y01;
    let y40 = y00;
    let y41 = y01;
    let y50 = y00;
    let y51 = y01;
    let row = g;
    let w = weight;
    for (let kh = 0; kh < kernelRows; kh++) {
      const w00 = v128.load(w);
      const w01 = v128.load(w, 16);
      w += pitch;
      const w10 = v128.load(w);
      const w11 = v128.load(w, 16);
      w += pitch;
      const w20 = v128.load(w);
      const w21 = v128.load(w, 16);
      w += pitch;
      const w30 = v128.load(w);
      const w31 = v128.load(w, 16);
      w += pitch;
      const w40 = v128.load(w);
      const w41 = v128.load(w, 16);
      w += pitch;
      w += 5 * pitch;
      let p = row;
      let g0 = v128.load(p);
      let g1 = v128.load(p, 16);
      y00 = madd(g0, w30, y00);
      y01 = madd(g1, w31, y01);
      y10 = madd(g0, w40, y10);
      y11 = madd(g1, w41, y11);
      p += gPixel;
      g0 = v128.load(p);
      g1 = v128.load(p, 16);
      y00 = madd(g0, w10, y00);
      y01 = madd(g1, w11, y01);
      y10 = madd(g0, w20, y10);
      y11 = madd(g1, w21, y11);
      y20 = madd(g0, w30, y20);
      y21 = madd(g1, w31, y21);
      y30 = madd(g0, w40, y30);
      y31 = madd(g1, w41, y31);
      p += gPixel;
      g0 = v128.load(p);
      g1 = v128.load(p, 16);
      y10 = madd(g0, w00, y10);
      y11 = madd(g1, w01, y11);
      y20 = madd(g0, w10, y20);
      y21 = madd(g1, w11, y21);
      y30 = madd(g0, w20, y30);
      y31 = madd(g1, w21, y31);
      y40 = madd(g0, w30, y40);
      y41 = madd(g1, w31, y41);
      y50 = madd(g0, w40, y50);
      y51 = madd(g1, w41, y51);
      p += gPixel;
      g0 = v128.load(p);
      g1 = v128.load(p, 16);
      y30 = madd(g0, w00, y30);
      y31 = madd(g1, w01, y31);
      y40 = madd(g0, w10, y40);
      y41 = madd(g1, w11, y41);
      y50 = madd(g0, w20, y50);
      y51 = madd(g1, w21, y51);
      p += gPixel;
      g0 = v128.load(p);
      g1 = v128.load(p, 16);
      y50 = madd(g0, w00, y50);
      y51 = madd(g1, w01, y51);
      row -= gRow;
    }
    let q = y;
    v128.store(q, y01, 16);
    v128.store(q, y00);
    q += yPixel;
    v128.store(q, y11, 16);
    v128.store(q, y10);
    q += yPixel;
    v128.store(q, y21, 16);
    v128.store(q, y20);
    q += yPixel;
    v128.store(q, y31, 16);
    v128.store(q, y30);
    q += yPixel;
    v128.store(q, y41, 16);
    v128.store(q, y40);
    q += yPixel;
    v128.store(q, y51, 16);
    v128.store(q, y50);
    weight += 32;
    y += 32;
  }
}

export function inputGradient5x5Oddx8x8(
  g: usize,
  gRow: usize,
  gPixel: usize,
  weight: usize,
  pitch: usize,
  kernelRows: i32,
  y: usize,
  yPixel: usize,
  bytes: usize,
): void {
  for (const end = g + bytes; g < end; g += 32) {
    let y00 = i32x4.splat(0);
    let y01 = i32x4.splat(0);
    let y10 = y00;
    let y11 = y01;
    let y20 = y00;
    let y21 = y01;
    let y30 = y00;
    let y31 = y01;
    let y40 = y00;
    let y41 = y01;
    let y50 = y00;
    let y51 = y01;
    let y60 = y00;
    let y61 = y01;
    let y70 = y00;
    let y71 = y01;
    let row = g;
    let w = weight;
    for (let kh = 0; kh < kernelRows; kh++) {
      const w00 = v128.load(w);
      const w01 = v128.load(w, 16);
      w += pitch;
      const w10 = v128.load(w);
      const w11 = v128.load(w, 16);
      w += pitch;
      const w20 = v128.load(w);
      const w21 = v128.load(w, 16);
      w += pitch;
      const w30 = v128.load(w);
      const w31 = v128.load(w, 16);
      w += pitch;
      const w40 = v128.load(w);
      const w41 = v128.load(w, 16);
      w += pitch;
      w += 5 * pitch;
      let p = row;
      let g0 = v128.load(p);
      let g1 = v128.load(p, 16);
      y00 = madd(g0, w30, y00);
      y01 = madd(g1, w31, y01);
      y10 = madd(g0, w40, y10);
      y11 = madd(g1, w41, y11);
      p += gPixel;
      g0 = v128.load(p);
      g1 = v128.load(p, 16);
      y00 = madd(g0, w10, y00);
      y01 = madd(g1, w11, y01);
      y10 = madd(g0, w20, y10);
      y11 = madd(g1, w21, y11);
      y20 = madd(g0, w30, y20);
      y21 = madd(g1, w31, y21);
      y30 = madd(g0, w40, y30);
      y31 = madd(g1, w41, y31);
      p += gPixel;
      g0 = v128.load(p);
      g1 = v128.load(p, 16);
      y10 = madd(g0, w00, y10);
      y11 = madd(g1, w01, y11);
      y20 = madd(g0, w10, y20);
      y21 = madd(g1, w11, y21);
      y30 = madd(g0, w20, y30);
      y31 = madd(g1, w21, y31);
      y40 = madd(g0, w30, y40);
      y41 = madd(g1, w31, y41);
      y50 = madd(g0, w40, y50);
      y51 = madd(g1, w41, y51);
      p += gPixel;
      g0 = v128.load(p);
      g1 = v128.load(p, 16);
      y30 = madd(g0, w00, y30);
      y31 = madd(g1, w01, y31);
      y40 = madd(g0, w10, y40);
      y41 = madd(g1, w11, y41);
      y50 = madd(g0, w20, y50);
      y51 = madd(g1, w21, y51);
      y60 = madd(g0, w30, y60);
      y61 = madd(g1, w31, y61);
      y70 = madd(g0, w40, y70);
      y71 = madd(g1, w41, y71);
      p += gPixel;
      g0 = v128.load(p);
      g1 = v128.load(p, 16);
      y50 = madd(g0, w00, y50);
      y51 = madd(g1, w01, y51);
      y60 = madd(g0, w10, y60);
      y61 = madd(g1, w11, y61);
      y70 = madd(g0, w20, y70);
      y71 = madd(g1, w21, y71);
      p += gPixel;
      g0 = v128.load(p);
      g1 = v128.load(p, 16);
      y70 = madd(g0, w00, y70);
      y71 = madd(g1, w01, y71);
      row -= gRow;
    }
    let q = y;
    v128.store(q, y01, 16);
    v128.store(q, y00);
    q += yPixel;
    v128.store(q, y11, 16);
    v128.store(q, y10);
    q += yPixel;
    v128.store(q, y21, 16);
    v128.store(q, y20);
    q += yPixel;
    v128.store(q, y31, 16);
    v128.store(q, y30);
    q += yPixel;
    v128.store(q, y41, 16);
    v128.store(q, y40);
    q += yPixel;
    v128.store(q, y51, 16);
    v128.store(q, y50);
    q += yPixel;
    v128.store(q, y61, 16);
    v128.store(q, y60);
    q += yPixel;
    v128.store(q, y71, 16);
    v128.store(q, y70);
    weight += 32;
    y += 32;
  }
}

export function weightGradient3x3Stride1x3x4(
  x: usize,
  xRow: usize,
  xPixel: usize,
  g: usize,
  gPixel: usize,
  weight: usize,
  pitch: usize,
  bytes: usize,
): void {
  for (const end = x + bytes; x < end; x += 16) {
    let q = g;
    const g00 = v128.load(q);
    q += gPixel;
    const g10 = v128.load(q);
    q += gPixel;
    const g20 = v128.load(q);
    let row = x;
    let w = weight;
    for (let kh = 0; kh < 3; kh++) {
      q = w;
      let w00 = v128.load(q);
      q += pitch;
      let w10 = v128.load(q);
      q += pitch;
      let w20 = v128.load(q);
      let p = row;
      let x0 = v128.load(p);
      w00 = madd(x0, g00, w00);
      p += xPixel;
      x0 = v128.load(p);
      w10 = madd(x0, g00, w10);
      w00 = madd(x0, g10, w00);
      p += xPixel;
      x0 = v128.load(p);
      w20 = madd(x0, g00, w20);
      w10 = madd(x0, g10, w10);
      w00 = madd(x0, g20, w00);
      p += xPixel;
      x0 = v128.load(p);
      w20 = madd(x0, g10, w20);
      w10 = madd(x0, g20, w10);
      p += xPixel;
      x0 = v128.load(p);
      w20 = madd(x0, g20, w20);
      v128.store(w, w00);
      w += pitch;
      v128.store(w, w10);
      w += pitch;
      v128.store(w, w20);
      w += pitch;
      row += xRow;
    }
    g += 16;
    weight += 16;
  }
}

export function weightGradient3x3Stride1x4x4(
  x: usize,
  xRow: usize,
  xPixel: usize,
  g: usize,
  gPixel: usize,
  weight: usize,
  pitch: usize,
  bytes: usize,
): void {
  for (const end = x + bytes; x < end; x += 16) {
    let q = g;
    const g00 = v128.load(q);
    q += gPixel;
    const g10 = v128.load(q);
    q += gPixel;
    const g20 = v128.load(q);
    q += gPixel;
    const g30 = v128.load(q);
    let row = x;
    let w = weight;
    for (let kh = 0; kh < 3; kh++) {
      q = w;
      let w00 = v128.load(q);
      q += pitch;
      let w10 = v128.load(q);
      q += pitch;
      let w20 = v128.load(q);
      let p = row;
      let x0 = v128.load(p);
      w00 = madd(x0, g00, w00);
      p += xPixel;
      x0 = v128.load(p);
      w10 = madd(x0, g00, w10);
      w00 = madd(x0, g10, w00);
      p += xPixel;
      x0 = v128.load(p);
      w20 = madd(x0, g00, w20);
      w10 = madd(x0, g10, w10);
      w00 = madd(x0, g20, w00);
      p += xPixel;
      x0 = v128.load(p);
      w20 = madd(x0, g10, w20);
      w10 = madd(x0, g20, w10);
      w00 = madd(x0, g30, w00);
      p += xPixel;
      x0 = v128.load(p);
      w20 = madd(x0, g20, w20);
      w10 = madd(x0, g30, w10);
      p += xPixel;
      x0 = v128.load(p);
      w20 = madd(x0, g30, w20);
      v128.store(w, w00);
      w += pitch;
      v128.store(w, w10);
      w += pitch;
      v128.store(w, w20);
      w += pitch;
      row += xRow;
    }
    g += 16;
    weight += 16;
  }
}

export function weightGradient3x3Stride1x7x4(
  x: usize,
  xRow: usize,
  xPixel: usize,
  g: usize,
  gPixel: usize,
  weight: usize,
  pitch: usize,
  bytes: usize,
): void {
  for (const end = x + bytes; x < end; x += 16) {
    let q = g;
    const g00 = v128.load(q);
    q += gPixel;
    const g10 = v128.load(q);
    q += gPixel;
    const g20 = v128.load(q);
    q += gPixel;
    const g30 = v128.load(q);
    q += gPixel;
    const g40 = v128.load(q);
    q += gPixel;
    const g50 = v128.load(q);
    q += gPixel;
    const g60 = v128.load(q);
    let row = x;
    let w = weight;
    for (let kh = 0; kh < 3; kh++) {
      q = w;
      let w00 = v128.load(q);
      q += pitch;
      let w10 = v128.load(q);
      q += pitch;
      let w20 = v128.load(q);
      let p = row;
      let x0 = v128.load(p);
      w00 = madd(x0, g00, w00);
      p += xPixel;
      x0 = v128.load(p);
      w10 = madd(x0, g00, w10);
      w00 = madd(x0, g10, w00);
      p += xPixel;
      x0 = v128.load(p);
      w20 = madd(x0, g00, w20);
      w10 = madd(x0, g10, w10);
      w00 = madd(x0, g20, w00);
      p += xPixel;
      x0 = v128.load(p);
      w20 = madd(x0, g10, w20);
      w10 = madd(x0, g20, w10);
      w00 = madd(x0, g30, w00);
      p += xPixel;
      x0 = v128.load(p);
      w20 = madd(x0, g20, w20);
      w10 = madd(x0, g30, w10);
      w00 = madd(x0, g40, w00);
      p += xPixel;
      x0 = v128.load(p);
      w20 = madd(x0, g30, w20);
      w10 = madd(x0, g40, w10);
      w00 = madd(x0, g50, w00);
      p += xPixel;
      x0 = v128.load(p);
      w20 = madd(x0, g40, w20);
      w10 = madd(x0, g50, w10);
      w00 = madd(x0, g60, w00);
      p += xPixel;
      x0 = v128.load(p);
      w20 = madd(x0, g50, w20);
      w10 = madd(x0, g60, w10);
      p += xPixel;
      x0 = v128.load(p);
      w20 = madd(x0, g60, w20);
      v128.store(w, w00);
      w += pitch;
      v128.store(w, w10);
      w += pitch;
      v128.store(w, w20);
      w += pitch;
      row += xRow;
    }
    g += 16;
    weight += 16;
  }
}

export function weightGradient5x5Stride1x3x4(
  x: usize,
  xRow: usize,
  xPixel: usize,
  g: usize,
  gPixel: usize,
  weight: usize,
  pitch: usize,
  bytes: usize,
): void {
  for (const end = x + bytes; x < end; x += 16) {
    let q = g;
    const g00 = v128.load(q);
    q += gPixel;
    const g10 = v128.load(q);
    q += gPixel;
    const g20 = v128.load(q);
    let row = x;
    let w = weight;
    for (let kh = 0; kh < 5; kh++) {
      q = w;
      let w00 = v128.load(q);
      q += pitch;
      let w10 = v128.load(q);
      q += pitch;
      let w20 = v128.load(q);
      q += pitch;
      let w30 = v128.load(q);
      q += pitch;
      let w40 = v128.load(q);
      let p = row;
      let x0 = v128.load(p);
      w00 = madd(x0, g00, w00);
      p += xPixel;
      x0 = v128.load(p);
      w10 = madd(x0, g00, w10);
      w00 = madd(x0, g10, w00);
      p += xPixel;
      x0 = v128.load(p);
      w20 = madd(x0, g00, w20);
      w10 = madd(x0, g10, w10);
      w00 = madd(x0, g20, w00);
      p += xPixel;
      x0 = v128.load(p);
      w30 = madd(x0, g00, w30);
      w20 = madd(x0, g10, w20);
      w10 = madd(x0, g20, w10);
      p += xPixel;
      x0 = v128.load(p);
      w40 = madd(x0, g00, w40);
      w30 = madd(x0, g10, w30);
      w20 = madd(x0, g20, w20);
      p += xPixel;
      x0 = v128.load(p);
      w40 = madd(x0, g10, w40);
      w30 = madd(x0, g20, w30);
      p += xPixel;
      x0 = v128.load(p);
      w40 = madd(x0, g20, w40);
      v128.store(w, w00);
      w += pitch;
      v128.store(w, w10);
      w += pitch;
      v128.store(w, w20);
      w += pitch;
      v128.store(w, w30);
      w += pitch;
      v128.store(w, w40);
      w += pitch;
      row += xRow;
    }
    g += 16;
    weight += 16;
  }
}

export function weightGradient5x5Stride1x4x4(
  x: usize,
  xRow: usize,
  xPixel: usize,
  g: usize,
  gPixel: usize,
  weight: usize,
  pitch: usize,
  bytes: usize,
): void {
  for (const end = x + bytes; x < end; x += 16) {
    let q = g;
    const g00 = v128.load(q);
    q += gPixel;
    const g10 = v128.load(q);
    q += gPixel;
    const g20 = v128.load(q);
    q += gPixel;
    const g30 = v128.load(q);
    let row = x;
    let w = weight;
    for (let kh = 0; kh < 5; kh++) {
      q = w;
      let w00 = v128.load(q);
      q += pitch;
      let w10 = v128.load(q);
      q += pitch;
      let w20 = v128.load(q);
      q += pitch;
      let w30 = v128.load(q);
      q += pitch;
      let w40 = v128.load(q);
      let p = row;
      let x0 = v128.load(p);
      w00 = madd(x0, g00, w00);
      p += xPixel;
      x0 = v128.load(p);
      w10 = madd(x0, g00, w10);
      w00 = madd(x0, g10, w00);
      p += xPixel;
      x0 = v128.load(p);
      w20 = madd(x0, g00, w20);
      w10 = madd(x0, g10, w10);
      w00 = madd(x0, g20, w00);
      p += xPixel;
      x0 = v128.load(p);
      w30 = madd(x0, g00, w30);
      w20 = madd(x0, g10, w20);
      w10 = madd(x0, g20, w10);
      w00 = madd(x0, g30, w00);
      p += xPixel;
      x0 = v128.load(p);
      w40 = madd(x0, g00, w40);
      w30 = madd(x0, g10, w30);
      w20 = madd(x0, g20, w20);
      w10 = madd(x0, g30, w10);
      p += xPixel;
      x0 = v128.load(p);
      w40 = madd(x0, g10, w40);
      w30 = madd(x0, g20, w30);
      w20 = madd(x0, g30, w20);
      p += xPixel;
      x0 = v128.load(p);
      w40 = madd(x0, g20, w40);
      w30 = madd(x0, g30, w30);
      p += xPixel;
      x0 = v128.load(p);
      w40 = madd(x0, g30, w40);
      v128.store(w, w00);
      w += pitch;
      v128.store(w, w10);
      w += pitch;
      v128.store(w, w20);
      w += pitch;
      v128.store(w, w30);
      w += pitch;
      v128.store(w, w40);
      w += pitch;
      row += xRow;
    }
    g += 16;
    weight += 16;
  }
}

export function weightGradient5x5Stride1x7x4(
  x: usize,
  xRow: usize,
  xPixel: usize,
  g: usize,
  gPixel: usize,
  weight: usize,
  pitch: usize,
  bytes: usize,
): void {
  for (const end = x + bytes; x < end; x += 16) {
    let q = g;
    const g00 = v128.load(q);
    q += gPixel;
    const g10 = v128.load(q);
    q += gPixel;
    const g20 = v128.load(q);
    q += gPixel;
    const g30 = v128.load(q);
    q += gPixel;
    const g40 = v128.load(q);
    q += gPixel;
    const g50 = v128.load(q);
    q += gPixel;
    const g60 = v128.load(q);
    let row = x;
    let w = weight;
    for (let kh = 0; kh < 5; kh++) {
      q = w;
      let w00 = v128.load(q);
      q += pitch;
      let w10 = v128.load(q);
      q += pitch;
      let w20 = v128.load(q);
      q += pitch;
      let w30 = v128.load(q);
      q += pitch;
      let w40 = v128.load(q);
      let p = row;
      let x0 = v128.load(p);
      w00 = madd(x0, g00, w00);
      p += xPixel;
      x0 = v128.load(p);
      w10 = madd(x0, g00, w10);
      w00 = madd(x0, g10, w00);
      p += xPixel;
      x0 = v128.load(p);
      w20 = madd(x0, g00, w20);
      w10 = madd(x0, g10, w10);
      w00 = madd(x0, g20, w00);
      p += xPixel;
      x0 = v128.load(p);
      w30 = madd(x0, g00, w30);
      w20 = madd(x0, g10, w20);
      w10 = madd(x0, g20, w10);
      w00 = madd(x0, g30, w00);
      p += xPixel;
      x0 = v128.load(p);
      w40 = madd(x0, g00, w40);
      w30 = madd(x0, g10, w30);
      w20 = madd(x0, g20, w20);
      w10 = madd(x0, g30, w10);
      w00 = madd(x0, g40, w00);
      p += xPixel;
      x0 = v128.load(p);
      w40 = madd(x0, g10, w40);
      w30 = madd(x0, g20, w30);
      w20 = madd(x0, g30, w20);
      w10 = madd(x0, g40, w10);
      w00 = madd(x0, g50, w00);
      p += xPixel;
      x0 = v128.load(p);
      w40 = madd(x0, g20, w40);
      w30 = madd(x0, g30, w30);
      w20 = madd(x0, g40, w20);
      w10 = madd(x0, g50, w10);
      w00 = madd(x0, g60, w00);
      p += xPixel;
      x0 = v128.load(p);
      w40 = madd(x0, g30, w40);
      w30 = madd(x0, g40, w30);
      w20 = madd(x0, g50, w20);
      w10 = madd(x0, g60, w10);
      p += xPixel;
      x0 = v128.load(p);
      w40 = madd(x0, g40, w40);
      w30 = madd(x0, g50, w30);
      w20 = madd(x0, g60, w20);
      p += xPixel;
      x0 = v128.load(p);
      w40 = madd(x0, g50, w40);
      w30 = madd(x0, g60, w30);
      p += xPixel;
      x0 = v128.load(p);
      w40 = madd(x0, g60, w40);
      v128.store(w, w00);
      w += pitch;
      v128.store(w, w10);
      w += pitch;
      v128.store(w, w20);
      w += pitch;
      v128.store(w, w30);
      w += pitch;
      v128.store(w, w40);
      w += pitch;
      row += xRow;
    }
    g += 16;
    weight += 16;
  }
}

export function weightGradient3x3Stride2x3x4(
  x: usize,
  xRow: usize,
  xPixel: usize,
  g: usize,
  gPixel: usize,
  weight: usize,
  pitch: usize,
  bytes: usize,
): void {
  for (const end = x + bytes; x < end; x += 16) {
    let q = g;
    const g00 = v128.load(q);
    q += gPixel;
    const g10 = v128.load(q);
    q += gPixel;
    const g20 = v128.load(q);
    let row = x;
    let w = weight;
    for (let kh = 0; kh < 3; kh++) {
      q = w;
      let w00 = v128.load(q);
      q += pitch;
      let w10 = v128.load(q);
      q += pitch;
      let w20 = v128.load(q);
      let p = row;
      let x0 = v128.load(p);
      w00 = madd(x0, g00, w00);
      p += xPixel;
      x0 = v128.load(p);
      w10 = madd(x0, g00, w10);
      p += xPixel;
      x0 = v128.load(p);
      w20 = madd(x0, g00, w20);
      w00 = madd(x0, g10, w00);
      p += xPixel;
      x0 = v128.load(p);
      w10 = madd(x0, g10, w10);
      p += xPixel;
      x0 = v128.load(p);
      w20 = madd(x0, g10, w20);
      w00 = madd(x0, g20, w00);
      p += xPixel;
      x0 = v128.load(p);
      w10 = madd(x0, g20, w10);
      p += xPixel;
      x0 = v128.load(p);
      w20 = madd(x0, g20, w20);
      v128.store(w, w00);
      w += pitch;
      v128.store(w, w10);
      w += pitch;
      v128.store(w, w20);
      w += pitch;
      row += xRow;
    }
    g += 16;
    weight += 16;
  }
}

export function weightGradient3x3Stride2x4x4(
  x: usize,
  xRow: usize,
  xPixel: usize,
  g: usize,
  gPixel: usize,
  weight: usize,
  pitch: usize,
  bytes: usize,
): void {
  for (const end = x + bytes; x < end; x += 16) {
    let q = g;
    const g00 = v128.load(q);
    q += gPixel;
    const g10 = v128.load(q);
    q += gPixel;
    const g20 = v128.load(q);
    q += gPixel;
    const g30 = v128.load(q);
    let row = x;
    let w = weight;
    for (let kh = 0; kh < 3; kh++) {
      q = w;
      let w00 = v128.load(q);
      q += pitch;
      let w10 = v128.load(q);
      q += pitch;
      let w20 = v128.load(q);
      let p = row;
      let x0 = v128.load(p);
      w00 = madd(x0, g00, w00);
      p += xPixel;
      x0 = v128.load(p);
      w10 = madd(x0, g00, w10);
      p += xPixel;
      x0 = v128.load(p);
      w20 = madd(x0, g00, w20);
      w00 = madd(x0, g10, w00);
      p += xPixel;
      x0 = v128.load(p);
      w10 = madd(x0, g10, w10);
      p += xPixel;
      x0 = v128.load(p);
      w20 = madd(x0, g10, w20);
      w00 = madd(x0, g20, w00);
      p += xPixel;
      x0 = v128.load(p);
      w10 = madd(x0, g20, w10);
      p += xPixel;
      x0 = v128.load(p);
      w20 = madd(x0, g20, w20);
      w00 = madd(x0, g30, w00);
      p += xPixel;
      x0 = v128.load(p);
      w10 = madd(x0, g30, w10);
      p += xPixel;
      x0 = v128.load(p);
      w20 = madd(x0, g30, w20);
      v128.store(w, w00);
      w += pitch;
      v128.store(w, w10);
      w += pitch;
      v128.store(w, w20);
      w += pitch;
      row += xRow;
    }
    g += 16;
    weight += 16;
  }
}

export function weightGradient5x5Stride2x3x4(
  x: usize,
  xRow: usize,
  xPixel: usize,
  g: usize,
  gPixel: usize,
  weight: usize,
  pitch: usize,
  bytes: usize,
): void {
  for (const end = x + bytes; x < end; x += 16) {
    let q = g;
    const g00 = v128.load(q);
    q += gPixel;
    const g10 = v128.load(q);
    q += gPixel;
    const g20 = v128.load(q);
    let row = x;
    let w = weight;
    for (let kh = 0; kh < 5; kh++) {
      q = w;
      let w00 = v128.load(q);
      q += pitch;
      let w10 = v128.load(q);
      q += pitch;
      let w20 = v128.load(q);
      q += pitch;
      let w30 = v128.load(q);
      q += pitch;
      let w40 = v128.load(q);
      let p = row;
      let x0 = v128.load(p);
      w00 = madd(x0, g00, w00);
      p += xPixel;
      x0 = v128.load(p);
      w10 = madd(x0, g00, w10);
      p += xPixel;
      x0 = v128.load(p);
      w20 = madd(x0, g00, w20);
      w00 = madd(x0, g10, w00);
      p += xPixel;
      x0 = v128.load(p);
      w30 = madd(x0, g00, w30);
      w10 = madd(x0, g10, w10);
      p += xPixel;
      x0 = v128.load(p);
      w40 = madd(x0, g00, w40);
      w20 = madd(x0, g10, w20);
      w00 = madd(x0, g20, w00);
      p += xPixel;
      x0 = v128.load(p);
      w30 = madd(x0, g10, w30);
      w10 = madd(x0, g20, w10);
      p += xPixel;
      x0 = v128.load(p);
      w40 = madd(x0, g10, w40);
      w20 = madd(x0, g20, w20);
      p += xPixel;
      x0 = v128.load(p);
      w30 = madd(x0, g20, w30);
      p += xPixel;
      x0 = v128.load(p);
      w40 = madd(x0, g20, w40);
      v128.store(w, w00);
      w += pitch;
      v128.store(w, w10);
      w += pitch;
      v128.store(w, w20);
      w += pitch;
      v128.store(w, w30);
      w += pitch;
      v128.store(w, w40);
      w += pitch;
      row += xRow;
    }
    g += 16;
    weight += 16;
  }
}

export function weightGradient5x5Stride2x4x4(
  x: usize,
  xRow: usize,
  xPixel: usize,
  g: usize,
  gPixel: usize,
  weight: usize,
  pitch: usize,
  bytes: usize,
): void {
  for (const end = x + bytes; x < end; x += 16) {
    let q = g;
    const g00 = v128.load(q);
    q += gPixel;
    const g10 = v128.load(q);
    q += gPixel;
    const g20 = v128.load(q);
    q += gPixel;
    const g30 = v128.load(q);
    let row = x;
    let w = weight;
    for (let kh = 0; kh < 5; kh++) {
      q = w;
      let w00 = v128.load(q);
      q += pitch;
      let w10 = v128.load(q);
      q += pitch;
      let w20 = v128.load(q);
      q += pitch;
      let w30 = v128.load(q);
      q += pitch;
      let w40 = v128.load(q);
      let p = row;
      let x0 = v128.load(p);
      w00 = madd(x0, g00, w00);
      p += xPixel;
      x0 = v128.load(p);
      w10 = madd(x0, g00, w10);
      p += xPixel;
      x0 = v128.load(p);
      w20 = madd(x0, g00, w20);
      w00 = madd(x0, g10, w00);
      p += xPixel;
      x0 = v128.load(p);
      w30 = madd(x0, g00, w30);
      w10 = madd(x0, g10, w10);
      p += xPixel;
      x0 = v128.load(p);
      w40 = madd(x0, g00, w40);
      w20 = madd(x0, g10, w20);
      w00 = madd(x0, g20, w00);
      p += xPixel;
      x0 = v128.load(p);
      w30 = madd(x0, g10, w30);
      w10 = madd(x0, g20, w10);
      p += xPixel;
      x0 = v128.load(p);
      w40 = madd(x0, g10, w40);
      w20 = madd(x0, g20, w20);
      w00 = madd(x0, g30, w00);
      p += xPixel;
      x0 = v128.load(p);
      w30 = madd(x0, g20, w30);
      w10 = madd(x0, g30, w10);
      p += xPixel;
      x0 = v128.load(p);
      w40 = madd(x0, g20, w40);
      w20 = madd(x0, g30, w20);
      p += xPixel;
      x0 = v128.load(p);
      w30 = madd(x0, g30, w30);
      p += xPixel;
      x0 = v128.load(p);
      w40 = madd(x0, g30, w40);
      v128.store(w, w00);
      w += pitch;
      v128.store(w, w10);
      w += pitch;
      v128.store(w, w20);
      w += pitch;
      v128.store(w, w30);
      w += pitch;
      v128.store(w, w40);
      w += pitch;
      row += xRow;
    }
    g += 16;
    weight += 16;
  }
}

export function weightGradient3x3Stride1x3x8(
  x: usize,
  xRow: usize,
  xPixel: usize,
  g: usize,
  gPixel: usize,
  weight: usize,
  pitch: usize,
  bytes: usize,
): void {
  for (const end = x + bytes; x < end; x += 32) {
    let q = g;
    const g00 = v128.load(q);
    const g01 = v128.load(q, 16);
    q += gPixel;
    const g10 = v128.load(q);
    const g11 = v128.load(q, 16);
    q += gPixel;
    const g20 = v128.load(q);
    const g21 = v128.load(q, 16);
    let row = x;
    let w = weight;
    for (let kh = 0; kh < 3; kh++) {
      q = w;
      let w00 = v128.load(q);
      let w01 = v128.load(q, 16);
      q += pitch;
      let w10 = v128.load(q);
      let w11 = v128.load(q, 16);
      q += pitch;
      let w20 = v128.load(q);
      let w21 = v128.load(q, 16);
      let p = row;
      let x0 = v128.load(p);
      let x1 = v128.load(p, 16);
      w00 = madd(x0, g00, w00);
      w01 = madd(x1, g01, w01);
      p += xPixel;
      x0 = v128.load(p);
      x1 = v128.load(p, 16);
      w10 = madd(x0, g00, w10);
      w11 = madd(x1, g01, w11);
      w00 = madd(x0, g10, w00);
      w01 = madd(x1, g11, w01);
      p += xPixel;
      x0 = v128.load(p);
      x1 = v128.load(p, 16);
      w20 = madd(x0, g00, w20);
      w21 = madd(x1, g01, w21);
      w10 = madd(x0, g10, w10);
      w11 = madd(x1, g11, w11);
      w00 = madd(x0, g20, w00);
      w01 = madd(x1, g21, w01);
      p += xPixel;
      x0 = v128.load(p);
      x1 = v128.load(p, 16);
      w20 = madd(x0, g10, w20);
      w21 = madd(x1, g11, w21);
      w10 = madd(x0, g20, w10);
      w11 = madd(x1, g21, w11);
      p += xPixel;
      x0 = v128.load(p);
      x1 = v128.load(p, 16);
      w20 = madd(x0, g20, w20);
      w21 = madd(x1, g21, w21);
      v128.store(w, w01, 16);
      v128.store(w, w00);
      w += pitch;
      v128.store(w, w11, 16);
      v128.store(w, w10);
      w += pitch;
      v128.store(w, w21, 16);
      v128.store(w, w20);
      w += pitch;
      row += xRow;
    }
    g += 32;
    weight += 32;
  }
}

export function weightGradient3x3Stride1x4x8(
  x: usize,
  xRow: usize,
  xPixel: usize,
  g: usize,
  gPixel: usize,
  weight: usize,
  pitch: usize,
  bytes: usize,
): void {
  for (const end = x + bytes; x < end; x += 32) {
    let q = g;
    const g00 = v128.load(q);
    const g01 = v128.load(q, 16);
    q += gPixel;
    const g10 = v128.load(q);
    const g11 = v128.load(q, 16);
    q += gPixel;
    const g20 = v128.load(q);
    const g21 = v128.load(q, 16);
    q += gPixel;
    const g30 = v128.load(q);
    const g31 = v128.load(q, 16);
    let row = x;
    let w = weight;
    for (let kh = 0; kh < 3; kh++) {
      q = w;
      let w00 = v128.load(q);
      let w01 = v128.load(q, 16);
      q += pitch;
      let w10 = v128.load(q);
      let w11 = v128.load(q, 16);
      q += pitch;
      let w20 = v128.load(q);
      let w21 = v128.load(q, 16);
      let p = row;
      let x0 = v128.load(p);
      let x1 = v128.load(p, 16);
      w00 = madd(x0, g00, w00);
      w01 = madd(x1, g01, w01);
      p += xPixel;
      x0 = v128.load(p);
      x1 = v128.load(p, 16);
      w10 = madd(x0, g00, w10);
      w11 = madd(x1, g01, w11);
      w00 = madd(x0, g10, w00);
      w01 = madd(x1, g11, w01);
      p += xPixel;
      x0 = v128.load(p);
      x1 = v128.load(p, 16);
      w20 = madd(x0, g00, w20);
      w21 = madd(x1, g01, w21);
      w10 = madd(x0, g10, w10);
      w11 = madd(x1, g11, w11);
      w00 = madd(x0, g20, w00);
      w01 = madd(x1, g21, w01);
      p += xPixel;
      x0 = v128.load(p);
      x1 = v128.load(p, 16);
      w20 = madd(x0, g10, w20);
      w21 = madd(x1, g11, w21);
      w10 = madd(x0, g20, w10);
      w11 = madd(x1, g21, w11);
      w00 = madd(x0, g30, w00);
      w01 = madd(x1, g31, w01);
      p += xPixel;
      x0 = v128.load(p);
      x1 = v128.load(p, 16);
      w20 = madd(x0, g20, w20);
      w21 = madd(x1, g21, w21);
      w10 = madd(x0, g30, w10);
      w11 = madd(x1, g31, w11);
      p += xPixel;
      x0 = v128.load(p);
      x1 = v128.load(p, 16);
      w20 = madd(x0, g30, w20);
      w21 = madd(x1, g31, w21);
      v128.store(w, w01, 16);
      v128.store(w, w00);
      w += pitch;
      v128.store(w, w11, 16);
      v128.store(w, w10);
      w += pitch;
      v128.store(w, w21, 16);
      v128.store(w, w20);
      w += pitch;
      row += xRow;
    }
    g += 32;
    weight += 32;
  }
}

export function weightGradient3x3Stride1x5x8(
  x: usize,
  xRow: usize,
  xPixel: usize,
  g: usize,
  gPixel: usize,
  weight: usize,
  pitch: usize,
  bytes: usize,
): void {
  for (const end = x + bytes; x < end; x += 32) {
    let q = g;
    const g00 = v128.load(q);
    const g01 = v128.load(q, 16);
    q += gPixel;
    const g10 = v128.load(q);
    const g11 = v128.load(q, 16);
    q += gPixel;
    const g20 = v128.load(q);
    const g21 = v128.load(q, 16);
    q += gPixel;
    const g30 = v128.load(q);
    const g31 = v128.load(q, 16);
    q += gPixel;
    const g40 = v128.load(q);
    const g41 = v128.load(q, 16);
    let row = x;
    let w = weight;
    for (let kh = 0; kh < 3; kh++) {
      q = w;
      let w00 = v128.load(q);
      let w01 = v128.load(q, 16);
      q += pitch;
      let w10 = v128.load(q);
      let w11 = v128.load(q, 16);
      q += pitch;
      let w20 = v128.load(q);
      let w21 = v128.load(q, 16);
      let p = row;
      let x0 = v128.load(p);
      let x1 = v128.load(p, 16);
      w00 = madd(x0, g00, w00);
      w01 = madd(x1, g01, w01);
      p += xPixel;
      x0 = v128.load(p);
      x1 = v128.load(p, 16);
      w10 = madd(x0, g00, w10);
      w11 = madd(x1, g01, w11);
      w00 = madd(x0, g10, w00);
      w01 = madd(x1, g11, w01);
      p += xPixel;
      x0 = v128.load(p);
      x1 = v128.load(p, 16);
      w20 = madd(x0, g00, w20);
      w21 = madd(x1, g01, w21);
      w10 = madd(x0, g10, w10);
      w11 = madd(x1, g11, w11);
      w00 = madd(x0, g20, w00);
      w01 = madd(x1, g21, w01);
      p += xPixel;
      x0 = v128.load(p);
      x1 = v128.load(p, 16);
      w20 = madd(x0, g10, w20);
      w21 = madd(x1, g11, w21);
      w10 = madd(x0, g20, w10);
      w11 = madd(x1, g21, w11);
      w00 = madd(x0, g30, w00);
      w01 = madd(x1, g31, w01);
      p += xPixel;
      x0 = v128.load(p);
      x1 = v128.load(p, 16);
      w20 = madd(x0, g20, w20);
      w21 = madd(x1, g21, w21);
      w10 = madd(x0, g30, w10);
      w11 = madd(x1, g31, w11);
      w00 = madd(x0, g40, w00);
      w01 = madd(x1, g41, w01);
      p += xPixel;
      x0 = v128.load(p);
      x1 = v128.load(p, 16);
      w20 = madd(x0, g30, w20);
      w21 = madd(x1, g31, w21);
      w10 = madd(x0, g40, w10);
      w11 = madd(x1, g41, w11);
      p += xPixel;
      x0 = v128.load(p);
      x1 = v128.load(p, 16);
      w20 = madd(x0, g40, w20);
      w21 = madd(x1, g41, w21);
      v128.store(w, w01, 16);
      v128.store(w, w00);
      w += pitch;
      v128.store(w, w11, 16);
      v128.store(w, w10);
      w += pitch;
      v128.store(w, w21, 16);
      v128.store(w, w20);
      w += pitch;
      row += xRow;
    }
    g += 32;
    weight += 32;
  }
}

export function weightGradient3x3Stride2x3x8(
  x: usize,
  xRow: usize,
  xPixel: usize,
  g: usize,
  gPixel: usize,
  weight: usize,
  pitch: usize,
  bytes: usize,
): void {
  for (const end = x + bytes; x < end; x += 32) {
    let q = g;
    const g00 = v128.load(q);
    const g01 = v128.load(q, 16);
    q += gPixel;
    const g10 = v128.load(q);
    const g11 = v128.load(q, 16);
    q += gPixel;
    const g20 = v128.load(q);
    const g21 = v128.load(q, 16);
    let row = x;
    let w = weight;
    for (let kh = 0; kh < 3; kh++) {
      q = w;
      let w00 = v128.load(q);
      let w01 = v128.load(q, 16);
      q += pitch;
      let w10 = v128.load(q);
      let w11 = v128.load(q, 16);
      q += pitch;
      let w20 = v128.load(q);
      let w21 = v128.load(q, 16);
      let p = row;
      let x0 = v128.load(p);
      let x1 = v128.load(p, 16);
      w00 = madd(x0, g00, w00);
      w01 = madd(x1, g01, w01);
      p += xPixel;
      x0 = v128.load(p);
      x1 = v128.load(p, 16);
      w10 = madd(x0, g00, w10);
      w11 = madd(x1, g01, w11);
      p += xPixel;
      x0 = v128.load(p);
      x1 = v128.load(p, 16);
      w20 = madd(x0, g00, w20);
      w21 = madd(x1, g01, w21);
      w00 = madd(x0, g10, w00);
      w01 = madd(x1, g11, w01);
      p += xPixel;
      x0 = v128.load(p);
      x1 = v128.load(p, 16);
      w10 = madd(x0, g10, w10);
      w11 = madd(x1, g11, w11);
      p += xPixel;
      x0 = v128.load(p);
      x1 = v128.load(p, 16);
      w20 = madd(x0, g10, w20);
      w21 = madd(x1, g11, w21);
      w00 = madd(x0, g20, w00);
      w01 = madd(x1, g21, w01);
      p += xPixel;
      x0 = v128.load(p);
      x1 = v128.load(p, 16);
      w10 = madd(x0, g20, w10);
      w11 = madd(x1, g21, w11);
      p += xPixel;
      x0 = v128.load(p);
      x1 = v128.load(p, 16);
      w20 = madd(x0, g20, w20);
      w21 = madd(x1, g21, w21);
      v128.store(w, w01, 16);
      v128.store(w, w00);
      w += pitch;
      v128.store(w, w11, 16);
      v128.store(w, w10);
      w += pitch;
      v128.store(w, w21, 16);
      v128.store(w, w20);
      w += pitch;
      row += xRow;
    }
    g += 32;
    weight += 32;
  }
}

export function weightGradient3x3Stride2x4x8(
  x: usize,
  xRow: usize,
  xPixel: usize,
  g: usize,
  gPixel: usize,
  weight: usize,
  pitch: usize,
  bytes: usize,
): void {
  for (const end = x + bytes; x < end; x += 32) {
    let q = g;
    const g00 = v128.load(q);
    const g01 = v128.load(q, 16);
    q += gPixel;
    const g10 = v128.load(q);
    const g11 = v128.load(q, 16);
    q += gPixel;
    const g20 = v128.load(q);
    const g21 = v128.load(q, 16);
    q += gPixel;
    const g30 = v128.load(q);
    const g31 = v128.load(q, 16);
    let row = x;
    let w = weight;
    for (let kh = 0; kh < 3; kh++) {
      q = w;
      let w00 = v128.load(q);
      let w01 = v128.load(q, 16);
      q += pitch;
      let w10 = v128.load(q);
      let w11 = v128.load(q, 16);
      q += pitch;
      let w20 = v128.load(q);
      let w21 = v128.load(q, 16);
      let p = row;
      let x0 = v128.load(p);
      let x1 = v128.load(p, 16);
      w00 = madd(x0, g00, w00);
      w01 = madd(x1, g01, w01);
      p += xPixel;
      x0 = v128.load(p);
      x1 = v128.load(p, 16);
      w10 = madd(x0, g00, w10);
      w11 = madd(x1, g01, w11);
      p += xPixel;
      x0 = v128.load(p);
      x1 = v128.load(p, 16);
      w20 = madd(x0, g00, w20);
      w21 = madd(x1, g01, w21);
      w00 = madd(x0, g10, w00);
      w01 = madd(x1, g11, w01);
      p += xPixel;
      x0 = v128.load(p);
      x1 = v128.load(p, 16);
      w10 = madd(x0, g10, w10);
      w11 = madd(x1, g11, w11);
      p += xPixel;
      x0 = v128.load(p);
      x1 = v128.load(p, 16);
      w20 = madd(x0, g10, w20);
      w21 = madd(x1, g11, w21);
      w00 = madd(x0, g20, w00);
      w01 = madd(x1, g21, w01);
      p += xPixel;
      x0 = v128.load(p);
      x1 = v128.load(p, 16);
      w10 = madd(x0, g20, w10);
      w11 = madd(x1, g21, w11);
      p += xPixel;
      x0 = v128.load(p);
      x1 = v128.load(p, 16);
      w20 = madd(x0, g20, w20);
      w21 = madd(x1, g21, w21);
      w00 = madd(x0, g30, w00);
      w01 = madd(x1, g31, w01);
      p += xPixel;
      x0 = v128.load(p);
      x1 = v128.load(p, 16);
      w10 = madd(x0, g30, w10);
      w11 = madd(x1, g31, w11);
      p += xPixel;
      x0 = v128.load(p);
      x1 = v128.load(p, 16);
      w20 = madd(x0, g30, w20);
      w21 = madd(x1, g31, w21);
      v128.store(w, w01, 16);
      v128.store(w, w00);
      w += pitch;
      v128.store(w, w11, 16);
      v128.store(w, w10);
      w += pitch;
      v128.store(w, w21, 16);
      v128.store(w, w20);
      w += pitch;
      row += xRow;
    }
    g += 32;
    weight += 32;
  }
}

export function weightGradient3x3Stride2x5x8(
  x: usize,
  xRow: usize,
  xPixel: usize,
  g: usize,
  gPixel: usize,
  weight: usize,
  pitch: usize,
  bytes: usize,
): void {
  for (const end = x + bytes; x < end; x += 32) {
    let q = g;
    const g00 = v128.load(q);
    const g01 = v128.load(q, 16);
    q += gPixel;
    const g10 = v128.load(q);
    const g11 = v128.load(q, 16);
    q += gPixel;
    const g20 = v128.load(q);
    const g21 = v128.load(q, 16);
    q += gPixel;
    const g30 = v128.load(q);
    const g31 = v128.load(q, 16);
    q += gPixel;
    const g40 = v128.load(q);
    const g41 = v128.load(q, 16);
    let row = x;
    let w = weight;
    for (let kh = 0; kh < 3; kh++) {
      q = w;
      let w00 = v128.load(q);
      let w01 = v128.load(q, 16);
      q += pitch;
      let w10 = v128.load(q);
      let w11 = v128.load(q, 16);
      q += pitch;
      let w20 = v128.load(q);
      let w21 = v128.load(q, 16);
      let p = row;
      let x0 = v128.load(p);
      let x1 = v128.load(p, 16);
      w00 = madd(x0, g00, w00);
      w01 = madd(x1, g01, w01);
      p += xPixel;
      x0 = v128.load(p);
      x1 = v128.load(p, 16);
      w10 = madd(x0, g00, w10);
      w11 = madd(x1, g01, w11);
      p += xPixel;
      x0 = v128.load(p);
      x1 = v128.load(p, 16);
      w20 = madd(x0, g00, w20);
      w21 = madd(x1, g01, w21);
      w00 = madd(x0, g10, w00);
      w01 = madd(x1, g11, w01);
      p += xPixel;
      x0 = v128.load(p);
      x1 = v128.load(p, 16);
      w10 = madd(x0, g10, w10);
      w11 = madd(x1, g11, w11);
      p += xPixel;
      x0 = v128.load(p);
      x1 = v128.load(p, 16);
      w20 = madd(x0, g10, w20);
      w21 = madd(x1, g11, w21);
      w00 = madd(x0, g20, w00);
      w01 = madd(x1, g21, w01);
      p += xPixel;
      x0 = v128.load(p);
      x1 = v128.load(p, 16);
      w10 = madd(x0, g20, w10);
      w11 = madd(x1, g21, w11);
      p += xPixel;
      x0 = v128.load(p);
      x1 = v128.load(p, 16);
      w20 = madd(x0, g20, w20);
      w21 = madd(x1, g21, w21);
      w00 = madd(x0, g30, w00);
      w01 = madd(x1, g31, w01);
      p += xPixel;
      x0 = v128.load(p);
      x1 = v128.load(p, 16);
      w10 = madd(x0, g30, w10);
      w11 = madd(x1, g31, w11);
      p += xPixel;
      x0 = v128.load(p);
      x1 = v128.load(p, 16);
      w20 = madd(x0, g30, w20);
      w21 = madd(x1, g31, w21);
      w00 = madd(x0, g40, w00);
      w01 = madd(x1, g41, w01);
      p += xPixel;
      x0 = v128.load(p);
      x1 = v128.load(p, 16);
      w10 = madd(x0, g40, w10);
      w11 = madd(x1, g41, w11);
      p += xPixel;
      x0 = v128.load(p);
      x1 = v128.load(p, 16);
      w20 = madd(x0, g40, w20);
      w21 = madd(x1, g41, w21);
      v128.store(w, w01, 16);
      v128.store(w, w00);
      w += pitch;
      v128.store(w, w11, 16);
      v128.store(w, w10);
      w += pitch;
      v128.store(w, w21, 16);
      v128.store(w, w20);
      w += pitch;
      row += xRow;
    }
    g += 32;
    weight += 32;
  }
}

export function weightGradient2Of5Stride1x8(
  x: usize,
  xRow: usize,
  xPixel: usize,
  g: usize,
  gRow: usize,
  gPixel: usize,
  w: usize,
  pitch: usize,
  width: i32,
  rows: i32,
): void {
  let t = w;
  let w000 = v128.load(t);
  let w001 = v128.load(t, 16);
  t += pitch;
  let w010 = v128.load(t);
  let w011 = v128.load(t, 16);
  t += pitch;
  let w020 = v128.load(t);
  let w021 = v128.load(t, 16);
  t += pitch;
  let w030 = v128.load(t);
  let w031 = v128.load(t, 16);
  t += pitch;
  let w040 = v128.load(t);
  let w041 = v128.load(t, 16);
  t += pitch;
  let w100 = v128.load(t);
  let w101 = v128.load(t, 16);
  t += pitch;
  let w110 = v128.load(t);
  let w111 = v128.load(t, 16);
  t += pitch;
  let w120 = v128.load(t);
  let w121 = v128.load(t, 16);
  t += pitch;
  let w130 = v128.load(t);
  let w131 = v128.load(t, 16);
  t += pitch;
  let w140 = v128.load(t);
  let w141 = v128.load(t, 16);
  for (; rows > 0; rows--) {
    let p0 = x;
    let p1 = p0 + xRow;
    let q = g;
    for (let pairs = width >> 1; pairs > 0; pairs--) {
      const g00 = v128.load(q);
      const g01 = v128.load(q, 16);
      q += gPixel;
      const g10 = v128.load(q);
      const g11 = v128.load(q, 16);
      q += gPixel;
      let x0 = v128.load(p0);
      let x1 = v128.load(p0, 16);
      w000 = madd(x0, g00, w000);
      w001 = madd(x1, g01, w001);
      p0 += xPixel;
      x0 = v128.load(p0);
      x1 = v128.load(p0, 16);
      w010 = madd(x0, g00, w010);
      w011 = madd(x1, g01, w011);
      w000 = madd(x0, g10, w000);
      w001 = madd(x1, g11, w001);
      p0 += xPixel;
      x0 = v128.load(p0);
      x1 = v128.load(p0, 16);
      w020 = madd(x0, g00, w020);
      w021 = madd(x1, g01, w021);
      w010 = madd(x0, g10, w010);
      w011 = madd(x1, g11, w011);
      p0 += xPixel;
      x0 = v128.load(p0);
      x1 = v128.load(p0, 16);
      w030 = madd(x0, g00, w030);
      w031 = madd(x1, g01, w031);
      w020 = madd(x0, g10, w020);
      w021 = madd(x1, g11, w021);
      p0 += xPixel;
      x0 = v128.load(p0);
      x1 = v128.load(p0, 16);
      w040 = madd(x0, g00, w040);
      w041 = madd(x1, g01, w041);
      w030 = madd(x0, g10, w030);
      w031 = madd(x1, g11, w031);
      p0 += xPixel;
      x0 = v128.load(p0);
      x1 = v128.load(p0, 16);
      w040 = madd(x0, g10, w040);
      w041 = madd(x1, g11, w041);
      p0 -= 3 * xPixel;
      x0 = v128.load(p1);
      x1 = v128.load(p1, 16);
      w100 = madd(x0, g00, w100);
      w101 = madd(x1, g01, w101);
      p1 += xPixel;
      x0 = v128.load(p1);
      x1 = v128.load(p1, 16);
      w110 = madd(x0, g00, w110);
      w111 = madd(x1, g01, w111);
      w100 = madd(x0, g10, w100);
      w101 = madd(x1, g11, w101);
      p1 += xPixel;
      x0 = v128.load(p1);
      x1 = v128.load(p1, 16);
      w120 = madd(x0, g00, w120);
      w121 = madd(x1, g01, w121);
      w110 = madd(x0, g10, w110);
      w111 = madd(x1, g11, w111);
      p1 += xPixel;
      x0 = v128.load(p1);
      x1 = v128.load(p1, 16);
      w130 = madd(x0, g00, w130);
      w131 = madd(x1, g01, w131);
      w120 = madd(x0, g10, w120);
      w121 = madd(x1, g11, w121);
      p1 += xPixel;
      x0 = v128.load(p1);
      x1 = v128.load(p1, 16);
      w140 = madd(x0, g00, w140);
      w141 = madd(x1, g01, w141);
      w130 = madd(x0, g10, w130);
      w131 = madd(x1, g11, w131);
      p1 += xPixel;
      x0 = v128.load(p1);
      x1 = v128.load(p1, 16);
      w140 = madd(x0, g10, w140);
      w141 = madd(x1, g11, w141);
      p1 -= 3 * xPixel;
    }
    for (let left = width & 1; left > 0; left--) {
      const g00 = v128.load(q);
      const g01 = v128.load(q, 16);
      q += gPixel;
      let x0 = v128.load(p0);
      let x1 = v128.load(p0, 16);
      w000 = madd(x0, g00, w000);
      w001 = madd(x1, g01, w001);
      p0 += xPixel;
      x0 = v128.load(p0);
      x1 = v128.load(p0, 16);
      w010 = madd(x0, g00, w010);
      w011 = madd(x1, g01, w011);
      p0 += xPixel;
      x0 = v128.load(p0);
      x1 = v128.load(p0, 16);
      w020 = madd(x0, g00, w020);
      w021 = madd(x1, g01, w021);
      p0 += xPixel;
      x0 = v128.load(p0);
      x1 = v128.load(p0, 16);
      w030 = madd(x0, g00, w030);
      w031 = madd(x1, g01, w031);
      p0 += xPixel;
      x0 = v128.load(p0);
      x1 = v128.load(p0, 16);
      w040 = madd(x0, g00, w040);
      w041 = madd(x1, g01, w041);
      p0 -= 3 * xPixel;
      x0 = v128.load(p1);
      x1 = v128.load(p1, 16);
      w100 = madd(x0, g00, w100);
      w101 = madd(x1, g01, w101);
      p1 += xPixel;
      x0 = v128.load(p1);
      x1 = v128.load(p1, 16);
      w110 = madd(x0, g00, w110);
      w111 = madd(x1, g01, w111);
      p1 += xPixel;
      x0 = v128.load(p1);
      x1 = v128.load(p1, 16);
      w120 = madd(x0, g00, w120);
      w121 = madd(x1, g01, w121);
      p1 += xPixel;
      x0 = v128.load(p1);
      x1 = v128.load(p1, 16);
      w130 = madd(x0, g00, w130);
      w131 = madd(x1, g01, w131);
      p1 += xPixel;
      x0 = v128.load(p1);
      x1 = v128.load(p1, 16);
      w140 = madd(x0, g00, w140);
      w141 = madd(x1, g01, w141);
      p1 -= 3 * xPixel;
    }
    x += xRow;
    g += gRow;
  }
  t = w;
  v128.store(t, w001, 16);
  v128.store(t, w000);
  t += pitch;
  v128.store(t, w011, 16);
  v128.store(t, w010);
  t += pitch;
  v128.store(t, w021, 16);
  v128.store(t, w020);
  t += pitch;
  v128.store(t, w031, 16);
  v128.store(t, w030);
  t += pitch;
  v128.store(t, w041, 16);
  v128.store(t, w040);
  t += pitch;
  v128.store(t, w101, 16);
  v128.store(t, w100);
  t += pitch;
  v128.store(t, w111, 16);
  v128.store(t, w110);
  t += pitch;
  v128.store(t, w121, 16);
  v128.store(t, w120);
  t += pitch;
  v128.store(t, w131, 16);
  v128.store(t, w130);
  t += pitch;
  v128.store(t, w141, 16);
  v128.store(t, w140);
}

export function weightGradient1Of5Stride1x8(
  x: usize,
  xRow: usize,
  xPixel: usize,
  g: usize,
  gRow: usize,
  gPixel: usize,
  w: usize,
  pitch: usize,
  width: i32,
  rows: i32,
): void {
  let t = w;
  let w000 = v128.load(t);
  let w001 = v128.load(t, 16);
  t += pitch;
  let w010 = v128.load(t);
  let w011 = v128.load(t, 16);
  t += pitch;
  let w020 = v128.load(t);
  let w021 = v128.load(t, 16);
  t += pitch;
  let w030 = v128.load(t);
  let w031 = v128.load(t, 16);
  t += pitch;
  let w040 = v128.load(t);
  let w041 = v128.load(t, 16);
  for (; rows > 0; rows--) {
    let p0 = x;

    let q = g;
    for (let pairs = width >> 1; pairs > 0; pairs--) {
      const g00 = v128.load(q);
      const g01 = v128.load(q, 16);
      q += gPixel;
      const g10 = v128.load(q);
      const g11 = v128.load(q, 16);
      q += gPixel;
      let x0 = v128.load(p0);
      let x1 = v128.load(p0, 16);
      w000 = madd(x0, g00, w000);
      w001 = madd(x1, g01, w001);
      p0 += xPixel;
      x0 = v128.load(p0);
      x1 = v128.load(p0, 16);
      w010 = madd(x0, g00, w010);
      w011 = madd(x1, g01, w011);
      w000 = madd(x0, g10, w000);
      w001 = madd(x1, g11, w001);
      p0 += xPixel;
      x0 = v128.load(p0);
      x1 = v128.load(p0, 16);
      w020 = madd(x0, g00, w020);
      w021 = madd(x1, g01, w021);
      w010 = madd(x0, g10, w010);
      w011 = madd(x1, g11, w011);
      p0 += xPixel;
      x0 = v128.load(p0);
      x1 = v128.load(p0, 16);
      w030 = madd(x0, g00, w030);
      w031 = madd(x1, g01, w031);
      w020 = madd(x0, g10, w020);
      w021 = madd(x1, g11, w021);
      p0 += xPixel;
      x0 = v128.load(p0);
      x1 = v128.load(p0, 16);
      w040 = madd(x0, g00, w040);
      w041 = madd(x1, g01, w041);
      w030 = madd(x0, g10, w030);
      w031 = madd(x1, g11, w031);
      p0 += xPixel;
      x0 = v128.load(p0);
      x1 = v128.load(p0, 16);
      w040 = madd(x0, g10, w040);
      w041 = madd(x1, g11, w041);
      p0 -= 3 * xPixel;
    }
    for (let left = width & 1; left > 0; left--) {
      const g00 = v128.load(q);
      const g01 = v128.load(q, 16);
      q += gPixel;
      let x0 = v128.load(p0);
      let x1 = v128.load(p0, 16);
      w000 = madd(x0, g00, w000);
      w001 = madd(x1, g01, w001);
      p0 += xPixel;
      x0 = v128.load(p0);
      x1 = v128.load(p0, 16);
      w010 = madd(x0, g00, w010);
      w011 = madd(x1, g01, w011);
      p0 += xPixel;
      x0 = v128.load(p0);
      x1 = v128.load(p0, 16);
      w020 = madd(x0, g00, w020);
      w021 = madd(x1, g01, w021);
      p0 += xPixel;
      x0 = v128.load(p0);
      x1 = v128.load(p0, 16);
      w030 = madd(x0, g00, w030);
      w031 = madd(x1, g01, w031);
      p0 += xPixel;
      x0 = v128.load(p0);
      x1 = v128.load(p0, 16);
      w040 = madd(x0, g00, w040);
      w041 = madd(x1, g01, w041);
      p0 -= 3 * xPixel;
    }
    x += xRow;
    g += gRow;
  }
  t = w;
  v128.store(t, w001, 16);
  v128.store(t, w000);
  t += pitch;
  v128.store(t, w011, 16);
  v128.store(t, w010);
  t += pitch;
  v128.store(t, w021, 16);
  v128.store(t, w020);
  t += pitch;
  v128.store(t, w031, 16);
  v128.store(t, w030);
  t += pitch;
  v128.store(t, w041, 16);
  v128.store(t, w040);
}

export function weightGradient2Of5Stride2x8(
  x: usize,
  xRow: usize,
  xPixel: usize,
  g: usize,
  gRow: usize,
  gPixel: usize,
  w: usize,
  pitch: usize,
  width: i32,
  rows: i32,
): void {
  let t = w;
  let w000 = v128.load(t);
  let w001 = v128.load(t, 16);
  t += pitch;
  let w010 = v128.load(t);
  let w011 = v128.load(t, 16);
  t += pitch;
  let w020 = v128.load(t);
  let w021 = v128.load(t, 16);
  t += pitch;
  let w030 = v128.load(t);
  let w031 = v128.load(t, 16);
  t += pitch;
  let w040 = v128.load(t);
  let w041 = v128.load(t, 16);
  t += pitch;
  let w100 = v128.load(t);
  let w101 = v128.load(t, 16);
  t += pitch;
  let w110 = v128.load(t);
  let w111 = v128.load(t, 16);
  t += pitch;
  let w120 = v128.load(t);
  let w121 = v128.load(t, 16);
  t += pitch;
  let w130 = v128.load(t);
  let w131 = v128.load(t, 16);
  t += pitch;
  let w140 = v128.load(t);
  let w141 = v128.load(t, 16);
  for (; rows > 0; rows--) {
    let p0 = x;
    let p1 = p0 + xRow;
    let q = g;
    for (let pairs = width >> 1; pairs > 0; pairs--) {
      const g00 = v128.load(q);
      const g01 = v128.load(q, 16);
      q += gPixel;
      const g10 = v128.load(q);
      const g11 = v128.load(q, 16);
      q += gPixel;
      let x0 = v128.load(p0);
      let x1 = v128.load(p0, 16);
      w000 = madd(x0, g00, w000);
      w001 = madd(x1, g01, w001);
      p0 += xPixel;
      x0 = v128.load(p0);
      x1 = v128.load(p0, 16);
      w010 = madd(x0, g00, w010);
      w011 = madd(x1, g01, w011);
      p0 += xPixel;
      x0 = v128.load(p0);
      x1 = v128.load(p0, 16);
      w020 = madd(x0, g00, w020);
      w021 = madd(x1, g01, w021);
      w000 = madd(x0, g10, w000);
      w001 = madd(x1, g11, w001);
      p0 += xPixel;
      x0 = v128.load(p0);
      x1 = v128.load(p0, 16);
      w030 = madd(x0, g00, w030);
      w031 = madd(x1, g01, w031);
      w010 = madd(x0, g10, w010);
      w011 = madd(x1, g11, w011);
      p0 += xPixel;
      x0 = v128.load(p0);
      x1 = v128.load(p0, 16);
      w040 = madd(x0, g00, w040);
      w041 = madd(x1, g01, w041);
      w020 = madd(x0, g10, w020);
      w021 = madd(x1, g11, w021);
      p0 += xPixel;
      x0 = v128.load(p0);
      x1 = v128.load(p0, 16);
      w030 = madd(x0, g10, w030);
      w031 = madd(x1, g11, w031);
      p0 += xPixel;
      x0 = v128.load(p0);
      x1 = v128.load(p0, 16);
      w040 = madd(x0, g10, w040);
      w041 = madd(x1, g11, w041);
      p0 -= 2 * xPixel;
      x0 = v128.load(p1);
      x1 = v128.load(p1, 16);
      w100 = madd(x0, g00, w100);
      w101 = madd(x1, g01, w101);
      p1 += xPixel;
      x0 = v128.load(p1);
      x1 = v128.load(p1, 16);
      w110 = madd(x0, g00, w110);
      w111 = madd(x1, g01, w111);
      p1 += xPixel;
      x0 = v128.load(p1);
      x1 = v128.load(p1, 16);
      w120 = madd(x0, g00, w120);
      w121 = madd(x1, g01, w121);
      w100 = madd(x0, g10, w100);
      w101 = madd(x1, g11, w101);
      p1 += xPixel;
      x0 = v128.load(p1);
      x1 = v128.load(p1, 16);
      w130 = madd(x0, g00, w130);
      w131 = madd(x1, g01, w131);
      w110 = madd(x0, g10, w110);
      w111 = madd(x1, g11, w111);
      p1 += xPixel;
      x0 = v128.load(p1);
      x1 = v128.load(p1, 16);
      w140 = madd(x0, g00, w140);
      w141 = madd(x1, g01, w141);
      w120 = madd(x0, g10, w120);
      w121 = madd(x1, g11, w121);
      p1 += xPixel;
      x0 = v128.load(p1);
      x1 = v128.load(p1, 16);
      w130 = madd(x0, g10, w130);
      w131 = madd(x1, g11, w131);
      p1 += xPixel;
      x0 = v128.load(p1);
      x1 = v128.load(p1, 16);
      w140 = madd(x0, g10, w140);
      w141 = madd(x1, g11, w141);
      p1 -= 2 * xPixel;
    }
    for (let left = width & 1; left > 0; left--) {
      const g00 = v128.load(q);
      const g01 = v128.load(q, 16);
      q += gPixel;
      let x0 = v128.load(p0);
      let x1 = v128.load(p0, 16);
      w000 = madd(x0, g00, w000);
      w001 = madd(x1, g01, w001);
      p0 += xPixel;
      x0 = v128.load(p0);
      x1 = v128.load(p0, 16);
      w010 = madd(x0, g00, w010);
      w011 = madd(x1, g01, w011);
      p0 += xPixel;
      x0 = v128.load(p0);
      x1 = v128.load(p0, 16);
      w020 = madd(x0, g00, w020);
      w021 = madd(x1, g01, w021);
      p0 += xPixel;
      x0 = v128.load(p0);
      x1 = v128.load(p0, 16);
      w030 = madd(x0, g00, w030);
      w031 = madd(x1, g01, w031);
      p0 += xPixel;
      x0 = v128.load(p0);
      x1 = v128.load(p0, 16);
      w040 = madd(x0, g00, w040);
      w041 = madd(x1, g01, w041);
      p0 -= 2 * xPixel;
      x0 = v128.load(p1);
      x1 = v128.load(p1, 16);
      w100 = madd(x0, g00, w100);
      w101 = madd(x1, g01, w101);
      p1 += xPixel;
      x0 = v128.load(p1);
      x1 = v128.load(p1, 16);
      w110 = madd(x0, g00, w110);
      w111 = madd(x1, g01, w111);
      p1 += xPixel;
      x0 = v128.load(p1);
      x1 = v128.load(p1, 16);
      w120 = madd(x0, g00, w120);
      w121 = madd(x1, g01, w121);
      p1 += xPixel;
      x0 = v128.load(p1);
      x1 = v128.load(p1, 16);
      w130 = madd(x0, g00, w130);
      w131 = madd(x1, g01, w131);
      p1 += xPixel;
      x0 = v128.load(p1);
      x1 = v128.load(p1, 16);
      w140 = madd(x0, g00, w140);
      w141 = madd(x1, g01, w141);
      p1 -= 2 * xPixel;
    }
    x += 2 * xRow;
    g += gRow;
  }
  t = w;
  v128.store(t, w001, 16);
  v128.store(t, w000);
  t += pitch;
  v128.store(t, w011, 16);
  v128.store(t, w010);
  t += pitch;
  v128.store(t, w021, 16);
  v128.store(t, w020);
  t += pitch;
  v128.store(t, w031, 16);
  v128.store(t, w030);
  t += pitch;
  v128.store(t, w041, 16);
  v128.store(t, w040);
  t += pitch;
  v128.store(t, w101, 16);
  v128.store(t, w100);
  t += pitch;
  v128.store(t, w111, 16);
  v128.store(t, w110);
  t += pitch;
  v128.store(t, w121, 16);
  v128.store(t, w120);
  t += pitch;
  v128.store(t, w131, 16);
  v128.store(t, w130);
  t += pitch;
  v128.store(t, w141, 16);
  v128.store(t, w140);
}

export function weightGradient1Of5Stride2x8(
  x: usize,
  xRow: usize,
  xPixel: usize,
  g: usize,
  gRow: usize,
  gPixel: usize,
  w: usize,
  pitch: usize,
  width: i32,
  rows: i32,
): void {
  let t = w;
  let w000 = v128.load(t);
  let w001 = v128.load(t, 16);
  t += pitch;
  let w010 = v128.load(t);
  let w011 = v128.load(t, 16);
  t += pitch;
  let w020 = v128.load(t);
  let w021 = v128.load(t, 16);
  t += pitch;
  let w030 = v128.load(t);
  let w031 = v128.load(t, 16);
  t += pitch;
  let w040 = v128.load(t);
  let w041 = v128.load(t, 16);
  for (; rows > 0; rows--) {
    let p0 = x;

    let q = g;
    for (let pairs = width >> 1; pairs > 0; pairs--) {
      const g00 = v128.load(q);
      const g01 = v128.load(q, 16);
      q += gPixel;
      const g10 = v128.load(q);
      const g11 = v128.load(q, 16);
      q += gPixel;
      let x0 = v128.load(p0);
      let x1 = v128.load(p0, 16);
      w000 = madd(x0, g00, w000);
      w001 = madd(x1, g01, w001);
      p0 += xPixel;
      x0 = v128.load(p0);
      x1 = v128.load(p0, 16);
      w010 = madd(x0, g00, w010);
      w011 = madd(x1, g01, w011);
      p0 += xPixel;
      x0 = v128.load(p0);
      x1 = v128.load(p0, 16);
      w020 = madd(x0, g00, w020);
      w021 = madd(x1, g01, w021);
      w000 = madd(x0, g10, w000);
      w001 = madd(x1, g11, w001);
      p0 += xPixel;
      x0 = v128.load(p0);
      x1 = v128.load(p0, 16);
      w030 = madd(x0, g00, w030);
      w031 = madd(x1, g01, w031);
      w010 = madd(x0, g10, w010);
      w011 = madd(x1, g11, w011);
      p0 += xPixel;
      x0 = v128.load(p0);
      x1 = v128.load(p0, 16);
      w040 = madd(x0, g00, w040);
      w041 = madd(x1, g01, w041);
      w020 = madd(x0, g10, w020);
      w021 = madd(x1, g11, w021);
      p0 += xPixel;
      x0 = v128.load(p0);
      x1 = v128.load(p0, 16);
      w030 = madd(x0, g10, w030);
      w031 = madd(x1, g11, w031);
      p0 += xPixel;
      x0 = v128.load(p0);
      x1 = v128.load(p0, 16);
      w040 = madd(x0, g10, w040);
      w041 = madd(x1, g11, w041);
      p0 -= 2 * xPixel;
    }
    for (let left = width & 1; left > 0; left--) {
      const g00 = v128.load(q);
      const g01 = v128.load(q, 16);
      q += gPixel;
      let x0 = v128.load(p0);
      let x1 = v128.load(p0, 16);
      w000 = madd(x0, g00, w000);
      w001 = madd(x1, g01, w001);
      p0 += xPixel;
      x0 = v128.load(p0);
      x1 = v128.load(p0, 16);
      w010 = madd(x0, g00, w010);
      w011 = madd(x1, g01, w011);
      p0 += xPixel;
      x0 = v128.load(p0);
      x1 = v128.load(p0, 16);
      w020 = madd(x0, g00, w020);
      w021 = madd(x1, g01, w021);
      p0 += xPixel;
      x0 = v128.load(p0);
      x1 = v128.load(p0, 16);
      w030 = madd(x0, g00, w030);
      w031 = madd(x1, g01, w031);
      p0 += xPixel;
      x0 = v128.load(p0);
      x1 = v128.load(p0, 16);
      w040 = madd(x0, g00, w040);
      w041 = madd(x1, g01, w041);
      p0 -= 2 * xPixel;
    }
    x += 2 * xRow;
    g += gRow;
  }
  t = w;
  v128.store(t, w001, 16);
  v128.store(t, w000);
  t += pitch;
  v128.store(t, w011, 16);
  v128.store(t, w010);
  t += pitch;
  v128.store(t, w021, 16);
  v128.store(t, w020);
  t += pitch;
  v128.store(t, w031, 16);
  v128.store(t, w030);
  t += pitch;
  v128.store(t, w041, 16);
  v128.store(t, w040);
}
