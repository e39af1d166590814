// Upper envelopes of lines against the plain maximum, bit for bit.

import { describe, expect, test } from "vitest";
import { envelope, highest } from "#effnet/pruning/envelope.js";
import { Random } from "#effnet/random.js";

/** The plain maximum; of equals the lowest rate. */
function highestOfAll(heights: Float64Array, rates: readonly number[], a: number): number {
  let best = 0;
  for (let i = 1; i < rates.length; i++) if (heights[i] - rates[i] * a > heights[best] - rates[best] * a) best = i;
  return best;
}

describe("the envelope is as high as the highest line", () => {
  test.each([1, 2, 3, 5, 40, 300])("of %i lines, at 300 places", (count) => {
    const random = new Random(count, "lines");
    for (let trial = 0; trial < 20; trial++) {
      const rates = Array.from({ length: count }, (_, i) => 8 * (i + 1));
      const isRough = trial % 2 === 0; // otherwise concave, as sums of falling scores are
      const scores = rates.map(() => random.below(1000)).sort((x, y) => y - x);
      let sum = 0;
      const heights = Float64Array.from(scores, (each) => {
        sum += each;
        return isRough ? random.below(1000) : sum;
      });
      const upper = envelope(heights, rates);
      for (let place = 0; place < 300; place++) {
        const a = place === 0 ? 0 : random.below(4096) / 32;
        const line = highest(upper, a);
        expect(heights[line] - rates[line] * a).toBe(Math.max(...rates.map((rate, i) => heights[i] - rate * a)));
        if (a === 0) expect(line).toBe(highestOfAll(heights, rates, a)); // the narrowest of equals
      }
    }
  });
});
