// Written by kernels/generate.mjs; edit that. Four or seven pixels of a depthwise convolution × channels.

import { madd } from "./madd";

export function group3x3Stride1x4(
  x: usize,
  xRow: usize,
  xPixel: usize,
  weight: usize,
  bias: usize,
  pitch: usize,
  y: usize,
  yPixel: usize,
  bytes: usize,
): void {
  for (const end = x + bytes; x < end; x += 16) {
    let y00 = v128.load(bias);
    let y10 = y00;
    let y20 = y00;
    let y30 = y00;
    let row = x;
    let w = weight;
    for (let kh = 0; kh < 3; kh++) {
      const w00 = v128.load(w);
      w += pitch;
      const w10 = v128.load(w);
      w += pitch;
      const w20 = v128.load(w);
      w += pitch;
      let p = row;
      let x0 = v128.load(p);
      y00 = madd(x0, w00, y00);
      p += xPixel;
      x0 = v128.load(p);
      y00 = madd(x0, w10, y00);
      y10 = madd(x0, w00, y10);
      p += xPixel;
      x0 = v128.load(p);
      y00 = madd(x0, w20, y00);
      y10 = madd(x0, w10, y10);
      y20 = madd(x0, w00, y20);
      p += xPixel;
      x0 = v128.load(p);
      y10 = madd(x0, w20, y10);
      y20 = madd(x0, w10, y20);
      y30 = madd(x0, w00, y30);
      p += xPixel;
      x0 = v128.load(p);
      y20 = madd(x0, w20, y20);
      y30 = madd(x0, w10, y30);
      p += xPixel;
      x0 = v128.load(p);
      y30 = madd(x0, w20, y30);
      row += xRow;
    }
    let q = y;
    v128.store(q, y00);
    q += yPixel;
    v128.store(q, y10);
    q += yPixel;
    v128.store(q, y20);
    q += yPixel;
    v128.store(q, y30);
    weight += 16;
    bias += 16;
    y += 16;
  }
}

export function group3x3Stride2x4(
  x: usize,
  xRow: usize,
  xPixel: usize,
  weight: usize,
  bias: usize,
  pitch: usize,
  y: usize,
  yPixel: usize,
  bytes: usize,
): void {
  for (const end = x + bytes; x < end; x += 16) {
    let y00 = v128.load(bias);
    let y10 = y00;
    let y20 = y00;
    let y30 = y00;
    let row = x;
    let w = weight;
    for (let kh = 0; kh < 3; kh++) {
      const w00 = v128.load(w);
      w += pitch;
      const w10 = v128.load(w);
      w += pitch;
      const w20 = v128.load(w);
      w += pitch;
      let p = row;
      let x0 = v128.load(p);
      y00 = madd(x0, w00, y00);
      p += xPixel;
      x0 = v128.load(p);
      y00 = madd(x0, w10, y00);
      p += xPixel;
      x0 = v128.load(p);
      y00 = madd(x0, w20, y00);
      y10 = madd(x0, w00, y10);
      p += xPixel;
      x0 = v128.load(p);
      y10 = madd(x0, w10, y10);
      p += xPixel;
      x0 = v128.load(p);
      y10 = madd(x0, w20, y10);
      y20 = madd(x0, w00, y20);
      p += xPixel;
      x0 = v128.load(p);
      y20 = madd(x0, w10, y20);
      p += xPixel;
      x0 = v128.load(p);
      y20 = madd(x0, w20, y20);
      y30 = madd(x0, w00, y30);
      p += xPixel;
      x0 = v128.load(p);
      y30 = madd(x0, w10, y30);
      p += xPixel;
      x0 = v128.load(p);
      y30 = madd(x0, w20, y30);
      row += xRow;
    }
    let q = y;
    v128.store(q, y00);
    q += yPixel;
    v128.store(q, y10);
    q += yPixel;
    v128.store(q, y20);
    q += yPixel;
    v128.store(q, y30);
    weight += 16;
    bias += 16;
    y += 16;
  }
}

export function group5x5Stride1x4(
  x: usize,
  xRow: usize,
  xPixel: usize,
  weight: usize,
  bias: usize,
  pitch: usize,
  y: usize,
  yPixel: usize,
  bytes: usize,
): void {
  for (const end = x + bytes; x < end; x += 16) {
    let y00 = v128.load(bias);
    let y10 = y00;
    let y20 = y00;
    let y30 = y00;
    let row = x;
    let w = weight;
    for (let kh = 0; kh < 5; kh++) {
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
      let p = row;
      let x0 = v128.load(p);
      y00 = madd(x0, w00, y00);
      p += xPixel;
      x0 = v128.load(p);
      y00 = madd(x0, w10, y00);
      y10 = madd(x0, w00, y10);
      p += xPixel;
      x0 = v128.load(p);
      y00 = madd(x0, w20, y00);
      y10 = madd(x0, w10, y10);
      y20 = madd(x0, w00, y20);
      p += xPixel;
      x0 = v128.load(p);
      y00 = madd(x0, w30, y00);
      y10 = madd(x0, w20, y10);
      y20 = madd(x0, w10, y20);
      y30 = madd(x0, w00, y30);
      p += xPixel;
      x0 = v128.load(p);
      y00 = madd(x0, w40, y00);
      y10 = madd(x0, w30, y10);
      y20 = madd(x0, w20, y20);
      y30 = madd(x0, w10, y30);
      p += xPixel;
      x0 = v128.load(p);
      y10 = madd(x0, w40, y10);
      y20 = madd(x0, w30, y20);
      y30 = madd(x0, w20, y30);
      p += xPixel;
      x0 = v128.load(p);
      y20 = madd(x0, w40, y20);
      y30 = madd(x0, w30, y30);
      p += xPixel;
      x0 = v128.load(p);
      y30 = madd(x0, w40, y30);
      row += xRow;
    }
    let q = y;
    v128.store(q, y00);
    q += yPixel;
    v128.store(q, y10);
    q += yPixel;
    v128.store(q, y20);
    q += yPixel;
    v128.store(q, y30);
    weight += 16;
    bias += 16;
    y += 16;
  }
}

export function group5x5Stride2x4(
  x: usize,
  xRow: usize,
  xPixel: usize,
  weight: usize,
  bias: usize,
  pitch: usize,
  y: usize,
  yPixel: usize,
  bytes: usize,
): void {
  for (const end = x + bytes; x < end; x += 16) {
    let y00 = v128.load(bias);
    let y10 = y00;
    let y20 = y00;
    let y30 = y00;
    let row = x;
    let w = weight;
    for (let kh = 0; kh < 5; kh++) {
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
      let p = row;
      let x0 = v128.load(p);
      y00 = madd(x0, w00, y00);
      p += xPixel;
      x0 = v128.load(p);
      y00 = madd(x0, w10, y00);
      p += xPixel;
      x0 = v128.load(p);
      y00 = madd(x0, w20, y00);
      y10 = madd(x0, w00, y10);
      p += xPixel;
      x0 = v128.load(p);
      y00 = madd(x0, w30, y00);
      y10 = madd(x0, w10, y10);
      p += xPixel;
      x0 = v128.load(p);
      y00 = madd(x0, w40, y00);
      y10 = madd(x0, w20, y10);
      y20 = madd(x0, w00, y20);
      p += xPixel;
      x0 = v128.load(p);
      y10 = madd(x0, w30, y10);
      y20 = madd(x0, w10, y20);
      p += xPixel;
      x0 = v128.load(p);
      y10 = madd(x0, w40, y10);
      y20 = madd(x0, w20, y20);
      y30 = madd(x0, w00, y30);
      p += xPixel;
      x0 = v128.load(p);
      y20 = madd(x0, w30, y20);
      y30 = madd(x0, w10, y30);
      p += xPixel;
      x0 = v128.load(p);
      y20 = madd(x0, w40, y20);
      y30 = madd(x0, w20, y30);
      p += xPixel;
      x0 = v128.load(p);
      y30 = madd(x0, w30, y30);
      p += xPixel;
      x0 = v128.load(p);
      y30 = madd(x0, w40, y30);
      row += xRow;
    }
    let q = y;
    v128.store(q, y00);
    q += yPixel;
    v128.store(q, y10);
    q += yPixel;
    v128.store(q, y20);
    q += yPixel;
    v128.store(q, y30);
    weight += 16;
    bias += 16;
    y += 16;
  }
}

export function seven3x3Stride1x4(
  x: usize,
  xRow: usize,
  xPixel: usize,
  weight: usize,
  bias: usize,
  pitch: usize,
  y: usize,
  yPixel: usize,
  bytes: usize,
): void {
  for (const end = x + bytes; x < end; x += 16) {
    let y00 = v128.load(bias);
    let y10 = y00;
    let y20 = y00;
    let y30 = y00;
    let y40 = y00;
    let y50 = y00;
    let y60 = y00;
    let row = x;
    let w = weight;
    for (let kh = 0; kh < 3; kh++) {
      const w00 = v128.load(w);
      w += pitch;
      const w10 = v128.load(w);
      w += pitch;
      const w20 = v128.load(w);
      w += pitch;
      let p = row;
      let x0 = v128.load(p);
      y00 = madd(x0, w00, y00);
      p += xPixel;
      x0 = v128.load(p);
      y00 = madd(x0, w10, y00);
      y10 = madd(x0, w00, y10);
      p += xPixel;
      x0 = v128.load(p);
      y00 = madd(x0, w20, y00);
      y10 = madd(x0, w10, y10);
      y20 = madd(x0, w00, y20);
      p += xPixel;
      x0 = v128.load(p);
      y10 = madd(x0, w20, y10);
      y20 = madd(x0, w10, y20);
      y30 = madd(x0, w00, y30);
      p += xPixel;
      x0 = v128.load(p);
      y20 = madd(x0, w20, y20);
      y30 = madd(x0, w10, y30);
      y40 = madd(x0, w00, y40);
      p += xPixel;
      x0 = v128.load(p);
      y30 = madd(x0, w20, y30);
      y40 = madd(x0, w10, y40);
      y50 = madd(x0, w00, y50);
      p += xPixel;
      x0 = v128.load(p);
      y40 = madd(x0, w20, y40);
      y50 = madd(x0, w10, y50);
      y60 = madd(x0, w00, y60);
      p += xPixel;
      x0 = v128.load(p);
      y50 = madd(x0, w20, y50);
      y60 = madd(x0, w10, y60);
      p += xPixel;
      x0 = v128.load(p);
      y60 = madd(x0, w20, y60);
      row += xRow;
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
    weight += 16;
    bias += 16;
    y += 16;
  }
}

export function seven5x5Stride1x4(
  x: usize,
  xRow: usize,
  xPixel: usize,
  weight: usize,
  bias: usize,
  pitch: usize,
  y: usize,
  yPixel: usize,
  bytes: usize,
): void {
  for (const end = x + bytes; x < end; x += 16) {
    let y00 = v128.load(bias);
    let y10 = y00;
    let y20 = y00;
    let y30 = y00;
    let y40 = y00;
    let y50 = y00;
    let y60 = y00;
    let row = x;
    let w = weight;
    for (let kh = 0; kh < 5; kh++) {
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
      let p = row;
      let x0 = v128.load(p);
      y00 = madd(x0, w00, y00);
      p += xPixel;
      x0 = v128.load(p);
      y00 = madd(x0, w10, y00);
      y10 = madd(x0, w00, y10);
      p += xPixel;
      x0 = v128.load(p);
      y00 = madd(x0, w20, y00);
      y10 = madd(x0, w10, y10);
      y20 = madd(x0, w00, y20);
      p += xPixel;
      x0 = v128.load(p);
      y00 = madd(x0, w30, y00);
      y10 = madd(x0, w20, y10);
      y20 = madd(x0, w10, y20);
      y30 = madd(x0, w00, y30);
      p += xPixel;
      x0 = v128.load(p);
      y00 = madd(x0, w40, y00);
      y10 = madd(x0, w30, y10);
      y20 = madd(x0, w20, y20);
      y30 = madd(x0, w10, y30);
      y40 = madd(x0, w00, y40);
      p += xPixel;
      x0 = v128.load(p);
      y10 = madd(x0, w40, y10);
      y20 = madd(x0, w30, y20);
      y30 = madd(x0, w20, y30);
      y40 = madd(x0, w10, y40);
      y50 = madd(x0, w00, y50);
      p += xPixel;
      x0 = v128.load(p);
      y20 = madd(x0, w40, y20);
      y30 = madd(x0, w30, y30);
      y40 = madd(x0, w20, y40);
      y50 = madd(x0, w10, y50);
      y60 = madd(x0, w00, y60);
      p += xPixel;
      x0 = v128.load(p);
      y30 = madd(x0, w40, y30);
      y40 = madd(x0, w30, y40);
      y50 = madd(x0, w20, y50);
      y60 = madd(x0, w10, y60);
      p += xPixel;
      x0 = v128.load(p);
      y40 = madd(x0, w40, y40);
      y50 = madd(x0, w30, y50);
      y60 = madd(x0, w20, y60);
      p += xPixel;
      x0 = v128.load(p);
      y50 = madd(x0, w40, y50);
      y60 = madd(x0, w30, y60);
      p += xPixel;
      x0 = v128.load(p);
      y60 = madd(x0, w40, y60);
      row += xRow;
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
    weight += 16;
    bias += 16;
    y += 16;
  }
}

export function group3x3Stride1x8(
  x: usize,
  xRow: usize,
  xPixel: usize,
  weight: usize,
  bias: usize,
  pitch: usize,
  y: usize,
  yPixel: usize,
  bytes: usize,
): void {
  for (const end = x + bytes; x < end; x += 32) {
    let y00 = v128.load(bias);
    let y01 = v128.load(bias, 16);
    let y10 = y00;
    let y11 = y01;
    let y20 = y00;
    let y21 = y01;
    let y30 = y00;
    let y31 = y01;
    let row = x;
    let w = weight;
    for (let kh = 0; kh < 3; kh++) {
      const w00 = v128.load(w);
      const w01 = v128.load(w, 16);
      w += pitch;
      const w10 = v128.load(w);
      const w11 = v128.load(w, 16);
      w += pitch;
      const w20 = v128.load(w);
      const w21 = v128.load(w, 16);
      w += pitch;
      let p = row;
      let x0 = v128.load(p);
      let x1 = v128.load(p, 16);
      y00 = madd(x0, w00, y00);
      y01 = madd(x1, w01, y01);
      p += xPixel;
      x0 = v128.load(p);
      x1 = v128.load(p, 16);
      y00 = madd(x0, w10, y00);
      y01 = madd(x1, w11, y01);
      y10 = madd(x0, w00, y10);
      y11 = madd(x1, w01, y11);
      p += xPixel;
      x0 = v128.load(p);
      x1 = v128.load(p, 16);
      y00 = madd(x0, w20, y00);
      y01 = madd(x1, w21, y01);
      y10 = madd(x0, w10, y10);
      y11 = madd(x1, w11, y11);
      y20 = madd(x0, w00, y20);
      y21 = madd(x1, w01, y21);
      p += xPixel;
      x0 = v128.load(p);
      x1 = v128.load(p, 16);
      y10 = madd(x0, w20, y10);
      y11 = madd(x1, w21, y11);
      y20 = madd(x0, w10, y20);
      y21 = madd(x1, w11, y21);
      y30 = madd(x0, w00, y30);
      y31 = madd(x1, w01, y31);
      p += xPixel;
      x0 = v128.load(p);
      x1 = v128.load(p, 16);
      y20 = madd(x0, w20, y20);
      y21 = madd(x1, w21, y21);
      y30 = madd(x0, w10, y30);
      y31 = madd(x1, w11, y31);
      p += xPixel;
      x0 = v128.load(p);
      x1 = v128.load(p, 16);
      y30 = madd(x0, w20, y30);
      y31 = madd(x1, w21, y31);
      row += xRow;
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
    weight += 32;
    bias += 32;
    y += 32;
  }
}

export function group3x3Stride2x8(
  x: usize,
  xRow: usize,
  xPixel: usize,
  weight: usize,
  bias: usize,
  pitch: usize,
  y: usize,
  yPixel: usize,
  bytes: usize,
): void {
  for (const end = x + bytes; x < end; x += 32) {
    let y00 = v128.load(bias);
    let y01 = v128.load(bias, 16);
    let y10 = y00;
    let y11 = y01;
    let y20 = y00;
    let y21 = y01;
    let y30 = y00;
    let y31 = y01;
    let row = x;
    let w = weight;
    for (let kh = 0; kh < 3; kh++) {
      const w00 = v128.load(w);
      const w01 = v128.load(w, 16);
      w += pitch;
      const w10 = v128.load(w);
      const w11 = v128.load(w, 16);
      w += pitch;
      const w20 = v128.load(w);
      const w21 = v128.load(w, 16);
      w += pitch;
      let p = row;
      let x0 = v128.load(p);
      let x1 = v128.load(p, 16);
      y00 = madd(x0, w00, y00);
      y01 = madd(x1, w01, y01);
      p += xPixel;
      x0 = v128.load(p);
      x1 = v128.load(p, 16);
      y00 = madd(x0, w10, y00);
      y01 = madd(x1, w11, y01);
      p += xPixel;
      x0 = v128.load(p);
      x1 = v128.load(p, 16);
      y00 = madd(x0, w20, y00);
      y01 = madd(x1, w21, y01);
      y10 = madd(x0, w00, y10);
      y11 = madd(x1, w01, y11);
      p += xPixel;
      x0 = v128.load(p);
      x1 = v128.load(p, 16);
      y10 = madd(x0, w10, y10);
      y11 = madd(x1, w11, y11);
      p += xPixel;
      x0 = v128.load(p);
      x1 = v128.load(p, 16);
      y10 = madd(x0, w20, y10);
      y11 = madd(x1, w21, y11);
      y20 = madd(x0, w00, y20);
      y21 = madd(x1, w01, y21);
      p += xPixel;
      x0 = v128.load(p);
      x1 = v128.load(p, 16);
      y20 = madd(x0, w10, y20);
      y21 = madd(x1, w11, y21);
      p += xPixel;
      x0 = v128.load(p);
      x1 = v128.load(p, 16);
      y20 = madd(x0, w20, y20);
      y21 = madd(x1, w21, y21);
      y30 = madd(x0, w00, y30);
      y31 = madd(x1, w01, y31);
      p += xPixel;
      x0 = v128.load(p);
      x1 = v128.load(p, 16);
      y30 = madd(x0, w10, y30);
      y31 = madd(x1, w11, y31);
      p += xPixel;
      x0 = v128.load(p);
      x1 = v128.load(p, 16);
      y30 = madd(x0, w20, y30);
      y31 = madd(x1, w21, y31);
      row += xRow;
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
    weight += 32;
    bias += 32;
    y += 32;
  }
}

export function group5x5Stride1x8(
  x: usize,
  xRow: usize,
  xPixel: usize,
  weight: usize,
  bias: usize,
  pitch: usize,
  y: usize,
  yPixel: usize,
  bytes: usize,
): void {
  for (const end = x + bytes; x < end; x += 32) {
    let y00 = v128.load(bias);
    let y01 = v128.load(bias, 16);
    let y10 = y00;
    let y11 = y01;
    let y20 = y00;
    let y21 = y01;
    let y30 = y00;
    let y31 = y01;
    let row = x;
    let w = weight;
    for (let kh = 0; kh < 5; kh++) {
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
      let p = row;
      let x0 = v128.load(p);
      let x1 = v128.load(p, 16);
      y00 = madd(x0, w00, y00);
      y01 = madd(x1, w01, y01);
      p += xPixel;
      x0 = v128.load(p);
      x1 = v128.load(p, 16);
      y00 = madd(x0, w10, y00);
      y01 = madd(x1, w11, y01);
      y10 = madd(x0, w00, y10);
      y11 = madd(x1, w01, y11);
      p += xPixel;
      x0 = v128.load(p);
      x1 = v128.load(p, 16);
      y00 = madd(x0, w20, y00);
      y01 = madd(x1, w21, y01);
      y10 = madd(x0, w10, y10);
      y11 = madd(x1, w11, y11);
      y20 = madd(x0, w00, y20);
      y21 = madd(x1, w01, y21);
      p += xPixel;
      x0 = v128.load(p);
      x1 = v128.load(p, 16);
      y00 = madd(x0, w30, y00);
      y01 = madd(x1, w31, y01);
      y10 = madd(x0, w20, y10);
      y11 = madd(x1, w21, y11);
      y20 = madd(x0, w10, y20);
      y21 = madd(x1, w11, y21);
      y30 = madd(x0, w00, y30);
      y31 = madd(x1, w01, y31);
      p += xPixel;
      x0 = v128.load(p);
      x1 = v128.load(p, 16);
      y00 = madd(x0, w40, y00);
      y01 = madd(x1, w41, y01);
      y10 = madd(x0, w30, y10);
      y11 = madd(x1, w31, y11);
      y20 = madd(x0, w20, y20);
      y21 = madd(x1, w21, y21);
      y30 = madd(x0, w10, y30);
      y31 = madd(x1, w11, y31);
      p += xPixel;
      x0 = v128.load(p);
      x1 = v128.load(p, 16);
      y10 = madd(x0, w40, y10);
      y11 = madd(x1, w41, y11);
      y20 = madd(x0, w30, y20);
      y21 = madd(x1, w31, y21);
      y30 = madd(x0, w20, y30);
      y31 = madd(x1, w21, y31);
      p += xPixel;
      x0 = v128.load(p);
      x1 = v128.load(p, 16);
      y20 = madd(x0, w40, y20);
      y21 = madd(x1, w41, y21);
      y30 = madd(x0, w30, y30);
      y31 = madd(x1, w31, y31);
      p += xPixel;
      x0 = v128.load(p);
      x1 = v128.load(p, 16);
      y30 = madd(x0, w40, y30);
      y31 = madd(x1, w41, y31);
      row += xRow;
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
    weight += 32;
    bias += 32;
    y += 32;
  }
}

export function group5x5Stride2x8(
  x: usize,
  xRow: usize,
  xPixel: usize,
  weight: usize,
  bias: usize,
  pitch: usize,
  y: usize,
  yPixel: usize,
  bytes: usize,
): void {
  for (const end = x + bytes; x < end; x += 32) {
    let y00 = v128.load(bias);
    let y01 = v128.load(bias, 16);
    let y10 = y00;
    let y11 = y01;
    let y20 = y00;
    let y21 = y01;
    let y30 = y00;
    let y31 = y01;
    let row = x;
    let w = weight;
    for (let kh = 0; kh < 5; kh++) {
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
      let p = row;
      let x0 = v128.load(p);
      let x1 = v128.load(p, 16);
      y00 = madd(x0, w00, y00);
      y01 = madd(x1, w01, y01);
      p += xPixel;
      x0 = v128.load(p);
      x1 = v128.load(p, 16);
      y00 = madd(x0, w10, y00);
      y01 = madd(x1, w11, y01);
      p += xPixel;
      x0 = v128.load(p);
      x1 = v128.load(p, 16);
      y00 = madd(x0, w20, y00);
      y01 = madd(x1, w21, y01);
      y10 = madd(x0, w00, y10);
      y11 = madd(x1, w01, y11);
      p += xPixel;
      x0 = v128.load(p);
      x1 = v128.load(p, 16);
      y00 = madd(x0, w30, y00);
      y01 = madd(x1, w31, y01);
      y10 = madd(x0, w10, y10);
      y11 = madd(x1, w11, y11);
      p += xPixel;
      x0 = v128.load(p);
      x1 = v128.load(p, 16);
      y00 = madd(x0, w40, y00);
      y01 = madd(x1, w41, y01);
      y10 = madd(x0, w20, y10);
      y11 = madd(x1, w21, y11);
      y20 = madd(x0, w00, y20);
      y21 = madd(x1, w01, y21);
      p += xPixel;
      x0 = v128.load(p);
      x1 = v128.load(p, 16);
      y10 = madd(x0, w30, y10);
      y11 = madd(x1, w31, y11);
      y20 = madd(x0, w10, y20);
      y21 = madd(x1, w11, y21);
      p += xPixel;
      x0 = v128.load(p);
      x1 = v128.load(p, 16);
      y10 = madd(x0, w40, y10);
      y11 = madd(x1, w41, y11);
      y20 = madd(x0, w20, y20);
      y21 = madd(x1, w21, y21);
      y30 = madd(x0, w00, y30);
      y31 = madd(x1, w01, y31);
      p += xPixel;
      x0 = v128.load(p);
      x1 = v128.load(p, 16);
      y20 = madd(x0, w30, y20);
      y21 = madd(x1, w31, y21);
      y30 = madd(x0, w10, y30);
      y31 = madd(x1, w11, y31);
      p += xPixel;
      x0 = v128.load(p);
      x1 = v128.load(p, 16);
      y20 = madd(x0, w40, y20);
      y21 = madd(x1, w41, y21);
      y30 = madd(x0, w20, y30);
      y31 = madd(x1, w21, y31);
      p += xPixel;
      x0 = v128.load(p);
      x1 = v128.load(p, 16);
      y30 = madd(x0, w30, y30);
      y31 = madd(x1, w31, y31);
      p += xPixel;
      x0 = v128.load(p);
      x1 = v128.load(p, 16);
      y30 = madd(x0, w40, y30);
      y31 = madd(x1, w41, y31);
      row += xRow;
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
    weight += 32;
    bias += 32;
    y += 32;
  }
}

export function seven3x3Stride1x8(
  x: usize,
  xRow: usize,
  xPixel: usize,
  weight: usize,
  bias: usize,
  pitch: usize,
  y: usize,
  yPixel: usize,
  bytes: usize,
): void {
  for (const end = x + bytes; x < end; x += 32) {
    let y00 = v128.load(bias);
    let y01 = v128.load(bias, 16);
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
    let row = x;
    let w = weight;
    for (let kh = 0; kh < 3; kh++) {
      const w00 = v128.load(w);
      const w01 = v128.load(w, 16);
      w += pitch;
      const w10 = v128.load(w);
      const w11 = v128.load(w, 16);
      w += pitch;
      const w20 = v128.load(w);
      const w21 = v128.load(w, 16);
      w += pitch;
      let p = row;
      let x0 = v128.load(p);
      let x1 = v128.load(p, 16);
      y00 = madd(x0, w00, y00);
      y01 = madd(x1, w01, y01);
      p += xPixel;
      x0 = v128.load(p);
      x1 = v128.load(p, 16);
      y00 = madd(x0, w10, y00);
      y01 = madd(x1, w11, y01);
      y10 = madd(x0, w00, y10);
      y11 = madd(x1, w01, y11);
      p += xPixel;
      x0 = v128.load(p);
      x1 = v128.load(p, 16);
      y00 = madd(x0, w20, y00);
      y01 = madd(x1, w21, y01);
      y10 = madd(x0, w10, y10);
      y11 = madd(x1, w11, y11);
      y20 = madd(x0, w00, y20);
      y21 = madd(x1, w01, y21);
      p += xPixel;
      x0 = v128.load(p);
      x1 = v128.load(p, 16);
      y10 = madd(x0, w20, y10);
      y11 = madd(x1, w21, y11);
      y20 = madd(x0, w10, y20);
      y21 = madd(x1, w11, y21);
      y30 = madd(x0, w00, y30);
      y31 = madd(x1, w01, y31);
      p += xPixel;
      x0 = v128.load(p);
      x1 = v128.load(p, 16);
      y20 = madd(x0, w20, y20);
      y21 = madd(x1, w21, y21);
      y30 = madd(x0, w10, y30);
      y31 = madd(x1, w11, y31);
      y40 = madd(x0, w00, y40);
      y41 = madd(x1, w01, y41);
      p += xPixel;
      x0 = v128.load(p);
      x1 = v128.load(p, 16);
      y30 = madd(x0, w20, y30);
      y31 = madd(x1, w21, y31);
      y40 = madd(x0, w10, y40);
      y41 = madd(x1, w11, y41);
      y50 = madd(x0, w00, y50);
      y51 = madd(x1, w01, y51);
      p += xPixel;
      x0 = v128.load(p);
      x1 = v128.load(p, 16);
      y40 = madd(x0, w20, y40);
      y41 = madd(x1, w21, y41);
      y50 = madd(x0, w10, y50);
      y51 = madd(x1, w11, y51);
      y60 = madd(x0, w00, y60);
      y61 = madd(x1, w01, y61);
      p += xPixel;
      x0 = v128.load(p);
      x1 = v128.load(p, 16);
      y50 = madd(x0, w20, y50);
      y51 = madd(x1, w21, y51);
      y60 = madd(x0, w10, y60);
      y61 = madd(x1, w11, y61);
      p += xPixel;
      x0 = v128.load(p);
      x1 = v128.load(p, 16);
      y60 = madd(x0, w20, y60);
      y61 = madd(x1, w21, y61);
      row += xRow;
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
    weight += 32;
    bias += 32;
    y += 32;
  }
}

export function seven5x5Stride1x8(
  x: usize,
  xRow: usize,
  xPixel: usize,
  weight: usize,
  bias: usize,
  pitch: usize,
  y: usize,
  yPixel: usize,
  bytes: usize,
): void {
  for (const end = x + bytes; x < end; x += 32) {
    let y00 = v128.load(bias);
    let y01 = v128.load(bias, 16);
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
    let row = x;
    let w = weight;
    for (let kh = 0; kh < 5; kh++) {
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
      let p = row;
      let x0 = v128.load(p);
      let x1 = v128.load(p, 16);
      y00 = madd(x0, w00, y00);
      y01 = madd(x1, w01, y01);
      p += xPixel;
      x0 = v128.load(p);
      x1 = v128.load(p, 16);
      y00 = madd(x0, w10, y00);
      y01 = madd(x1, w11, y01);
      y10 = madd(x0, w00, y10);
      y11 = madd(x1, w01, y11);
      p += xPixel;
      x0 = v128.load(p);
      x1 = v128.load(p, 16);
      y00 = madd(x0, w20, y00);
      y01 = madd(x1, w21, y01);
      y10 = madd(x0, w10, y10);
      y11 = madd(x1, w11, y11);
      y20 = madd(x0, w00, y20);
      y21 = madd(x1, w01, y21);
      p += xPixel;
      x0 = v128.load(p);
      x1 = v128.load(p, 16);
      y00 = madd(x0, w30, y00);
      y01 = madd(x1, w31, y01);
      y10 = madd(x0, w20, y10);
      y11 = madd(x1, w21, y11);
      y20 = madd(x0, w10, y20);
      y21 = madd(x1, w11, y21);
      y30 = madd(x0, w00, y30);
      y31 = madd(x1, w01, y31);
      p += xPixel;
      x0 = v128.load(p);
      x1 = v128.load(p, 16);
      y00 = madd(x0, w40, y00);
      y01 = madd(x1, w41, y01);
      y10 = madd(x0, w30, y10);
      y11 = madd(x1, w31, y11);
      y20 = madd(x0, w20, y20);
      y21 = madd(x1, w21, y21);
      y30 = madd(x0, w10, y30);
      y31 = madd(x1, w11, y31);
      y40 = madd(x0, w00, y40);
      y41 = madd(x1, w01, y41);
      p += xPixel;
      x0 = v128.load(p);
      x1 = v128.load(p, 16);
      y10 = madd(x0, w40, y10);
      y11 = madd(x1, w41, y11);
      y20 = madd(x0, w30, y20);
      y21 = madd(x1, w31, y21);
      y30 = madd(x0, w20, y30);
      y31 = madd(x1, w21, y31);
      y40 = madd(x0, w10, y40);
      y41 = madd(x1, w11, y41);
      y50 = madd(x0, w00, y50);
      y51 = madd(x1, w01, y51);
      p += xPixel;
      x0 = v128.load(p);
      x1 = v128.load(p, 16);
      y20 = madd(x0, w40, y20);
      y21 = madd(x1, w41, y21);
      y30 = madd(x0, w30, y30);
      y31 = madd(x1, w31, y31);
      y40 = madd(x0, w20, y40);
      y41 = madd(x1, w21, y41);
      y50 = madd(x0, w10, y50);
      y51 = madd(x1, w11, y51);
      y60 = madd(x0, w00, y60);
      y61 = madd(x1, w01, y61);
      p += xPixel;
      x0 = v128.load(p);
      x1 = v128.load(p, 16);
      y30 = madd(x0, w40, y30);
      y31 = madd(x1, w41, y31);
      y40 = madd(x0, w30, y40);
      y41 = madd(x1, w31, y41);
      y50 = madd(x0, w20, y50);
      y51 = madd(x1, w21, y51);
      y60 = madd(x0, w10, y60);
      y61 = madd(x1, w11, y61);
      p += xPixel;
      x0 = v128.load(p);
      x1 = v128.load(p, 16);
      y40 = madd(x0, w40, y40);
      y41 = madd(x1, w41, y41);
      y50 = madd(x0, w30, y50);
      y51 = madd(x1, w31, y51);
      y60 = madd(x0, w20, y60);
      y61 = madd(x1, w21, y61);
      p += xPixel;
      x0 = v128.load(p);
      x1 = v128.load(p, 16);
      y50 = madd(x0, w40, y50);
      y51 = madd(x1, w41, y51);
      y60 = madd(x0, w30, y60);
      y61 = madd(x1, w31, y61);
      p += xPixel;
      x0 = v128.load(p);
      x1 = v128.load(p, 16);
      y60 = madd(x0, w40, y60);
      y61 = madd(x1, w41, y61);
      row += xRow;
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
    weight += 32;
    bias += 32;
    y += 32;
  }
}
