// Which part of a picture a random resized crop shows (timm/data/transforms.py, RandomResizedCropAndInterpolation).

import type { Box } from "../../image/resize.ts";
import { roundHalfEven } from "../../image/round.ts";
import type { Draws } from "./draws.ts";

/** `[least, greatest]` share of the picture's area, and width / height of the box. */
export interface CropRange {
  readonly scale: readonly [number, number];
  readonly ratio: readonly [number, number];
}

const TRIES = 10;

/**
 * A box of random area, shape and place: area uniform in `scale`, ratio log-uniform in `ratio`, sides rounded half to
 * even. If ten do not fit: the largest central box whose ratio is allowed.
 */
export function drawCropBox(
  { width, height }: { readonly width: number; readonly height: number },
  { scale, ratio }: CropRange,
  draws: Draws,
): Box {
  for (let tries = 0; tries < TRIES; tries++) {
    const area = draws.uniform(...scale) * width * height;
    const shape = Math.exp(draws.uniform(Math.log(ratio[0]), Math.log(ratio[1])));
    const wide = roundHalfEven(Math.sqrt(area * shape));
    const high = roundHalfEven(Math.sqrt(area / shape));
    if (wide > width || high > height) continue;
    const top = draws.below(height - high + 1);
    const left = draws.below(width - wide + 1);
    return { left, top, width: wide, height: high };
  }
  const shape = width / height;
  const wide = shape > ratio[1] ? roundHalfEven(height * ratio[1]) : width;
  const high = shape < ratio[0] ? roundHalfEven(width / ratio[0]) : height;
  return { left: Math.floor((width - wide) / 2), top: Math.floor((height - high) / 2), width: wide, height: high };
}
