// Small picture files for tests: PNG, so that every platform decodes them to the same pixels.

import type { Labelled } from "#effnet/data/listed.js";
import { makePng } from "../image/png-maker.ts";

/** A PNG of random pixels. */
export function pngOf(seed: number, width = 24, height = 20): Uint8Array<ArrayBuffer> {
  return new Uint8Array(makePng({ width, height, depth: 8, color: 2, seed }));
}

/** `count` labelled PNGs, classes `a` and `b` in turn; those whose index is in `broken` are cut off. */
export function labelledPngs(count: number, broken: readonly number[] = []): Labelled[] {
  return Array.from({ length: count }, (_, i) => {
    const bytes = pngOf(i);
    return {
      label: i % 2 === 0 ? "a" : "b",
      name: `${i}.png`,
      source: broken.includes(i) ? bytes.slice(0, 60) : bytes,
    };
  });
}
