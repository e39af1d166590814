// Random erasing (Zhong et al. 2017) as timm/data/random_erasing.py, on normalised values.

import type { Box, Size } from "../../image/resize.ts";
import { roundHalfEven } from "../../image/round.ts";
import type { Tensor } from "../../tensor.ts";
import type { Draws } from "./draws.ts";

/** What a block is filled with: 0, the mean colour; one normal number a channel; one a value. */
export type EraseMode = "const" | "rand" | "pixel";

export interface Erasing {
  /** That anything is erased. */
  readonly probability: number;
  readonly mode: EraseMode;
  /** Blocks are 1 … this many. */
  readonly count: number;
}

const AREA = [0.02, 1 / 3] as const; // of the picture's, for all blocks together
const LOG_RATIO = [Math.log(0.3), Math.log(1 / 0.3)] as const; // height / width
const TRIES = 10;

/**
 * Fills random blocks of the pictures of a batch, each on its own, in place.
 * @param x `[n, height, width, channels]`, normalised
 * @param draws a stream for this batch and epoch alone
 */
export function erase(x: Tensor, erasing: Erasing, draws: Draws): void {
  const [n, height, width, channels] = x.shape;
  const values = height * width * channels;
  for (let i = 0; i < n; i++) {
    erasePicture(x.data.subarray(i * values, (i + 1) * values), { height, width }, erasing, draws);
  }
}

/**
 * Fills random blocks of one normalised picture, in place.
 *
 * Each block's area is uniform in 0.02 … 1/3 of the picture's, divided by the number of blocks; its ratio is log-uniform
 * in 0.3 … 1/0.3. A block that does not fit after ten tries is left out.
 * @param values `[height, width, channels]`
 */
export function erasePicture(values: Tensor["data"], { height, width }: Size, erasing: Erasing, draws: Draws): void {
  if (draws.float() > erasing.probability) return;
  const channels = values.length / (height * width);
  const count = erasing.count === 1 ? 1 : 1 + draws.below(erasing.count);
  for (let block = 0; block < count; block++) {
    const box = drawBlock({ height, width }, count, draws);
    if (box !== undefined) fill(values, width * channels, channels, box, erasing.mode, draws);
  }
}

function drawBlock({ height, width }: Size, count: number, draws: Draws): Box | undefined {
  for (let tries = 0; tries < TRIES; tries++) {
    const area = (draws.uniform(...AREA) * height * width) / count;
    const ratio = Math.exp(draws.uniform(...LOG_RATIO));
    const high = roundHalfEven(Math.sqrt(area * ratio));
    const wide = roundHalfEven(Math.sqrt(area / ratio));
    if (high >= height || wide >= width) continue;
    const top = draws.below(height - high + 1);
    const left = draws.below(width - wide + 1);
    return { left, top, width: wide, height: high };
  }
  return undefined;
}

/** Draws one channel after the other, as torch does. */
function fill(values: Tensor["data"], pitch: number, channels: number, box: Box, mode: EraseMode, draws: Draws): void {
  for (let channel = 0; channel < channels; channel++) {
    const color = mode === "rand" ? draws.normal() : 0;
    for (let y = box.top; y < box.top + box.height; y++) {
      const row = y * pitch + channel;
      for (let x = box.left; x < box.left + box.width; x++) {
        values[row + x * channels] = mode === "pixel" ? draws.normal() : color;
      }
    }
  }
}
