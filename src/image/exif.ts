// EXIF orientation: where a file says how to hold it, and turning a picture upright. Pages need it because browsers
// apply the orientation by themselves, each to other formats, and Chromium cannot be told not to (verified, 156).

import type { Format } from "./decode.ts";
import type { Picture } from "./picture.ts";

/** An orientation 1 … 8 (EXIF 2.32, tag 0x0112; 1 is upright) and where in the file its two bytes stand. */
export interface Orientation {
  readonly value: number;
  readonly at: number;
  readonly littleEndian: boolean;
}

const ORIENTATION_TAG = 0x0112;
const SHORT = 3; // the TIFF type of two bytes

/** The orientation a JPEG, PNG or WebP file states; undefined if it states none or nonsense. */
export function findOrientation(bytes: Uint8Array, format: Format): Orientation | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const start = findExif(view, format);
  return start === undefined ? undefined : orientationIn(view, start);
}

/** A copy of the file that says "upright", so that no decoder turns it. */
export function setUpright(bytes: Uint8Array, { at, littleEndian }: Orientation): Uint8Array<ArrayBuffer> {
  const copy = Uint8Array.from(bytes);
  new DataView(copy.buffer).setUint16(at, 1, littleEndian);
  return copy;
}

/** The picture held as `orientation` (1 … 8) says: bit 0 of value − 1 mirrors, 5 … 8 exchange width and height. */
export function orient(source: Picture, orientation: number): Picture {
  if (orientation === 1) return source;
  const swaps = orientation >= 5;
  const width = swaps ? source.height : source.width;
  const height = swaps ? source.width : source.height;
  // Which ends of the stored rows and columns come first in the upright picture.
  const fromRight = [2, 3, 7, 8].includes(orientation);
  const fromBottom = [3, 4, 6, 7].includes(orientation);
  const data = new Uint8Array(width * height * 3);
  let o = 0;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const column = swaps ? y : x;
      const row = swaps ? x : y;
      const storedX = fromRight ? source.width - 1 - column : column;
      const storedY = fromBottom ? source.height - 1 - row : row;
      const p = (storedY * source.width + storedX) * 3;
      data[o++] = source.data[p];
      data[o++] = source.data[p + 1];
      data[o++] = source.data[p + 2];
    }
  }
  return { width, height, data };
}

/** Where the TIFF structure of the EXIF data begins. */
function findExif(view: DataView, format: Format): number | undefined {
  if (format === "JPEG") return exifInJpeg(view);
  if (format === "PNG")
    return exifInChunks(view, { start: 8, type: 4, littleEndian: false, name: "eXIf", padded: false });
  if (format === "WebP")
    return exifInChunks(view, { start: 12, type: 0, littleEndian: true, name: "EXIF", padded: true });
  return undefined;
}

/** The APP1 segment that begins with `Exif`; segments are FF, marker, length (2 bytes, itself included), data. */
function exifInJpeg(view: DataView): number | undefined {
  for (let at = 2; at + 4 <= view.byteLength && view.getUint8(at) === 0xff; ) {
    const marker = view.getUint8(at + 1);
    if (marker === 0xda) return undefined; // the scan begins
    if (marker === 0xe1 && textAt(view, at + 4, 6) === "Exif\0\0") return at + 10;
    at += 2 + view.getUint16(at + 2);
  }
  return undefined;
}

interface Chunks {
  readonly start: number;
  /** Where the type stands in a chunk's first 8 bytes; the length fills the other four. */
  readonly type: 0 | 4;
  readonly littleEndian: boolean;
  readonly name: string;
  /** Odd lengths are followed by a zero (RIFF); PNG has a checksum instead. */
  readonly padded: boolean;
}

function exifInChunks(view: DataView, { start, type, littleEndian, name, padded }: Chunks): number | undefined {
  for (let at = start; at + 8 <= view.byteLength; ) {
    const length = view.getUint32(at + 4 - type, littleEndian);
    if (textAt(view, at + type, 4) === name) return textAt(view, at + 8, 6) === "Exif\0\0" ? at + 14 : at + 8;
    at += 8 + length + (padded ? length % 2 : 4);
  }
  return undefined;
}

/** Byte order, 42, offset of the first directory; there a count and entries of tag, type, count, value: 12 bytes each. */
function orientationIn(view: DataView, start: number): Orientation | undefined {
  const order = textAt(view, start, 2);
  if ((order !== "II" && order !== "MM") || start + 8 > view.byteLength) return undefined;
  const littleEndian = order === "II";
  const directory = start + view.getUint32(start + 4, littleEndian);
  if (directory + 2 > view.byteLength) return undefined;
  const entries = view.getUint16(directory, littleEndian);
  for (let entry = directory + 2, i = 0; i < entries && entry + 12 <= view.byteLength; i++, entry += 12) {
    if (view.getUint16(entry, littleEndian) !== ORIENTATION_TAG) continue;
    const value = view.getUint16(entry + 8, littleEndian);
    const isSane = view.getUint16(entry + 2, littleEndian) === SHORT && value >= 1 && value <= 8;
    return isSane ? { value, at: entry + 8, littleEndian } : undefined;
  }
  return undefined;
}

/** Latin-1 text; shorter where the file ends. */
function textAt(view: DataView, at: number, length: number): string {
  let text = "";
  for (let i = at; i < Math.min(at + length, view.byteLength); i++) text += String.fromCharCode(view.getUint8(i));
  return text;
}
