// Colours turned around the colour circle, by way of Pillow's 8-bit HSV (`rgb2hsv_row`, `hsv2rgb` in Pillow 9.4's
// Convert.c). `fround` stands where Pillow keeps a float32; everything else is double.

import { type Picture, picture } from "./picture.ts";

const { fround } = Math;

/**
 * The picture with every hue moved by `turn` of the circle.
 * @param turn −0.5 … 0.5; taken in steps of 1/255 of the circle, towards 0
 */
export function adjustHue({ width, height, data }: Picture, turn: number): Picture {
  const shift = Math.trunc(turn * 255);
  const out = new Uint8Array(data.length);
  for (let i = 0; i < out.length; i += 3) {
    const red = data[i];
    const green = data[i + 1];
    const blue = data[i + 2];
    const value = Math.max(red, green, blue);
    const range = value - Math.min(red, green, blue);
    const saturation = value === 0 ? 0 : Math.trunc(255 * fround(range / value));
    if (saturation === 0) {
      out[i] = out[i + 1] = out[i + 2] = value;
    } else {
      writeColor(out, i, (hueOf(red, green, blue, value, range) + shift) & 255, saturation, value);
    }
  }
  return picture(width, height, out);
}

/** Hue 0 … 255 of a colour that is not gray: red 0, green 85, blue 170. */
function hueOf(red: number, green: number, blue: number, value: number, range: number): number {
  const redGap = fround((value - red) / range);
  const greenGap = fround((value - green) / range);
  const blueGap = fround((value - blue) / range);
  const sixths = fround(
    red === value ? blueGap - greenGap : green === value ? 2 + redGap - blueGap : 4 + greenGap - redGap,
  );
  return Math.trunc(255 * fround((sixths / 6 + 1) % 1));
}

/**
 * Writes the RGB of a hue, saturation and value, each 0 … 255, at `data[i]`.
 *
 * Round the circle in sixths, red is high, falls, is low, low, rises and is high; green and blue do so 2 and 4 later.
 */
function writeColor(data: Uint8Array, i: number, hue: number, saturation: number, value: number): void {
  const position = (hue * 6) / 255;
  const sector = Math.floor(position);
  const within = fround(position - sector);
  const share = fround(saturation / 255);
  const low = Math.round(value * (1 - share));
  const falling = Math.round(value * (1 - fround(share * within)));
  const rising = Math.round(value * (1 - share * (1 - within)));
  const levels = [value, falling, low, low, rising, value];
  data[i] = levels[sector % 6];
  data[i + 1] = levels[(sector + 4) % 6];
  data[i + 2] = levels[(sector + 2) % 6];
}
