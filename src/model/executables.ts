// A small cache of executables: one per kind of output and input shape, the longest unused one leaves first.

import type { Executable } from "../backend/backend.ts";

/** Up to `capacity` executables by key. Not for use from two calls at once: the model's queue sees to that. */
export class Executables {
  readonly #capacity: number;
  readonly #kept = new Map<string, Executable>(); // a Map keeps the order of use: the first is the longest unused

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  /** The executable of `key`, compiled if it is not kept. */
  async get(key: string, compile: () => Promise<Executable>): Promise<Executable> {
    const kept = this.#kept.get(key);
    if (kept !== undefined) this.#kept.delete(key);
    else while (this.#kept.size >= this.#capacity) await this.#dropOldest();
    const executable = kept ?? (await compile());
    this.#kept.set(key, executable);
    return executable;
  }

  async #dropOldest(): Promise<void> {
    for (const [key, executable] of this.#kept) {
      this.#kept.delete(key);
      return executable.dispose();
    }
  }
}
