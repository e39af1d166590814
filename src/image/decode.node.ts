// Decodes picture files in Node with sharp, to the bytes that Pillow's convert("RGB") gives.

import type { Metadata, Sharp } from "sharp";
import { UnsupportedError } from "../errors.ts";
import { checkSize, type DecodeOptions, formatOf, guarded, notRead } from "./decode.ts";
import { fromPixels, type Picture, picture } from "./picture.ts";

/**
 * An encoded picture as RGB: alpha dropped, colour profiles and EXIF orientation ignored, the first frame of many.
 *
 * Equal to Pillow 9.4's `convert("RGB")` for JPEG, PNG, WebP and 8-bit TIFF; GIF pixels are black where transparent.
 * @throws FileError if the file is empty, broken, too large (178,956,970 pixels) or of a format not read here;
 *   UnsupportedError if sharp is missing; the signal's reason once it aborts
 */
export async function decode(bytes: Uint8Array, options: DecodeOptions): Promise<Picture> {
  const { name, exif = false, signal } = options;
  const format = formatOf(bytes, name);
  if (format === "BMP" || format === "HEIC") throw notRead(name, format);
  const sharp = await loadSharp(name);
  sharp.cache(false); // libvips would keep decoded pictures

  return guarded(options, format, async () => {
    const open = () => sharp(bytes, { ignoreIcc: true, failOn: "error", limitInputPixels: false }); // checkSize limits
    const metadata = await open().metadata();
    checkSize(name, metadata.width, metadata.height);
    signal?.throwIfAborted();
    // Pillow itself turns a TIFF by its orientation tag.
    const image = exif || format === "TIFF" ? open().autoOrient() : open();
    if (metadata.space === "cmyk") return fromCmyk(image);
    if (isGray16(metadata, bytes)) return fromGray16(image);
    const { data, info } = await image.removeAlpha().toColourspace("srgb").raw().toBuffer({ resolveWithObject: true });
    return fromPixels(plainBytes(data), info.width, info.height, info.channels);
  });
}

async function loadSharp(name: string): Promise<typeof import("sharp").default> {
  try {
    return (await import("sharp")).default;
  } catch (cause) {
    const what = `${name}: decoding a picture file needs sharp, which is missing or does not load here`;
    throw new UnsupportedError(`${what}. Run: npm install sharp. Decoded pictures (RGB bytes) work without it.`, {
      cause,
    });
  }
}

/** CMYK as Pillow's `cmyk2rgb` (Convert.c): n = 255 − k; channel = n − round(v · n / 255), clipped at 0. */
async function fromCmyk(image: Sharp): Promise<Picture> {
  const inks = image.pipelineColourspace("cmyk").toColourspace("cmyk").removeAlpha();
  const { data, info } = await inks.raw().toBuffer({ resolveWithObject: true }); // [h, w, 4]
  const rgb = new Uint8Array(info.width * info.height * 3);
  for (let p = 0, o = 0; o < rgb.length; p += 4, o += 3) {
    const n = 255 - data[p + 3];
    for (let channel = 0; channel < 3; channel++) {
      const t = data[p + channel] * n + 128;
      rgb[o + channel] = Math.max(n - (((t >> 8) + t) >> 8), 0);
    }
  }
  return picture(info.width, info.height, rgb);
}

/** 16-bit gray as Pillow's mode I: clipped at 255, not scaled, so that nearly everything is white. */
async function fromGray16(image: Sharp): Promise<Picture> {
  const gray = image.removeAlpha().toColourspace("grey16").raw({ depth: "ushort" });
  const { data, info } = await gray.toBuffer({ resolveWithObject: true }); // [h, w] of two bytes
  const words = new Uint16Array(data.buffer.slice(data.byteOffset, data.byteOffset + data.length));
  const clipped = new Uint8ClampedArray(words);
  return fromPixels(new Uint8Array(clipped.buffer), info.width, info.height, 1);
}

/** One channel of 16 bits. A PNG with alpha (color type 4, byte 25 of the file) is mode LA to Pillow: the high byte. */
function isGray16(metadata: Metadata, bytes: Uint8Array): boolean {
  if (metadata.space !== "grey16") return false;
  return metadata.format === "png" ? bytes[25] === 0 : metadata.channels === 1;
}

/** A plain view, so that no Node type leaves this file. */
function plainBytes(buffer: Buffer): Uint8Array {
  return new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.length);
}
