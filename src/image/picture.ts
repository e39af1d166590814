// A decoded picture, and the error-free ways to make one.

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
  if (!Number.isInteger(width) || !Number.isInteger(height) || width < 1 || height < 1) {
    throw new ShapeError("picture", `expected whole sides ≥ 1, got ${width}×${height}`);
  }
  if (data.length !== width * height * 3) {
    throw new ShapeError(
      "picture",
      `expected ${width * height * 3} bytes for ${width}×${height} RGB, got ${data.length}`,
    );
  }
  return { width, height, data };
}
