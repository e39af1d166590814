// Makes PNG files of every kind for tests: a stream of random bytes is a valid picture once each row's filter is valid.

import { crc32, deflateSync } from "node:zlib";
import { Random } from "#effnet/random.js";

export interface PngSpec {
  readonly width: number;
  readonly height: number;
  /** 1, 2, 4, 8, 16 */
  readonly depth: number;
  /** 0 gray, 2 RGB, 3 palette, 4 gray and alpha, 6 RGBA */
  readonly color: number;
  readonly isInterlaced?: boolean;
  /** Chunks between the header and the pixels. */
  readonly extra?: readonly Uint8Array[];
  /** Instead of random pixels: every row's filter number, then its bytes. */
  readonly filtered?: Uint8Array;
  readonly seed?: number;
}

const SIGNATURE = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);
const SAMPLES: Record<number, number> = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 };

export function makePng(spec: PngSpec): Uint8Array {
  const palette = spec.color === 3 ? [chunk("PLTE", randomBytes(3 * 2 ** spec.depth, spec.seed ?? 0, "palette"))] : [];
  return Buffer.concat([
    SIGNATURE,
    header(spec),
    ...palette,
    ...(spec.extra ?? []),
    chunk("IDAT", deflateSync(spec.filtered ?? randomRows(spec))),
    chunk("IEND", new Uint8Array(0)),
  ]);
}

export function header({ width, height, depth, color, isInterlaced }: PngSpec): Uint8Array {
  const data = new Uint8Array(13);
  new DataView(data.buffer).setUint32(0, width);
  new DataView(data.buffer).setUint32(4, height);
  data.set([depth, color, 0, 0, isInterlaced ? 1 : 0], 8);
  return chunk("IHDR", data);
}

export function chunk(type: string, data: Uint8Array): Uint8Array {
  const body = Buffer.concat([Buffer.from(type, "latin1"), data]);
  const ends = Buffer.alloc(8);
  ends.writeUInt32BE(data.length, 0);
  ends.writeUInt32BE(crc32(body), 4);
  return Buffer.concat([ends.subarray(0, 4), body, ends.subarray(4)]);
}

export function randomBytes(length: number, seed: number, purpose: string): Uint8Array {
  const random = new Random(seed, "png", purpose);
  return Uint8Array.from({ length }, () => random.below(256));
}

/** Rows of every pass, each with a random filter 0 … 4. */
function randomRows(spec: PngSpec): Uint8Array {
  const random = new Random(spec.seed ?? 0, "png", "rows");
  const bytes: number[] = [];
  // Adam7: first column, first row, step across, step down of each pass.
  const adam7 = [
    [0, 0, 8, 8],
    [4, 0, 8, 8],
    [0, 4, 4, 8],
    [2, 0, 4, 4],
    [0, 2, 2, 4],
    [1, 0, 2, 2],
    [0, 1, 1, 2],
  ];
  for (const [x, y, stepX, stepY] of spec.isInterlaced ? adam7 : [[0, 0, 1, 1]]) {
    const width = Math.ceil((spec.width - x) / stepX);
    if (width < 1) continue;
    const rowBytes = Math.ceil((width * SAMPLES[spec.color] * spec.depth) / 8);
    for (let row = y; row < spec.height; row += stepY) {
      bytes.push(random.below(5));
      for (let i = 0; i < rowBytes; i++) bytes.push(random.below(256));
    }
  }
  return Uint8Array.from(bytes);
}
