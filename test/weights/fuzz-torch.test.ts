// Mutated checkpoints: the reader answers rightly or with a FileError, never with a crash, a hang or a wrong shape.
// Seeds and numbers of cases are fixed. Zip members carry checksums, so the pickles inside are mutated on their own too.

import { readdirSync, readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { FileError } from "#effnet/errors.js";
import { DTYPE_BYTES, type StoredTensor } from "#effnet/weights/stored.js";
import { readTorch } from "#effnet/weights/torch.js";
import { memberBytes, readZip } from "#effnet/weights/zip.js";
import { makeZip } from "./attacks/zip-maker.ts";

const GOLDEN = new URL("../golden/checkpoints/", import.meta.url);
const SEED = 20_260_801;
const CASE_MS = 1000;
const COPIES_OF_FILE = 8; // the reader's own limit on what tensors may take,
const SMALL_BYTES = 2 ** 20; // and what it allows the smallest files

const files = readdirSync(GOLDEN).filter((file) => /\.(pth|tar|zip)$/.test(file));
const bytesOf = new Map(files.map((file) => [file, new Uint8Array(readFileSync(new URL(file, GOLDEN)))]));
const zips = files.filter((file) => !/legacy|text|truncated|deflated|no-data/.test(file));
const legacies = files.filter((file) => file.includes("legacy"));

/** One change of a file; places are fractions of its length. */
type Mutation =
  | { readonly kind: "set"; readonly at: number; readonly value: number }
  | { readonly kind: "flip"; readonly at: number; readonly bit: number }
  | { readonly kind: "word"; readonly at: number; readonly value: number }
  | { readonly kind: "insert"; readonly at: number; readonly bytes: Uint8Array }
  | { readonly kind: "remove"; readonly at: number; readonly length: number }
  | { readonly kind: "copy"; readonly at: number; readonly to: number; readonly length: number }
  | { readonly kind: "cut"; readonly at: number };

const place = fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true });
/** Numbers at which bounds break. */
const word = fc.constantFrom(0, 1, 0x7f, 0xff, 0xffff, 0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff);
/** Bytes that mean something in a pickle, and any others. */
const opcode = fc.oneof(
  fc.constantFrom(...new TextEncoder().encode("(.02]}){aesubtRcQhjqrXKMJoiGNBCTU")),
  fc.integer({ min: 0x80, max: 0x98 }),
  fc.nat(255),
);

const mutation: fc.Arbitrary<Mutation> = fc.oneof(
  fc.record({ kind: fc.constant("set" as const), at: place, value: opcode }),
  fc.record({ kind: fc.constant("flip" as const), at: place, bit: fc.nat(7) }),
  fc.record({ kind: fc.constant("word" as const), at: place, value: word }),
  fc.record({ kind: fc.constant("insert" as const), at: place, bytes: fc.uint8Array({ minLength: 1, maxLength: 12 }) }),
  fc.record({ kind: fc.constant("remove" as const), at: place, length: fc.integer({ min: 1, max: 40 }) }),
  fc.record({ kind: fc.constant("copy" as const), at: place, to: place, length: fc.integer({ min: 1, max: 64 }) }),
  fc.record({ kind: fc.constant("cut" as const), at: place }),
);

const mutations = fc.array(mutation, { minLength: 1, maxLength: 4 });

function mutated(bytes: Uint8Array, changes: readonly Mutation[]): Uint8Array {
  let now = bytes.slice();
  for (const change of changes) {
    const at = Math.floor(change.at * now.length);
    if (change.kind === "set") now[at] = change.value;
    else if (change.kind === "flip") now[at] ^= 1 << change.bit;
    else if (change.kind === "word") for (let i = 0; i < 4; i++) now[at + i] = change.value >>> (8 * i);
    else if (change.kind === "insert")
      now = Uint8Array.of(...now.subarray(0, at), ...change.bytes, ...now.subarray(at));
    else if (change.kind === "remove") now = Uint8Array.of(...now.subarray(0, at), ...now.subarray(at + change.length));
    else if (change.kind === "copy") now.copyWithin(Math.floor(change.to * now.length), at, at + change.length);
    else now = now.slice(0, at);
  }
  return now;
}

type Outcome = "loaded" | "refused";

/** Reads; whatever comes back must be whole tensors within the limit, whatever is thrown a FileError, in time. */
function outcome(bytes: Uint8Array, file: string): Outcome {
  const start = performance.now();
  let tensors: Map<string, StoredTensor> | undefined;
  try {
    tensors = readTorch(bytes, file);
  } catch (error) {
    if (!(error instanceof FileError)) throw error;
    expect(error.message.startsWith(`${file}: `)).toBe(true);
    expect(error.message.includes("\n")).toBe(false);
  }
  expect(performance.now() - start).toBeLessThan(CASE_MS);
  if (tensors === undefined) return "refused";
  expect(tensors.size).toBeGreaterThan(0);
  let taken = 0;
  for (const [name, { dtype, shape, data }] of tensors) {
    expect(typeof name).toBe("string");
    expect(data.length).toBe(shape.reduce((product, size) => product * size, 1));
    expect(data.BYTES_PER_ELEMENT).toBe(DTYPE_BYTES[dtype].memory);
    taken += data.byteLength;
  }
  expect(taken).toBeLessThanOrEqual(Math.max(COPIES_OF_FILE * bytes.length, SMALL_BYTES));
  return "loaded";
}

/** Runs the cases and returns how many loaded and were refused: a fuzz that refuses all, or none, tests nothing. */
function fuzz(
  names: readonly string[],
  runs: number,
  make: (file: string, changes: readonly Mutation[]) => Uint8Array,
): Record<Outcome, number> {
  const counts = { loaded: 0, refused: 0 };
  fc.assert(
    fc.property(fc.constantFrom(...names), mutations, (file, changes) => {
      counts[outcome(make(file, changes), file)]++;
    }),
    { seed: SEED, numRuns: runs },
  );
  return counts;
}

function golden(file: string): Uint8Array {
  return bytesOf.get(file) as Uint8Array;
}

describe("mutated checkpoints load whole or are refused with a FileError", () => {
  test("5,000 zip files, any byte", () => {
    const counts = fuzz(zips, 5000, (file, changes) => mutated(golden(file), changes));
    expect(counts.refused).toBeGreaterThan(2000);
    expect(counts.loaded).toBeGreaterThan(20);
  });

  test("8,000 zip files with a mutated pickle and right checksums", () => {
    const unzipped = new Map(
      zips.map((file) => {
        const members = [...readZip(golden(file), file).values()];
        return [file, members.map((member) => ({ name: member.name, data: memberBytes(golden(file), member, file) }))];
      }),
    );
    const counts = fuzz(zips, 8000, (file, changes) =>
      makeZip(
        (unzipped.get(file) ?? []).map(({ name, data }) => ({
          name,
          data: name.endsWith("/data.pkl") ? mutated(data, changes) : data,
        })),
      ),
    );
    expect(counts.refused).toBeGreaterThan(4000);
    expect(counts.loaded).toBeGreaterThan(100);
  });

  test("5,000 legacy files, any byte", () => {
    const counts = fuzz(legacies, 5000, (file, changes) => mutated(golden(file), changes));
    expect(counts.refused).toBeGreaterThan(2000);
    expect(counts.loaded).toBeGreaterThan(100);
  });

  test("1,000 files of any bytes behind a right beginning", () => {
    const beginnings = [
      "PK\x03\x04",
      "\x80\x02",
      "\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.",
      "<html>",
      "",
    ];
    fc.assert(
      fc.property(fc.constantFrom(...beginnings), fc.uint8Array({ maxLength: 400 }), (start, rest) => {
        expect(outcome(Uint8Array.of(...Buffer.from(start, "latin1"), ...rest), "any.pth")).toBe("refused");
      }),
      { seed: SEED, numRuns: 1000 },
    );
  });
});

test("a zip checkpoint with one changed byte gives the same tensors or is refused", () => {
  const file = "views.pth";
  const right = readTorch(golden(file), file);
  fc.assert(
    fc.property(fc.nat(golden(file).length - 1), fc.integer({ min: 1, max: 255 }), (at, change) => {
      const bytes = golden(file).slice();
      bytes[at] ^= change;
      try {
        expect(readTorch(bytes, file)).toEqual(right);
      } catch (error) {
        if (!(error instanceof FileError)) throw error;
      }
    }),
    { seed: SEED, numRuns: 3000 },
  );
});
