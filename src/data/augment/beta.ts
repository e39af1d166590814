// The share in which two pictures are mixed.

import type { Draws } from "./draws.ts";

/**
 * A number in 0 … 1 of the distribution Beta(α, α): near the ends for α < 1, uniform for 1, near the middle above.
 *
 * X / (X + Y) of two gamma numbers, from their logarithms, since both may be too small for a double.
 */
export function drawBeta(alpha: number, draws: Draws): number {
  return 1 / (1 + Math.exp(logGamma(alpha, draws) - logGamma(alpha, draws)));
}

/**
 * The logarithm of a number of the distribution Gamma(shape, 1): Marsaglia & Tsang 2000, "A simple method for
 * generating gamma variables". They draw for shapes ≥ 1; Gamma(a) is Gamma(a + 1) · U^(1/a).
 */
function logGamma(shape: number, draws: Draws): number {
  if (shape < 1) return logGamma(shape + 1, draws) + Math.log(1 - draws.float()) / shape;
  const d = shape - 1 / 3;
  for (;;) {
    const x = draws.normal();
    const v = (1 + x / Math.sqrt(9 * d)) ** 3;
    if (v > 0 && Math.log(1 - draws.float()) < x ** 2 / 2 + d - d * v + d * Math.log(v)) return Math.log(d * v);
  }
}
