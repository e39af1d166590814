import { describe, expect, test } from "vitest";
import { FileError } from "#effnet/errors.js";
import { type PickleRules, unpickle } from "#effnet/weights/pickle.js";
import type { Allowed, Value } from "#effnet/weights/pickle-values.js";
import {
  APPENDS,
  BUILD,
  dict,
  EMPTY_DICT,
  EMPTY_LIST,
  EMPTY_SET,
  EMPTY_TUPLE,
  global,
  int,
  list,
  MARK,
  NEWOBJ,
  NONE,
  type Ops,
  PROTO,
  pickle,
  REDUCE,
  SETITEM,
  SETITEMS,
  STOP,
  text,
  tuple,
} from "./attacks/pickle-maker.ts";
import { refusal } from "./attacks/refusal.ts";
import { utf8 } from "./attacks/zip-maker.ts";

const FILE = "made.pkl";
const called: (readonly Value[])[] = [];

/** One class, one function, one class that may only be named; everything else is refused. */
const RULES: PickleRules = {
  globals: new Map<string, Allowed>([
    ["a Class", { isClass: true, call: (): Value => ({ kind: "dict", entries: undefined }) }],
    [
      "a function",
      {
        isClass: false,
        call: (args): Value => {
          called.push(args);
          return args.length;
        },
      },
    ],
    ["a Named", { isClass: true }],
  ]),
  refuse: (module, name) => new FileError(FILE, `${module}.${name} is not allowed.`),
};

/** The value of these opcodes, without PROTO, as plain JavaScript. */
function value(...ops: readonly Ops[]): unknown {
  return plain(unpickle(pickle(...ops), 0, FILE, RULES).value);
}

function plain(from: Value): unknown {
  if (typeof from !== "object" || from === null) return from;
  if (from.kind === "dict") return new Map([...(from.entries ?? [])].map(([key, item]) => [plain(key), plain(item)]));
  if (from.kind === "list" || from.kind === "tuple") return from.items.map(plain);
  return from.kind === "inert" ? from.type : from.kind;
}

const eight = (length: bigint): Ops => [...new Uint8Array(BigUint64Array.of(length).buffer)];

describe("values", () => {
  // biome-ignore format: columns
  const cases: readonly (readonly [string, Ops, unknown])[] = [
    ["NONE", NONE, null],
    ["NEWTRUE", [0x88], true],
    ["NEWFALSE", [0x89], false],
    ["BININT1", [0x4b, 200], 200],
    ["BININT2", [0x4d, 0xe9, 3], 1001],
    ["BININT, negative", int(-5), -5],
    ["LONG1 of 0 bytes", [0x8a, 0], 0],
    ["LONG1, negative", [0x8a, 1, 0xff], -1],
    ["LONG1 beyond 2^53", [0x8a, 10, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19], 0x1950a86a20f9469cfc6cn],
    ["LONG4", [0x8b, 2, 0, 0, 0, 0, 1], 256],
    ["INT", [0x49, ...utf8("-70000\n")], -70000],
    ["INT as a boolean", [0x49, ...utf8("01\n")], true],
    ["LONG", [0x4c, ...utf8("5L\n")], 5],
    ["BINFLOAT", [0x47, 0x3f, 0xf0, 0, 0, 0, 0, 0, 0], "float"],
    ["BINUNICODE", text("conv_stem.weight é"), "conv_stem.weight é"],
    ["SHORT_BINUNICODE", [0x8c, 1, 0x61], "a"],
    ["BINUNICODE8", [0x8d, ...eight(1n), 0x61], "a"],
    ["SHORT_BINSTRING", [0x55, 1, 0x61], "a"],
    ["BINSTRING", [0x54, 1, 0, 0, 0, 0x61], "a"],
    ["SHORT_BINBYTES", [0x43, 1, 0xff], "bytes"],
    ["BINBYTES", [0x42, 1, 0, 0, 0, 0xff], "bytes"],
    ["BINBYTES8", [0x8e, ...eight(1n), 0xff], "bytes"],
    ["BYTEARRAY8", [0x96, ...eight(1n), 0xff], "bytes"],
    ["EMPTY_TUPLE", EMPTY_TUPLE, []],
    ["TUPLE1", [...int(1), 0x85], [1]],
    ["TUPLE2", [...int(1), ...int(2), 0x86], [1, 2]],
    ["TUPLE3", [...int(1), ...int(2), ...int(3), 0x87], [1, 2, 3]],
    ["TUPLE", tuple(int(1), tuple(), int(4)), [1, [], 4]],
    ["APPEND", [...EMPTY_LIST, ...int(1), 0x61], [1]],
    ["APPENDS", list(int(1), int(2)), [1, 2]],
    ["LIST", [...MARK, ...int(1), 0x6c], [1]],
    ["SETITEM", [...EMPTY_DICT, ...text("a"), ...int(1), ...SETITEM], new Map([["a", 1]])],
    ["SETITEMS, last wins", dict([text("a"), int(1)], [text("a"), int(2)]), new Map([["a", 2]])],
    ["DICT", [...MARK, ...text("a"), ...int(1), 0x64], new Map([["a", 1]])],
    ["a key __proto__", dict([text("__proto__"), int(1)]), new Map([["__proto__", 1]])],
    ["EMPTY_SET and ADDITEMS", [...EMPTY_SET, ...MARK, ...int(1), 0x90], "set"],
    ["FROZENSET", [...MARK, ...int(1), 0x91], "set"],
    ["POP", [...int(1), ...int(2), 0x30], 1],
    ["POP of a mark", [...int(1), ...MARK, 0x30], 1],
    ["POP_MARK", [...int(1), ...MARK, ...int(2), 0x31], 1],
    ["DUP", [...int(1), 0x32, 0x86], [1, 1]],
    ["BINPUT and BINGET", [...int(7), 0x71, 3, 0x30, 0x68, 3], 7],
    ["LONG_BINPUT and LONG_BINGET", [...int(7), 0x72, 0, 0, 0, 0xff, 0x30, 0x6a, 0, 0, 0, 0xff], 7],
    ["MEMOIZE counts from 0", [...int(7), 0x94, ...int(8), 0x94, 0x30, 0x30, 0x68, 1], 8],
    ["FRAME", [0x95, ...eight(2n), ...int(1)], 1],
    ["GLOBAL", global("a", "Named"), "global"],
    ["STACK_GLOBAL", [...text("a"), ...text("Named"), 0x93], "global"],
    ["REDUCE of a class", [...global("a", "Class"), ...EMPTY_TUPLE, ...REDUCE], new Map()],
    ["REDUCE of a function", [...global("a", "function"), ...tuple(int(1), int(2)), ...REDUCE], 2],
    ["NEWOBJ of a class", [...global("a", "Class"), ...EMPTY_TUPLE, ...NEWOBJ], new Map()],
    ["BUILD of a dict drops the state", [...dict([text("a"), int(1)]), ...dict([text("b"), int(2)]), ...BUILD], new Map([["a", 1]])],
  ];

  test.each(cases)("%s", (_, ops, expected) => {
    expect(value(ops)).toEqual(expected);
  });

  test("a shared list is one list, not copies", () => {
    const made = unpickle(pickle([...EMPTY_LIST, 0x71, 0, 0x68, 0, 0x86]), 0, FILE, RULES).value;
    const [first, second] = (made as { items: Value[] }).items;
    expect(first).toBe(second);
  });

  test("a list that holds itself is built", () => {
    const { value: made } = unpickle(pickle([...EMPTY_LIST, 0x71, 0, 0x68, 0, 0x61]), 0, FILE, RULES);
    expect((made as { items: Value[] }).items[0]).toBe(made);
  });

  test("a pickle in the middle of a file is read from its start to its end", () => {
    const inner = pickle(int(5));
    const bytes = new Uint8Array([1, 2, 3, ...inner, 9, 9]);
    expect(unpickle(bytes, 3, FILE, RULES)).toEqual({ value: 5, end: 3 + inner.length });
  });
});

describe("refusals", () => {
  // biome-ignore format: columns
  const attacks: readonly (readonly [string, Ops, string])[] = [
    ["a global that is not on the list", global("os", "system"), "os.system is not allowed"],
    ["a name that is split elsewhere", global("a Na", "med"), "a Na.med is not allowed"],
    ["a global named by STACK_GLOBAL", [...text("os"), ...text("system"), 0x93], "os.system is not allowed"],
    ["a STACK_GLOBAL of no text", [...int(1), ...text("system"), 0x93], "a global without a name"],
    ["a global in INST", [...MARK, 0x69, ...utf8("os\nsystem\n")], "os.system is not allowed"],
    ["an allowed class in INST", [...MARK, 0x69, ...utf8("a\nClass\n")], "opcode INST"],
    ["an allowed class in OBJ", [...MARK, ...global("a", "Class"), 0x6f], "opcode OBJ"],
    ["NEWOBJ of a function", [...global("a", "function"), ...EMPTY_TUPLE, ...NEWOBJ], "a.function may not be called like this"],
    ["REDUCE of a class that may only be named", [...global("a", "Named"), ...EMPTY_TUPLE, ...REDUCE], "a.Named may not be called like this"],
    ["REDUCE of a text", [...text("a.Class"), ...EMPTY_TUPLE, ...REDUCE], "a call of a string"],
    ["REDUCE with a list", [...global("a", "Class"), ...EMPTY_LIST, ...REDUCE], "a.Class is called with a list, expected a tuple"],
    ["NEWOBJ_EX", [...global("a", "Class"), ...EMPTY_TUPLE, ...EMPTY_DICT, 0x92], "opcode NEWOBJ_EX"],
    ["BUILD of a class", [...global("a", "Class"), ...EMPTY_DICT, ...BUILD], "a state for a global"],
    ["BUILD of a list", [...EMPTY_LIST, ...EMPTY_DICT, ...BUILD], "a state for a list"],
    ["a persistent id", [...text("x"), 0x51], "a persistent id where none may be"],
    ["a persistent id as text", [0x50, ...utf8("x\n")], "opcode PERSID"],
    ["EXT1", [0x82, 1], "opcode EXT1"],
    ["EXT2", [0x83, 1, 0], "opcode EXT2"],
    ["EXT4", [0x84, 1, 0, 0, 0], "opcode EXT4"],
    ["NEXT_BUFFER", [0x97], "opcode NEXT_BUFFER"],
    ["an opcode that is none", [0xff], "no opcode is 0xff"],
    ["protocol 6", [0x80, 6], "protocol 6"],
    ["an integer of 2^31 bytes", [0x8b, 0, 0, 0, 0x80], "an integer of 2147483648 bytes"],
    ["an integer of a thousand digits", [0x4c, ...utf8(`${"9".repeat(1000)}L\n`)], "is no integer"],
    ["an integer in words", [0x49, ...utf8("one\n")], '"one" is no integer'],
    ["a line without an end", [0x63, ...utf8("x".repeat(5000))], "a line does not end"],
    ["a text that is not UTF-8", [0x8c, 1, 0xff], "a text is not UTF-8"],
    ["a text of 2^63 bytes", [0x8d, ...eight(2n ** 63n)], "expected 9223372036854776000 more bytes"],
    ["bytes of 2^64 - 1 bytes", [0x8e, ...eight(2n ** 64n - 1n)], "more bytes, got"],
    ["SETITEMS of a list", [...EMPTY_LIST, ...MARK, ...int(1), ...int(2), ...SETITEMS], "entries for a list, expected a dict"],
    ["SETITEMS of an odd number", [...EMPTY_DICT, ...MARK, ...int(1), ...SETITEMS], "a dict's key has no value"],
    ["APPENDS to a tuple", [...EMPTY_TUPLE, ...MARK, ...int(1), ...APPENDS], "items for a tuple, expected a list"],
    ["ADDITEMS to a list", [...EMPTY_LIST, ...MARK, ...int(1), 0x90], "items for a set that is none"],
    ["APPENDS without a mark", [...EMPTY_LIST, ...APPENDS], "a mark is missing"],
    ["items taken from below a mark", [...EMPTY_DICT, ...int(1), ...int(2), ...MARK, ...SETITEM], "its stack is empty"],
    ["POP of nothing", [0x30], "its stack is empty"],
    ["DUP of nothing", [0x32], "its stack is empty"],
    ["BINPUT of nothing", [0x71, 0], "its stack is empty"],
    ["STOP with nothing", [], "its stack is empty"],
    ["STOP above a mark", [...int(1), ...MARK], "its stack is empty"],
  ];

  test.each(attacks)("%s is refused", (_, ops, says) => {
    const bytes = pickle(ops);
    expect(refusal(FILE, () => unpickle(bytes, 0, FILE, RULES)).message).toContain(says);
  });

  test("a pickle cut off anywhere is refused", () => {
    const whole = pickle(dict([text("a"), tuple(int(1), list(global("a", "Named")))]));
    for (let length = 0; length < whole.length; length++) {
      refusal(FILE, () => unpickle(whole.subarray(0, length), 0, FILE, RULES));
    }
  });

  test("an allowed function is called once, with the arguments that the pickle has", () => {
    called.length = 0;
    value(global("a", "function"), tuple(int(1), text("b")), REDUCE);
    expect(called).toEqual([[1, "b"]]);
  });
});

describe("a small file stays small", () => {
  /** PROTO, one opcode a million times, STOP. */
  const million = (...ops: Ops): Uint8Array => {
    const bytes = new Uint8Array(PROTO.length + ops.length * 1e6 + STOP.length);
    bytes.set(PROTO);
    for (let i = 0; i < 1e6; i++) bytes.set(ops, PROTO.length + i * ops.length);
    bytes.set(STOP, bytes.length - STOP.length);
    return bytes;
  };

  // biome-ignore format: columns
  const bombs: readonly (readonly [string, Ops, string])[] = [
    ["a million dicts", EMPTY_DICT, "nested deeper than any checkpoint"],
    ["a million lists, each dropped", [...EMPTY_LIST, 0x30], "it makes more than 250000 values"],
    ["a million marks", MARK, "nested deeper than any checkpoint"],
    ["a million memo entries", [...NONE, 0x94, 0x30], "it makes more than 250000 values"],
    ["a million tuples, each around the one before", [...EMPTY_TUPLE, 0x86], "its stack is empty"],
  ];

  test.each(bombs)("%s are refused within a second and 16 MB", (_, ops, says) => {
    const bytes = million(...ops);
    expect(refusal(FILE, () => unpickle(bytes, 0, FILE, RULES)).message).toContain(says);
  });

  test("a pickle of more than 16 MiB is refused before it is read to its end", () => {
    const bytes = new Uint8Array(40 * 2 ** 20);
    bytes.set([...PROTO, 0x42, 0, 0, 0x80, 1]); // BINBYTES of 24 MiB
    expect(refusal(FILE, () => unpickle(bytes, 0, FILE, RULES)).message).toContain(
      "the pickle is longer than 16777216 bytes",
    );
  });

  test("thirty lists, each holding the one before ten times, are built and never walked", () => {
    const ops: number[] = [...EMPTY_LIST];
    for (let level = 0; level < 30; level++) {
      ops.push(0x71, 0, 0x30, ...EMPTY_LIST, ...MARK);
      for (let i = 0; i < 10; i++) ops.push(0x68, 0);
      ops.push(...APPENDS);
    }
    expect(unpickle(pickle(ops), 0, FILE, RULES).value).toHaveProperty("kind", "list");
  });
});
