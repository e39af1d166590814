// safetensors against the golden files of another writer, its attacks, and its own inverse.

import { readdirSync, readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { FileError, ShapeError, UsageError } from "#effnet/errors.js";
import { readWeights } from "#effnet/weights/read.js";
import { readSafetensors, writeSafetensors } from "#effnet/weights/safetensors.js";
import type { Dtype, StoredData, StoredTensor } from "#effnet/weights/stored.js";

const GOLDEN = new URL("../golden/checkpoints/", import.meta.url);
const golden = (name: string): Uint8Array => new Uint8Array(readFileSync(new URL(name, GOLDEN)));

interface Expected {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly values: readonly (number | boolean)[];
}

/** torch's names for the element types in expected.json. */
const TORCH_NAMES: Readonly<Record<string, Dtype>> = {
  float64: "F64",
  float32: "F32",
  float16: "F16",
  bfloat16: "BF16",
  int64: "I64",
  int32: "I32",
  int16: "I16",
  int8: "I8",
  uint8: "U8",
  bool: "BOOL",
};

describe("files that load", () => {
  const all = JSON.parse(readFileSync(new URL("expected.json", GOLDEN), "utf8")) as Record<
    string,
    Record<string, Expected>
  >;

  test.each(["good.safetensors", "dtypes.safetensors"])(
    "%s has the names, dtypes, shapes and values of its writer",
    (name) => {
      const { tensors } = readSafetensors(golden(name), name);
      expect([...tensors.keys()].sort()).toEqual(Object.keys(all[name]).sort());
      for (const [key, { dtype, shape, values }] of Object.entries(all[name])) {
        const tensor = tensors.get(key) as StoredTensor;
        expect([tensor.dtype, tensor.shape], key).toEqual([TORCH_NAMES[dtype], shape]);
        expect(Array.from<number | bigint, number>(tensor.data, Number), key).toEqual(values.map(Number));
      }
    },
  );

  test("metadata comes as the file has it", () => {
    expect([...readSafetensors(golden("good.safetensors"), "good").metadata]).toEqual([["format", "pt"]]);
  });

  test("tensors are copies: changing the bytes afterwards changes nothing", () => {
    const bytes = golden("good.safetensors");
    const before = readSafetensors(bytes.slice(), "good");
    const after = readSafetensors(bytes, "good");
    bytes.fill(0);
    expect(after).toEqual(before);
  });

  test("a Buffer reads as any bytes do, and its tensors are copies too", () => {
    const bytes = golden("good.safetensors");
    const buffer = Buffer.from(bytes);
    const read = readSafetensors(buffer, "good");
    buffer.fill(0);
    expect(read).toEqual(readSafetensors(bytes, "good"));
    const pth = Buffer.from(golden("zip.pth"));
    expect(readWeights(pth, "zip.pth").tensors).toEqual(readWeights(golden("zip.pth"), "zip.pth").tensors);
  });

  test.each(["good.safetensors", "dtypes.safetensors"])("%s is known by its content under any name", (name) => {
    expect(readWeights(golden(name), "weights.bin")).toEqual(readSafetensors(golden(name), name));
  });

  test("a file that begins at an odd address in memory reads the same", () => {
    const bytes = golden("dtypes.safetensors");
    const odd = new Uint8Array(bytes.length + 1).subarray(1);
    odd.set(bytes);
    expect(readSafetensors(odd, "odd")).toEqual(readSafetensors(bytes, "odd"));
  });
});

describe("files that are refused", () => {
  const broken = readdirSync(new URL("broken/", GOLDEN)).filter((name) => name !== "proto-key.safetensors");
  const attacks = [...broken.map((name) => `broken/${name}`), "html.safetensors"];

  test("there are 26 of them", () => {
    expect(attacks).toHaveLength(26);
  });

  test.each(attacks)("%s is one FileError that names the file, within a second and 16 MB", (name) => {
    const bytes = golden(name);
    const before = memory();
    const start = performance.now();
    const error = refusal(() => readSafetensors(bytes, name));
    expect(performance.now() - start).toBeLessThan(1000);
    expect(memory() - before).toBeLessThan(16 * 2 ** 20);
    expect(error.file).toBe(name);
    expect(error.message).toMatch(/^[^\n]+$/);
    expect(error.message.startsWith(name)).toBe(true);
    expect(refusal(() => readWeights(bytes, name)).message).toBe(error.message);
  });

  test.each([
    ["broken/duplicate-key.safetensors", "twice"],
    ["broken/overlap.safetensors", "inside the tensor"],
    ["broken/hole.safetensors", "bytes 16 to 20"],
    ["broken/out-of-range.safetensors", "ends at byte 16"],
    ["broken/trailing.safetensors", "4 bytes after"],
    ["broken/wrong-dtype.safetensors", 'got "F31"'],
    ["broken/size-mismatch.safetensors", "expected 24 bytes for F32 [2, 3], got 16"],
    ["broken/fractional-offset.safetensors", "got 16.5"],
    ["broken/shape-overflow.safetensors", "2^53"],
    ["broken/shape-overflow-zero.safetensors", "2^53"],
    ["broken/not-utf8.safetensors", "UTF-8"],
    ["html.safetensors", "HTML page"],
  ])("%s: the message says %s", (name, part) => {
    expect(refusal(() => readSafetensors(golden(name), name)).message).toContain(part);
  });

  test("a tensor named __proto__ is an entry like any other", () => {
    const { tensors } = readSafetensors(golden("broken/proto-key.safetensors"), "proto");
    expect([...tensors.keys()]).toEqual(["__proto__"]);
    expect(({} as Record<string, unknown>)["dtype"]).toBe(undefined);
  });

  test.each([
    ["metadata twice", '{"__metadata__":{},"__metadata__":{}}', "twice"],
    ["a metadata key twice", '{"__metadata__":{"a":"1","a":"2"}}', "twice"],
    ["a dtype twice", '{"a":{"dtype":"F32","dtype":"F32","shape":[],"data_offsets":[0,4]}}', "once each"],
    ["a field nobody knows", '{"a":{"dtype":"F32","shape":[0],"data_offsets":[0,0],"more":1}}', "once each"],
    ["three offsets", '{"a":{"dtype":"F32","shape":[0],"data_offsets":[0,0,0]}}', "at most 2"],
    ["a number in another notation", '{"a":{"dtype":"F32","shape":[0e1],"data_offsets":[0,0]}}', "got 0e1"],
    ["a dtype of Object.prototype", '{"a":{"dtype":"constructor","shape":[0],"data_offsets":[0,0]}}', "dtype"],
    [
      "dimensions that overflow behind a zero",
      `{"a":{"dtype":"F32","shape":[${2 ** 40},${2 ** 40},0],"data_offsets":[0,0]}}`,
      "2^53",
    ],
    ["65 dimensions", `{"a":{"dtype":"F32","shape":[${Array(65).fill(1)}],"data_offsets":[0,4]}}`, "at most 64"],
    ["text after the object", "{}x", "nothing but spaces"],
    ["a comma too many", '{"a":{"dtype":"F32","shape":[0],"data_offsets":[0,0]},}', "a name"],
    ["an escape that is none", '{"\\q":{}}', "not JSON"],
    ["a byte order mark", "\ufeff{}", "object"],
  ])("a header with %s", (_, header, part) => {
    expect(refusal(() => readSafetensors(fileOf(header), "x.safetensors")).message).toContain(part);
  });

  test.each([
    ["one long string", `{"${"a".repeat(10_000_000)}`],
    ["one long number", `{"a":{"shape":[${"1".repeat(10_000_000)}`],
    ["nothing but spaces", " ".repeat(10_000_000)],
    ["ten million braces", "{".repeat(10_000_000)],
  ])("a 10 MB header of %s is refused within a second, in a short line", (_, header) => {
    const bytes = fileOf(header);
    const start = performance.now();
    const error = refusal(() => readSafetensors(bytes, "x.safetensors"));
    expect(performance.now() - start).toBeLessThan(1000);
    expect(error.message.length).toBeLessThan(400);
  });

  test("a torch checkpoint under the name of safetensors is told apart", () => {
    expect(refusal(() => readSafetensors(golden("zip.pth"), "x.safetensors")).message).toContain("Name it .pth");
  });
});

describe("files of ours", () => {
  const stored = fc.dictionary(fc.oneof(fc.string(), fc.constant("__proto__x")), tensor(), { maxKeys: 8 });

  test("what is written is read back: names in order, dtypes, shapes, bits, metadata", () => {
    fc.assert(
      fc.property(stored, fc.dictionary(fc.string(), fc.string(), { maxKeys: 3 }), (record, notes) => {
        const tensors = new Map(Object.entries(record).filter(([name]) => name !== "__metadata__"));
        const metadata = new Map(Object.entries(notes));
        const read = readSafetensors(writeSafetensors(tensors, { metadata }), "x");
        expect([...read.tensors]).toEqual([...tensors]);
        expect([...read.metadata]).toEqual([...metadata]);
      }),
      { seed: 8, numRuns: 500 },
    );
  });

  test("the header is padded with spaces to 8 bytes and every tensor is aligned to its elements", () => {
    const tensors = new Map<string, StoredTensor>([
      ["bytes", { dtype: "U8", shape: [3], data: Uint8Array.of(1, 2, 3) }],
      ["wide", { dtype: "F64", shape: [], data: Float64Array.of(4) }],
      ["half", { dtype: "F16", shape: [1], data: Float32Array.of(5) }],
    ]);
    const bytes = writeSafetensors(tensors);
    const headerBytes = new DataView(bytes.buffer).getUint32(0, true);
    const header = new TextDecoder().decode(bytes.subarray(8, 8 + headerBytes));
    expect(headerBytes % 8).toBe(0);
    expect(header).toMatch(/\} *$/);
    expect(JSON.parse(header)).toEqual({
      bytes: { dtype: "U8", shape: [3], data_offsets: [10, 13] },
      wide: { dtype: "F64", shape: [], data_offsets: [0, 8] },
      half: { dtype: "F16", shape: [1], data_offsets: [8, 10] },
    });
  });

  test("half precision stores kernels and matrices in two bytes and leaves vectors and counters", () => {
    const tensors = new Map<string, StoredTensor>([
      ["weight", { dtype: "F32", shape: [1, 2], data: Float32Array.of(1 + 2 ** -11, 1 + 3 * 2 ** -11) }],
      ["running_var", { dtype: "F32", shape: [1], data: Float32Array.of(1e-9) }],
      ["num_batches_tracked", { dtype: "I64", shape: [], data: BigInt64Array.of(7n) }],
    ]);
    const read = readSafetensors(writeSafetensors(tensors, { half: "F16" }), "x").tensors;
    expect([...read.values()].map(({ dtype }) => dtype)).toEqual(["F16", "F32", "I64"]);
    expect([...(read.get("weight")?.data ?? [])]).toEqual([1, 1 + 2 ** -9]); // ties go to the even neighbour
    expect([...(read.get("running_var")?.data ?? [])]).toEqual([Math.fround(1e-9)]);
  });

  test("a number beyond float16 is refused, not made infinite; bfloat16 takes it", () => {
    const tensors = new Map<string, StoredTensor>([["w", { dtype: "F32", shape: [1, 1], data: Float32Array.of(7e4) }]]);
    expect(() => writeSafetensors(tensors, { half: "F16" })).toThrow(UsageError);
    expect(readSafetensors(writeSafetensors(tensors, { half: "BF16" }), "x").tensors.get("w")?.data[0]).toBe(70144);
  });

  test("data that do not fill their shape, and a tensor called __metadata__, are not written", () => {
    const data = Float32Array.of(1);
    expect(() => writeSafetensors(new Map([["a", { dtype: "F32", shape: [2], data }]]))).toThrow(ShapeError);
    expect(() => writeSafetensors(new Map([["__metadata__", { dtype: "F32", shape: [1], data }]]))).toThrow(UsageError);
  });
});

/** Any tensor that a file can hold, of at most 3 dimensions of at most 4. */
function tensor(): fc.Arbitrary<StoredTensor> {
  const data: { readonly [D in Dtype]: (bits: Uint8Array) => StoredData } = {
    F64: (bits) => Float64Array.from(bits, (x) => x / 3),
    F32: (bits) => Float32Array.from(bits, (x) => x / 3),
    F16: (bits) => Float32Array.from(bits, (x) => -x / 4),
    BF16: (bits) => Float32Array.from(bits, (x) => x * 2 ** 100),
    F8_E4M3: (bits) => Float32Array.from(bits, (x) => (x % 8) - 4),
    F8_E5M2: (bits) => Float32Array.from(bits, (x) => (x % 4) * 2 ** -14),
    I64: (bits) => BigInt64Array.from(bits, (x) => -BigInt(x) << 50n),
    U64: (bits) => BigUint64Array.from(bits, (x) => BigInt(x) << 56n),
    I32: (bits) => Int32Array.from(bits, (x) => -x << 20),
    U32: (bits) => Uint32Array.from(bits, (x) => x * 2 ** 24),
    I16: (bits) => Int16Array.from(bits, (x) => -x * 100),
    U16: (bits) => Uint16Array.from(bits, (x) => x * 256),
    I8: (bits) => Int8Array.from(bits),
    U8: (bits) => Uint8Array.from(bits),
    BOOL: (bits) => Uint8Array.from(bits, (x) => x & 1),
  };
  return fc
    .tuple(fc.constantFrom(...(Object.keys(data) as Dtype[])), fc.array(fc.nat(4), { maxLength: 3 }))
    .chain(([dtype, shape]) => {
      const length = shape.reduce((product, size) => product * size, 1);
      const bits = fc.uint8Array({ minLength: length, maxLength: length });
      return bits.map((each): StoredTensor => ({ dtype, shape, data: data[dtype](each) }));
    });
}

function fileOf(header: string): Uint8Array {
  const text = new TextEncoder().encode(header);
  const bytes = new Uint8Array(8 + text.length);
  new DataView(bytes.buffer).setUint32(0, text.length, true);
  bytes.set(text, 8);
  return bytes;
}

function refusal(work: () => unknown): FileError {
  try {
    work();
  } catch (error) {
    expect(error).toBeInstanceOf(FileError);
    return error as FileError;
  }
  throw new Error("expected a refusal");
}

function memory(): number {
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}
