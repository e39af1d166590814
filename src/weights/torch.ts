// Reads what torch.save writes, in both containers: zip (torch 1.6 and later) and legacy (five pickles, then storages).
// Only tensors are taken; nothing in the file is executed.

import { FileError } from "../errors.ts";
import { mistakenFor } from "./mistaken.ts";
import { unpickle } from "./pickle.ts";
import { isDict, isList, kindOf, type Value } from "./pickle-values.ts";
import { quoted } from "./quoted.ts";
import { DTYPE_BYTES, type StoredTensor } from "./stored.ts";
import { textOf } from "./text.ts";
import { copyLimit, copyTensor, type StorageBytes } from "./torch-copy.ts";
import { isTorchTensor, plainRules, type TorchStorage, torchRules } from "./torch-values.ts";
import { unwrap } from "./unwrap.ts";
import { type Member, memberBytes, readZip } from "./zip.ts";

/** A file taken apart: the pickled object, and the storages its tensors view. */
interface Container {
  readonly root: Value;
  readonly bytesOf: StorageBytes;
}

const PICKLE_START = 0x80; // opcode PROTO
const LEGACY_MAGIC = 0x1950a86a20f9469cfc6cn; // torch/serialization.py MAGIC_NUMBER
const LEGACY_PROTOCOL = 1001;

/**
 * The weights of a torch checkpoint: EMA weights before `state_dict` before `model`, wrappers' prefixes removed, views of
 * shared storages made dense and row-major.
 * @param file the name that errors speak of
 * @throws FileError if the file is broken, hostile, no checkpoint, or holds a whole module instead of a state dict
 */
export function readTorch(bytes: Uint8Array, file: string): Map<string, StoredTensor> {
  const { root, bytesOf } = openContainer(bytes, file);
  const limit = copyLimit(bytes.length);
  const tensors = new Map<string, StoredTensor>();
  for (const [name, tensor] of unwrap(root, file, isTorchTensor)) {
    tensors.set(name, copyTensor(tensor, name, bytesOf, limit, file));
  }
  return tensors;
}

function openContainer(bytes: Uint8Array, file: string): Container {
  if (bytes[0] === 0x50 && bytes[1] === 0x4b) return openZip(bytes, file); // "PK"
  if (bytes[0] === PICKLE_START) return openLegacy(bytes, file);
  if (bytes.length === 0) throw new FileError(file, "the file is empty. Fetch it again.");
  const mistaken = mistakenFor(bytes);
  if (mistaken !== undefined) throw new FileError(file, mistaken);
  throw new FileError(
    file,
    "not a torch checkpoint: expected a zip file or a pickle. Save model.state_dict() with torch.save.",
  );
}

/** `<any folder>/data.pkl`, and a member `<folder>/data/<key>` for each storage. */
function openZip(bytes: Uint8Array, file: string): Container {
  const members = readZip(bytes, file);
  const pickles = [...members.keys()].filter((name) => /^[^/]*\/data\.pkl$/.test(name));
  if (pickles.length !== 1) {
    throw new FileError(
      file,
      `not a torch checkpoint: expected one data.pkl in the zip file's top folder, got ${pickles.length}. Save model.state_dict() with torch.save.`,
    );
  }
  const folder = pickles[0].slice(0, -"data.pkl".length);
  const contentOf = (member: Member): Uint8Array => memberBytes(bytes, member, file);

  const byteOrder = members.get(`${folder}byteorder`);
  if (byteOrder !== undefined) {
    const order = textOf(contentOf(byteOrder).subarray(0, 16));
    if (order !== "little")
      throw new FileError(file, `byte order: expected little, got ${quoted(order)}. Save it again on another machine.`);
  }
  const pickle = contentOf(members.get(pickles[0]) as Member);
  const { value, end } = unpickle(pickle, 0, file, torchRules(file, new Map()));
  if (end !== pickle.length)
    throw new FileError(file, `data.pkl has ${pickle.length - end} bytes after its end. Save it again.`);

  return { root: value, bytesOf: zipStorages(members, folder, contentOf, file) };
}

function zipStorages(
  members: ReadonlyMap<string, Member>,
  folder: string,
  contentOf: (member: Member) => Uint8Array,
  file: string,
): StorageBytes {
  const read = new Map<string, Uint8Array>(); // one checksum for a storage, however many tensors share it
  return ({ key, elements, dtype }) => {
    const known = read.get(key);
    if (known !== undefined) return known;
    const member = members.get(`${folder}data/${key}`);
    if (member === undefined)
      throw new FileError(file, `the zip file has no member for storage ${quoted(key)}. Fetch it again.`);
    const data = contentOf(member);
    const expected = elements * DTYPE_BYTES[dtype].file;
    if (data.length !== expected) {
      throw new FileError(
        file,
        `storage ${quoted(key)}: expected ${expected} bytes, got ${data.length}. Fetch it again.`,
      );
    }
    read.set(key, data);
    return data;
  };
}

/** Pickles in a row: magic number, protocol, system, object, keys. Then per key a 64-bit element count and the data. */
function openLegacy(bytes: Uint8Array, file: string): Container {
  const storages = new Map<string, TorchStorage>();
  let at = 0;
  const next = (rules = plainRules(file)): Value => {
    const { value, end } = unpickle(bytes, at, file, rules);
    at = end;
    return value;
  };
  if (next() !== LEGACY_MAGIC) {
    throw new FileError(
      file,
      "a pickle, but no torch checkpoint: its magic number differs. Save model.state_dict() with torch.save.",
    );
  }
  const protocol = next();
  if (protocol !== LEGACY_PROTOCOL)
    throw new FileError(file, `legacy torch protocol: expected ${LEGACY_PROTOCOL}, got ${String(protocol)}.`);
  const system = next();
  if (!isDict(system) || system.entries?.get("little_endian") !== true) {
    throw new FileError(file, "written on a big-endian machine. Save it again on another one.");
  }
  const root = next(torchRules(file, storages));
  const keys = next();
  const data = legacyStorages(bytes, at, keys, storages, file);
  return {
    root,
    bytesOf: ({ key }) => {
      const found = data.get(key);
      if (found === undefined)
        throw new FileError(file, `the file has no data for storage ${quoted(key)}. Fetch it again.`);
      return found;
    },
  };
}

/** The data of each key, in the order of `keys`, from byte `start` to the file's end. */
function legacyStorages(
  bytes: Uint8Array,
  start: number,
  keys: Value,
  storages: ReadonlyMap<string, TorchStorage>,
  file: string,
): Map<string, Uint8Array> {
  const broken = (what: string): FileError => new FileError(file, `the file is broken: ${what}. Fetch it again.`);
  if (!isList(keys)) throw broken(`expected the list of storages, got a ${kindOf(keys)}`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const data = new Map<string, Uint8Array>();
  let at = start;
  for (const key of keys.items) {
    const storage = typeof key === "string" ? storages.get(key) : undefined;
    if (storage === undefined) throw broken("its list of storages names one that no tensor has");
    const shown = quoted(storage.key);
    if (data.has(storage.key)) throw broken(`storage ${shown} appears twice`);
    const begin = at + 8;
    const end = begin + storage.elements * DTYPE_BYTES[storage.dtype].file;
    if (!(end <= bytes.length)) {
      throw new FileError(
        file,
        `cut off: storage ${shown} ends at byte ${end}, the file at byte ${bytes.length}. Fetch it again.`,
      );
    }
    const elements = view.getBigUint64(at, true);
    if (elements !== BigInt(storage.elements)) {
      throw broken(`storage ${shown}: expected ${storage.elements} elements, got ${elements}`);
    }
    data.set(storage.key, bytes.subarray(begin, end));
    at = end;
  }
  if (at !== bytes.length) throw broken(`${bytes.length - at} bytes follow the last storage`);
  return data;
}
