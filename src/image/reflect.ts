// Pictures that go on beyond their borders as in a mirror.

import { type Picture, picture } from "./picture.ts";
import type { Box } from "./resize.ts";

/**
 * The pixels of `box`, which may reach beyond the picture by less than a side: there it is reflected, the outermost pixel
 * not repeated (…2, 1, 0, 1, 2…), as torchvision pads in mode `reflect`.
 */
export function cutReflected(source: Picture, { left, top, width, height }: Box): Picture {
  const { data } = source;
  const columns = Int32Array.from({ length: width }, (_, x) => reflected(left + x, source.width) * 3);
  const out = new Uint8Array(width * height * 3);
  let o = 0;
  for (let y = 0; y < height; y++) {
    const row = reflected(top + y, source.height) * source.width * 3;
    for (let x = 0; x < width; x++, o += 3) {
      const p = row + columns[x];
      out[o] = data[p];
      out[o + 1] = data[p + 1];
      out[o + 2] = data[p + 2];
    }
  }
  return picture(width, height, out);
}

/** The place within an axis of `size` pixels that shows at `at`, which is less than `size` outside. */
function reflected(at: number, size: number): number {
  const inside = Math.abs(at);
  return inside < size ? inside : 2 * (size - 1) - inside;
}
