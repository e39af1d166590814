// An explanation as a picture: the photo with warm colours where the class is seen.

import { type Picture, picture } from "../image/picture.ts";
import { resize } from "../image/resize.ts";
import type { Tensor } from "../tensor.ts";
import type { Explanation } from "./explain.ts";

export interface OverlayOptions {
  /** Pixels of the longer side at most; larger photos are made smaller. Default 1024. */
  readonly longestSide?: number | undefined;
}

/** Heat 0 to 1 in equal steps: violet, red, orange, yellow. */
const COLORS = [
  [70, 20, 120],
  [215, 40, 70],
  [250, 140, 20],
  [255, 235, 70],
] as const;
const STRONGEST = 0.7; // share of the colour where the heat is 1; the photo is seen through
const UNSEEN = 0.45; // brightness of what the crop left out

/** The photo under its explanation. What the network did not see is dark. */
export function overlay(
  photo: Picture,
  { map, box }: Pick<Explanation, "map" | "box">,
  { longestSide = 1024 }: OverlayOptions = {},
): Picture {
  const scale = Math.min(1, longestSide / Math.max(photo.width, photo.height));
  const width = Math.max(1, Math.round(photo.width * scale));
  const height = Math.max(1, Math.round(photo.height * scale));
  const { data } = resize(photo, width, height, "bilinear");
  const out = new Uint8ClampedArray(data.length);
  const columns = placesOf(width, { from: box.left, length: box.width }, photo.width, map.shape[1]);
  const rows = placesOf(height, { from: box.top, length: box.height }, photo.height, map.shape[0]);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const o = (y * width + x) * 3;
      const [row, column] = [rows[y], columns[x]];
      if (row === null || column === null) {
        for (let c = 0; c < 3; c++) out[o + c] = data[o + c] * UNSEEN;
        continue;
      }
      const heat = heatAt(map, row, column);
      const share = STRONGEST * heat;
      const color = colorOf(heat);
      for (let c = 0; c < 3; c++) out[o + c] = data[o + c] * (1 - share) + color[c] * share;
    }
  }
  return picture(width, height, new Uint8Array(out.buffer));
}

/** For each of `count` pixels along an axis of the photo: where on the map it lies, counted from the first place's middle. */
function placesOf(
  count: number,
  seen: { readonly from: number; readonly length: number },
  size: number,
  places: number,
): (number | null)[] {
  return Array.from({ length: count }, (_, i) => {
    const share = (((i + 0.5) * size) / count - seen.from) / seen.length;
    if (share < 0 || share >= 1) return null;
    return Math.min(Math.max(share * places - 0.5, 0), places - 1);
  });
}

/** Bilinear between the middles of the map's places. */
function heatAt({ data, shape: [height, width] }: Tensor, row: number, column: number): number {
  const [top, left] = [Math.floor(row), Math.floor(column)];
  const [bottom, right] = [Math.min(top + 1, height - 1), Math.min(left + 1, width - 1)];
  const across = (line: number): number => {
    const [a, b] = [data[line * width + left], data[line * width + right]];
    return a + (b - a) * (column - left);
  };
  const [above, below] = [across(top), across(bottom)];
  return above + (below - above) * (row - top);
}

function colorOf(heat: number): readonly number[] {
  const position = heat * (COLORS.length - 1);
  const step = Math.min(Math.floor(position), COLORS.length - 2);
  const [from, to] = [COLORS[step], COLORS[step + 1]];
  return from.map((value, c) => value + (to[c] - value) * (position - step));
}
