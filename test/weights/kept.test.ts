// Files read once and never written to: their float32 tensors stay where they were read to.

import { expect, test } from "vitest";
import { readSafetensors, writeSafetensors } from "#effnet/weights/safetensors.js";
import type { StoredTensor } from "#effnet/weights/stored.js";

const tensors = new Map<string, StoredTensor>([
  ["a", { dtype: "F32", shape: [3], data: Float32Array.of(1, 2, 3) }],
  ["b", { dtype: "I64", shape: [], data: BigInt64Array.of(7n) }],
  ["c", { dtype: "F32", shape: [2, 1], data: Float32Array.of(-4, 5.5) }],
]);

/** The file's bytes over shared memory, `shift` bytes in. */
function shared(shift = 0): Uint8Array {
  const file = writeSafetensors(tensors);
  const bytes = new Uint8Array(new SharedArrayBuffer(file.length + shift), shift);
  bytes.set(file);
  return bytes;
}

test("a kept file's float32 tensors are views of its bytes", () => {
  const bytes = shared();
  const read = readSafetensors(bytes, "w.safetensors", { isKept: true }).tensors;
  expect(read).toEqual(tensors);
  expect(read.get("a")?.data.buffer).toBe(bytes.buffer);
  expect(read.get("c")?.data.buffer).toBe(bytes.buffer);
});

test("a file that is not kept shares nothing", () => {
  const bytes = shared();
  for (const { data } of readSafetensors(bytes, "w.safetensors").tensors.values()) {
    expect(data.buffer).not.toBe(bytes.buffer);
  }
});

test("a kept file whose tensors are not aligned gives the same numbers", () => {
  expect(readSafetensors(shared(1), "w.safetensors", { isKept: true }).tensors).toEqual(tensors);
});

test("float32 tensors of one kept file cross to another thread without a copy", () => {
  const bytes = shared();
  const read = readSafetensors(bytes, "w.safetensors", { isKept: true }).tensors;
  const arrived = structuredClone(read);
  (arrived.get("a")?.data as Float32Array)[1] = 42;
  expect(read.get("a")?.data[1]).toBe(42);
});
