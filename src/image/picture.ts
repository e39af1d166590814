// A decoded picture, and the ways to make one from pixels at hand.

import { ShapeError } from "../errors.ts";

/** Decoded RGB, 8 bits a channel, row-major `[height, width, 3]`; exactly `height · width · 3` bytes. */
export interface Picture {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array | Uint8ClampedArray;
}

/**
 * A picture over `data`, which is not copied.
 * @throws ShapeError if a side is not a whole number ≥ 1 or the length is not width · height · 3
 */
export function picture(width: number, height: number, data: Uint8Array | Uint8ClampedArray): Picture {
  checkPixels(data, width, height, 3);
  return { width, height, data };
}

/**
 * A picture from gray, RGB or RGBA pixels, `[height, width, channels]`, as Pillow's `convert("RGB")` makes it: gray is
 * repeated, alpha is dropped and its colours stay as they are. RGB is not copied.
 * @param channels 1 gray, 2 gray and alpha, 3 RGB, 4 RGBA
 * @throws ShapeError if a side is not a whole number ≥ 1 or the length is not width · height · channels
 */
export function fromPixels(
  data: Uint8Array | Uint8ClampedArray,
  width: number,
  height: number,
  channels: number,
): Picture {
  if (channels !== 1 && channels !== 2 && channels !== 3 && channels !== 4) {
    throw new ShapeError("channels", `expected 1 (gray), 2 (gray, alpha), 3 (RGB) or 4 (RGBA), got ${channels}`);
  }
  checkPixels(data, width, height, channels);
  if (channels === 3) return { width, height, data };
  const isColor = channels === 4;
  const rgb = new Uint8Array(width * height * 3);
  for (let p = 0, o = 0; o < rgb.length; p += channels, o += 3) {
    rgb[o] = data[p];
    rgb[o + 1] = data[isColor ? p + 1 : p];
    rgb[o + 2] = data[isColor ? p + 2 : p];
  }
  return { width, height, data: rgb };
}

function checkPixels(data: ArrayLike<number>, width: number, height: number, channels: number): void {
  if (!Number.isInteger(width) || !Number.isInteger(height) || width < 1 || height < 1) {
    throw new ShapeError("picture", `expected whole sides ≥ 1, got ${width}×${height}`);
  }
  const bytes = width * height * channels;
  if (data.length !== bytes) {
    const layout = ["gray", "gray and alpha", "RGB", "RGBA"][channels - 1];
    throw new ShapeError("picture", `expected ${bytes} bytes for ${width}×${height} ${layout}, got ${data.length}`);
  }
}
