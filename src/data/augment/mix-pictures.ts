// What mixing does to pixels.

import { type Picture, picture } from "../../image/picture.ts";
import type { Box } from "../../image/resize.ts";

const { fround } = Math;

const ROUNDING = 2 ** 23; // from here on float32 has whole numbers only: adding it rounds, halves to even

/** What happens to one picture. */
export interface Mix {
  /** Its own share of the target, and where there is no box of every value. */
  readonly lambda: number;
  /** What its partner covers. */
  readonly box: Box | null;
}

/**
 * Picture i of n mixed with picture n − 1 − i.
 * @param mixes as many as pictures leave
 */
export function mixPictures(pictures: readonly Picture[], mixes: readonly Mix[]): Picture[] {
  return mixes.map(({ lambda, box }, i) => {
    const [own, partner] = [pictures[i], pictures[pictures.length - 1 - i]];
    if (box !== null) return pasted(own, partner, box);
    return lambda === 1 ? own : blended(own, partner, lambda);
  });
}

/** round(λ · own + (1 − λ) · partner), every operation in float32. */
function blended({ width, height, data: own }: Picture, { data: partner }: Picture, lambda: number): Picture {
  const share = fround(lambda);
  const rest = fround(1 - lambda);
  const out = new Uint8Array(own.length);
  for (let i = 0; i < out.length; i++) {
    const value = fround(fround(own[i] * share) + fround(partner[i] * rest));
    out[i] = fround(value + ROUNDING) - ROUNDING;
  }
  return picture(width, height, out);
}

/** `own`, with what `partner` shows in `box` over it. */
function pasted({ width, height, data }: Picture, partner: Picture, box: Box): Picture {
  const out = Uint8Array.from(data);
  for (let y = box.top; y < box.top + box.height; y++) {
    const at = (y * width + box.left) * 3;
    out.set(partner.data.subarray(at, at + box.width * 3), at);
  }
  return picture(width, height, out);
}
