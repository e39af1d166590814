// Mean and variance of channels, picture by picture: parts merge by formula, so that no split into batches matters.

import type { Tensor } from "../tensor.ts";

/**
 * Mean and biased variance of each channel over all but the last axis.
 *
 * Each picture has its sums around its first pixel, so that little cancels; then n₁ values of mean μ₁ and centred sum M₁ and
 * n₂ of μ₂, M₂ become, with δ = μ₂ − μ₁ and n = n₁ + n₂: μ = μ₁ + δ·n₂/n, M = M₁ + M₂ + δ²·n₁n₂/n (Chan et al. 1979). Pictures
 * merge in their order: the bits do not depend on the batches that they came in.
 */
export class Moments {
  #count = 0;
  #mean = new Float64Array();
  #squares = new Float64Array();

  /** @param batch `[n, …, c]`: n pictures more, of the same c channels */
  add({ shape, data }: Tensor): void {
    const channels = shape[shape.length - 1];
    const length = data.length / shape[0];
    if (this.#count === 0) {
      this.#mean = new Float64Array(channels);
      this.#squares = new Float64Array(channels);
    }
    for (let from = 0; from < data.length; from += length) this.#merge(data.subarray(from, from + length), channels);
  }

  get mean(): Float64Array {
    return this.#mean.slice();
  }

  get variance(): Float64Array {
    return this.#squares.map((squares) => squares / this.#count);
  }

  #merge(picture: Tensor["data"], channels: number): void {
    const pixels = picture.length / channels;
    const sums = new Float64Array(channels);
    const squares = new Float64Array(channels);
    const first = Float64Array.from(picture.subarray(0, channels));
    for (let at = channels; at < picture.length; at += channels) {
      for (let c = 0; c < channels; c++) {
        const apart = picture[at + c] - first[c];
        sums[c] += apart;
        squares[c] += apart * apart;
      }
    }
    const before = this.#count;
    this.#count += pixels;
    for (let c = 0; c < channels; c++) {
      const apart = first[c] + sums[c] / pixels - this.#mean[c];
      this.#mean[c] += (apart * pixels) / this.#count;
      this.#squares[c] += squares[c] - (sums[c] * sums[c]) / pixels + (apart * apart * before * pixels) / this.#count;
    }
  }
}
