import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import type { StoredTensor } from "#effnet/weights/stored.js";
import { readTorch } from "#effnet/weights/torch.js";
import {
  call,
  dict,
  EMPTY_DICT,
  global,
  int,
  legacy,
  list,
  NONE,
  type Ops,
  pickle,
  storage,
  tensor,
  text,
  tuple,
  zipped,
} from "./attacks/pickle-maker.ts";
import { refusal } from "./attacks/refusal.ts";
import { makeZip, utf8 } from "./attacks/zip-maker.ts";

const GOLDEN = new URL("../golden/checkpoints/", import.meta.url);

interface Expected {
  readonly [file: string]: { readonly [tensor: string]: { dtype: string; shape: number[]; values: unknown[] } };
}

const expected: Expected = JSON.parse(readFileSync(new URL("expected.json", GOLDEN), "utf8"));
const files = readdirSync(GOLDEN).filter((file) => /\.(pth|tar|zip)$/.test(file));

/** Files that are refused, and a part of what the error says. */
// biome-ignore format: columns
const REFUSED: { readonly [file: string]: string } = {
  "hostile.pth":                "pickle global posix.system is not allowed",
  "hostile-legacy.pth":         "pickle global posix.system is not allowed",
  "hostile-eval.pth":           "pickle global builtins.eval is not allowed",
  "hostile-eval-py2.pth":       "pickle global __builtin__.eval is not allowed",
  "hostile-stack-global.pth":   "pickle global posix.system is not allowed",
  "hostile-getattr.pth":        "pickle global builtins.getattr is not allowed",
  "hostile-nested-name.pth":    "pickle global torch._utils._rebuild_tensor_v2.x is not allowed",
  "hostile-obj.pth":            "pickle global posix.system is not allowed",
  "hostile-inst.pth":           "pickle global posix.system is not allowed",
  "hostile-newobj.pth":         "pickle global posix.system is not allowed",
  "hostile-build.pth":          "pickle global posix.system is not allowed",
  "hostile-ext.pth":            "opcode EXT1, which no weights file needs, is refused",
  "hand-made-deflated.pth":     'zip member "archive/data.pkl" is compressed',
  "tensor-beyond-storage.pth":  'tensor "w": shape [3, 2] reaches element 5 of a storage of 4',
  "tensor-offset-beyond.pth":   'tensor "w": shape [2, 1] reaches element 4 of a storage of 4',
  "tensor-huge.pth":            'tensor "w": shape [1048576, 1048576] of F32 is too large',
  "tensor-expanded-huge.pth":   'tensor "w": shape [2147483648, 2147483648] of F32 is too large',
  "tensor-missing-member.pth":  'tensor "w": the zip file has no member for storage "7"',
  "tensor-path-key.pth":        'tensor "w": the zip file has no member for storage "../',
  "tensor-short-member.pth":    'tensor "w": storage "0": expected 16 bytes, got 12',
  "tensor-unknown-storage.pth": "storage class torch.EvilStorage is not read",
  "memo-bomb.pth":              "expected a state dict, got a list",
  "deep-nesting.pth":           "expected a state dict, got a list",
  "no-stop.pth":                "expected 1 more bytes, got 0",
  "memo-missing.pth":           "memo entry 5 was never stored",
  "stack-underflow.pth":        "its stack is empty",
  "long-string.pth":            "expected 4294967280 more bytes, got 4",
  "truncated-zip.pth":          "the zip file has no end: it is cut off",
  "truncated-legacy.pth":       "cut off: storage",
  "no-data-pkl.zip":            "expected one data.pkl in the zip file's top folder, got 0",
  "text.pth":                   "not a torch checkpoint",
  "whole-module.pth":           "holds a whole pickled module (torch.nn.modules.container.Sequential), not a state dict. Load it where it was made and save model.state_dict()",
  "no-tensors.pth":             'no tensors, only the entries "epoch", "note"',
};

// biome-ignore format: columns
const TORCH_NAMES: { readonly [dtype: string]: string } = {
  F64: "float64", F32: "float32", F16: "float16", BF16: "bfloat16",
  I64: "int64", I32: "int32", I16: "int16", I8: "int8", U8: "uint8", BOOL: "bool",
};

function golden(file: string): Uint8Array {
  return new Uint8Array(readFileSync(new URL(file, GOLDEN)));
}

/** As `expected.json` writes a tensor. */
function written({ dtype, shape, data }: StoredTensor): { dtype: string; shape: readonly number[]; values: unknown[] } {
  const values = Array.from<number | bigint, unknown>(data, (value) =>
    dtype === "BOOL" ? value === 1 : Number(value),
  );
  return { dtype: TORCH_NAMES[dtype], shape, values };
}

describe("golden checkpoints", () => {
  const loaded = files.filter((file) => file in expected);

  test("every file either loads or is refused in the tables here", () => {
    expect(files.filter((file) => !(file in expected) && !(file in REFUSED))).toEqual([]);
    expect(Object.keys(REFUSED).filter((file) => !files.includes(file))).toEqual([]);
    expect(loaded.length).toBeGreaterThanOrEqual(12);
  });

  test.each(loaded)("%s loads with the names, order, types, shapes and values that torch has", (file) => {
    const tensors = readTorch(golden(file), file);
    expect([...tensors.keys()]).toEqual(Object.keys(expected[file]));
    for (const [name, tensor] of tensors) expect(written(tensor), name).toEqual(expected[file][name]);
  });

  test.each(Object.entries(REFUSED))("%s is refused within a second and 16 MB: %s", (file, says) => {
    const bytes = golden(file);
    expect(refusal(file, () => readTorch(bytes, file)).message).toContain(says);
  });

  test("an HTML page saved under a weights name is called one", () => {
    const bytes = golden("html.safetensors");
    expect(refusal("b0.pth", () => readTorch(bytes, "b0.pth")).message).toContain("HTML page");
  });

  test("tensors have memory of their own, which the file's bytes do not share", () => {
    const bytes = golden("legacy.pth");
    const tensors = readTorch(bytes, "legacy.pth");
    bytes.fill(0xff);
    expect(written(tensors.get("bn1.bias") as StoredTensor)).toEqual(expected["legacy.pth"]["bn1.bias"]);
  });

  test("a file that begins in the middle of a larger buffer is read alike", () => {
    const bytes = golden("views.pth");
    const shifted = new Uint8Array(bytes.length + 7).subarray(3, 3 + bytes.length);
    shifted.set(bytes);
    expect(readTorch(shifted, "views.pth")).toEqual(readTorch(bytes, "views.pth"));
  });
});

describe("what unwrapping takes", () => {
  const read = (root: Ops): Map<string, StoredTensor> => readTorch(zipped(pickle(root)), "made.pth");
  const first = tensor({ shape: [1] });
  const second = tensor({ shape: [1], offset: 1 });
  const stateDict = (key: string, value: Ops): readonly [Ops, Ops] => [text(key), dict([text("w"), value])];

  test("state_dict_ema before model_ema before state_dict before model", () => {
    const order = ["model", "state_dict", "model_ema", "state_dict_ema"];
    for (let wins = 1; wins < order.length; wins++) {
      const losers = order.slice(0, wins).map((key) => stateDict(key, first));
      const tensors = read(dict(...losers, stateDict(order[wins], second)));
      expect([...(tensors.get("w") as StoredTensor).data]).toEqual([2]);
    }
  });

  test("EMA weights that are None are passed over", () => {
    const tensors = read(dict([text("state_dict_ema"), NONE], [text("model_ema"), NONE], stateDict("model", second)));
    expect([...(tensors.get("w") as StoredTensor).data]).toEqual([2]);
  });

  test.each([
    ["module._orig_mod.a", "a"],
    ["_orig_mod.module.b", "module.b"],
    ["module.module.c", "module.c"],
    ["modules.d", "modules.d"],
    ["__proto__", "__proto__"],
  ])("%s becomes %s", (key, name) => {
    expect([...read(dict([text(key), first])).keys()]).toEqual([name]);
  });

  test("an argparse.Namespace in either spelling is passed over", () => {
    const namespace = call(
      "copy_reg",
      "_reconstructor",
      global("argparse", "Namespace"),
      global("__builtin__", "object"),
      NONE,
    );
    const tensors = read(
      dict([text("args"), namespace], [text("n"), call("argparse", "Namespace")], stateDict("model", first)),
    );
    expect([...tensors.keys()]).toEqual(["w"]);
  });

  test("a view of a legacy storage begins where the view says", () => {
    const from = storage("0", "FloatStorage", 4, tuple(text("1"), int(2), int(2)));
    const tensors = readTorch(legacy(dict([text("w"), tensor({ from, shape: [2] })])), "made.pth");
    expect([...(tensors.get("w") as StoredTensor).data]).toEqual([3, 4]);
  });
});

const stateDict = (value: Ops): Ops => dict([text("w"), value]);
const good = stateDict(tensor());
const over = (className: string, elements: number, key = "0"): Ops =>
  tensor({ from: storage(key, className, elements) });

describe("attacks on tensors that the golden files do not make", () => {
  // biome-ignore format: columns
  const attacks: readonly (readonly [string, Ops, string])[] = [
    ["a negative size", stateDict(tensor({ shape: [-4] })), 'tensor "w": its arguments are not those'],
    ["a negative stride", stateDict(tensor({ strides: [-1], offset: 3 })), 'tensor "w": its arguments are not those'],
    ["a negative offset", stateDict(tensor({ offset: -1 })), 'tensor "w": its arguments are not those'],
    ["more strides than sizes", stateDict(tensor({ strides: [4, 1] })), 'tensor "w": its arguments are not those'],
    ["65 dimensions", stateDict(tensor({ shape: new Array(65).fill(1), strides: new Array(65).fill(0) })), 'tensor "w": its arguments are not those'],
    ["sizes whose product overflows", stateDict(tensor({ shape: new Array(40).fill(2 ** 52), strides: new Array(40).fill(0) })), "is too large"],
    ["a view of a storage beyond it", stateDict(tensor({ from: storage("0", "FloatStorage", 4, tuple(text("1"), int(3), int(2))) })), 'storage "0": its view'],
    ["one storage with two types", dict([text("v"), tensor()], [text("w"), over("IntStorage", 4)]), 'storage "0" is 4 × F32 in one place and 4 × I32'],
    ["one storage with two lengths", dict([text("v"), tensor()], [text("w"), over("FloatStorage", 3)]), 'storage "0" is 4 × F32 in one place and 3 × F32'],
    ["a persistent id that is no tuple", stateDict([...text("0"), 0x51]), "no storage of a tensor"],
    ["a storage of a class that is none", stateDict(tensor({ from: [...tuple(text("storage"), global("argparse", "Namespace"), text("0"), text("cpu"), int(4)), 0x51] })), "no storage of a tensor"],
    ["a tensor without arguments", stateDict(call("torch._utils", "_rebuild_tensor_v2")), 'tensor "w": its arguments are not those'],
    ["a parameter of no tensor", stateDict(call("torch._utils", "_rebuild_parameter", NONE)), "_rebuild_parameter is called with arguments"],
    ["an OrderedDict with arguments", stateDict(call("collections", "OrderedDict", list())), "collections.OrderedDict is called with arguments"],
    ["a reconstructor of another class", stateDict(call("copyreg", "_reconstructor", global("collections", "OrderedDict"), global("builtins", "object"), NONE)), "_reconstructor is called with arguments"],
    ["names that become one without prefixes", dict([text("a"), tensor()], [text("module.a"), tensor()]), 'tensor "a": two entries have this name'],
    ["a tensor whose name is a number", dict([int(3), tensor()]), "a tensor's name is a number"],
    ["a state_dict that is None", dict([text("state_dict"), NONE]), 'entry "state_dict": expected a state dict, got a None'],
    ["an empty dict", EMPTY_DICT, "no tensors, only an empty dict"],
    ["a single tensor", tensor(), "expected a state dict, got a tensor"],
  ];

  test.each(attacks)("%s is refused, in both containers", (_, root, says) => {
    const zip = zipped(pickle(root));
    expect(refusal("zip.pth", () => readTorch(zip, "zip.pth")).message).toContain(says);
    const hasStorage = Buffer.from(root).includes("Storage");
    const old = legacy(root, hasStorage ? {} : { keys: list(), counts: [] });
    expect(refusal("old.pth", () => readTorch(old, "old.pth")).message).toContain(says);
  });

  test("many expanded tensors are refused together, where each alone is small", () => {
    const expanded = tensor({ shape: [100_000], strides: [0] });
    const names = Array.from({ length: 40 }, (_, i) => text(`w${i}`));
    const bytes = zipped(pickle(dict(...names.map((name) => [name, expanded] as const))));
    expect(readTorch(zipped(pickle(dict([names[0], expanded]))), "one.pth").size).toBe(1);
    expect(refusal("many.pth", () => readTorch(bytes, "many.pth")).message).toContain("is too large");
  });

  test("a tensor's name of a megabyte with line feeds gives a short error of one line", () => {
    const bytes = zipped(pickle(dict([text("a\n".repeat(500_000)), tensor({ shape: [9] })])));
    expect(refusal("long.pth", () => readTorch(bytes, "long.pth")).tensor?.length).toBeLessThan(200);
  });
});

describe("attacks on the legacy container", () => {
  // biome-ignore format: columns
  const attacks: readonly (readonly [string, Uint8Array, string])[] = [
    ["another magic number", legacy(good, { magic: int(7) }), "its magic number differs"],
    ["another protocol", legacy(good, { protocol: int(1002) }), "legacy torch protocol: expected 1001, got 1002"],
    ["a big-endian writer", legacy(good, { system: dict([text("little_endian"), [0x89]]) }), "big-endian"],
    ["a storage in the system pickle", legacy(good, { system: storage("0", "FloatStorage", 4) }), "pickle global torch.FloatStorage is not allowed"],
    ["a list of storages that is none", legacy(good, { keys: int(1) }), "expected the list of storages, got a number"],
    ["a storage that no tensor has", legacy(good, { keys: list(text("1")) }), "names one that no tensor has"],
    ["a storage twice", legacy(good, { keys: list(text("0"), text("0")), counts: [4, 4] }), 'storage "0" appears twice'],
    ["a storage without data", legacy(good, { keys: list(), counts: [] }), 'tensor "w": the file has no data for storage "0"'],
    ["another count before the data", legacy(good, { counts: [5] }), 'storage "0": expected 4 elements, got 5'],
    ["a count of 2^63", legacy(good, { counts: [2 ** 63] }), "expected 4 elements, got 9223372036854775808"],
    ["bytes after the last storage", legacy(good, { after: new Uint8Array(3) }), "3 bytes follow the last storage"],
    ["a storage class that is not read", legacy(stateDict(over("ComplexFloatStorage", 2))), "storage class torch.ComplexFloatStorage is not read"],
  ];

  test.each(attacks)("%s is refused", (_, bytes, says) => {
    expect(readTorch(legacy(good), "good.pth").size).toBe(1);
    expect(refusal("old.pth", () => readTorch(bytes, "old.pth")).message).toContain(says);
  });
});

describe("attacks on the zip container", () => {
  const pkl = { name: "archive/data.pkl", data: pickle(good) };
  const four = { name: "archive/data/0", data: new Uint8Array(16) };
  const field64 = new Uint8Array([1, 0, 8, 0, ...new Uint8Array(BigUint64Array.of(2n ** 60n).buffer)]);
  const size64 = new Uint8Array([1, 0, 16, 0, ...new Uint8Array(BigUint64Array.of(16n, 16n).buffer)]);

  test("lengths in a zip64 field are read", () => {
    const bytes = makeZip([pkl, { ...four, says: { size: 0xffffffff, packed: 0xffffffff, extra: size64 } }]);
    expect(readTorch(bytes, "zip64.pth").get("w")?.shape).toEqual([4]);
  });

  // biome-ignore format: columns
  const attacks: readonly (readonly [string, Uint8Array, string])[] = [
    ["a member twice", makeZip([pkl, four, four]), 'zip member "archive/data/0" appears twice'],
    ["two members over the same bytes", nested(), "overlap"],
    ["a member whose own header has another name", makeZip([pkl, { ...four, says: { name: "archive/data/1" } }]), "has another name in its own header"],
    ["a header beyond the file", makeZip([pkl, { ...four, says: { local: 1e9 } }]), "has no header at byte 1000000000"],
    ["a header where none is", makeZip([pkl, { ...four, says: { local: 5 } }]), "has no header at byte 5"],
    ["data beyond the directory", makeZip([pkl, { ...four, says: { size: 17, packed: 17 } }]), "ends beyond the members' part"],
    ["a stored member with two sizes", makeZip([pkl, { ...four, says: { size: 1e9 } }]), "its sizes differ: 1000000000 and 16"],
    ["an encrypted member", makeZip([pkl, { ...four, says: { flags: 1 } }]), "is encrypted"],
    ["an unknown compression", makeZip([pkl, { ...four, says: { method: 99 } }]), "compressed by method 99"],
    ["a wrong checksum", makeZip([pkl, { ...four, says: { crc: 1 } }]), 'the checksum of member "archive/data/0" differs'],
    ["a zip64 size that is missing", makeZip([pkl, { ...four, says: { size: 0xffffffff } }]), "lacks its zip64 lengths"],
    ["a zip64 size of 2^60", makeZip([pkl, { ...four, says: { size: 0xffffffff, extra: field64 } }]), "its sizes differ"],
    ["several disks", makeZip([pkl, four], { disk: 1 }), "split over several files"],
    ["more entries than the directory has", makeZip([pkl, four], { count: 3 }), "3 members do not fit a directory"],
    ["65,534 entries in a small directory", makeZip([pkl, four], { count: 65534 }), "65534 members do not fit"],
    ["fewer entries than the directory has", makeZip([pkl, four], { count: 1 }), "bytes too many"],
    ["a directory that begins elsewhere", makeZip([pkl, four], { start: 3 }), "its directory ends at byte"],
    ["a directory of 4 GiB", makeZip([pkl, four], { size: 0xfffffffe }), "its directory ends at byte"],
    ["a comment that is not there", makeZip([pkl, four], { comment: 9 }), "the zip file has no end"],
    ["a big-endian writer", zipped(pickle(good), [{ name: "archive/byteorder", data: utf8("big") }]), 'byte order: expected little, got "big"'],
    ["two folders with a data.pkl", zipped(pickle(good), [{ name: "b/data.pkl", data: pickle(good) }]), "expected one data.pkl in the zip file's top folder, got 2"],
    ["bytes after the pickle's end", makeZip([{ ...pkl, data: new Uint8Array([...pkl.data, 0]) }, four]), "data.pkl has 1 bytes after its end"],
  ];

  test.each(attacks)("%s is refused", (_, bytes, says) => {
    expect(refusal("made.pth", () => readTorch(bytes, "made.pth")).message).toContain(says);
  });

  /** The second member's header and data lie inside the first member's data. */
  function nested(): Uint8Array {
    const inner = makeZip([{ name: "b", data: new Uint8Array(8) }]).subarray(0, 39);
    const local = 30 + "a".length;
    return makeZip([
      { name: "a", data: inner },
      { name: "b", data: new Uint8Array(8), says: { local } },
    ]);
  }
});
