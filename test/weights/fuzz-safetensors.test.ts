// Mutated safetensors: whatever is done to a file, it is refused by one clear line or read as it says.

import { readdirSync, readFileSync } from "node:fs";
import fc from "fast-check";
import { expect, test } from "vitest";
import { FileError } from "#effnet/errors.js";
import { readSafetensors, writeSafetensors } from "#effnet/weights/safetensors.js";
import type { StoredTensor } from "#effnet/weights/stored.js";

const GOLDEN = new URL("../golden/checkpoints/", import.meta.url);
const seeds: readonly Uint8Array[] = [
  "good.safetensors",
  "dtypes.safetensors",
  ...readdirSync(new URL("broken/", GOLDEN)).map((name) => `broken/${name}`),
].map((name) => new Uint8Array(readFileSync(new URL(name, GOLDEN))));
/** Files that load; mutations of them come past the first checks. */
const whole: readonly Uint8Array[] = [
  seeds[0],
  seeds[1],
  writeSafetensors(
    new Map<string, StoredTensor>([
      ["a", { dtype: "F32", shape: [2, 2], data: Float32Array.of(1, 2, 3, 4) }],
      ["b", { dtype: "I64", shape: [], data: BigInt64Array.of(5n) }],
      ["c", { dtype: "BOOL", shape: [0, 3], data: new Uint8Array(0) }],
    ]),
    { metadata: new Map([["effnet.config", '{"classes":3}']]) },
  ),
];

const TOKENS = [
  "{",
  "}",
  "[",
  "]",
  '"',
  ",",
  ":",
  "\\",
  "0",
  "-1",
  "1e9",
  "9007199254740993",
  "null",
  '"F16"',
  "\u0000",
];

type Mutation = (bytes: Uint8Array) => Uint8Array;

/** `at` is a share of the file, so that a mutation means the same on files of any length. */
const mutation: fc.Arbitrary<Mutation> = fc.oneof(
  fc.tuple(at(), fc.nat(255)).map(
    ([where, byte]): Mutation =>
      (bytes) =>
        spliced(bytes, where, 1, Uint8Array.of(byte)),
  ),
  fc.tuple(at(), fc.nat(7)).map(
    ([where, bit]): Mutation =>
      (bytes) => {
        const i = Math.floor(where * bytes.length);
        return spliced(bytes, where, 1, Uint8Array.of((bytes[i] ?? 0) ^ (1 << bit)));
      },
  ),
  at().map(
    (where): Mutation =>
      (bytes) =>
        bytes.slice(0, Math.floor(where * bytes.length)),
  ),
  fc.tuple(at(), fc.nat(40)).map(
    ([where, count]): Mutation =>
      (bytes) =>
        spliced(bytes, where, count, new Uint8Array(0)),
  ),
  fc.tuple(at(), fc.constantFrom(...TOKENS)).map(
    ([where, token]): Mutation =>
      (bytes) =>
        spliced(bytes, where, token.length, new TextEncoder().encode(token)),
  ),
  fc.tuple(at(), at(), fc.nat(64)).map(
    ([from, to, count]): Mutation =>
      (bytes) => {
        const begin = Math.floor(from * bytes.length);
        return spliced(bytes, to, 0, bytes.slice(begin, begin + count));
      },
  ),
  fc.uint8Array({ maxLength: 16 }).map(
    (more): Mutation =>
      (bytes) =>
        spliced(bytes, 1, 0, more),
  ),
  fc.tuple(fc.integer({ min: -40, max: 40 })).map(
    ([by]): Mutation =>
      (bytes) =>
        withHeaderLength(bytes, by),
  ),
  // In the header alone: a digit becomes another, so that offsets and shapes disagree.
  fc.tuple(fc.nat(), fc.nat(9)).map(
    ([which, digit]): Mutation =>
      (bytes) =>
        withDigit(bytes, which, digit),
  ),
);

const mutated = fc
  .tuple(
    fc.oneof({ weight: 6, arbitrary: fc.constantFrom(...whole) }, { weight: 1, arbitrary: fc.constantFrom(...seeds) }),
    fc.array(mutation, { minLength: 1, maxLength: 3 }),
  )
  .map(([bytes, mutations]) => mutations.reduce<Uint8Array>((now, change) => change(now), bytes));

test("20,000 mutated files: one FileError of one line, or tensors that fill their shapes and write back the same", () => {
  const counts = { read: 0, refused: 0 };
  let slowestMs = 0;
  fc.assert(
    fc.property(mutated, (bytes) => {
      const copy = bytes.slice();
      const start = performance.now();
      try {
        const { tensors, metadata } = readSafetensors(bytes, "x.safetensors");
        counts.read++;
        expect(Array.from(tensors, ([name, { dtype, shape }]) => [name, { dtype, shape }])).toEqual(announced(bytes));
        let total = 0;
        for (const { shape, data } of tensors.values()) {
          expect(data.length).toBe(shape.reduce((product, size) => product * size, 1));
          total += data.length;
        }
        expect(total).toBeLessThanOrEqual(bytes.length);
        const again = readSafetensors(writeSafetensors(tensors, { metadata }), "y");
        expect([...again.tensors]).toEqual([...tensors]);
        expect([...again.metadata]).toEqual([...metadata]);
      } catch (error) {
        if (!(error instanceof FileError)) throw error;
        counts.refused++;
        expect(error.message).toMatch(/^x\.safetensors: [^\n]{1,600}$/);
      }
      slowestMs = Math.max(slowestMs, performance.now() - start);
      expect(Buffer.compare(bytes, copy)).toBe(0); // reading changes nothing
    }),
    { seed: 88, numRuns: 20_000 },
  );
  console.log(`${counts.read} read, ${counts.refused} refused, the slowest in ${slowestMs.toFixed(0)} ms`);
  expect(counts.read).toBeGreaterThan(500);
  expect(counts.refused).toBeGreaterThan(10_000);
});

/** What JSON.parse takes from the header. */
function announced(bytes: Uint8Array): unknown[] {
  const end = 8 + new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true);
  const header = JSON.parse(new TextDecoder().decode(bytes.subarray(8, end))) as Record<string, StoredTensor>;
  return Object.entries(header)
    .filter(([name]) => name !== "__metadata__")
    .map(([name, { dtype, shape }]) => [name, { dtype, shape }]);
}

function at(): fc.Arbitrary<number> {
  return fc.noBias(fc.nat(9999)).map((share) => share / 10_000);
}

/** `count` bytes at the share `where` of the file replaced by `by`. */
function spliced(bytes: Uint8Array, where: number, count: number, by: Uint8Array): Uint8Array {
  const i = Math.floor(where * bytes.length);
  return Uint8Array.of(...bytes.subarray(0, i), ...by, ...bytes.subarray(i + count));
}

function withHeaderLength(bytes: Uint8Array, by: number): Uint8Array {
  if (bytes.length < 8) return bytes;
  const changed = bytes.slice();
  const view = new DataView(changed.buffer);
  view.setUint32(0, view.getUint32(0, true) + by, true);
  return changed;
}

function withDigit(bytes: Uint8Array, which: number, digit: number): Uint8Array {
  const end = bytes.length < 8 ? 0 : 8 + new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true);
  const digits = [...bytes.subarray(8, end).keys()]
    .map((i) => i + 8)
    .filter((i) => bytes[i] >= 0x30 && bytes[i] <= 0x39);
  if (digits.length === 0) return bytes;
  const changed = bytes.slice();
  changed[digits[which % digits.length]] = 0x30 + digit;
  return changed;
}
