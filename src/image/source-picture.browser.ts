// Pictures from what a page has at hand: a Blob or File, <img>, canvas, ImageBitmap, ImageData.

import { FileError, UsageError } from "../errors.ts";
import { decode, pixelsOf } from "./decode.browser.ts";
import type { DecodeOptions } from "./decode.ts";
import { fromPixels, type Picture } from "./picture.ts";

export type PageSource = Blob | HTMLImageElement | HTMLCanvasElement | OffscreenCanvas | ImageBitmap | ImageData;

const KINDS = ["Blob", "File", "HTMLImageElement", "HTMLCanvasElement", "OffscreenCanvas", "ImageBitmap", "ImageData"];

/** Whether `source` is one of the things `pictureOf` takes; objects of another frame count too. */
export function isPageSource(source: unknown): source is PageSource {
  return KINDS.includes(kindOf(source));
}

/**
 * A page's picture as RGB, alpha dropped. A Blob or File is decoded as its bytes are. An `<img>` is awaited and read as
 * the page shows it, EXIF orientation included, whatever `exif` says: pass its file or URL for timm's answer.
 * @throws FileError if the file or `<img>` is broken; UsageError if the page may not read the pixels, the canvas is empty,
 *   or ImageData is not 8-bit; the signal's reason once it aborts
 */
export async function pictureOf(source: PageSource, options: Partial<DecodeOptions> = {}): Promise<Picture> {
  options.signal?.throwIfAborted();
  const kind = kindOf(source);
  if (kind === "Blob" || kind === "File") {
    const blob = source as Blob;
    const name = options.name ?? (kind === "File" ? (blob as File).name : "Blob");
    return decode(new Uint8Array(await blob.arrayBuffer()), { ...options, name });
  }
  if (kind === "ImageData") return fromImageData(source as ImageData);
  if (kind === "HTMLImageElement") return fromElement(source as HTMLImageElement, options);
  return readable(source as ImageBitmap | HTMLCanvasElement | OffscreenCanvas);
}

function fromImageData({ data, width, height }: ImageData): Picture {
  if (kindOf(data) !== "Uint8ClampedArray") {
    throw new UsageError("source", `expected ImageData of 8-bit pixels, got ${kindOf(data)}. Ask for "rgba-unorm8".`);
  }
  return fromPixels(data as Uint8ClampedArray, width, height, 4);
}

async function fromElement(image: HTMLImageElement, options: Partial<DecodeOptions>): Promise<Picture> {
  const url = image.currentSrc || image.src;
  const name = options.name ?? (/^https?:/.test(url) ? url : "<img>");
  let bitmap: ImageBitmap;
  try {
    await image.decode();
    bitmap = await createImageBitmap(image, { colorSpaceConversion: "none", premultiplyAlpha: "none" });
  } catch (cause) {
    throw new FileError(name, "the <img> has no picture: its source is missing, broken or blocked.", { cause });
  }
  try {
    options.signal?.throwIfAborted();
    return readable(bitmap);
  } finally {
    bitmap.close();
  }
}

function readable(source: ImageBitmap | HTMLCanvasElement | OffscreenCanvas): Picture {
  if (source.width < 1 || source.height < 1) {
    throw new UsageError(
      "source",
      `expected pixels, got an empty ${kindOf(source)} (${source.width}×${source.height})`,
    );
  }
  try {
    return pixelsOf(source, source.width, source.height);
  } catch (cause) {
    if (!(cause instanceof DOMException && cause.name === "SecurityError")) throw cause;
    const what = "the picture comes from another origin, and a page may not read its pixels";
    throw new UsageError("source", `${what}. Load it with crossorigin="anonymous", or pass its bytes.`, { cause });
  }
}

/** `HTMLImageElement` for an `<img>`: the same in every frame, and defined in workers, which have no such class. */
function kindOf(value: unknown): string {
  return Object.prototype.toString.call(value).slice("[object ".length, -1);
}
