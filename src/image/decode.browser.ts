// Decodes picture files in a page or worker: PNG by ourselves to the exact pixels, other formats with the browser.

import { UnsupportedError } from "../errors.ts";
import { checkSize, type DecodeOptions, type Format, formatOf, guarded, notRead } from "./decode.ts";
import { findOrientation, orient, setUpright } from "./exif.ts";
import { fromPixels, type Picture, picture } from "./picture.ts";
import { readPng } from "./read-png.ts";

const STRIP_PIXELS = 2 ** 22; // the canvas holds at most 16 MB, whatever the picture; browsers refuse huge ones silently

/**
 * An encoded picture as RGB: alpha dropped, colour profiles and EXIF orientation ignored, the first frame of many.
 *
 * A PNG gives the pixels it gives in Node. Browsers decode JPEG and WebP each a little differently, and colours under
 * alpha are lost there. Formats that the browser does not know (TIFF in most) are refused.
 * @throws FileError if the file is empty, broken, too large (178,956,970 pixels) or of a format not read here; the
 *   signal's reason once it aborts
 */
export async function decode(bytes: Uint8Array, options: DecodeOptions): Promise<Picture> {
  const { name, exif = false } = options;
  const format = formatOf(bytes, name);
  const orientation = findOrientation(bytes, format);
  const decoded = await guarded(options, format, () => {
    if (format === "PNG") return readPng(bytes, name);
    return readByBrowser(
      orientation === undefined ? new Uint8Array(bytes) : setUpright(bytes, orientation),
      format,
      name,
    );
  });
  return exif && orientation !== undefined ? orient(decoded, orientation.value) : decoded;
}

/**
 * The pixels of something a canvas can draw, without scaling and without alpha.
 * @throws UnsupportedError if there is no 2d canvas; the browser's SecurityError if the pixels may not be read
 */
export function pixelsOf(source: CanvasImageSource, width: number, height: number): Picture {
  const rows = Math.min(Math.max(Math.floor(STRIP_PIXELS / width), 1), height);
  const context = new OffscreenCanvas(width, rows).getContext("2d", { willReadFrequently: true });
  if (context === null) throw new UnsupportedError("This browser has no 2d canvas. Pass decoded pixels (RGB bytes).");
  const rgb = new Uint8Array(width * height * 3);
  for (let top = 0; top < height; top += rows) {
    const strip = Math.min(rows, height - top);
    context.clearRect(0, 0, width, rows);
    context.drawImage(source, 0, -top);
    const { data } = context.getImageData(0, 0, width, strip); // RGBA
    rgb.set(fromPixels(data, width, strip, 4).data, top * width * 3);
  }
  return picture(width, height, rgb);
}

async function readByBrowser(bytes: Uint8Array<ArrayBuffer>, format: Format, name: string): Promise<Picture> {
  let bitmap: ImageBitmap;
  try {
    bitmap = await createImageBitmap(new Blob([bytes]), { colorSpaceConversion: "none", premultiplyAlpha: "none" });
  } catch (cause) {
    if (format === "TIFF" || format === "HEIC") throw notRead(name, format, " by this browser");
    throw cause;
  }
  try {
    checkSize(name, bitmap.width, bitmap.height);
    return pixelsOf(bitmap, bitmap.width, bitmap.height);
  } finally {
    bitmap.close();
  }
}
