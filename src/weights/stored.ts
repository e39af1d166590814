// A tensor as a weights file holds it, and the one place that turns a file's bytes into numbers.

/** Element types by safetensors' names; both torch containers and safetensors files are read into these. */
export type Dtype =
  | "F64"
  | "F32"
  | "F16"
  | "BF16"
  | "F8_E4M3"
  | "F8_E5M2"
  | "I64"
  | "I32"
  | "I16"
  | "I8"
  | "U64"
  | "U32"
  | "U16"
  | "U8"
  | "BOOL";

/** Numbers of a stored tensor: F16, BF16 and F8 are widened to float32, BOOL is a byte of 0 or 1. */
export type StoredData =
  | Float64Array
  | Float32Array
  | BigInt64Array
  | Int32Array
  | Int16Array
  | Int8Array
  | BigUint64Array
  | Uint32Array
  | Uint16Array
  | Uint8Array;

/** A dense, row-major tensor of a file; `dtype` is the file's, even where `data` is wider. */
export interface StoredTensor {
  readonly dtype: Dtype;
  readonly shape: readonly number[];
  readonly data: StoredData;
}

/** Bytes of one element in a file and of one element once read. */
// biome-ignore format: columns
export const DTYPE_BYTES: { readonly [D in Dtype]: { readonly file: number; readonly memory: number } } = {
  F64:     { file: 8, memory: 8 },
  F32:     { file: 4, memory: 4 },
  F16:     { file: 2, memory: 4 },
  BF16:    { file: 2, memory: 4 },
  F8_E4M3: { file: 1, memory: 4 },
  F8_E5M2: { file: 1, memory: 4 },
  I64:     { file: 8, memory: 8 },
  I32:     { file: 4, memory: 4 },
  I16:     { file: 2, memory: 2 },
  I8:      { file: 1, memory: 1 },
  U64:     { file: 8, memory: 8 },
  U32:     { file: 4, memory: 4 },
  U16:     { file: 2, memory: 2 },
  U8:      { file: 1, memory: 1 },
  BOOL:    { file: 1, memory: 1 },
};

/** Whether a file's word is an element type that is read. */
export function isDtype(word: string): word is Dtype {
  return Object.hasOwn(DTYPE_BYTES, word);
}

/**
 * The elements that little-endian `bytes` hold, in memory of their own: offsets in files are not always aligned, and the
 * caller may reuse the file's bytes. With `isKept` the caller will not: aligned float32 then stays where it is.
 * @param bytes a whole number of elements
 */
export function readElements(dtype: Dtype, bytes: Uint8Array, isKept = false): StoredData {
  if (isKept && dtype === "F32" && bytes.byteOffset % DTYPE_BYTES.F32.file === 0) {
    return new Float32Array(bytes.buffer, bytes.byteOffset, bytes.length / DTYPE_BYTES.F32.file);
  }
  return READERS[dtype](new Uint8Array(bytes).buffer); // a Buffer's slice() would share
}

const READERS: { readonly [D in Dtype]: (buffer: ArrayBufferLike) => StoredData } = {
  F64: (buffer) => new Float64Array(buffer),
  F32: (buffer) => new Float32Array(buffer),
  F16: (buffer) => widenHalves(new Uint16Array(buffer)),
  BF16: (buffer) => widenBrainFloats(new Uint16Array(buffer)),
  F8_E4M3: (buffer) => Float32Array.from(new Uint8Array(buffer), widenE4M3),
  F8_E5M2: (buffer) => widenHalves(Uint16Array.from(new Uint8Array(buffer), (byte) => byte << 8)),
  I64: (buffer) => new BigInt64Array(buffer),
  I32: (buffer) => new Int32Array(buffer),
  I16: (buffer) => new Int16Array(buffer),
  I8: (buffer) => new Int8Array(buffer),
  U64: (buffer) => new BigUint64Array(buffer),
  U32: (buffer) => new Uint32Array(buffer),
  U16: (buffer) => new Uint16Array(buffer),
  U8: (buffer) => new Uint8Array(buffer),
  BOOL: (buffer) => new Uint8Array(buffer),
};

/** IEEE binary16 to float32, exactly: sign · 5 exponent bits (bias 15) · 10 fraction bits. */
function widenHalves(halves: Uint16Array): Float32Array {
  const values = new Float32Array(halves.length);
  const bits = new Uint32Array(values.buffer);
  for (let i = 0; i < halves.length; i++) {
    const sign = (halves[i] & 0x8000) << 16;
    const exponent = (halves[i] >> 10) & 31;
    const fraction = halves[i] & 0x3ff;
    if (exponent === 31) bits[i] = sign | 0x7f800000 | (fraction << 13);
    else if (exponent > 0) bits[i] = sign | ((exponent + 112) << 23) | (fraction << 13);
    else values[i] = (sign === 0 ? fraction : -fraction) * 2 ** -24; // subnormal; −0 keeps its sign
  }
  return values;
}

/** bfloat16 is the upper half of a float32. */
function widenBrainFloats(halves: Uint16Array): Float32Array {
  const bits = new Uint32Array(halves.length);
  for (let i = 0; i < halves.length; i++) bits[i] = halves[i] << 16;
  return new Float32Array(bits.buffer);
}

/** OCP 8-bit E4M3: bias 7, no infinities, all exponent and fraction bits set is NaN. */
function widenE4M3(byte: number): number {
  const sign = byte & 0x80 ? -1 : 1;
  const exponent = (byte >> 3) & 15;
  const fraction = byte & 7;
  if (exponent === 15 && fraction === 7) return Number.NaN;
  return exponent === 0 ? sign * fraction * 2 ** -9 : sign * (8 + fraction) * 2 ** (exponent - 10);
}
