// The header of a safetensors file: JSON of one fixed form, read by its own small grammar. Unlike JSON.parse it refuses a
// name given twice, never recurses, never rounds a number, and a tensor called __proto__ is a tensor like any other.

import { FileError } from "../errors.ts";
import { nameForError } from "./quoted.ts";

/** One tensor as the header announces it; nothing is checked against the file yet. */
export interface HeaderEntry {
  readonly dtype: string;
  readonly shape: readonly number[];
  /** Bytes `[begin, end)`, counted from the end of the header. */
  readonly begin: number;
  readonly end: number;
}

export interface Header {
  /** In the order of the header. */
  readonly entries: Map<string, HeaderEntry>;
  readonly metadata: Map<string, string>;
}

/** More dimensions than torch can hold. */
const RANK_LIMIT = 64;

/**
 * @param text the header, without its length; spaces may follow the object
 * @throws FileError naming the character position, or the tensor, that is wrong
 */
export function parseHeader(text: string, file: string): Header {
  const scanner = new Scanner(text, file);
  const entries = new Map<string, HeaderEntry>();
  let metadata: Map<string, string> | undefined;
  scanner.object("header", (name) => {
    if (name === "__metadata__") {
      if (metadata !== undefined) throw scanner.error("__metadata__ stands twice in the header");
      metadata = metadataOf(scanner);
      return;
    }
    if (entries.has(name)) throw scanner.error("stands twice in the header", name);
    entries.set(name, entryOf(scanner, name));
  });
  scanner.end();
  return { entries, metadata: metadata ?? new Map() };
}

function metadataOf(scanner: Scanner): Map<string, string> {
  const metadata = new Map<string, string>();
  scanner.object("__metadata__", (key) => {
    if (metadata.has(key)) throw scanner.error(`__metadata__: "${nameForError(key)}" stands twice`);
    const value = scanner.string();
    if (value === undefined) throw scanner.error(`__metadata__: "${nameForError(key)}": expected a string`);
    metadata.set(key, value);
  });
  return metadata;
}

function entryOf(scanner: Scanner, name: string): HeaderEntry {
  let dtype: string | undefined;
  let shape: number[] | undefined;
  let offsets: number[] | undefined;
  scanner.object(
    "entry",
    (key) => {
      if (key === "dtype" && dtype === undefined) {
        dtype = scanner.string();
        if (dtype === undefined) throw scanner.error("dtype: expected a string", name);
      } else if (key === "shape" && shape === undefined) {
        shape = scanner.sizes("shape", RANK_LIMIT, name);
      } else if (key === "data_offsets" && offsets === undefined) {
        offsets = scanner.sizes("data_offsets", 2, name);
        if (offsets.length !== 2) throw scanner.error(`data_offsets: expected 2 numbers, got ${offsets.length}`, name);
      } else {
        throw scanner.error(`expected dtype, shape and data_offsets, once each, got "${nameForError(key)}"`, name);
      }
    },
    name,
  );
  if (dtype === undefined) throw scanner.error("has no dtype", name);
  if (shape === undefined) throw scanner.error("has no shape", name);
  if (offsets === undefined) throw scanner.error("has no data_offsets", name);
  return { dtype, shape, begin: offsets[0], end: offsets[1] };
}

const WHOLE = /^(?:0|[1-9][0-9]{0,15})$/;
const SPACES = new Set([..." \t\n\r"].map((each) => each.charCodeAt(0)));
const NUMERIC = new Set([..."+-.0123456789Ee"].map((each) => each.charCodeAt(0)));

/** Reads JSON from left to right, token by token; loops, since a regular expression overflows on long tokens. */
class Scanner {
  readonly #text: string;
  readonly #file: string;
  #at = 0;

  constructor(text: string, file: string) {
    this.#text = text;
    this.#file = file;
  }

  /** `{ "key": value, … }`; `read` is called behind each colon. */
  object(what: string, read: (key: string) => void, tensor?: string): void {
    if (!this.#takes("{")) throw this.error(`${what}: expected a JSON object`, tensor);
    if (this.#takes("}")) return;
    do {
      const key = this.string();
      if (key === undefined || !this.#takes(":")) throw this.error(`${what}: expected a name and a colon`, tensor);
      read(key);
    } while (this.#takes(","));
    if (!this.#takes("}")) throw this.error(`${what}: expected , or }`, tensor);
  }

  /** A JSON string; undefined if none stands here. */
  string(): string | undefined {
    this.#skip(SPACES);
    if (this.#text[this.#at] !== '"') return undefined;
    let end = this.#at + 1;
    while (end < this.#text.length && this.#text[end] !== '"') end += this.#text[end] === "\\" ? 2 : 1;
    const token = this.#text.slice(this.#at, end + 1);
    try {
      const value = JSON.parse(token) as string;
      this.#at = end + 1;
      return value;
    } catch {
      throw this.error("a string is not JSON");
    }
  }

  /** `[3, 0, …]`: whole numbers that a double holds exactly. */
  sizes(what: string, limit: number, tensor: string): number[] {
    const sizes: number[] = [];
    if (!this.#takes("[")) throw this.error(`${what}: expected a list of whole numbers`, tensor);
    if (this.#takes("]")) return sizes;
    do {
      this.#skip(SPACES);
      const token = this.#skip(NUMERIC);
      const size = Number(token);
      if (!WHOLE.test(token) || !Number.isSafeInteger(size)) {
        const got = token === "" ? "something else" : token.slice(0, 40);
        throw this.error(`${what}: expected whole numbers from 0 to 2^53 − 1, got ${got}`, tensor);
      }
      if (sizes.length === limit) throw this.error(`${what}: expected at most ${limit} numbers`, tensor);
      sizes.push(size);
    } while (this.#takes(","));
    if (!this.#takes("]")) throw this.error(`${what}: expected a list of whole numbers`, tensor);
    return sizes;
  }

  end(): void {
    this.#skip(SPACES);
    if (this.#at < this.#text.length) throw this.error("expected nothing but spaces after the object");
  }

  error(what: string, tensor?: string): FileError {
    const named = tensor === undefined ? {} : { tensor: nameForError(tensor) };
    return new FileError(
      this.#file,
      `header of safetensors, character ${this.#at}: ${what}. Is the file damaged?`,
      named,
    );
  }

  #takes(character: string): boolean {
    this.#skip(SPACES);
    if (this.#text[this.#at] !== character) return false;
    this.#at++;
    return true;
  }

  /** The run of characters of `kind` that stands here. */
  #skip(kind: ReadonlySet<number>): string {
    const from = this.#at;
    while (kind.has(this.#text.charCodeAt(this.#at))) this.#at++; // NaN behind the end
    return this.#text.slice(from, this.#at);
  }
}
