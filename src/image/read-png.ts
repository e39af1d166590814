// Reads PNG files to Pillow's pixels without a canvas, for pages: a canvas loses the colours under alpha and the upper
// bits of 16-bit gray. ISO/IEC 15948; inflating is the platform's.

import { broken, checkSize } from "./decode.ts";
import { type Picture, picture } from "./picture.ts";

interface Header {
  readonly width: number;
  readonly height: number;
  /** Bits of a sample: 1, 2, 4, 8 or 16. */
  readonly depth: number;
  readonly color: ColorType;
  readonly isInterlaced: boolean;
}

type ColorType = 0 | 2 | 3 | 4 | 6;

/** Samples of a pixel and the depths allowed, by color type (ISO/IEC 15948, table 11.1). */
const COLOR_TYPES: { readonly [Type in ColorType]: { samples: number; depths: readonly number[] } } = {
  0: { samples: 1, depths: [1, 2, 4, 8, 16] }, // gray
  2: { samples: 3, depths: [8, 16] }, // RGB
  3: { samples: 1, depths: [1, 2, 4, 8] }, // index into the palette
  4: { samples: 2, depths: [8, 16] }, // gray, alpha
  6: { samples: 4, depths: [8, 16] }, // RGBA
};

/** A grid of pixels that is stored as one run of rows. */
interface Pass {
  readonly x: number;
  readonly y: number;
  readonly stepX: number;
  readonly stepY: number;
}

const WHOLE: readonly Pass[] = [{ x: 0, y: 0, stepX: 1, stepY: 1 }];
// biome-ignore format: columns
const ADAM7: readonly Pass[] = [
  { x: 0, y: 0, stepX: 8, stepY: 8 },
  { x: 4, y: 0, stepX: 8, stepY: 8 },
  { x: 0, y: 4, stepX: 4, stepY: 8 },
  { x: 2, y: 0, stepX: 4, stepY: 4 },
  { x: 0, y: 2, stepX: 2, stepY: 4 },
  { x: 1, y: 0, stepX: 2, stepY: 2 },
  { x: 0, y: 1, stepX: 1, stepY: 2 },
];

const DEFLATE_RATIO = 1032; // no deflate stream grows more (zlib's technical notes): a length too long is a lie
const CRC_TABLE = crcTable();

/**
 * A PNG as Pillow 9.4's `convert("RGB")` gives it: alpha dropped, 16-bit gray clipped at 255, other 16-bit samples cut to
 * their high byte, profiles, gamma and orientation ignored.
 * @throws FileError if the file is broken or cut off, or the picture too large
 */
export async function readPng(bytes: Uint8Array, name: string): Promise<Picture> {
  const { header, palette, compressed } = readChunks(bytes, name);
  const { width, height, color, depth } = header;
  const pixelBits = COLOR_TYPES[color].samples * depth;
  const passes = (header.isInterlaced ? ADAM7 : WHOLE)
    .map((pass) => ({
      ...pass,
      width: Math.ceil((width - pass.x) / pass.stepX),
      height: Math.ceil((height - pass.y) / pass.stepY),
    }))
    .filter((pass) => pass.width > 0 && pass.height > 0)
    .map((pass) => ({ ...pass, rowBytes: Math.ceil((pass.width * pixelBits) / 8) }));

  const total = passes.reduce((sum, pass) => sum + (pass.rowBytes + 1) * pass.height, 0);
  const filtered = await inflate(compressed, total, name);
  const rgb = new Uint8Array(width * height * 3);
  let at = 0;
  for (const pass of passes) {
    for (let row = 0; row < pass.height; row++) {
      const above = row === 0 ? undefined : at - pass.rowBytes;
      unfilter(filtered, at, pass.rowBytes, Math.max(pixelBits >> 3, 1), above, name);
      at += 1; // past the filter's number
      const o = ((pass.y + row * pass.stepY) * width + pass.x) * 3;
      expandRow(filtered.subarray(at, at + pass.rowBytes), header, palette, pass.width, rgb, o, pass.stepX * 3);
      at += pass.rowBytes;
    }
  }
  return picture(width, height, rgb);
}

/** Walks the chunks (length, type, data, CRC) up to IEND or the end of the file. */
function readChunks(
  bytes: Uint8Array,
  name: string,
): { header: Header; palette: Uint8Array; compressed: Uint8Array<ArrayBuffer>[] } {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const palette = new Uint8Array(256 * 3); // an index beyond the file's palette is black
  const compressed: Uint8Array<ArrayBuffer>[] = [];
  let header: Header | undefined;
  let hasPalette = false;
  for (let at = 8; at + 12 <= bytes.length; ) {
    const length = view.getUint32(at);
    const type = String.fromCharCode(...bytes.subarray(at + 4, at + 8));
    const end = at + 8 + length;
    if (end + 4 > bytes.length) throw broken(name, "PNG", `chunk ${JSON.stringify(type)} ends beyond the file`);
    const data = bytes.subarray(at + 8, end);
    const isCritical = (bytes[at + 4] & 0x20) === 0; // an upper-case first letter
    if (isCritical && crc32(bytes.subarray(at + 4, end)) !== view.getUint32(end)) {
      throw broken(name, "PNG", `wrong checksum of chunk ${JSON.stringify(type)}`);
    }
    if (header === undefined) header = readHeader(type, data, name);
    else if (type === "IDAT") compressed.push(new Uint8Array(data));
    else if (type === "IEND") break;
    else if (type === "PLTE") {
      hasPalette = true;
      palette.set(data.subarray(0, palette.length));
    }
    at = end + 4;
  }
  if (header === undefined) throw broken(name, "PNG", "no header");
  if (header.color === 3 && !hasPalette) throw broken(name, "PNG", "no palette");
  return { header, palette, compressed };
}

function readHeader(type: string, data: Uint8Array, name: string): Header {
  if (type !== "IHDR" || data.length !== 13) throw broken(name, "PNG", "no header");
  const view = new DataView(data.buffer, data.byteOffset, data.length);
  const [width, height] = [view.getUint32(0), view.getUint32(4)];
  const [depth, color, , , interlace] = data.subarray(8);
  if (width === 0 || height === 0) throw broken(name, "PNG", `${width}×${height} pixels`);
  checkSize(name, width, height);
  if (!isColorType(color) || !COLOR_TYPES[color].depths.includes(depth) || interlace > 1) {
    throw broken(name, "PNG", `color type ${color}, depth ${depth}, interlace ${interlace}`);
  }
  return { width, height, depth, color, isInterlaced: interlace === 1 };
}

function isColorType(color: number): color is ColorType {
  return Object.hasOwn(COLOR_TYPES, color);
}

/** The first `total` bytes of the zlib stream; more is ignored, as libpng does. */
async function inflate(
  compressed: readonly Uint8Array<ArrayBuffer>[],
  total: number,
  name: string,
): Promise<Uint8Array> {
  const stored = compressed.reduce((sum, part) => sum + part.length, 0);
  if (total > stored * DEFLATE_RATIO) throw broken(name, "PNG", `${stored} bytes cannot hold its pixels`);
  const out = new Uint8Array(total);
  const reader = new Blob([...compressed]).stream().pipeThrough(new DecompressionStream("deflate")).getReader();
  let filled = 0;
  try {
    for (;;) {
      const { done, value } = await reader.read(); // refuses a wrong checksum at the end
      if (done) break;
      const wanted = value.subarray(0, total - filled);
      out.set(wanted, filled);
      filled += wanted.length;
      if (wanted.length < value.length) break;
    }
  } catch (cause) {
    throw broken(name, "PNG", cause);
  } finally {
    reader.cancel().catch(() => {}); // a stream that failed cannot be cancelled, and need not be
  }
  if (filled < total) throw broken(name, "PNG", `${filled} of ${total} bytes of pixels`);
  return out;
}

/** Undoes a row's filter in place. The row is its filter's number at `at`, then its bytes; `above` is where the row above begins. */
function unfilter(
  bytes: Uint8Array,
  at: number,
  rowBytes: number,
  step: number,
  above: number | undefined,
  name: string,
): void {
  const filter = bytes[at];
  if (filter > 4) throw broken(name, "PNG", `row filter ${filter}`);
  if (filter === 0) return;
  const start = at + 1;
  for (let i = 0; i < rowBytes; i++) {
    const left = i < step ? 0 : bytes[start + i - step];
    const up = above === undefined ? 0 : bytes[above + i];
    const corner = i < step || above === undefined ? 0 : bytes[above + i - step];
    bytes[start + i] += predict(filter, left, up, corner);
  }
}

/** ISO/IEC 15948, 9.2: 1 left, 2 up, 3 their mean, 4 Paeth's: of the three the nearest to left + up − corner. */
function predict(filter: number, left: number, up: number, corner: number): number {
  if (filter === 1) return left;
  if (filter === 2) return up;
  if (filter === 3) return (left + up) >> 1;
  const toLeft = Math.abs(up - corner);
  const toUp = Math.abs(left - corner);
  const toCorner = Math.abs(left + up - 2 * corner);
  if (toLeft <= toUp && toLeft <= toCorner) return left;
  return toUp <= toCorner ? up : corner;
}

/** One row's samples as RGB from `rgb[start]` on, `stride` bytes from pixel to pixel. */
function expandRow(
  row: Uint8Array,
  header: Header,
  palette: Uint8Array,
  width: number,
  rgb: Uint8Array,
  start: number,
  stride: number,
): void {
  const { color, depth } = header;
  const sampleBytes = Math.max(depth >> 3, 1);
  const pixelBytes = COLOR_TYPES[color].samples * sampleBytes;
  const end = start + width * stride;
  if (color === 2 || color === 6) {
    for (let p = 0, o = start; o < end; p += pixelBytes, o += stride) {
      rgb[o] = row[p];
      rgb[o + 1] = row[p + sampleBytes];
      rgb[o + 2] = row[p + 2 * sampleBytes];
    }
    return;
  }
  const isPacked = depth < 8;
  const most = 2 ** Math.min(depth, 8) - 1; // of a sample
  // 16 bits without alpha are Pillow's mode I: clipped at 255.
  const isClipped = color === 0 && depth === 16;
  for (let x = 0, o = start; o < end; x++, o += stride) {
    const bit = x * depth;
    const p = isPacked ? bit >> 3 : x * pixelBytes;
    const sample = isPacked ? (row[p] >> (8 - depth - (bit & 7))) & most : row[p];
    if (color === 3) {
      rgb[o] = palette[sample * 3];
      rgb[o + 1] = palette[sample * 3 + 1];
      rgb[o + 2] = palette[sample * 3 + 2];
    } else {
      const spread = (sample * 255) / most; // 1, 2 and 4 bits over 0 … 255
      const gray = isClipped ? (sample > 0 ? 255 : row[p + 1]) : spread;
      rgb[o] = gray;
      rgb[o + 1] = gray;
      rgb[o + 2] = gray;
    }
  }
}

function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (let i = 0; i < bytes.length; i++) crc = CRC_TABLE[(crc ^ bytes[i]) & 0xff] ^ (crc >>> 8);
  return ~crc >>> 0;
}

/** ISO/IEC 15948, annex D: the CRC of each byte, polynomial 0xEDB88320. */
function crcTable(): Uint32Array {
  const table = new Uint32Array(256);
  for (let byte = 0; byte < 256; byte++) {
    let crc = byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? 0xedb88320 ^ (crc >>> 1) : crc >>> 1;
    table[byte] = crc;
  }
  return table;
}
