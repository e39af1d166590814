// The bytes behind a sample's source.

import { readFileBytes } from "#files";
import type { Picture } from "../image/picture.ts";
import type { PictureSource } from "./batch.ts";

/** A file's bytes. @throws FileError or HubError if a path or address cannot be read */
export async function sourceBytes(source: Exclude<PictureSource, Picture>): Promise<Uint8Array<ArrayBuffer>> {
  if (typeof source === "string") return readFileBytes(source);
  return source instanceof Blob ? new Uint8Array(await source.arrayBuffer()) : source;
}

export function isPicture(source: PictureSource): source is Picture {
  return typeof source === "object" && "width" in source;
}
