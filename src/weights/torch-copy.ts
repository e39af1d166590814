// Copies a torch tensor (a strided view of a storage) into a dense, row-major one, within a limit on all copies together.

import { FileError, listed } from "../errors.ts";
import { elements } from "../tensor.ts";
import { isTuple, type Value } from "./pickle-values.ts";
import { nameForError } from "./quoted.ts";
import { DTYPE_BYTES, readElements, type StoredTensor } from "./stored.ts";
import { isCount, isTorchStorage, type TorchStorage, type TorchTensor } from "./torch-values.ts";

/** Bytes that copies may still take. */
export interface CopyLimit {
  left: number;
  readonly whole: number;
}

/** The data of a storage: exactly its elements' bytes. Throws FileError if the file lacks them. */
export type StorageBytes = (storage: TorchStorage) => Uint8Array;

/** Stride 0 lets 16 bytes stand for 2⁶² elements. Honest files need 2 × (f16 widened) and a little for shared storages. */
const COPIES_OF_FILE = 8;
const SMALL_BYTES = 2 ** 20; // a broadcast vector in a file of a few hundred bytes is no attack

export function copyLimit(fileBytes: number): CopyLimit {
  const whole = Math.max(COPIES_OF_FILE * fileBytes, SMALL_BYTES);
  return { left: whole, whole };
}

/**
 * The tensor with memory of its own, F16 and BF16 widened.
 * @throws FileError naming the tensor if it does not lie within its storage or takes more than the limit
 */
export function copyTensor(
  tensor: TorchTensor,
  name: string,
  bytesOf: StorageBytes,
  limit: CopyLimit,
  file: string,
): StoredTensor {
  const refuse = (what: string, cause?: unknown): FileError =>
    new FileError(file, what, { tensor: nameForError(name), cause });
  const view = readView(tensor.args);
  if (view === undefined) throw refuse("its arguments are not those of _rebuild_tensor_v2. Save the file again.");
  const { storage, offset, shape, strides } = view;

  const { dtype } = storage;
  const count = elements(shape);
  const available = storage.end - storage.begin;
  const last = shape.reduce((sum, size, axis) => sum + (size - 1) * strides[axis], offset);
  if (count > 0 && last >= available) {
    throw refuse(
      `shape ${shownShort(shape)} reaches element ${last} of a storage of ${available}. The file is broken.`,
    );
  }
  if (!(count * DTYPE_BYTES[dtype].memory <= limit.left)) {
    throw refuse(
      `shape ${shownShort(shape)} of ${dtype} is too large: all tensors may take ${limit.whole} bytes in a file of this size. Save a clone of it.`,
    );
  }
  limit.left -= count * DTYPE_BYTES[dtype].memory;
  if (count === 0) return { dtype, shape, data: readElements(dtype, new Uint8Array(0)) };

  let data: Uint8Array;
  try {
    data = bytesOf(storage);
  } catch (error) {
    if (error instanceof FileError) throw refuse(error.message.slice(file.length + 2), error);
    throw error;
  }
  const width = DTYPE_BYTES[dtype].file;
  const first = storage.begin + offset;
  const raw = isDense(shape, strides)
    ? data.subarray(first * width, (first + count) * width)
    : gather(data, width, first, shape, strides, count);
  return { dtype, shape, data: readElements(dtype, raw) };
}

/** A shape out of a file may have 64 dimensions. */
function shownShort(shape: readonly number[]): string {
  return `[${listed(shape.map(String))}]`;
}

interface View {
  readonly storage: TorchStorage;
  readonly offset: number;
  readonly shape: readonly number[];
  readonly strides: readonly number[];
}

const DIMENSIONS_LIMIT = 64; // no tensor has more in torch

/** `(storage, offset, size, stride, requires_grad, backward_hooks[, metadata])`; torch/_utils.py. */
function readView(args: readonly Value[]): View | undefined {
  const [storage, offset, size, stride] = args;
  if (args.length < 6 || args.length > 7 || !isTorchStorage(storage) || !isCount(offset)) return undefined;
  if (!isTuple(size) || !isTuple(stride) || size.items.length !== stride.items.length) return undefined;
  if (size.items.length > DIMENSIONS_LIMIT || !size.items.every(isCount) || !stride.items.every(isCount))
    return undefined;
  return { storage, offset, shape: size.items, strides: stride.items };
}

/** Whether elements lie in row-major order without gaps; axes of one element may have any stride. */
function isDense(shape: readonly number[], strides: readonly number[]): boolean {
  let expected = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    if (shape[axis] !== 1 && strides[axis] !== expected) return false;
    expected *= shape[axis];
  }
  return true;
}

/** The bytes of the view's elements in row-major order: an odometer over the outer axes, a run over the last. */
function gather(
  data: Uint8Array,
  width: number,
  first: number,
  shape: readonly number[],
  strides: readonly number[],
  count: number,
): Uint8Array {
  const raw = new Uint8Array(count * width);
  const run = shape.length - 1;
  const index = new Array<number>(shape.length).fill(0);
  let from = first; // element at `index`, whose last entry stays 0
  for (let to = 0; to < raw.length; ) {
    for (let i = 0; i < shape[run]; i++, to += width) {
      const at = (from + i * strides[run]) * width;
      for (let byte = 0; byte < width; byte++) raw[to + byte] = data[at + byte];
    }
    for (let axis = run - 1; axis >= 0; axis--) {
      from += strides[axis];
      if (++index[axis] < shape[axis]) break;
      from -= shape[axis] * strides[axis];
      index[axis] = 0;
    }
  }
  return raw;
}
