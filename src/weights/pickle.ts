// Python's pickle, restricted: builds plain values, calls nothing but what the caller's list allows, executes nothing.
// Opcodes after CPython's Lib/pickletools.py, protocols 1 to 5; those that weights never need are refused by name.

import type { FileError } from "../errors.ts";
import { type PickleReader, pickleReader } from "./pickle-reader.ts";
import {
  type Allowed,
  type Inert,
  isDict,
  isGlobal,
  isList,
  isTuple,
  kindOf,
  type Tuple,
  type Value,
} from "./pickle-values.ts";
import { quoted } from "./quoted.ts";

export interface PickleRules {
  /** Allowed globals by `module name`, with a space. */
  readonly globals: ReadonlyMap<string, Allowed>;
  /** What a persistent id stands for; without, there may be none. Throws FileError if it is wrong. */
  readonly persistent?: (id: Value) => Value;
  /** The error for a global that is not on the list. */
  readonly refuse: (module: string, name: string) => FileError;
}

/** efficientnetv2_xl (1,990 tensors) with EMA and two optimizer moments makes about 100,000 values and memo entries. */
const VALUES_LIMIT = 250_000;
const STACK_LIMIT = 100_000; // batches of 1,000 pairs, a few levels deep

interface Machine {
  readonly reader: PickleReader;
  readonly rules: PickleRules;
  readonly stack: Value[];
  /** Heights of the stack at its open marks. */
  readonly marks: number[];
  readonly memo: Map<number, Value>;
  values: number;
}

/**
 * The value of the pickle that starts at byte `start`, and where it ends.
 * @throws FileError if it is broken, names a global that is not allowed, or is larger than any checkpoint
 */
export function unpickle(
  bytes: Uint8Array,
  start: number,
  file: string,
  rules: PickleRules,
): { value: Value; end: number } {
  const reader = pickleReader(bytes, start, file);
  const machine: Machine = { reader, rules, stack: [], marks: [], memo: new Map(), values: 0 };
  for (;;) {
    const code = reader.u8();
    if (code === STOP) return { value: pop(machine), end: reader.at() };
    const step = OPCODES[code];
    if (step === undefined) throw unknownOpcode(machine, code);
    step(machine);
    if (machine.stack.length > STACK_LIMIT || machine.marks.length > STACK_LIMIT) {
      throw reader.broken("nested deeper than any checkpoint");
    }
  }
}

const STOP = 0x2e;

type Step = (machine: Machine) => void;

/** What each opcode does; what is missing here is refused. Names as in pickletools. */
// biome-ignore format: columns
const OPCODES: { readonly [code: number]: Step } = {
  128: ({ reader }) => readProtocol(reader),                                     // PROTO
  149: ({ reader }) => readFrame(reader),                                        // FRAME

  78: ({ stack }) => stack.push(null),                                          // NONE
  136: ({ stack }) => stack.push(true),                                          // NEWTRUE
  137: ({ stack }) => stack.push(false),                                         // NEWFALSE
  75: ({ stack, reader }) => stack.push(reader.u8()),                           // BININT1
  77: ({ stack, reader }) => stack.push(reader.u16()),                          // BININT2
  74: ({ stack, reader }) => stack.push(reader.i32()),                          // BININT
  138: ({ stack, reader }) => stack.push(readInteger(reader, reader.u8())),      // LONG1
  139: ({ stack, reader }) => stack.push(readInteger(reader, reader.u32())),     // LONG4
  73: ({ stack, reader }) => stack.push(readDecimal(reader)),                   // INT
  76: ({ stack, reader }) => stack.push(readDecimal(reader)),                   // LONG
  71: ({ stack, reader }) => stack.push(skip(reader, 8, FLOAT)),                // BINFLOAT
  88: ({ stack, reader }) => stack.push(reader.text(reader.u32())),             // BINUNICODE
  140: ({ stack, reader }) => stack.push(reader.text(reader.u8())),              // SHORT_BINUNICODE
  141: ({ stack, reader }) => stack.push(reader.text(reader.length64())),        // BINUNICODE8
  84: ({ stack, reader }) => stack.push(reader.text(reader.u32())),             // BINSTRING, Python 2's text
  85: ({ stack, reader }) => stack.push(reader.text(reader.u8())),              // SHORT_BINSTRING
  66: ({ stack, reader }) => stack.push(skip(reader, reader.u32(), BYTES)),     // BINBYTES
  67: ({ stack, reader }) => stack.push(skip(reader, reader.u8(), BYTES)),      // SHORT_BINBYTES
  142: ({ stack, reader }) => stack.push(skip(reader, reader.length64(), BYTES)),// BINBYTES8
  150: ({ stack, reader }) => stack.push(skip(reader, reader.length64(), BYTES)),// BYTEARRAY8

  40: ({ stack, marks }) => marks.push(stack.length),                           // MARK
  41: ({ stack }) => stack.push(EMPTY_TUPLE),                                   // EMPTY_TUPLE
  133: (machine) => pushTuple(machine, popSome(machine, 1)),                     // TUPLE1
  134: (machine) => pushTuple(machine, popSome(machine, 2)),                     // TUPLE2
  135: (machine) => pushTuple(machine, popSome(machine, 3)),                     // TUPLE3
  116: (machine) => pushTuple(machine, popToMark(machine)),                      // TUPLE
  93: (machine) => push(machine, { kind: "list", items: [] }),                  // EMPTY_LIST
  108: (machine) => push(machine, { kind: "list", items: popToMark(machine) }),  // LIST
  97: (machine) => append(machine, popSome(machine, 1)),                        // APPEND
  101: (machine) => append(machine, popToMark(machine)),                         // APPENDS
  125: (machine) => push(machine, { kind: "dict", entries: undefined }),         // EMPTY_DICT
  100: (machine) => pushDict(machine, popToMark(machine)),                       // DICT
  115: (machine) => setItems(machine, popSome(machine, 2)),                      // SETITEM
  117: (machine) => setItems(machine, popToMark(machine)),                       // SETITEMS
  143: ({ stack }) => stack.push(SET),                                           // EMPTY_SET
  144: (machine) => addItems(machine),                                           // ADDITEMS
  145: (machine) => { popToMark(machine); machine.stack.push(SET); },            // FROZENSET

  48: (machine) => discard(machine),                                            // POP
  49: (machine) => void popToMark(machine),                                     // POP_MARK
  50: (machine) => machine.stack.push(top(machine)),                            // DUP
  113: (machine) => remember(machine, machine.reader.u8()),                      // BINPUT
  114: (machine) => remember(machine, machine.reader.u32()),                     // LONG_BINPUT
  148: (machine) => remember(machine, machine.memo.size),                        // MEMOIZE
  104: (machine) => recall(machine, machine.reader.u8()),                        // BINGET
  106: (machine) => recall(machine, machine.reader.u32()),                       // LONG_BINGET

  99: (machine) => pushGlobal(machine, machine.reader.line(), machine.reader.line()), // GLOBAL
  147: (machine) => pushStackGlobal(machine),                                    // STACK_GLOBAL
  82: (machine) => callGlobal(machine, false),                                  // REDUCE
  129: (machine) => callGlobal(machine, true),                                   // NEWOBJ
  98: (machine) => build(machine),                                              // BUILD
  81: (machine) => pushPersistent(machine),                                     // BINPERSID
  105: (machine) => refuseInstance(machine),                                     // INST
};

/** Opcodes that are refused, to name them. The text forms belong to protocol 0, in which no checkpoint can be written. */
// biome-ignore format: columns
const REFUSED: { readonly [code: number]: string } = {
  111: "OBJ", 130: "EXT1", 131: "EXT2", 132: "EXT4", 146: "NEWOBJ_EX", 80: "PERSID", 83: "STRING",
  86: "UNICODE", 70: "FLOAT", 112: "PUT", 103: "GET", 151: "NEXT_BUFFER", 152: "READONLY_BUFFER",
};

function unknownOpcode({ reader }: Machine, code: number): FileError {
  const name = REFUSED[code];
  return reader.broken(
    name === undefined
      ? `no opcode is 0x${code.toString(16)}`
      : `opcode ${name}, which no weights file needs, is refused`,
  );
}

const EMPTY_TUPLE: Tuple = { kind: "tuple", items: [] };
const FLOAT: Inert = { kind: "inert", type: "float" };
const BYTES: Inert = { kind: "inert", type: "bytes" };
const SET: Inert = { kind: "inert", type: "set" };

function readProtocol(reader: PickleReader): void {
  const protocol = reader.u8();
  if (protocol > 5) throw reader.broken(`protocol ${protocol}, expected 1 to 5`);
}

/** A frame only promises how many bytes follow; opcodes are read one by one anyway. */
function readFrame(reader: PickleReader): void {
  reader.length64();
}

/** A little-endian two's complement integer. Torch's magic number has 10 bytes; none in a checkpoint has more. */
function readInteger(reader: PickleReader, length: number): number | bigint {
  if (length > 16) throw reader.broken(`an integer of ${length} bytes`);
  let value = 0n;
  const bytes = reader.take(length);
  for (let i = length - 1; i >= 0; i--) value = (value << 8n) | BigInt(bytes[i]);
  return narrow(BigInt.asIntN(8 * length, value));
}

/** INT and LONG; `00` and `01` are how protocol 1 writes booleans. */
function readDecimal(reader: PickleReader): number | bigint | boolean {
  const line = reader.line();
  if (line === "00" || line === "01") return line === "01";
  if (!/^-?\d{1,38}L?$/.test(line)) throw reader.broken(`${quoted(line)} is no integer`);
  return narrow(BigInt(line.replace("L", "")));
}

function narrow(value: bigint): number | bigint {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

function skip(reader: PickleReader, length: number, as: Inert): Inert {
  reader.take(length);
  return as;
}

function push(machine: Machine, value: Value): void {
  count(machine);
  machine.stack.push(value);
}

/** Bounds what a short pickle can make of memory: one byte may ask for one object. */
function count(machine: Machine): void {
  if (++machine.values > VALUES_LIMIT) {
    throw machine.reader.broken(`it makes more than ${VALUES_LIMIT} values, which no checkpoint does`);
  }
}

function top({ stack, marks, reader }: Machine): Value {
  if (stack.length <= (marks.at(-1) ?? 0)) throw reader.broken("its stack is empty");
  return stack[stack.length - 1];
}

function pop(machine: Machine): Value {
  const value = top(machine);
  machine.stack.pop();
  return value;
}

function popSome({ stack, marks, reader }: Machine, howMany: number): Value[] {
  if (stack.length - (marks.at(-1) ?? 0) < howMany) throw reader.broken("its stack is empty");
  return stack.splice(stack.length - howMany);
}

function popToMark({ stack, marks, reader }: Machine): Value[] {
  const mark = marks.pop();
  if (mark === undefined) throw reader.broken("a mark is missing");
  return stack.splice(mark);
}

/** POP takes a mark if that is what lies on top. */
function discard(machine: Machine): void {
  if (machine.marks.at(-1) === machine.stack.length) machine.marks.pop();
  else pop(machine);
}

function pushTuple(machine: Machine, items: readonly Value[]): void {
  push(machine, { kind: "tuple", items });
}

function pushDict(machine: Machine, pairs: readonly Value[]): void {
  push(machine, { kind: "dict", entries: undefined });
  setItems(machine, pairs);
}

function append(machine: Machine, items: readonly Value[]): void {
  const list = top(machine);
  if (!isList(list)) throw machine.reader.broken(`items for a ${kindOf(list)}, expected a list`);
  for (const item of items) list.items.push(item);
}

function setItems(machine: Machine, pairs: readonly Value[]): void {
  const dict = top(machine);
  if (!isDict(dict)) throw machine.reader.broken(`entries for a ${kindOf(dict)}, expected a dict`);
  if (pairs.length % 2 !== 0) throw machine.reader.broken("a dict's key has no value");
  if (pairs.length > 0) dict.entries ??= new Map();
  for (let i = 0; i < pairs.length; i += 2) dict.entries?.set(pairs[i], pairs[i + 1]);
}

/** Sets are of no use to us; only the stack must be right. */
function addItems(machine: Machine): void {
  popToMark(machine);
  if (top(machine) !== SET) throw machine.reader.broken("items for a set that is none");
}

function remember(machine: Machine, index: number): void {
  count(machine);
  machine.memo.set(index, top(machine));
}

function recall({ memo, stack, reader }: Machine, index: number): void {
  const value = memo.get(index);
  if (value === undefined) throw reader.broken(`memo entry ${index} was never stored`);
  stack.push(value);
}

function pushGlobal(machine: Machine, module: string, name: string): void {
  const allowed = machine.rules.globals.get(`${module} ${name}`);
  if (allowed === undefined) throw machine.rules.refuse(module, name);
  push(machine, { kind: "global", name: `${module}.${name}`, allowed });
}

function pushStackGlobal(machine: Machine): void {
  const [module, name] = popSome(machine, 2);
  if (typeof module !== "string" || typeof name !== "string") throw machine.reader.broken("a global without a name");
  pushGlobal(machine, module, name);
}

/** REDUCE calls a class or function, NEWOBJ only a class. */
function callGlobal(machine: Machine, needsClass: boolean): void {
  const [callee, args] = popSome(machine, 2);
  if (!isGlobal(callee)) throw machine.reader.broken(`a call of a ${kindOf(callee)}`);
  if (!isTuple(args)) throw machine.reader.broken(`${callee.name} is called with a ${kindOf(args)}, expected a tuple`);
  const { call, isClass } = callee.allowed;
  if (call === undefined || (needsClass && !isClass)) {
    throw machine.reader.broken(`pickle global ${callee.name} may not be called like this`);
  }
  push(machine, call(args.items));
}

/** State of a dict (torch keeps module versions there) or a namespace: read, then dropped. Nothing is assigned. */
function build(machine: Machine): void {
  pop(machine);
  const target = top(machine);
  if (!isDict(target) && kindOf(target) !== "inert") {
    throw machine.reader.broken(`a state for a ${kindOf(target)}, which has none`);
  }
}

function pushPersistent(machine: Machine): void {
  if (machine.rules.persistent === undefined) throw machine.reader.broken("a persistent id where none may be");
  push(machine, machine.rules.persistent(pop(machine)));
}

/** INST names a global in its own bytes: the name is what the reader of the error wants to know. */
function refuseInstance(machine: Machine): void {
  const [module, name] = [machine.reader.line(), machine.reader.line()];
  if (!machine.rules.globals.has(`${module} ${name}`)) throw machine.rules.refuse(module, name);
  throw machine.reader.broken("opcode INST, which no weights file needs, is refused");
}
