// Protocol buffers' wire format, writing only: a field is a tag (number · 8 + wire type) and its value. A list of pieces grows
// until the end, so that the numbers of a network are copied once. https://protobuf.dev/programming-guides/encoding

import { assert } from "../../errors.ts";

/** Encoded bytes in pieces. */
export type Encoded = readonly Uint8Array[];

const VARINT = 0;
const LENGTH = 2;
const FIXED32 = 5;

/** An int32, int64 or enum; whole and not negative here. */
export function whole(field: number, value: number): Encoded {
  return [Uint8Array.from([...varint(field * 8 + VARINT), ...varint(value)])];
}

/** Several of them in one field, packed. */
export function wholes(field: number, values: readonly number[]): Encoded {
  return bytes(field, Uint8Array.from(values.flatMap(varint)));
}

/** A float32. */
export function float(field: number, value: number): Encoded {
  const four = new Uint8Array(Float32Array.of(value).buffer);
  return [Uint8Array.from([...varint(field * 8 + FIXED32), ...four])];
}

/** A string, in UTF-8. */
export function text(field: number, value: string): Encoded {
  return bytes(field, new TextEncoder().encode(value));
}

/** Bytes as they are, not copied. */
export function bytes(field: number, data: Uint8Array): Encoded {
  return message(field, [data]);
}

/** A message within a message: its fields, one after the other. */
export function message(field: number, ...fields: readonly Encoded[]): Encoded {
  const pieces = fields.flat();
  return [Uint8Array.from([...varint(field * 8 + LENGTH), ...varint(length(pieces))]), ...pieces];
}

/** Bytes of all pieces together. */
export function length(pieces: Encoded): number {
  return pieces.reduce((sum, piece) => sum + piece.length, 0);
}

/** All pieces in one array. */
export function joined(pieces: Encoded): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(length(pieces));
  let at = 0;
  for (const piece of pieces) {
    all.set(piece, at);
    at += piece.length;
  }
  return all;
}

/** Seven bits a byte, the lowest first; the eighth says that more follow. */
function varint(value: number): number[] {
  assert(Number.isSafeInteger(value) && value >= 0, `a varint of ${value}`);
  const digits: number[] = [];
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) return [...digits, rest];
    digits.push((rest % 128) + 128);
  }
}
