// Stored tensors of any dtype to the float32 state dict that the house computes with, and back to what a file holds.

import type { StateDict, Tensor } from "../tensor.ts";
import type { StoredData, StoredTensor } from "./stored.ts";

/**
 * Float32 of every tensor, rounded to the nearest where the file has more digits. Batch counters may come as int64 or, in
 * averaged checkpoints, as float32. F32 data are taken over, not copied.
 */
export function stateDictFrom(tensors: ReadonlyMap<string, StoredTensor>): StateDict {
  return new Map(Array.from(tensors, ([name, { shape, data }]) => [name, { shape, data: float32(data) }]));
}

/** A state dict as files hold it: float32, or float64 where it is, and batch counters as the int64 that torch expects. */
export function storedFrom(stateDict: ReadonlyMap<string, Tensor>): Map<string, StoredTensor> {
  return new Map(Array.from(stateDict, ([name, tensor]) => [name, storedTensor(name, tensor)]));
}

function float32(data: StoredData): Float32Array {
  if (data instanceof Float32Array) return data;
  if (data instanceof BigInt64Array || data instanceof BigUint64Array) return Float32Array.from(data, Number);
  return Float32Array.from(data);
}

function storedTensor(name: string, { shape, data }: Tensor): StoredTensor {
  if (name.endsWith(".num_batches_tracked")) {
    const counts = BigInt64Array.from(data, (count) => BigInt(Math.trunc(count)));
    return { dtype: "I64", shape, data: counts };
  }
  return { dtype: data instanceof Float64Array ? "F64" : "F32", shape, data };
}
