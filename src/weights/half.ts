// float32 to the narrower floats that files hold: rounded to the nearest, ties to even. Widening is in stored.ts.
// By hand, because Node 20 has no Float16Array.

import { readElements } from "./stored.ts";

/** float32 to float16 bits. Magnitudes from 65,520 on become infinite, up to 2^−25 zero; a NaN stays one. */
export function narrowToFloat16(values: Float32Array): Uint16Array<ArrayBuffer> {
  const bits = floatBits(values);
  const halves = new Uint16Array(bits.length);
  for (let i = 0; i < bits.length; i++) halves[i] = float16Bits(bits[i]);
  return halves;
}

/** float32 to bfloat16 bits. */
export function narrowToBfloat16(values: Float32Array): Uint16Array<ArrayBuffer> {
  const bits = floatBits(values);
  const halves = new Uint16Array(bits.length);
  for (let i = 0; i < bits.length; i++) halves[i] = bfloat16Bits(bits[i]);
  return halves;
}

/** float32 values to 8-bit floats, which they must be exactly; null where one is not. */
export function narrowToFloat8(dtype: "F8_E4M3" | "F8_E5M2", values: Float32Array): Uint8Array<ArrayBuffer> | null {
  const table = readElements(
    dtype,
    Uint8Array.from({ length: 256 }, (_, byte) => byte),
  ) as Float32Array;
  // By bits, as a Map takes 0 and −0 for the same.
  const bytes = new Map(Array.from(floatBits(table), (bits, byte) => [bits, byte]));
  const narrow = new Uint8Array(values.length);
  const bits = floatBits(values);
  for (let i = 0; i < values.length; i++) {
    const byte = bytes.get(bits[i]) ?? (Number.isNaN(values[i]) ? 0x7f : undefined);
    if (byte === undefined) return null;
    narrow[i] = byte;
  }
  return narrow;
}

function floatBits(values: Float32Array): Uint32Array {
  return new Uint32Array(values.buffer, values.byteOffset, values.length);
}

function float16Bits(bits: number): number {
  const sign = (bits >>> 16) & 0x8000;
  const magnitude = bits & 0x7fffffff;
  if (magnitude > 0x7f800000) return sign | 0x7c00 | ((magnitude >>> 13) & 0x3ff || 0x200);
  if (magnitude >= 0x477ff000) return sign | 0x7c00; // 65,520 lies halfway to 2^16
  // Normal numbers: the carry of a rounded fraction runs into the exponent, which is what it should do.
  if (magnitude >= 0x38800000) return sign | shiftRounded(magnitude - ((127 - 15) << 23), 13);
  if (magnitude < 0x33000000) return sign; // below 2^−25
  const fraction = (magnitude & 0x7fffff) | 0x800000;
  return sign | shiftRounded(fraction, 126 - (magnitude >>> 23));
}

function bfloat16Bits(bits: number): number {
  if ((bits & 0x7fffffff) > 0x7f800000) return ((bits >>> 16) & 0xff80) | ((bits >>> 16) & 0x7f || 0x40);
  return shiftRounded(bits, 16);
}

/** bits / 2^count to the nearest whole number, ties to even; bits unsigned, 1 ≤ count ≤ 24. */
function shiftRounded(bits: number, count: number): number {
  const floor = bits >>> count;
  const rest = bits & (2 ** count - 1);
  const half = 2 ** (count - 1);
  return rest > half || (rest === half && (floor & 1) === 1) ? floor + 1 : floor;
}
