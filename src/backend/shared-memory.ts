// Numbers that threads take over without a copy each.

import type { StateDict } from "../tensor.ts";

/** The same tensors; those of one thread's memory are copied to where all threads read them. Unchanged without such memory. */
export function inSharedMemory(parameters: StateDict): StateDict {
  if (typeof SharedArrayBuffer === "undefined") return parameters;
  const own = [...parameters].filter(([, { data }]) => !(data.buffer instanceof SharedArrayBuffer));
  let end = own.reduce((bytes, [, { data }]) => bytes + wholeDoubles(data.byteLength), 0);
  const buffer = new SharedArrayBuffer(end);
  const shared = new Map(parameters);
  for (const [name, { shape, data }] of own) {
    end -= wholeDoubles(data.byteLength);
    const copy =
      data instanceof Float64Array
        ? new Float64Array(buffer, end, data.length)
        : new Float32Array(buffer, end, data.length);
    copy.set(data);
    shared.set(name, { shape, data: copy });
  }
  return shared;
}

function wholeDoubles(bytes: number): number {
  return Math.ceil(bytes / Float64Array.BYTES_PER_ELEMENT) * Float64Array.BYTES_PER_ELEMENT;
}
