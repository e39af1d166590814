import fc from "fast-check";
import { expect, test } from "vitest";
import { Allocator } from "#effnet/backend/wasm/allocator.js";
import { EngineError } from "#effnet/errors.js";

const actions = fc.array(
  fc.oneof(
    fc.record({ kind: fc.constant("allocate" as const), bytes: fc.integer({ min: 0, max: 200_000 }) }),
    fc.record({ kind: fc.constant("free" as const), index: fc.nat() }),
  ),
  { maxLength: 60 },
);

test("no two blocks overlap, all are aligned and inside the memory, and freeing all leaves nothing held", () => {
  fc.assert(
    fc.property(actions, (steps) => {
      const memory = new WebAssembly.Memory({ initial: 1, maximum: 1000 });
      const allocator = new Allocator(memory, 100);
      const held: { start: number; end: number }[] = [];
      for (const step of steps) {
        if (step.kind === "allocate") {
          const start = allocator.allocate(step.bytes);
          const end = start + Math.max(step.bytes, 1);
          expect(start % 64).toBe(0);
          expect(start).toBeGreaterThanOrEqual(100);
          expect(end).toBeLessThanOrEqual(memory.buffer.byteLength);
          for (const other of held) expect(end <= other.start || other.end <= start).toBe(true);
          held.push({ start, end });
        } else if (held.length > 0) {
          allocator.free(held.splice(step.index % held.length, 1)[0].start);
        }
      }
      for (const { start } of held) allocator.free(start);
      expect(allocator.allocatedBytes).toBe(0);
    }),
    { seed: 8, numRuns: 300 },
  );
});

test("what is freed is used again before the memory grows", () => {
  const memory = new WebAssembly.Memory({ initial: 1, maximum: 100 });
  const allocator = new Allocator(memory, 0);
  for (let i = 0; i < 50; i++) {
    const blocks = [100_000, 50_000, 200_000].map((bytes) => allocator.allocate(bytes));
    for (const block of blocks) allocator.free(block);
  }
  expect(memory.buffer.byteLength).toBeLessThanOrEqual(6 * 65536);
});

test("a memory that cannot grow is an EngineError that says how much was wanted", () => {
  const allocator = new Allocator(new WebAssembly.Memory({ initial: 1, maximum: 2 }), 0);
  expect(() => allocator.allocate(2 ** 20)).toThrow(EngineError);
  expect(() => allocator.allocate(2 ** 20)).toThrow(/expected room for 1 MiB/);
  expect(allocator.allocate(1000)).toBe(0);
});
