// Sources in a page: addresses are fetched; what the page shows is handed to the image room.

import { UsageError } from "../errors.ts";
import type { Picture } from "../image/picture.ts";
import { isPageSource, pictureOf } from "../image/source-picture.browser.ts";
import type { WaitOptions } from "../progress.ts";
import { bytesInMemory, download, type Source, type SourceBytes, type SourceOptions, sourceName } from "./source.ts";

/**
 * Reads a source whole. A string is an address, relative to the page.
 * @throws HubError if the address does not answer; FileError if the body is too large; UsageError if it is no address
 */
export async function readSource(source: Source, options: SourceOptions): Promise<SourceBytes> {
  options.signal?.throwIfAborted();
  const bytes = await bytesInMemory(source, options.limitBytes);
  if (bytes !== null) return { bytes, name: sourceName(source) };
  const address = source as string | URL;
  if (!URL.canParse(address, globalThis.location?.href)) {
    throw new UsageError("source", `expected an address, got ${address}.`);
  }
  return download(new URL(address, globalThis.location?.href), options);
}

/** The pixels of what a page shows (`<img>`, canvas, ImageBitmap, ImageData); null if `input` is none of them. */
export function pagePicture(input: unknown, options: WaitOptions): Promise<Picture> | null {
  return isPageSource(input) && !(input instanceof Blob) ? pictureOf(input, options) : null;
}
