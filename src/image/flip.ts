// A picture mirrored.

import { orient } from "./exif.ts";
import type { Picture } from "./picture.ts";

/** Left and right exchanged. */
export function flipHorizontal(source: Picture): Picture {
  return orient(source, 2);
}

/** Top and bottom exchanged. */
export function flipVertical(source: Picture): Picture {
  return orient(source, 4);
}
