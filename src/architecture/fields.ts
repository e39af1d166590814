// One object of a hostile JSON, read field by field: what is not as expected is a FileError that says where.

import { FileError } from "../errors.ts";

/** The fields of one object, each read with its check. */
export class Fields {
  readonly #object: object;
  readonly #where: string;
  readonly #file: string;

  constructor(value: unknown, where: string, file: string) {
    if (typeof value !== "object" || value === null || Array.isArray(value)) {
      throw new FileError(file, `${where}: expected an object, got ${shownValue(value)}.`);
    }
    this.#object = value;
    this.#where = where;
    this.#file = file;
  }

  value(key: string): unknown {
    return Object.hasOwn(this.#object, key) ? (this.#object as Record<string, unknown>)[key] : undefined;
  }

  keys(): string[] {
    return Object.keys(this.#object);
  }

  object(key: string): Fields {
    return new Fields(this.value(key), `${this.#where}.${key}`, this.#file);
  }

  list(key: string): readonly unknown[] {
    const value = this.value(key);
    return Array.isArray(value) ? value : this.fail(key, "a list", value);
  }

  text(key: string): string {
    const value = this.value(key);
    return typeof value === "string" ? value : this.fail(key, "a text", value);
  }

  flag(key: string): boolean {
    const value = this.value(key);
    return typeof value === "boolean" ? value : this.fail(key, "true or false", value);
  }

  whole(key: string, least: number, most: number): number {
    const value = this.value(key);
    const fits = typeof value === "number" && Number.isInteger(value) && value >= least && value <= most;
    return fits ? value : this.fail(key, `a whole number from ${least} to ${most}`, value);
  }

  between(key: string, least: number, most: number): number {
    const value = this.value(key);
    const fits = typeof value === "number" && value >= least && value <= most;
    return fits ? value : this.fail(key, `a number from ${least} to ${most}`, value);
  }

  oneOf<T extends string>(key: string, allowed: readonly T[]): T {
    const value = this.value(key);
    return allowed.find((each) => each === value) ?? this.fail(key, allowed.join(", "), value);
  }

  fail(key: string, expected: string, got: unknown): never {
    throw new FileError(this.#file, `${this.#where}.${key}: expected ${expected}, got ${shownValue(got)}.`);
  }
}

function shownValue(value: unknown): string {
  if (value === undefined) return "nothing";
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object" && value !== null) return "an object"; // may be too deep to print
  return JSON.stringify(value).slice(0, 60);
}
