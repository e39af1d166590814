// One door for weights files: safetensors or a torch checkpoint, told by the content, and by the name where that is unclear.

import { looksLikeSafetensors, type ReadOptions, readSafetensors } from "./safetensors.ts";
import type { StoredTensor } from "./stored.ts";
import { readTorch } from "./torch.ts";

export interface Weights {
  readonly tensors: Map<string, StoredTensor>;
  /** `__metadata__` of a safetensors file; empty for a checkpoint. */
  readonly metadata: ReadonlyMap<string, string>;
}

/**
 * The tensors of a file; a trainer's checkpoint gives its averaged (EMA) weights where it has them.
 * @param file how errors name it; a name that ends with `.safetensors` must hold that
 * @throws FileError if it is neither, broken, or hostile
 */
export function readWeights(bytes: Uint8Array, file: string, options: ReadOptions = {}): Weights {
  if (/\.safetensors$/i.test(file) || looksLikeSafetensors(bytes)) return readSafetensors(bytes, file, options);
  // A Buffer's slice is no copy; a plain Uint8Array's is.
  const plain = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length);
  return { tensors: readTorch(plain, file), metadata: new Map() };
}
