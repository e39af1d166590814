// Writes PNG files in Node with sharp.

import { UnsupportedError } from "../errors.ts";
import type { Picture } from "./picture.ts";

/**
 * The picture as a PNG file: 8-bit RGB, nothing lost.
 * @throws UnsupportedError if sharp is missing
 */
export async function encodePng({ width, height, data }: Picture): Promise<Uint8Array> {
  let sharp: typeof import("sharp").default;
  try {
    sharp = (await import("sharp")).default;
  } catch (cause) {
    const what = "writing a PNG needs sharp, which is missing or does not load here. npm install sharp";
    throw new UnsupportedError(what, { cause });
  }
  return sharp(data, { raw: { width, height, channels: 3 } })
    .png()
    .toBuffer();
}
