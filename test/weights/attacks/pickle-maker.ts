// Writes pickles opcode by opcode, and checkpoints around them.

import { joined, makeZip, utf8 } from "./zip-maker.ts";

/** Bytes of a pickle under construction. */
export type Ops = readonly number[];

export const PROTO: Ops = [0x80, 2];
export const STOP: Ops = [0x2e];
export const MARK: Ops = [0x28];
export const NONE: Ops = [0x4e];
export const EMPTY_DICT: Ops = [0x7d];
export const EMPTY_LIST: Ops = [0x5d];
export const EMPTY_TUPLE: Ops = [0x29];
export const EMPTY_SET: Ops = [0x8f];
export const SETITEM: Ops = [0x73];
export const SETITEMS: Ops = [0x75];
export const APPENDS: Ops = [0x65];
export const REDUCE: Ops = [0x52];
export const NEWOBJ: Ops = [0x81];
export const BUILD: Ops = [0x62];
export const BINPERSID: Ops = [0x51];

export function global(module: string, name: string): Ops {
  return [0x63, ...utf8(`${module}\n${name}\n`)];
}

export function text(value: string): Ops {
  const bytes = utf8(value);
  return [0x58, ...u32(bytes.length), ...bytes];
}

/** BININT, or LONG1 of 8 bytes where that is too short. */
export function int(value: number): Ops {
  if (Math.abs(value) < 2 ** 31) return [0x4a, ...u32(value >>> 0)];
  return [0x8a, 8, ...new Uint8Array(new BigInt64Array([BigInt(value)]).buffer)];
}

export function tuple(...items: readonly Ops[]): Ops {
  return [...MARK, ...items.flat(), 0x74];
}

export function list(...items: readonly Ops[]): Ops {
  return [...EMPTY_LIST, ...MARK, ...items.flat(), ...APPENDS];
}

export function dict(...pairs: readonly (readonly [Ops, Ops])[]): Ops {
  return [...EMPTY_DICT, ...MARK, ...pairs.flat(2), ...SETITEMS];
}

export function call(module: string, name: string, ...args: readonly Ops[]): Ops {
  return [...global(module, name), ...tuple(...args), ...REDUCE];
}

/** A persistent id of a storage. */
export function storage(key: string, className: string, elements: number, view?: Ops): Ops {
  const fields = [text("storage"), global("torch", className), text(key), text("cpu"), int(elements)];
  return [...tuple(...fields, ...(view === undefined ? [] : [view])), ...BINPERSID];
}

/** A tensor over four floats of storage "0". */
export function tensor({
  from = storage("0", "FloatStorage", 4),
  offset = 0,
  shape = [4],
  strides = [1],
}: {
  from?: Ops;
  offset?: number;
  shape?: readonly number[];
  strides?: readonly number[];
} = {}): Ops {
  const hooks = call("collections", "OrderedDict");
  const ints = (values: readonly number[]): Ops => tuple(...values.map(int));
  const isGradWanted: Ops = [0x89];
  return call("torch._utils", "_rebuild_tensor_v2", from, int(offset), ints(shape), ints(strides), isGradWanted, hooks);
}

export function pickle(...ops: readonly Ops[]): Uint8Array {
  return Uint8Array.from([...PROTO, ...ops.flat(), ...STOP]);
}

/** Four floats: 1, 2, 3, 4. */
export const FOUR_FLOATS = new Uint8Array(Float32Array.of(1, 2, 3, 4).buffer);

/** A zip checkpoint around a pickle, with storage "0" of four floats. */
export function zipped(data: Uint8Array, more: readonly { name: string; data: Uint8Array }[] = []): Uint8Array {
  return makeZip([
    { name: "archive/data.pkl", data },
    { name: "archive/data/0", data: FOUR_FLOATS },
    { name: "archive/version", data: utf8("3\n") },
    ...more,
  ]);
}

/** A legacy checkpoint around the object's ops; every part may be replaced. */
export function legacy(
  root: Ops,
  {
    magic = [0x8a, 10, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19] as Ops,
    protocol = int(1001),
    system = dict([text("little_endian"), [0x88]]),
    keys = list(text("0")),
    counts = [4] as readonly number[],
    after = new Uint8Array(0),
  } = {},
): Uint8Array {
  const storages = counts.flatMap((count) => [new Uint8Array(BigUint64Array.of(BigInt(count)).buffer), FOUR_FLOATS]);
  return joined([pickle(magic), pickle(protocol), pickle(system), pickle(root), pickle(keys), ...storages, after]);
}

function u32(value: number): Ops {
  return [...new Uint8Array(Uint32Array.of(value).buffer)];
}
