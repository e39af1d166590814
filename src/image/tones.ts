// Operations in which a value's result depends on the value and its channel alone: one table of 256 bytes a channel.
// As ImageOps.py of Pillow 9.4 and timm/data/auto_augment.py.

import { type Picture, picture } from "./picture.ts";

/** 255 − v. */
export function invert(source: Picture): Picture {
  return mapTones(source, (v) => 255 - v);
}

/** 255 − v from `threshold` (0 … 256) on: 0 inverts everything, 256 nothing. */
export function solarize(source: Picture, threshold: number): Picture {
  return mapTones(source, (v) => (v < threshold ? v : 255 - v));
}

/** min(255, v + add) below 128, v from there on. */
export function solarizeAdd(source: Picture, add: number): Picture {
  return mapTones(source, (v) => (v < 128 ? Math.min(255, v + add) : v));
}

/** The upper `bits` (0 … 8) of v; 0 leaves black, 8 everything. */
export function posterize(source: Picture, bits: number): Picture {
  return mapTones(source, (v) => v & ~(2 ** (8 - bits) - 1));
}

/** Each channel stretched so that its least value becomes 0 and its greatest 255; a channel of one value stays. */
export function autocontrast(source: Picture): Picture {
  const rules = histograms(source).map((counts) => {
    const least = counts.findIndex((count) => count > 0);
    const greatest = counts.findLastIndex((count) => count > 0);
    const scale = 255 / (greatest - least);
    const offset = -least * scale;
    return least === greatest ? same : (v: number) => Math.trunc(v * scale + offset);
  });
  return mapChannels(source, rules);
}

/**
 * Each channel's values spread so that every result is about equally frequent; a channel of one value stays.
 *
 * step = ⌊(pixels − pixels of the greatest value) / 255⌋; v becomes min(255, ⌊(⌊step / 2⌋ + pixels below v) / step⌋).
 */
export function equalize(source: Picture): Picture {
  const rules = histograms(source).map((counts) => {
    const greatest = counts.findLastIndex((count) => count > 0);
    const step = Math.floor((source.width * source.height - counts[greatest]) / 255);
    if (step === 0) return same; // so it is where there is only one value
    let below = Math.floor(step / 2);
    const results = Array.from(counts, (count) => {
      const result = Math.floor(below / step);
      below += count;
      return result;
    });
    return (v: number) => results[v];
  });
  return mapChannels(source, rules);
}

/** The picture with every value v replaced by rule(v), which is clipped to 0 … 255. */
export function mapTones(source: Picture, rule: (v: number) => number): Picture {
  return mapChannels(source, [rule, rule, rule]);
}

function mapChannels({ width, height, data }: Picture, rules: readonly ((v: number) => number)[]): Picture {
  const [red, green, blue] = rules.map((rule) => Uint8ClampedArray.from({ length: 256 }, (_, v) => rule(v)));
  const out = new Uint8Array(data.length);
  for (let i = 0; i < out.length; i += 3) {
    out[i] = red[data[i]];
    out[i + 1] = green[data[i + 1]];
    out[i + 2] = blue[data[i + 2]];
  }
  return picture(width, height, out);
}

/** How many pixels have each value, for red, green and blue. */
function histograms({ data }: Picture): Uint32Array[] {
  const [red, green, blue] = [new Uint32Array(256), new Uint32Array(256), new Uint32Array(256)];
  for (let i = 0; i < data.length; i += 3) {
    red[data[i]]++;
    green[data[i + 1]]++;
    blue[data[i + 2]]++;
  }
  return [red, green, blue];
}

function same(v: number): number {
  return v;
}
