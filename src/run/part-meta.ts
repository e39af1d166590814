// What lies beside a part: of which run it is, and what a reader must find in it. Parts are joined only if these agree.

import { readFile } from "node:fs/promises";
import { FileError } from "../errors.ts";
import type { Shard } from "./shard.ts";

export const PART_COMMANDS = ["classify", "embed", "evaluate"] as const;
export type PartCommand = (typeof PART_COMMANDS)[number];

/** What every part of a run has alike. */
export interface PartRun {
  readonly command: PartCommand;
  readonly model: {
    readonly name: string;
    /** SHA-256 of names, shapes and float32 values of its tensors (`weightsDigest`), in hexadecimal. */
    readonly weights: string;
  };
  /** All else that answers depend on: preprocessing, how many classes, temperature. Plain JSON. */
  readonly settings: Readonly<Record<string, unknown>>;
}

interface WrittenRun extends PartRun {
  /** Version of the package that wrote it. */
  readonly effnet: string;
}

export interface PartMeta extends WrittenRun {
  readonly shard: Shard;
  /** The input as the command was given it; machines may see it elsewhere. */
  readonly place: string;
  /** Lines of the part, and those of them that are errors. */
  readonly pictures: number;
  readonly broken: number;
  /** SHA-256 of the list of pictures. */
  readonly contents: string;
  /** Of the part's own file. */
  readonly bytes: number;
  readonly sha256: string;
}

const LIMIT_BYTES = 4 * 2 ** 20; // 22,000 class names take 600 KB

/** `part-00003-of-00064.jsonl` */
export function partName({ index, count }: Shard): string {
  return `part-${digits(index)}-of-${digits(count)}.jsonl`;
}

/** `part-00003-of-00064.meta.json` */
export function metaName(shard: Shard): string {
  return partName(shard).replace(/\.jsonl$/, ".meta.json");
}

/** The shard that a part's file name tells; null if it is no part. */
export function shardNamed(name: string): Shard | null {
  const match = /^part-(\d{5})-of-(\d{5})\.jsonl$/.exec(name);
  return match === null ? null : { index: Number(match[1]), count: Number(match[2]) };
}

/** How two parts are not of one run: a few words; null if they are. */
export function difference(a: WrittenRun, b: WrittenRun): string | null {
  if (a.command !== b.command) return `made by ${a.command}, not ${b.command}`;
  if (a.model.name !== b.model.name) return `of ${a.model.name}, not ${b.model.name}`;
  if (a.model.weights !== b.model.weights) return `of other weights of ${a.model.name}`;
  for (const key of new Set([...Object.keys(a.settings), ...Object.keys(b.settings)])) {
    const [own, other] = [a, b].map(({ settings }) => JSON.stringify(settings[key]) ?? "none");
    if (own !== other) return `with ${key} ${cut(own)}, not ${cut(other)}`;
  }
  if (a.effnet !== b.effnet) return `by effnet ${a.effnet}, not ${b.effnet}`;
  return null;
}

/** @throws FileError if it is missing, or is no such file */
export async function readPartMeta(path: string): Promise<PartMeta> {
  const bytes = await readFile(path).catch((cause: Error) => {
    throw new FileError(path, `could not be read (${cause.message}). Do the part again with --force.`, { cause });
  });
  if (bytes.length > LIMIT_BYTES)
    throw new FileError(path, `expected at most ${LIMIT_BYTES} bytes, got ${bytes.length}.`);
  try {
    return checked(JSON.parse(new TextDecoder().decode(bytes)), path);
  } catch (cause) {
    if (cause instanceof FileError) throw cause;
    throw new FileError(path, "is not JSON. Do the part again with --force.", { cause });
  }
}

type Fields = Readonly<Record<string, unknown>>;

function checked(json: unknown, file: string): PartMeta {
  const root = objectIn(json, "the file", file);
  const [model, shard] = [objectIn(root["model"], "model", file), objectIn(root["shard"], "shard", file)];
  const command = PART_COMMANDS.find((name) => name === root["command"]);
  if (command === undefined) throw wrong("command", PART_COMMANDS.join(", "), root["command"], file);
  return {
    effnet: textIn(root, "effnet", file),
    command,
    shard: { index: wholeIn(shard, "index", file), count: wholeIn(shard, "count", file) },
    model: { name: textIn(model, "name", file), weights: textIn(model, "weights", file) },
    settings: objectIn(root["settings"], "settings", file),
    place: textIn(root, "place", file),
    pictures: wholeIn(root, "pictures", file),
    broken: wholeIn(root, "broken", file),
    contents: textIn(root, "contents", file),
    bytes: wholeIn(root, "bytes", file),
    sha256: textIn(root, "sha256", file),
  };
}

function objectIn(value: unknown, what: string, file: string): Fields {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Fields;
  throw wrong(what, "an object", value, file);
}

function textIn(fields: Fields, key: string, file: string): string {
  const value = fields[key];
  if (typeof value === "string") return value;
  throw wrong(key, "a text", value, file);
}

function wholeIn(fields: Fields, key: string, file: string): number {
  const value = fields[key];
  if (typeof value === "number" && Number.isSafeInteger(value) && value >= 0) return value;
  throw wrong(key, "a whole number", value, file);
}

function wrong(what: string, expected: string, got: unknown, file: string): FileError {
  const shown = cut(JSON.stringify(got) ?? "nothing");
  return new FileError(file, `${what}: expected ${expected}, got ${shown}. Do the part again with --force.`);
}

function digits(n: number): string {
  return String(n).padStart(5, "0");
}

function cut(text: string): string {
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}
