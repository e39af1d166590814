// Pillow's resampling filters and the fixed-point weights they give along one axis (Pillow 9.4, src/libImaging/Resample.c).

import { assert } from "../errors.ts";

/** How pixels are weighed when a picture changes its size. Both are antialiased: they widen as the picture shrinks. */
export type Interpolation = "bilinear" | "bicubic";

/** Fraction bits of a weight. 8 bits of pixel and 2 of headroom leave 22 of 32. */
export const WEIGHT_BITS = 22;

interface Filter {
  /** The filter is 0 from here on, in source pixels when enlarging. */
  readonly radius: number;
  readonly weight: (x: number) => number;
}

// The order of the multiplications decides the last bit of a weight.
const FILTERS: { readonly [Name in Interpolation]: Filter } = {
  // 1 − |x|
  bilinear: {
    radius: 1,
    weight: (x) => {
      const d = Math.abs(x);
      return d < 1 ? 1 - d : 0;
    },
  },
  // Keys 1981 with a = −0.5: (a + 2)|x|³ − (a + 3)|x|² + 1 below 1; a|x|³ − 5a|x|² + 8a|x| − 4a below 2
  bicubic: {
    radius: 2,
    weight: (x) => {
      const a = -0.5;
      const d = Math.abs(x);
      if (d < 1) return ((a + 2) * d - (a + 3)) * d * d + 1;
      if (d < 2) return (((d - 5) * d + 8) * d - 4) * a;
      return 0;
    },
  },
};

/** Names of the filters, for messages. */
export const INTERPOLATIONS = Object.keys(FILTERS) as readonly Interpolation[];

/** What each output position of one axis reads: `count[o]` source positions from `first[o]` on. */
export interface Taps {
  readonly first: Int32Array;
  readonly count: Int32Array;
  /** Weights · 2^22; those of position o stand at `o · stride`. Their sum may miss 2^22 by a few units. */
  readonly weights: Int32Array;
  readonly stride: number;
}

/**
 * Taps of the output positions `from` … `to − 1` of an axis resized from `size` to `newSize`.
 *
 * scale = size / newSize, stretch = max(scale, 1), support = radius · stretch, centre = (o + ½) · scale; reads
 * max(⌊centre − support + ½⌋, 0) … min(⌊centre + support + ½⌋, size) with weights filter((i − centre + ½) / stretch),
 * divided by their sum. As `precompute_coeffs` and `normalize_coeffs_8bpc` in Pillow's Resample.c.
 */
export function taps(interpolation: Interpolation, size: number, newSize: number, from: number, to: number): Taps {
  const { radius, weight } = FILTERS[interpolation];
  const scale = size / newSize;
  const stretch = Math.max(scale, 1);
  const support = radius * stretch;
  const shrink = 1 / stretch;
  const stride = Math.min(Math.ceil(support) * 2 + 1, size);

  const first = new Int32Array(to - from);
  const count = new Int32Array(to - from);
  const weights = new Int32Array((to - from) * stride);
  const exact = new Float64Array(stride);
  for (let o = from; o < to; o++) {
    const centre = (o + 0.5) * scale;
    const low = Math.max(Math.trunc(centre - support + 0.5), 0);
    const taken = Math.min(Math.trunc(centre + support + 0.5), size) - low;
    assert(taken >= 1 && taken <= stride, `position ${o} of ${size} → ${newSize} reads ${taken} of ${stride} pixels`);
    let sum = 0;
    for (let i = 0; i < taken; i++) {
      exact[i] = weight((i + low - centre + 0.5) * shrink);
      sum += exact[i];
    }
    for (let i = 0; i < taken; i++) {
      const share = sum === 0 ? exact[i] : exact[i] / sum;
      weights[(o - from) * stride + i] = Math.trunc(share * 2 ** WEIGHT_BITS + (share < 0 ? -0.5 : 0.5));
    }
    first[o - from] = low;
    count[o - from] = taken;
  }
  return { first, count, weights, stride };
}
