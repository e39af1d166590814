// What may be classified: files, bytes, decoded pictures, and in a page its elements; each becomes a picture here.

import { decode } from "#decode";
import { pagePicture, readSource } from "#source";
import { UsageError } from "../errors.ts";
import { fromPixels, type Picture, picture } from "../image/picture.ts";
import { isSource, type Source } from "./source.ts";

/** Instances of a class that only some platforms have; `never` where the types do not know it, so Node needs no DOM. */
type InstanceOf<Name extends string> = typeof globalThis extends { readonly [Key in Name]: { prototype: infer T } }
  ? T
  : never;

/** What a page can show. */
export type PageImage =
  | InstanceOf<"HTMLImageElement">
  | InstanceOf<"HTMLCanvasElement">
  | InstanceOf<"OffscreenCanvas">
  | InstanceOf<"ImageBitmap">;

/**
 * A picture to be: a path, URL or bytes of an image file; decoded pixels (`Picture`: RGB, or an `ImageData`: RGBA, of
 * which alpha is dropped); in a page also a Blob, an `<img>`, a canvas or an ImageBitmap.
 */
export type Input = Source | Picture | PageImage;

export interface InputOptions {
  /** Turns the picture of a file upright by its EXIF tag; timm does not. An `<img>` is taken as the page shows it. */
  readonly exif?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
}

const LIMIT_BYTES = 2 ** 30; // of one image file; the largest picture that Pillow opens has 0.5 GB as raw RGB

/**
 * Reads and decodes one input.
 * @throws FileError or HubError if it cannot be read or decoded; ShapeError if its pixels do not fit its sides;
 * UsageError if it is nothing that can be read; UnsupportedError if the decoder is missing
 */
export async function pictureOf(input: Input, { exif = false, signal }: InputOptions = {}): Promise<Picture> {
  const waiting = signal === undefined ? {} : { signal };
  const shown = pagePicture(input, waiting);
  if (shown !== null) return shown;
  if (isPixels(input)) {
    const channels = input.data.length / (input.width * input.height);
    return channels === 4
      ? fromPixels(input.data, input.width, input.height, 4)
      : picture(input.width, input.height, input.data);
  }
  if (!isSource(input)) {
    const kind = Object.prototype.toString.call(input).slice("[object ".length, -1);
    throw new UsageError("input", `expected a path, URL, bytes or picture, got ${kind}.`);
  }
  const { bytes, name } = await readSource(input, { ...waiting, limitBytes: LIMIT_BYTES, stage: "read" });
  return decode(bytes, { name, exif, signal });
}

function isPixels(input: Input): input is Picture {
  return typeof input === "object" && input !== null && "width" in input && "height" in input && "data" in input;
}
