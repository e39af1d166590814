// A cursor over a pickle's bytes that cannot leave them.

import { FileError } from "../errors.ts";
import { strictTextOf } from "./text.ts";

/** Reads forward; every method throws FileError instead of reading beyond the limit. */
export interface PickleReader {
  /** Bytes from the start of the file to the next unread one. */
  at(): number;
  u8(): number;
  u16(): number;
  u32(): number;
  i32(): number;
  /** A 64-bit length; rounded beyond 2⁵³, where no file reaches. */
  length64(): number;
  /** The next bytes, as a view. */
  take(bytes: number): Uint8Array;
  /** UTF-8 text of this many bytes. */
  text(bytes: number): string;
  /** Text up to the next line feed, which is skipped. */
  line(): string;
  /** The error to throw for a fault found here. */
  broken(what: string): FileError;
}

/** Far more than the state dict of the largest network and its optimizer need, about 2 MB; tensors' data lie outside. */
const PICKLE_LIMIT_BYTES = 16 * 2 ** 20;

/** The longest line: a global's module or name, or a number in decimal digits. */
const LINE_LIMIT_BYTES = 1024;

export function pickleReader(bytes: Uint8Array, start: number, file: string): PickleReader {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const limit = Math.min(bytes.length, start + PICKLE_LIMIT_BYTES);
  let next = start;

  const broken = (what: string): FileError =>
    new FileError(file, `the pickle is broken at byte ${next}: ${what}. Fetch or save it again.`);

  /** Moves past `count` bytes and returns where they began. */
  const advance = (count: number): number => {
    if (count > limit - next) {
      throw limit < bytes.length
        ? new FileError(file, `the pickle is longer than ${PICKLE_LIMIT_BYTES} bytes, which no state dict needs.`)
        : broken(`expected ${count} more bytes, got ${limit - next}`);
    }
    next += count;
    return next - count;
  };
  const take = (count: number): Uint8Array => {
    const at = advance(count);
    return bytes.subarray(at, next);
  };
  const text = (count: number): string => {
    const encoded = take(count);
    try {
      return strictTextOf(encoded);
    } catch (cause) {
      throw new FileError(file, `the pickle is broken at byte ${next}: a text is not UTF-8.`, { cause });
    }
  };

  return {
    at: () => next,
    u8: () => bytes[advance(1)],
    u16: () => view.getUint16(advance(2), true),
    u32: () => view.getUint32(advance(4), true),
    i32: () => view.getInt32(advance(4), true),
    length64: () => Number(view.getBigUint64(advance(8), true)),
    take,
    text,
    line: () => {
      const end = bytes.subarray(next, Math.min(limit, next + LINE_LIMIT_BYTES)).indexOf(0x0a);
      if (end < 0) throw broken("a line does not end");
      const line = text(end);
      advance(1);
      return line;
    },
    broken,
  };
}
