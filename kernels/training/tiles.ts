// Written by kernels/generate.mjs; edit that. Tiles of a weight gradient: rows of k × outputs.

import { madd } from "../madd";

export function gradient1x8(a: usize, aStep: usize, g: usize, gStep: usize, pixels: i32, w: usize): void {
  let w00 = v128.load(w);
  let w01 = v128.load(w, 16);
  for (const end = a + <usize>pixels * aStep; a < end; a += aStep) {
    const g0 = v128.load(g);
    const g1 = v128.load(g, 16);
    const x = v128.load32_splat(a);
    w00 = madd(x, g0, w00);
    w01 = madd(x, g1, w01);
    g += gStep;
  }
  v128.store(w, w01, 16);
  v128.store(w, w00);
}

export function gradient3x8(a: usize, aStep: usize, g: usize, gStep: usize, pixels: i32, w: usize): void {
  let w00 = v128.load(w);
  let w01 = v128.load(w, 16);
  let w10 = v128.load(w, 32);
  let w11 = v128.load(w, 48);
  let w20 = v128.load(w, 64);
  let w21 = v128.load(w, 80);
  for (const end = a + <usize>pixels * aStep; a < end; a += aStep) {
    const g0 = v128.load(g);
    const g1 = v128.load(g, 16);
    let x = v128.load32_splat(a);
    w00 = madd(x, g0, w00);
    w01 = madd(x, g1, w01);
    x = v128.load32_splat(a, 4);
    w10 = madd(x, g0, w10);
    w11 = madd(x, g1, w11);
    x = v128.load32_splat(a, 8);
    w20 = madd(x, g0, w20);
    w21 = madd(x, g1, w21);
    g += gStep;
  }
  v128.store(w, w01, 16);
  v128.store(w, w00);
  v128.store(w, w11, 48);
  v128.store(w, w10, 32);
  v128.store(w, w21, 80);
  v128.store(w, w20, 64);
}

export function gradient4x8(a: usize, aStep: usize, g: usize, gStep: usize, pixels: i32, w: usize): void {
  let w00 = v128.load(w);
  let w01 = v128.load(w, 16);
  let w10 = v128.load(w, 32);
  let w11 = v128.load(w, 48);
  let w20 = v128.load(w, 64);
  let w21 = v128.load(w, 80);
  let w30 = v128.load(w, 96);
  let w31 = v128.load(w, 112);
  for (const end = a + <usize>pixels * aStep; a < end; a += aStep) {
    const g0 = v128.load(g);
    const g1 = v128.load(g, 16);
    let x = v128.load32_splat(a);
    w00 = madd(x, g0, w00);
    w01 = madd(x, g1, w01);
    x = v128.load32_splat(a, 4);
    w10 = madd(x, g0, w10);
    w11 = madd(x, g1, w11);
    x = v128.load32_splat(a, 8);
    w20 = madd(x, g0, w20);
    w21 = madd(x, g1, w21);
    x = v128.load32_splat(a, 12);
    w30 = madd(x, g0, w30);
    w31 = madd(x, g1, w31);
    g += gStep;
  }
  v128.store(w, w01, 16);
  v128.store(w, w00);
  v128.store(w, w11, 48);
  v128.store(w, w10, 32);
  v128.store(w, w21, 80);
  v128.store(w, w20, 64);
  v128.store(w, w31, 112);
  v128.store(w, w30, 96);
}

export function gradient5x8(a: usize, aStep: usize, g: usize, gStep: usize, pixels: i32, w: usize): void {
  let w00 = v128.load(w);
  let w01 = v128.load(w, 16);
  let w10 = v128.load(w, 32);
  let w11 = v128.load(w, 48);
  let w20 = v128.load(w, 64);
  let w21 = v128.load(w, 80);
  let w30 = v128.load(w, 96);
  let w31 = v128.load(w, 112);
  let w40 = v128.load(w, 128);
  let w41 = v128.load(w, 144);
  for (const end = a + <usize>pixels * aStep; a < end; a += aStep) {
    const g0 = v128.load(g);
    const g1 = v128.load(g, 16);
    let x = v128.load32_splat(a);
    w00 = madd(x, g0, w00);
    w01 = madd(x, g1, w01);
    x = v128.load32_splat(a, 4);
    w10 = madd(x, g0, w10);
    w11 = madd(x, g1, w11);
    x = v128.load32_splat(a, 8);
    w20 = madd(x, g0, w20);
    w21 = madd(x, g1, w21);
    x = v128.load32_splat(a, 12);
    w30 = madd(x, g0, w30);
    w31 = madd(x, g1, w31);
    x = v128.load32_splat(a, 16);
    w40 = madd(x, g0, w40);
    w41 = madd(x, g1, w41);
    g += gStep;
  }
  v128.store(w, w01, 16);
  v128.store(w, w00);
  v128.store(w, w11, 48);
  v128.store(w, w10, 32);
  v128.store(w, w21, 80);
  v128.store(w, w20, 64);
  v128.store(w, w31, 112);
  v128.store(w, w30, 96);
  v128.store(w, w41, 144);
  v128.store(w, w40, 128);
}

export function gradient6x8(a: usize, aStep: usize, g: usize, gStep: usize, pixels: i32, w: usize): void {
  let w00 = v128.load(w);
  let w01 = v128.load(w, 16);
  let w10 = v128.load(w, 32);
  let w11 = v128.load(w, 48);
  let w20 = v128.load(w, 64);
  let w21 = v128.load(w, 80);
  let w30 = v128.load(w, 96);
  let w31 = v128.load(w, 112);
  let w40 = v128.load(w, 128);
  let w41 = v128.load(w, 144);
  let w50 = v128.load(w, 160);
  let w51 = v128.load(w, 176);
  for (const end = a + <usize>pixels * aStep; a < end; a += aStep) {
    const g0 = v128.load(g);
    const g1 = v128.load(g, 16);
    let x = v128.load32_splat(a);
    w00 = madd(x, g0, w00);
    w01 = madd(x, g1, w01);
    x = v128.load32_splat(a, 4);
    w10 = madd(x, g0, w10);
    w11 = madd(x, g1, w11);
    x = v128.load32_splat(a, 8);
    w20 = madd(x, g0, w20);
    w21 = madd(x, g1, w21);
    x = v128.load32_splat(a, 12);
    w30 = madd(x, g0, w30);
    w31 = madd(x, g1, w31);
    x = v128.load32_splat(a, 16);
    w40 = madd(x, g0, w40);
    w41 = madd(x, g1, w41);
    x = v128.load32_splat(a, 20);
    w50 = madd(x, g0, w50);
    w51 = madd(x, g1, w51);
    g += gStep;
  }
  v128.store(w, w01, 16);
  v128.store(w, w00);
  v128.store(w, w11, 48);
  v128.store(w, w10, 32);
  v128.store(w, w21, 80);
  v128.store(w, w20, 64);
  v128.store(w, w31, 112);
  v128.store(w, w30, 96);
  v128.store(w, w41, 144);
  v128.store(w, w40, 128);
  v128.store(w, w51, 176);
  v128.store(w, w50, 160);
}

export function gradient8x8(a: usize, aStep: usize, g: usize, gStep: usize, pixels: i32, w: usize): void {
  let w00 = v128.load(w);
  let w01 = v128.load(w, 16);
  let w10 = v128.load(w, 32);
  let w11 = v128.load(w, 48);
  let w20 = v128.load(w, 64);
  let w21 = v128.load(w, 80);
  let w30 = v128.load(w, 96);
  let w31 = v128.load(w, 112);
  let w40 = v128.load(w, 128);
  let w41 = v128.load(w, 144);
  let w50 = v128.load(w, 160);
  let w51 = v128.load(w, 176);
  let w60 = v128.load(w, 192);
  let w61 = v128.load(w, 208);
  let w70 = v128.load(w, 224);
  let w71 = v128.load(w, 240);
  for (const end = a + <usize>pixels * aStep; a < end; a += aStep) {
    const g0 = v128.load(g);
    const g1 = v128.load(g, 16);
    let x = v128.load32_splat(a);
    w00 = madd(x, g0, w00);
    w01 = madd(x, g1, w01);
    x = v128.load32_splat(a, 4);
    w10 = madd(x, g0, w10);
    w11 = madd(x, g1, w11);
    x = v128.load32_splat(a, 8);
    w20 = madd(x, g0, w20);
    w21 = madd(x, g1, w21);
    x = v128.load32_splat(a, 12);
    w30 = madd(x, g0, w30);
    w31 = madd(x, g1, w31);
    x = v128.load32_splat(a, 16);
    w40 = madd(x, g0, w40);
    w41 = madd(x, g1, w41);
    x = v128.load32_splat(a, 20);
    w50 = madd(x, g0, w50);
    w51 = madd(x, g1, w51);
    x = v128.load32_splat(a, 24);
    w60 = madd(x, g0, w60);
    w61 = madd(x, g1, w61);
    x = v128.load32_splat(a, 28);
    w70 = madd(x, g0, w70);
    w71 = madd(x, g1, w71);
    g += gStep;
  }
  v128.store(w, w01, 16);
  v128.store(w, w00);
  v128.store(w, w11, 48);
  v128.store(w, w10, 32);
  v128.store(w, w21, 80);
  v128.store(w, w20, 64);
  v128.store(w, w31, 112);
  v128.store(w, w30, 96);
  v128.store(w, w41, 144);
  v128.store(w, w40, 128);
  v128.store(w, w51, 176);
  v128.store(w, w50, 160);
  v128.store(w, w61, 208);
  v128.store(w, w60, 192);
  v128.store(w, w71, 240);
  v128.store(w, w70, 224);
}

export function gradient1x16(a: usize, aStep: usize, g: usize, gStep: usize, pixels: i32, w: usize): void {
  let w00 = v128.load(w);
  let w01 = v128.load(w, 16);
  let w02 = v128.load(w, 32);
  let w03 = v128.load(w, 48);
  for (const end = a + <usize>pixels * aStep; a < end; a += aStep) {
    const g0 = v128.load(g);
    const g1 = v128.load(g, 16);
    const g2 = v128.load(g, 32);
    const g3 = v128.load(g, 48);
    const x = v128.load32_splat(a);
    w00 = madd(x, g0, w00);
    w01 = madd(x, g1, w01);
    w02 = madd(x, g2, w02);
    w03 = madd(x, g3, w03);
    g += gStep;
  }
  v128.store(w, w01, 16);
  v128.store(w, w00);
  v128.store(w, w03, 48);
  v128.store(w, w02, 32);
}

export function gradient3x16(a: usize, aStep: usize, g: usize, gStep: usize, pixels: i32, w: usize): void {
  let w00 = v128.load(w);
  let w01 = v128.load(w, 16);
  let w02 = v128.load(w, 32);
  let w03 = v128.load(w, 48);
  let w10 = v128.load(w, 64);
  let w11 = v128.load(w, 80);
  let w12 = v128.load(w, 96);
  let w13 = v128.load(w, 112);
  let w20 = v128.load(w, 128);
  let w21 = v128.load(w, 144);
  let w22 = v128.load(w, 160);
  let w23 = v128.load(w, 176);
  for (const end = a + <usize>pixels * aStep; a < end; a += aStep) {
    const g0 = v128.load(g);
    const g1 = v128.load(g, 16);
    const g2 = v128.load(g, 32);
    const g3 = v128.load(g, 48);
    let x = v128.load32_splat(a);
    w00 = madd(x, g0, w00);
    w01 = madd(x, g1, w01);
    w02 = madd(x, g2, w02);
    w03 = madd(x, g3, w03);
    x = v128.load32_splat(a, 4);
    w10 = madd(x, g0, w10);
    w11 = madd(x, g1, w11);
    w12 = madd(x, g2, w12);
    w13 = madd(x, g3, w13);
    x = v128.load32_splat(a, 8);
    w20 = madd(x, g0, w20);
    w21 = madd(x, g1, w21);
    w22 = madd(x, g2, w22);
    w23 = madd(x, g3, w23);
    g += gStep;
  }
  v128.store(w, w01, 16);
  v128.store(w, w00);
  v128.store(w, w03, 48);
  v128.store(w, w02, 32);
  v128.store(w, w11, 80);
  v128.store(w, w10, 64);
  v128.store(w, w13, 112);
  v128.store(w, w12, 96);
  v128.store(w, w21, 144);
  v128.store(w, w20, 128);
  v128.store(w, w23, 176);
  v128.store(w, w22, 160);
}

export function gradient4x16(a: usize, aStep: usize, g: usize, gStep: usize, pixels: i32, w: usize): void {
  let w00 = v128.load(w);
  let w01 = v128.load(w, 16);
  let w02 = v128.load(w, 32);
  let w03 = v128.load(w, 48);
  let w10 = v128.load(w, 64);
  let w11 = v128.load(w, 80);
  let w12 = v128.load(w, 96);
  let w13 = v128.load(w, 112);
  let w20 = v128.load(w, 128);
  let w21 = v128.load(w, 144);
  let w22 = v128.load(w, 160);
  let w23 = v128.load(w, 176);
  let w30 = v128.load(w, 192);
  let w31 = v128.load(w, 208);
  let w32 = v128.load(w, 224);
  let w33 = v128.load(w, 240);
  for (const end = a + <usize>pixels * aStep; a < end; a += aStep) {
    const g0 = v128.load(g);
    const g1 = v128.load(g, 16);
    const g2 = v128.load(g, 32);
    const g3 = v128.load(g, 48);
    let x = v128.load32_splat(a);
    w00 = madd(x, g0, w00);
    w01 = madd(x, g1, w01);
    w02 = madd(x, g2, w02);
    w03 = madd(x, g3, w03);
    x = v128.load32_splat(a, 4);
    w10 = madd(x, g0, w10);
    w11 = madd(x, g1, w11);
    w12 = madd(x, g2, w12);
    w13 = madd(x, g3, w13);
    x = v128.load32_splat(a, 8);
    w20 = madd(x, g0, w20);
    w21 = madd(x, g1, w21);
    w22 = madd(x, g2, w22);
    w23 = madd(x, g3, w23);
    x = v128.load32_splat(a, 12);
    w30 = madd(x, g0, w30);
    w31 = madd(x, g1, w31);
    w32 = madd(x, g2, w32);
    w33 = madd(x, g3, w33);
    g += gStep;
  }
  v128.store(w, w01, 16);
  v128.store(w, w00);
  v128.store(w, w03, 48);
  v128.store(w, w02, 32);
  v128.store(w, w11, 80);
  v128.store(w, w10, 64);
  v128.store(w, w13, 112);
  v128.store(w, w12, 96);
  v128.store(w, w21, 144);
  v128.store(w, w20, 128);
  v128.store(w, w23, 176);
  v128.store(w, w22, 160);
  v128.store(w, w31, 208);
  v128.store(w, w30, 192);
  v128.store(w, w33, 240);
  v128.store(w, w32, 224);
}

export function gradient5x16(a: usize, aStep: usize, g: usize, gStep: usize, pixels: i32, w: usize): void {
  let w00 = v128.load(w);
  let w01 = v128.load(w, 16);
  let w02 = v128.load(w, 32);
  let w03 = v128.load(w, 48);
  let w10 = v128.load(w, 64);
  let w11 = v128.load(w, 80);
  let w12 = v128.load(w, 96);
  let w13 = v128.load(w, 112);
  let w20 = v128.load(w, 128);
  let w21 = v128.load(w, 144);
  let w22 = v128.load(w, 160);
  let w23 = v128.load(w, 176);
  let w30 = v128.load(w, 192);
  let w31 = v128.load(w, 208);
  let w32 = v128.load(w, 224);
  let w33 = v128.load(w, 240);
  let w40 = v128.load(w, 256);
  let w41 = v128.load(w, 272);
  let w42 = v128.load(w, 288);
  let w43 = v128.load(w, 304);
  for (const end = a + <usize>pixels * aStep; a < end; a += aStep) {
    const g0 = v128.load(g);
    const g1 = v128.load(g, 16);
    const g2 = v128.load(g, 32);
    const g3 = v128.load(g, 48);
    let x = v128.load32_splat(a);
    w00 = madd(x, g0, w00);
    w01 = madd(x, g1, w01);
    w02 = madd(x, g2, w02);
    w03 = madd(x, g3, w03);
    x = v128.load32_splat(a, 4);
    w10 = madd(x, g0, w10);
    w11 = madd(x, g1, w11);
    w12 = madd(x, g2, w12);
    w13 = madd(x, g3, w13);
    x = v128.load32_splat(a, 8);
    w20 = madd(x, g0, w20);
    w21 = madd(x, g1, w21);
    w22 = madd(x, g2, w22);
    w23 = madd(x, g3, w23);
    x = v128.load32_splat(a, 12);
    w30 = madd(x, g0, w30);
    w31 = madd(x, g1, w31);
    w32 = madd(x, g2, w32);
    w33 = madd(x, g3, w33);
    x = v128.load32_splat(a, 16);
    w40 = madd(x, g0, w40);
    w41 = madd(x, g1, w41);
    w42 = madd(x, g2, w42);
    w43 = madd(x, g3, w43);
    g += gStep;
  }
  v128.store(w, w01, 16);
  v128.store(w, w00);
  v128.store(w, w03, 48);
  v128.store(w, w02, 32);
  v128.store(w, w11, 80);
  v128.store(w, w10, 64);
  v128.store(w, w13, 112);
  v128.store(w, w12, 96);
  v128.store(w, w21, 144);
  v128.store(w, w20, 128);
  v128.store(w, w23, 176);
  v128.store(w, w22, 160);
  v128.store(w, w31, 208);
  v128.store(w, w30, 192);
  v128.store(w, w33, 240);
  v128.store(w, w32, 224);
  v128.store(w, w41, 272);
  v128.store(w, w40, 256);
  v128.store(w, w43, 304);
  v128.store(w, w42, 288);
}

export function gradient6x16(a: usize, aStep: usize, g: usize, gStep: usize, pixels: i32, w: usize): void {
  let w00 = v128.load(w);
  let w01 = v128.load(w, 16);
  let w02 = v128.load(w, 32);
  let w03 = v128.load(w, 48);
  let w10 = v128.load(w, 64);
  let w11 = v128.load(w, 80);
  let w12 = v128.load(w, 96);
  let w13 = v128.load(w, 112);
  let w20 = v128.load(w, 128);
  let w21 = v128.load(w, 144);
  let w22 = v128.load(w, 160);
  let w23 = v128.load(w, 176);
  let w30 = v128.load(w, 192);
  let w31 = v128.load(w, 208);
  let w32 = v128.load(w, 224);
  let w33 = v128.load(w, 240);
  let w40 = v128.load(w, 256);
  let w41 = v128.load(w, 272);
  let w42 = v128.load(w, 288);
  let w43 = v128.load(w, 304);
  let w50 = v128.load(w, 320);
  let w51 = v128.load(w, 336);
  let w52 = v128.load(w, 352);
  let w53 = v128.load(w, 368);
  for (const end = a + <usize>pixels * aStep; a < end; a += aStep) {
    const g0 = v128.load(g);
    const g1 = v128.load(g, 16);
    const g2 = v128.load(g, 32);
    const g3 = v128.load(g, 48);
    let x = v128.load32_splat(a);
    w00 = madd(x, g0, w00);
    w01 = madd(x, g1, w01);
    w02 = madd(x, g2, w02);
    w03 = madd(x, g3, w03);
    x = v128.load32_splat(a, 4);
    w10 = madd(x, g0, w10);
    w11 = madd(x, g1, w11);
    w12 = madd(x, g2, w12);
    w13 = madd(x, g3, w13);
    x = v128.load32_splat(a, 8);
    w20 = madd(x, g0, w20);
    w21 = madd(x, g1, w21);
    w22 = madd(x, g2, w22);
    w23 = madd(x, g3, w23);
    x = v128.load32_splat(a, 12);
    w30 = madd(x, g0, w30);
    w31 = madd(x, g1, w31);
    w32 = madd(x, g2, w32);
    w33 = madd(x, g3, w33);
    x = v128.load32_splat(a, 16);
    w40 = madd(x, g0, w40);
    w41 = madd(x, g1, w41);
    w42 = madd(x, g2, w42);
    w43 = madd(x, g3, w43);
    x = v128.load32_splat(a, 20);
    w50 = madd(x, g0, w50);
    w51 = madd(x, g1, w51);
    w52 = madd(x, g2, w52);
    w53 = madd(x, g3, w53);
    g += gStep;
  }
  v128.store(w, w01, 16);
  v128.store(w, w00);
  v128.store(w, w03, 48);
  v128.store(w, w02, 32);
  v128.store(w, w11, 80);
  v128.store(w, w10, 64);
  v128.store(w, w13, 112);
  v128.store(w, w12, 96);
  v128.store(w, w21, 144);
  v128.store(w, w20, 128);
  v128.store(w, w23, 176);
  v128.store(w, w22, 160);
  v128.store(w, w31, 208);
  v128.store(w, w30, 192);
  v128.store(w, w33, 240);
  v128.store(w, w32, 224);
  v128.store(w, w41, 272);
  v128.store(w, w40, 256);
  v128.store(w, w43, 304);
  v128.store(w, w42, 288);
  v128.store(w, w51, 336);
  v128.store(w, w50, 320);
  v128.store(w, w53, 368);
  v128.store(w, w52, 352);
}

export function gradient1x8Table(a: usize, aTable: usize, g: usize, gTable: usize, pixels: i32, w: usize): void {
  let w00 = v128.load(w);
  let w01 = v128.load(w, 16);
  for (const end = aTable + ((<usize>pixels) << 2); aTable < end; aTable += 4) {
    const p = a + load<u32>(aTable);
    const q = g + load<u32>(gTable);
    gTable += 4;
    const g0 = v128.load(q);
    const g1 = v128.load(q, 16);
    const x = v128.load32_splat(p);
    w00 = madd(x, g0, w00);
    w01 = madd(x, g1, w01);
  }
  v128.store(w, w01, 16);
  v128.store(w, w00);
}

export function gradient3x8Table(a: usize, aTable: usize, g: usize, gTable: usize, pixels: i32, w: usize): void {
  let w00 = v128.load(w);
  let w01 = v128.load(w, 16);
  let w10 = v128.load(w, 32);
  let w11 = v128.load(w, 48);
  let w20 = v128.load(w, 64);
  let w21 = v128.load(w, 80);
  for (const end = aTable + ((<usize>pixels) << 2); aTable < end; aTable += 4) {
    const p = a + load<u32>(aTable);
    const q = g + load<u32>(gTable);
    gTable += 4;
    const g0 = v128.load(q);
    const g1 = v128.load(q, 16);
    let x = v128.load32_splat(p);
    w00 = madd(x, g0, w00);
    w01 = madd(x, g1, w01);
    x = v128.load32_splat(p, 4);
    w10 = madd(x, g0, w10);
    w11 = madd(x, g1, w11);
    x = v128.load32_splat(p, 8);
    w20 = madd(x, g0, w20);
    w21 = madd(x, g1, w21);
  }
  v128.store(w, w01, 16);
  v128.store(w, w00);
  v128.store(w, w11, 48);
  v128.store(w, w10, 32);
  v128.store(w, w21, 80);
  v128.store(w, w20, 64);
}

export function gradient4x8Table(a: usize, aTable: usize, g: usize, gTable: usize, pixels: i32, w: usize): void {
  let w00 = v128.load(w);
  let w01 = v128.load(w, 16);
  let w10 = v128.load(w, 32);
  let w11 = v128.load(w, 48);
  let w20 = v128.load(w, 64);
  let w21 = v128.load(w, 80);
  let w30 = v128.load(w, 96);
  let w31 = v128.load(w, 112);
  for (const end = aTable + ((<usize>pixels) << 2); aTable < end; aTable += 4) {
    const p = a + load<u32>(aTable);
    const q = g + load<u32>(gTable);
    gTable += 4;
    const g0 = v128.load(q);
    const g1 = v128.load(q, 16);
    let x = v128.load32_splat(p);
    w00 = madd(x, g0, w00);
    w01 = madd(x, g1, w01);
    x = v128.load32_splat(p, 4);
    w10 = madd(x, g0, w10);
    w11 = madd(x, g1, w11);
    x = v128.load32_splat(p, 8);
    w20 = madd(x, g0, w20);
    w21 = madd(x, g1, w21);
    x = v128.load32_splat(p, 12);
    w30 = madd(x, g0, w30);
    w31 = madd(x, g1, w31);
  }
  v128.store(w, w01, 16);
  v128.store(w, w00);
  v128.store(w, w11, 48);
  v128.store(w, w10, 32);
  v128.store(w, w21, 80);
  v128.store(w, w20, 64);
  v128.store(w, w31, 112);
  v128.store(w, w30, 96);
}

export function gradient5x8Table(a: usize, aTable: usize, g: usize, gTable: usize, pixels: i32, w: usize): void {
  let w00 = v128.load(w);
  let w01 = v128.load(w, 16);
  let w10 = v128.load(w, 32);
  let w11 = v128.load(w, 48);
  let w20 = v128.load(w, 64);
  let w21 = v128.load(w, 80);
  let w30 = v128.load(w, 96);
  let w31 = v128.load(w, 112);
  let w40 = v128.load(w, 128);
  let w41 = v128.load(w, 144);
  for (const end = aTable + ((<usize>pixels) << 2); aTable < end; aTable += 4) {
    const p = a + load<u32>(aTable);
    const q = g + load<u32>(gTable);
    gTable += 4;
    const g0 = v128.load(q);
    const g1 = v128.load(q, 16);
    let x = v128.load32_splat(p);
    w00 = madd(x, g0, w00);
    w01 = madd(x, g1, w01);
    x = v128.load32_splat(p, 4);
    w10 = madd(x, g0, w10);
    w11 = madd(x, g1, w11);
    x = v128.load32_splat(p, 8);
    w20 = madd(x, g0, w20);
    w21 = madd(x, g1, w21);
    x = v128.load32_splat(p, 12);
    w30 = madd(x, g0, w30);
    w31 = madd(x, g1, w31);
    x = v128.load32_splat(p, 16);
    w40 = madd(x, g0, w40);
    w41 = madd(x, g1, w41);
  }
  v128.store(w, w01, 16);
  v128.store(w, w00);
  v128.store(w, w11, 48);
  v128.store(w, w10, 32);
  v128.store(w, w21, 80);
  v128.store(w, w20, 64);
  v128.store(w, w31, 112);
  v128.store(w, w30, 96);
  v128.store(w, w41, 144);
  v128.store(w, w40, 128);
}

export function gradient6x8Table(a: usize, aTable: usize, g: usize, gTable: usize, pixels: i32, w: usize): void {
  let w00 = v128.load(w);
  let w01 = v128.load(w, 16);
  let w10 = v128.load(w, 32);
  let w11 = v128.load(w, 48);
  let w20 = v128.load(w, 64);
  let w21 = v128.load(w, 80);
  let w30 = v128.load(w, 96);
  let w31 = v128.load(w, 112);
  let w40 = v128.load(w, 128);
  let w41 = v128.load(w, 144);
  let w50 = v128.load(w, 160);
  let w51 = v128.load(w, 176);
  for (const end = aTable + ((<usize>pixels) << 2); aTable < end; aTable += 4) {
    const p = a + load<u32>(aTable);
    const q = g + load<u32>(gTable);
    gTable += 4;
    const g0 = v128.load(q);
    const g1 = v128.load(q, 16);
    let x = v128.load32_splat(p);
    w00 = madd(x, g0, w00);
    w01 = madd(x, g1, w01);
    x = v128.load32_splat(p, 4);
    w10 = madd(x, g0, w10);
    w11 = madd(x, g1, w11);
    x = v128.load32_splat(p, 8);
    w20 = madd(x, g0, w20);
    w21 = madd(x, g1, w21);
    x = v128.load32_splat(p, 12);
    w30 = madd(x, g0, w30);
    w31 = madd(x, g1, w31);
    x = v128.load32_splat(p, 16);
    w40 = madd(x, g0, w40);
    w41 = madd(x, g1, w41);
    x = v128.load32_splat(p, 20);
    w50 = madd(x, g0, w50);
    w51 = madd(x, g1, w51);
  }
  v128.store(w, w01, 16);
  v128.store(w, w00);
  v128.store(w, w11, 48);
  v128.store(w, w10, 32);
  v128.store(w, w21, 80);
  v128.store(w, w20, 64);
  v128.store(w, w31, 112);
  v128.store(w, w30, 96);
  v128.store(w, w41, 144);
  v128.store(w, w40, 128);
  v128.store(w, w51, 176);
  v128.store(w, w50, 160);
}

export function gradient8x8Table(a: usize, aTable: usize, g: usize, gTable: usize, pixels: i32, w: usize): void {
  let w00 = v128.load(w);
  let w01 = v128.load(w, 16);
  let w10 = v128.load(w, 32);
  let w11 = v128.load(w, 48);
  let w20 = v128.load(w, 64);
  let w21 = v128.load(w, 80);
  let w30 = v128.load(w, 96);
  let w31 = v128.load(w, 112);
  let w40 = v128.load(w, 128);
  let w41 = v128.load(w, 144);
  let w50 = v128.load(w, 160);
  let w51 = v128.load(w, 176);
  let w60 = v128.load(w, 192);
  let w61 = v128.load(w, 208);
  let w70 = v128.load(w, 224);
  let w71 = v128.load(w, 240);
  for (const end = aTable + ((<usize>pixels) << 2); aTable < end; aTable += 4) {
    const p = a + load<u32>(aTable);
    const q = g + load<u32>(gTable);
    gTable += 4;
    const g0 = v128.load(q);
    const g1 = v128.load(q, 16);
    let x = v128.load32_splat(p);
    w00 = madd(x, g0, w00);
    w01 = madd(x, g1, w01);
    x = v128.load32_splat(p, 4);
    w10 = madd(x, g0, w10);
    w11 = madd(x, g1, w11);
    x = v128.load32_splat(p, 8);
    w20 = madd(x, g0, w20);
    w21 = madd(x, g1, w21);
    x = v128.load32_splat(p, 12);
    w30 = madd(x, g0, w30);
    w31 = madd(x, g1, w31);
    x = v128.load32_splat(p, 16);
    w40 = madd(x, g0, w40);
    w41 = madd(x, g1, w41);
    x = v128.load32_splat(p, 20);
    w50 = madd(x, g0, w50);
    w51 = madd(x, g1, w51);
    x = v128.load32_splat(p, 24);
    w60 = madd(x, g0, w60);
    w61 = madd(x, g1, w61);
    x = v128.load32_splat(p, 28);
    w70 = madd(x, g0, w70);
    w71 = madd(x, g1, w71);
  }
  v128.store(w, w01, 16);
  v128.store(w, w00);
  v128.store(w, w11, 48);
  v128.store(w, w10, 32);
  v128.store(w, w21, 80);
  v128.store(w, w20, 64);
  v128.store(w, w31, 112);
  v128.store(w, w30, 96);
  v128.store(w, w41, 144);
  v128.store(w, w40, 128);
  v128.store(w, w51, 176);
  v128.store(w, w50, 160);
  v128.store(w, w61, 208);
  v128.store(w, w60, 192);
  v128.store(w, w71, 240);
  v128.store(w, w70, 224);
}

export function gradient1x16Table(a: usize, aTable: usize, g: usize, gTable: usize, pixels: i32, w: usize): void {
  let w00 = v128.load(w);
  let w01 = v128.load(w, 16);
  let w02 = v128.load(w, 32);
  let w03 = v128.load(w, 48);
  for (const end = aTable + ((<usize>pixels) << 2); aTable < end; aTable += 4) {
    const p = a + load<u32>(aTable);
    const q = g + load<u32>(gTable);
    gTable += 4;
    const g0 = v128.load(q);
    const g1 = v128.load(q, 16);
    const g2 = v128.load(q, 32);
    const g3 = v128.load(q, 48);
    const x = v128.load32_splat(p);
    w00 = madd(x, g0, w00);
    w01 = madd(x, g1, w01);
    w02 = madd(x, g2, w02);
    w03 = madd(x, g3, w03);
  }
  v128.store(w, w01, 16);
  v128.store(w, w00);
  v128.store(w, w03, 48);
  v128.store(w, w02, 32);
}

export function gradient3x16Table(a: usize, aTable: usize, g: usize, gTable: usize, pixels: i32, w: usize): void {
  let w00 = v128.load(w);
  let w01 = v128.load(w, 16);
  let w02 = v128.load(w, 32);
  let w03 = v128.load(w, 48);
  let w10 = v128.load(w, 64);
  let w11 = v128.load(w, 80);
  let w12 = v128.load(w, 96);
  let w13 = v128.load(w, 112);
  let w20 = v128.load(w, 128);
  let w21 = v128.load(w, 144);
  let w22 = v128.load(w, 160);
  let w23 = v128.load(w, 176);
  for (const end = aTable + ((<usize>pixels) << 2); aTable < end; aTable += 4) {
    const p = a + load<u32>(aTable);
    const q = g + load<u32>(gTable);
    gTable += 4;
    const g0 = v128.load(q);
    const g1 = v128.load(q, 16);
    const g2 = v128.load(q, 32);
    const g3 = v128.load(q, 48);
    let x = v128.load32_splat(p);
    w00 = madd(x, g0, w00);
    w01 = madd(x, g1, w01);
    w02 = madd(x, g2, w02);
    w03 = madd(x, g3, w03);
    x = v128.load32_splat(p, 4);
    w10 = madd(x, g0, w10);
    w11 = madd(x, g1, w11);
    w12 = madd(x, g2, w12);
    w13 = madd(x, g3, w13);
    x = v128.load32_splat(p, 8);
    w20 = madd(x, g0, w20);
    w21 = madd(x, g1, w21);
    w22 = madd(x, g2, w22);
    w23 = madd(x, g3, w23);
  }
  v128.store(w, w01, 16);
  v128.store(w, w00);
  v128.store(w, w03, 48);
  v128.store(w, w02, 32);
  v128.store(w, w11, 80);
  v128.store(w, w10, 64);
  v128.store(w, w13, 112);
  v128.store(w, w12, 96);
  v128.store(w, w21, 144);
  v128.store(w, w20, 128);
  v128.store(w, w23, 176);
  v128.store(w, w22, 160);
}

export function gradient4x16Table(a: usize, aTable: usize, g: usize, gTable: usize, pixels: i32, w: usize): void {
  let w00 = v128.load(w);
  let w01 = v128.load(w, 16);
  let w02 = v128.load(w, 32);
  let w03 = v128.load(w, 48);
  let w10 = v128.load(w, 64);
  let w11 = v128.load(w, 80);
  let w12 = v128.load(w, 96);
  let w13 = v128.load(w, 112);
  let w20 = v128.load(w, 128);
  let w21 = v128.load(w, 144);
  let w22 = v128.load(w, 160);
  let w23 = v128.load(w, 176);
  let w30 = v128.load(w, 192);
  let w31 = v128.load(w, 208);
  let w32 = v128.load(w, 224);
  let w33 = v128.load(w, 240);
  for (const end = aTable + ((<usize>pixels) << 2); aTable < end; aTable += 4) {
    const p = a + load<u32>(aTable);
    const q = g + load<u32>(gTable);
    gTable += 4;
    const g0 = v128.load(q);
    const g1 = v128.load(q, 16);
    const g2 = v128.load(q, 32);
    const g3 = v128.load(q, 48);
    let x = v128.load32_splat(p);
    w00 = madd(x, g0, w00);
    w01 = madd(x, g1, w01);
    w02 = madd(x, g2, w02);
    w03 = madd(x, g3, w03);
    x = v128.load32_splat(p, 4);
    w10 = madd(x, g0, w10);
    w11 = madd(x, g1, w11);
    w12 = madd(x, g2, w12);
    w13 = madd(x, g3, w13);
    x = v128.load32_splat(p, 8);
    w20 = madd(x, g0, w20);
    w21 = madd(x, g1, w21);
    w22 = madd(x, g2, w22);
    w23 = madd(x, g3, w23);
    x = v128.load32_splat(p, 12);
    w30 = madd(x, g0, w30);
    w31 = madd(x, g1, w31);
    w32 = madd(x, g2, w32);
    w33 = madd(x, g3, w33);
  }
  v128.store(w, w01, 16);
  v128.store(w, w00);
  v128.store(w, w03, 48);
  v128.store(w, w02, 32);
  v128.store(w, w11, 80);
  v128.store(w, w10, 64);
  v128.store(w, w13, 112);
  v128.store(w, w12, 96);
  v128.store(w, w21, 144);
  v128.store(w, w20, 128);
  v128.store(w, w23, 176);
  v128.store(w, w22, 160);
  v128.store(w, w31, 208);
  v128.store(w, w30, 192);
  v128.store(w, w33, 240);
  v128.store(w, w32, 224);
}

export function gradient5x16Table(a: usize, aTable: usize, g: usize, gTable: usize, pixels: i32, w: usize): void {
  let w00 = v128.load(w);
  let w01 = v128.load(w, 16);
  let w02 = v128.load(w, 32);
  let w03 = v128.load(w, 48);
  let w10 = v128.load(w, 64);
  let w11 = v128.load(w, 80);
  let w12 = v128.load(w, 96);
  let w13 = v128.load(w, 112);
  let w20 = v128.load(w, 128);
  let w21 = v128.load(w, 144);
  let w22 = v128.load(w, 160);
  let w23 = v128.load(w, 176);
  let w30 = v128.load(w, 192);
  let w31 = v128.load(w, 208);
  let w32 = v128.load(w, 224);
  let w33 = v128.load(w, 240);
  let w40 = v128.load(w, 256);
  let w41 = v128.load(w, 272);
  let w42 = v128.load(w, 288);
  let w43 = v128.load(w, 304);
  for (const end = aTable + ((<usize>pixels) << 2); aTable < end; aTable += 4) {
    const p = a + load<u32>(aTable);
    const q = g + load<u32>(gTable);
    gTable += 4;
    const g0 = v128.load(q);
    const g1 = v128.load(q, 16);
    const g2 = v128.load(q, 32);
    const g3 = v128.load(q, 48);
    let x = v128.load32_splat(p);
    w00 = madd(x, g0, w00);
    w01 = madd(x, g1, w01);
    w02 = madd(x, g2, w02);
    w03 = madd(x, g3, w03);
    x = v128.load32_splat(p, 4);
    w10 = madd(x, g0, w10);
    w11 = madd(x, g1, w11);
    w12 = madd(x, g2, w12);
    w13 = madd(x, g3, w13);
    x = v128.load32_splat(p, 8);
    w20 = madd(x, g0, w20);
    w21 = madd(x, g1, w21);
    w22 = madd(x, g2, w22);
    w23 = madd(x, g3, w23);
    x = v128.load32_splat(p, 12);
    w30 = madd(x, g0, w30);
    w31 = madd(x, g1, w31);
    w32 = madd(x, g2, w32);
    w33 = madd(x, g3, w33);
    x = v128.load32_splat(p, 16);
    w40 = madd(x, g0, w40);
    w41 = madd(x, g1, w41);
    w42 = madd(x, g2, w42);
    w43 = madd(x, g3, w43);
  }
  v128.store(w, w01, 16);
  v128.store(w, w00);
  v128.store(w, w03, 48);
  v128.store(w, w02, 32);
  v128.store(w, w11, 80);
  v128.store(w, w10, 64);
  v128.store(w, w13, 112);
  v128.store(w, w12, 96);
  v128.store(w, w21, 144);
  v128.store(w, w20, 128);
  v128.store(w, w23, 176);
  v128.store(w, w22, 160);
  v128.store(w, w31, 208);
  v128.store(w, w30, 192);
  v128.store(w, w33, 240);
  v128.store(w, w32, 224);
  v128.store(w, w41, 272);
  v128.store(w, w40, 256);
  v128.store(w, w43, 304);
  v128.store(w, w42, 288);
}

export function gradient6x16Table(a: usize, aTable: usize, g: usize, gTable: usize, pixels: i32, w: usize): void {
  let w00 = v128.load(w);
  let w01 = v128.load(w, 16);
  let w02 = v128.load(w, 32);
  let w03 = v128.load(w, 48);
  let w10 = v128.load(w, 64);
  let w11 = v128.load(w, 80);
  let w12 = v128.load(w, 96);
  let w13 = v128.load(w, 112);
  let w20 = v128.load(w, 128);
  let w21 = v128.load(w, 144);
  let w22 = v128.load(w, 160);
  let w23 = v128.load(w, 176);
  let w30 = v128.load(w, 192);
  let w31 = v128.load(w, 208);
  let w32 = v128.load(w, 224);
  let w33 = v128.load(w, 240);
  let w40 = v128.load(w, 256);
  let w41 = v128.load(w, 272);
  let w42 = v128.load(w, 288);
  let w43 = v128.load(w, 304);
  let w50 = v128.load(w, 320);
  let w51 = v128.load(w, 336);
  let w52 = v128.load(w, 352);
  let w53 = v128.load(w, 368);
  for (const end = aTable + ((<usize>pixels) << 2); aTable < end; aTable += 4) {
    const p = a + load<u32>(aTable);
    const q = g + load<u32>(gTable);
    gTable += 4;
    const g0 = v128.load(q);
    const g1 = v128.load(q, 16);
    const g2 = v128.load(q, 32);
    const g3 = v128.load(q, 48);
    let x = v128.load32_splat(p);
    w00 = madd(x, g0, w00);
    w01 = madd(x, g1, w01);
    w02 = madd(x, g2, w02);
    w03 = madd(x, g3, w03);
    x = v128.load32_splat(p, 4);
    w10 = madd(x, g0, w10);
    w11 = madd(x, g1, w11);
    w12 = madd(x, g2, w12);
    w13 = madd(x, g3, w13);
    x = v128.load32_splat(p, 8);
    w20 = madd(x, g0, w20);
    w21 = madd(x, g1, w21);
    w22 = madd(x, g2, w22);
    w23 = madd(x, g3, w23);
    x = v128.load32_splat(p, 12);
    w30 = madd(x, g0, w30);
    w31 = madd(x, g1, w31);
    w32 = madd(x, g2, w32);
    w33 = madd(x, g3, w33);
    x = v128.load32_splat(p, 16);
    w40 = madd(x, g0, w40);
    w41 = madd(x, g1, w41);
    w42 = madd(x, g2, w42);
    w43 = madd(x, g3, w43);
    x = v128.load32_splat(p, 20);
    w50 = madd(x, g0, w50);
    w51 = madd(x, g1, w51);
    w52 = madd(x, g2, w52);
    w53 = madd(x, g3, w53);
  }
  v128.store(w, w01, 16);
  v128.store(w, w00);
  v128.store(w, w03, 48);
  v128.store(w, w02, 32);
  v128.store(w, w11, 80);
  v128.store(w, w10, 64);
  v128.store(w, w13, 112);
  v128.store(w, w12, 96);
  v128.store(w, w21, 144);
  v128.store(w, w20, 128);
  v128.store(w, w23, 176);
  v128.store(w, w22, 160);
  v128.store(w, w31, 208);
  v128.store(w, w30, 192);
  v128.store(w, w33, 240);
  v128.store(w, w32, 224);
  v128.store(w, w41, 272);
  v128.store(w, w40, 256);
  v128.store(w, w43, 304);
  v128.store(w, w42, 288);
  v128.store(w, w51, 336);
  v128.store(w, w50, 320);
  v128.store(w, w53, 368);
  v128.store(w, w52, 352);
}
