// Importance as a file's text, and back: nothing that such a text claims is believed.

import { FileError } from "../errors.ts";
import type { Size } from "../image/resize.ts";
import { type Half, type Importance, SCORE_NAMES, type ScoreName } from "./sums.ts";

const VERSION = 1;
const MOST_CHANNELS = 1 << 20; // of a group; the widest of the family has 2,560

/** One line of JSON; every number as exact as it is. */
export function importanceToJson({ halves, widths, ...rest }: Importance): string {
  const plain = ({ samples, sums }: Half): object => ({
    samples,
    sums: Object.fromEntries(Array.from(sums, ([group, values]) => [group, Array.from(values)])),
  });
  return JSON.stringify({
    version: VERSION,
    ...rest,
    widths: Object.fromEntries(widths),
    halves: halves.map(plain),
  });
}

/**
 * What `importanceToJson` wrote.
 * @param file how errors call it
 * @throws FileError for anything else
 */
export function importanceFromJson(text: string, file: string): Importance {
  const read = new Reader(file);
  const root = read.object(read.parsed(text), "the file");
  if (root["version"] !== VERSION) {
    throw read.wrong("version", String(VERSION), root["version"], "Score again with this version.");
  }
  const score = read.matching(root["score"], "score", SCORE_NAMES.join(", "), (value): value is ScoreName => {
    return (SCORE_NAMES as readonly unknown[]).includes(value);
  });
  const parent = read.matching(root["parent"], "parent", "64 hexadecimal digits", (value): value is string => {
    return typeof value === "string" && /^[0-9a-f]{64}$/.test(value);
  });
  const draws = read.matching(
    root["draws"],
    "draws",
    "null, exact or a count",
    (value): value is Importance["draws"] => {
      return value === null || value === "exact" || isCount(value, 1);
    },
  );
  const size = root["size"] === null ? null : read.size(root["size"]);
  const widths = new Map(
    Object.entries(read.object(root["widths"], "widths")).map(([group, width]) => {
      return [group, read.count(width, `widths.${group}`, 1, MOST_CHANNELS)] as const;
    }),
  );
  const list = read.array(root["halves"], "halves");
  if (list.length !== 2) throw read.wrong("halves", "two", list.length);
  const [one, other] = list.map((half, i) => read.half(half, `halves[${i}]`, widths));
  for (const [group, { length }] of one.sums) {
    const got = other.sums.get(group)?.length;
    if (got !== length) throw read.wrong(`halves[1].sums.${group}`, `${length} numbers`, got);
  }
  const samples = one.samples + other.samples;
  if (root["samples"] !== samples) throw read.wrong("samples", `${samples}, as many as both halves`, root["samples"]);
  return { score, parent, draws, size, samples, widths, halves: [one, other] };
}

type Json = Readonly<Record<string, unknown>>;

class Reader {
  readonly #file: string;

  constructor(file: string) {
    this.#file = file;
  }

  parsed(text: string): unknown {
    try {
      return JSON.parse(text);
    } catch (cause) {
      throw new FileError(this.#file, "expected JSON. Score again.", { cause });
    }
  }

  wrong(what: string, expected: string, got: unknown, instead = "Score again."): FileError {
    const text = got === undefined ? "nothing" : JSON.stringify(got).slice(0, 40);
    return new FileError(this.#file, `${what}: expected ${expected}, got ${text}. ${instead}`);
  }

  matching<T>(value: unknown, what: string, expected: string, matches: (value: unknown) => value is T): T {
    if (matches(value)) return value;
    throw this.wrong(what, expected, value);
  }

  object(value: unknown, what: string): Json {
    const isObject = (found: unknown): found is Json =>
      typeof found === "object" && found !== null && !Array.isArray(found);
    return this.matching(value, what, "an object", isObject);
  }

  array(value: unknown, what: string): readonly unknown[] {
    return this.matching(value, what, "a list", Array.isArray);
  }

  count(value: unknown, what: string, least: number, most = Number.MAX_SAFE_INTEGER): number {
    const expected = `a whole number ≥ ${least}`;
    return this.matching(value, what, expected, (found): found is number => isCount(found, least) && found <= most);
  }

  size(value: unknown): Size {
    const { height, width } = this.object(value, "size");
    return { height: this.count(height, "size.height", 1), width: this.count(width, "size.width", 1) };
  }

  half(value: unknown, what: string, widths: ReadonlyMap<string, number>): Half {
    const half = this.object(value, what);
    const sums = this.object(half["sums"], `${what}.sums`);
    const unknown = Object.keys(sums).find((group) => !widths.has(group));
    if (unknown !== undefined) throw this.wrong(`${what}.sums`, "only groups that have a width", unknown);
    return {
      samples: this.count(half["samples"], `${what}.samples`, 0),
      sums: new Map(
        Array.from(widths, ([group, width]) => [group, this.#numbers(sums[group], `${what}.sums.${group}`, width)]),
      ),
    };
  }

  /** As many for every channel. */
  #numbers(value: unknown, what: string, width: number): Float64Array {
    const list = this.array(value, what);
    if (list.length === 0 || list.length % width !== 0) {
      throw this.wrong(what, `as many numbers for each of ${width} channels`, list.length);
    }
    const isNumber = (found: unknown): boolean => typeof found === "number" && Number.isFinite(found);
    const bad = list.findIndex((found) => !isNumber(found));
    if (bad !== -1) throw this.wrong(`${what}[${bad}]`, "a number", list[bad]);
    return Float64Array.from(list as readonly number[]);
  }
}

function isCount(value: unknown, least: number): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= least;
}
