// safetensors: 8 bytes of header length, a JSON header, then the tensors' bytes without a hole. Everything announced is
// checked before anything is allocated; docs of the format: huggingface.co/docs/safetensors.

import { FileError, ShapeError, shown, UsageError } from "../errors.ts";
import { elements } from "../tensor.ts";
import { narrowToBfloat16, narrowToFloat8, narrowToFloat16 } from "./half.ts";
import { type HeaderEntry, parseHeader } from "./header.ts";
import { mistakenFor } from "./mistaken.ts";
import { nameForError } from "./quoted.ts";
import { DTYPE_BYTES, type Dtype, isDtype, readElements, type StoredData, type StoredTensor } from "./stored.ts";
import { strictTextOf } from "./text.ts";

/** As in the format's own reader: a longer header is hostile. */
const HEADER_LIMIT_BYTES = 100_000_000;

/** What a file holds: its tensors in the order of the header, and its `__metadata__`. */
export interface Safetensors {
  readonly tensors: Map<string, StoredTensor>;
  readonly metadata: ReadonlyMap<string, string>;
}

export interface WriteOptions {
  /** Goes to `__metadata__`. */
  readonly metadata?: ReadonlyMap<string, string>;
  /**
   * Stores float32 tensors of two or more dimensions in half precision, rounded to the nearest. Vectors stay float32:
   * they are less than one percent of a network, and running variances do not survive float16.
   */
  readonly half?: "F16" | "BF16";
}

export interface ReadOptions {
  /** The bytes will not change any more: aligned float32 tensors are views of them, not copies. Default false. */
  readonly isKept?: boolean | undefined;
}

/**
 * Reads a whole file. F16, BF16 and F8 come widened to float32; no tensor shares memory with `bytes` unless they are kept.
 * @param file how errors name it
 * @throws FileError for anything that is not exactly safetensors; nothing is allocated by announcement
 */
export function readSafetensors(bytes: Uint8Array, file: string, { isKept }: ReadOptions = {}): Safetensors {
  const headerBytes = headerLength(bytes, file);
  const { entries, metadata } = parseHeader(headerText(bytes.subarray(8, 8 + headerBytes), file), file);
  // Not subarray: of a Buffer that gives a Buffer, whose slice would be no copy.
  const body = new Uint8Array(bytes.buffer, bytes.byteOffset + 8 + headerBytes, bytes.length - 8 - headerBytes);
  const dtypes = Array.from(entries, ([name, entry]) => checkedDtype(name, entry, file));
  refuseGaps(entries, body.length, file);
  const tensors = new Map<string, StoredTensor>();
  for (const [name, { shape, begin, end }] of entries) {
    const dtype = dtypes[tensors.size];
    tensors.set(name, { dtype, shape, data: readElements(dtype, body.subarray(begin, end), isKept) });
  }
  return { tensors, metadata };
}

/**
 * The bytes of a safetensors file. The header keeps the order of `tensors` and is padded with spaces to 8 bytes; the data
 * go by element size, largest first, so that every tensor is aligned to its elements.
 * @throws ShapeError if data do not fill their shape; UsageError if a value does not fit into the narrower type, or a
 * tensor is called `__metadata__`
 */
export function writeSafetensors(
  tensors: ReadonlyMap<string, StoredTensor>,
  options: WriteOptions = {},
): Uint8Array<ArrayBuffer> {
  const planned = [...tensors].map(([name, tensor]) => plan(name, tensor, options.half));
  const begins = new Map<string, number>();
  let end = 0;
  for (const { name, bytes } of planned.toSorted((a, b) => DTYPE_BYTES[b.dtype].file - DTYPE_BYTES[a.dtype].file)) {
    begins.set(name, end);
    end += bytes;
  }
  const entries = planned.map(({ name, dtype, shape, bytes }) => {
    const begin = begins.get(name) as number;
    return { name, dtype, shape, begin, end: begin + bytes };
  });
  const head = safetensorsHead(entries, options.metadata);
  const bodyAt = head.length;
  const file = new Uint8Array(bodyAt + end);
  file.set(head);
  for (const { name, dtype, data } of planned) {
    const stored = narrowed(name, dtype, data);
    file.set(
      new Uint8Array(stored.buffer, stored.byteOffset, stored.byteLength),
      bodyAt + (begins.get(name) as number),
    );
  }
  return file;
}

/**
 * What stands before the tensors' bytes: for files larger than memory, whose tensors are appended as they come.
 * @throws UsageError if it is longer than the format allows
 */
export function safetensorsHead(
  entries: readonly (HeaderEntry & { readonly name: string })[],
  metadata: ReadonlyMap<string, string> = new Map(),
): Uint8Array<ArrayBuffer> {
  const fields = entries.map(
    ({ name, dtype, shape, begin, end }) =>
      `${JSON.stringify(name)}:${JSON.stringify({ dtype, shape, data_offsets: [begin, end] })}`,
  );
  if (metadata.size > 0) {
    const pairs = Array.from(metadata, ([key, value]) => `${JSON.stringify(key)}:${JSON.stringify(value)}`);
    fields.unshift(`"__metadata__":{${pairs.join(",")}}`);
  }
  const header = new TextEncoder().encode(`{${fields.join(",")}}`);
  const bodyAt = Math.ceil((8 + header.length) / 8) * 8;
  if (bodyAt - 8 > HEADER_LIMIT_BYTES) {
    throw new UsageError("metadata", `expected a header of at most ${HEADER_LIMIT_BYTES} bytes, got ${bodyAt - 8}.`);
  }
  const head = new Uint8Array(bodyAt).fill(0x20);
  new DataView(head.buffer).setUint32(0, bodyAt - 8, true);
  head.set(header, 8);
  head.fill(0, 4, 8);
  return head;
}

/** Whether the bytes begin as a safetensors file does: a plausible length, then an object. */
export function looksLikeSafetensors(bytes: Uint8Array): boolean {
  if (bytes.length < 10 || bytes[8] !== 0x7b) return false;
  const view = new DataView(bytes.buffer, bytes.byteOffset, 8);
  return view.getUint32(4, true) === 0 && view.getUint32(0, true) <= HEADER_LIMIT_BYTES;
}

/** Bytes of the header, held to the file and to the format's limit. */
function headerLength(bytes: Uint8Array, file: string): number {
  const room = Math.min(bytes.length - 8, HEADER_LIMIT_BYTES);
  if (room >= 0) {
    const announced = new DataView(bytes.buffer, bytes.byteOffset, 8).getBigUint64(0, true);
    if (announced <= room) return Number(announced);
  }
  const got = mistakenFor(bytes);
  if (got !== undefined) throw new FileError(file, `expected safetensors, got ${got}`);
  if (isZip(bytes)) {
    throw new FileError(file, "expected safetensors, got a zip file, as torch checkpoints are. Name it .pth.");
  }
  const found = room < 0 ? `a file of ${bytes.length} bytes` : `a header longer than the ${room} bytes there are`;
  throw new FileError(file, `expected safetensors, got ${found}. Is the file whole?`);
}

function isZip(bytes: Uint8Array): boolean {
  return [0x50, 0x4b, 3, 4].every((byte, i) => bytes[i] === byte);
}

function headerText(bytes: Uint8Array, file: string): string {
  try {
    return strictTextOf(bytes);
  } catch (cause) {
    throw new FileError(file, "header of safetensors: is not UTF-8. Is this a safetensors file?", { cause });
  }
}

/** The dtype of a tensor whose dtype and shape make exactly the bytes it claims. */
function checkedDtype(name: string, { dtype, shape, begin, end }: HeaderEntry, file: string): Dtype {
  const tensor = nameForError(name);
  if (!isDtype(dtype)) {
    const known = Object.keys(DTYPE_BYTES).join(", ");
    throw new FileError(file, `dtype: expected one of ${known}, got "${nameForError(dtype)}".`, { tensor });
  }
  if (end < begin) throw new FileError(file, `data_offsets: ends at ${end}, before it begins at ${begin}.`, { tensor });
  // Dimensions of 0 must not hide that the others overflow.
  if (elements(shape.filter((size) => size > 0)) > Number.MAX_SAFE_INTEGER) {
    throw new FileError(file, `shape ${shown(shape)} has more than 2^53 elements.`, { tensor });
  }
  const bytes = elements(shape) * DTYPE_BYTES[dtype].file;
  if (bytes !== end - begin) {
    throw new FileError(file, `expected ${bytes} bytes for ${dtype} ${shown(shape)}, got ${end - begin}.`, { tensor });
  }
  return dtype;
}

/** Every byte behind the header belongs to exactly one tensor. */
function refuseGaps(entries: ReadonlyMap<string, HeaderEntry>, bodyBytes: number, file: string): void {
  let at = 0;
  for (const [name, { begin, end }] of [...entries].sort(([, a], [, b]) => a.begin - b.begin || a.end - b.end)) {
    const tensor = nameForError(name);
    if (begin < at)
      throw new FileError(file, `begins at byte ${begin} inside the tensor that ends at ${at}.`, { tensor });
    if (begin > at) throw new FileError(file, `bytes ${at} to ${begin} before it belong to no tensor.`, { tensor });
    if (end > bodyBytes)
      throw new FileError(file, `ends at byte ${end}, the data at ${bodyBytes}. Is it whole?`, { tensor });
    at = end;
  }
  if (at < bodyBytes) throw new FileError(file, `${bodyBytes - at} bytes after the last tensor belong to no tensor.`);
}

/** A tensor with the dtype it gets in the file. */
interface Planned {
  readonly name: string;
  readonly dtype: Dtype;
  readonly shape: readonly number[];
  readonly data: StoredData;
  readonly bytes: number;
}

function plan(name: string, { dtype, shape, data }: StoredTensor, half: WriteOptions["half"]): Planned {
  if (name === "__metadata__") throw new UsageError("tensors", 'safetensors keeps the name "__metadata__" for itself.');
  if (elements(shape) !== data.length) {
    throw new ShapeError(name, `expected ${elements(shape)} elements for shape ${shown(shape)}, got ${data.length}`);
  }
  const written = half !== undefined && dtype === "F32" && shape.length >= 2 ? half : dtype;
  return { name, dtype: written, shape, data, bytes: data.length * DTYPE_BYTES[written].file };
}

/** The elements as the file holds them. */
function narrowed(name: string, dtype: Dtype, data: StoredData): StoredData {
  if (dtype === "BF16") return narrowToBfloat16(data as Float32Array);
  if (dtype === "F16") {
    const halves = narrowToFloat16(data as Float32Array);
    const lost = halves.findIndex((bits, i) => (bits & 0x7fff) === 0x7c00 && Number.isFinite(data[i]));
    if (lost < 0) return halves;
    throw new UsageError("half", `tensor "${name}": ${data[lost]} is beyond float16's 65504. Use BF16.`);
  }
  if (dtype === "F8_E4M3" || dtype === "F8_E5M2") {
    const bytes = narrowToFloat8(dtype, data as Float32Array);
    if (bytes !== null) return bytes;
    throw new UsageError("dtype", `tensor "${name}": a value is not one of ${dtype}. Use F16 or BF16.`);
  }
  return data;
}
