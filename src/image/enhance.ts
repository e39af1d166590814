// Colour, contrast, brightness and sharpness as ImageEnhance.py of Pillow 9.4: the picture blended with a plainer one.
// A factor of 0 gives the plainer picture, 1 the picture itself, more than 1 its exaggeration. Arithmetic is float32:
// `fround` stands at every operation that Pillow rounds.

import { type Picture, picture } from "./picture.ts";
import { mapTones } from "./tones.ts";

const { fround } = Math;

/** Towards black. */
export function adjustBrightness(source: Picture, factor: number): Picture {
  const share = fround(factor);
  return mapTones(source, (v) => blend(0, v, share));
}

/** Towards the mean gray of the whole picture. */
export function adjustContrast(source: Picture, factor: number): Picture {
  const { width, height, data } = source;
  let sum = 0;
  for (let i = 0; i < data.length; i += 3) sum += luma(data[i], data[i + 1], data[i + 2]);
  const mean = Math.trunc(sum / (width * height) + 0.5);
  const share = fround(factor);
  return mapTones(source, (v) => blend(mean, v, share));
}

/** Towards gray, pixel by pixel; torchvision calls it saturation. */
export function adjustColor({ width, height, data }: Picture, factor: number): Picture {
  const share = fround(factor);
  const out = new Uint8ClampedArray(data.length);
  for (let i = 0; i < out.length; i += 3) {
    const gray = luma(data[i], data[i + 1], data[i + 2]);
    out[i] = blend(gray, data[i], share);
    out[i + 1] = blend(gray, data[i + 1], share);
    out[i + 2] = blend(gray, data[i + 2], share);
  }
  return picture(width, height, new Uint8Array(out.buffer));
}

/**
 * Towards a smoothed picture: the mean of 3×3 pixels, the middle one of weight 5 (Pillow's `ImageFilter.SMOOTH`).
 * The outermost pixels stay as they are.
 */
export function adjustSharpness({ width, height, data }: Picture, factor: number): Picture {
  const share = fround(factor);
  const pitch = width * 3;
  const out = Uint8ClampedArray.from(data);
  for (let y = 1; y < height - 1; y++) {
    for (let i = y * pitch + 3; i < (y + 1) * pitch - 3; i++) {
      let sum = fround(0.5 + sideSum(data, i + pitch)); // Pillow adds the rows from the lower one up
      sum = fround(sum + middleSum(data, i));
      sum = fround(sum + sideSum(data, i - pitch));
      out[i] = blend(Math.min(sum | 0, 255), data[i], share);
    }
  }
  return picture(width, height, new Uint8Array(out.buffer));
}

/** Each byte times 1/13 and 5/13. */
const SIDE = Float32Array.from({ length: 256 }, (_, v) => v * fround(1 / 13));
const MIDDLE = Float32Array.from({ length: 256 }, (_, v) => v * fround(5 / 13));

/** The weighted sum around `i` in the row above or below. */
function sideSum(data: Picture["data"], i: number): number {
  return fround(fround(SIDE[data[i - 3]] + SIDE[data[i]]) + SIDE[data[i + 3]]);
}

function middleSum(data: Picture["data"], i: number): number {
  return fround(fround(SIDE[data[i - 3]] + MIDDLE[data[i]]) + SIDE[data[i + 3]]);
}

/** from + share · (to − from), truncated; to be clipped to 0 … 255 where it is stored (`ImagingBlend`, Blend.c). */
function blend(from: number, to: number, share: number): number {
  return fround(from + fround(share * (to - from))) | 0;
}

/** Gray of a colour, 0 … 255: ITU-R 601 in 16 fraction bits (`L24` in Pillow's Convert.c). */
function luma(red: number, green: number, blue: number): number {
  return (19595 * red + 38470 * green + 7471 * blue + 32768) >> 16;
}
