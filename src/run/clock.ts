// How long a run has taken, over all the processes that took part in it.

import { join } from "node:path";
import { writeWhole } from "./partial.ts";

const NAME = "time.json";

/** Starts with the process's part in the run. What a killed process did after its last `keep` is not counted: it is done again. */
export class Clock {
  readonly #path: string;
  readonly #beforeMs: number;
  readonly #startMs = performance.now();

  /** @param read the bytes of a file of the run, null where there is none */
  static async of(folder: string, read: (path: string) => Promise<Uint8Array | null>): Promise<Clock> {
    const path = join(folder, NAME);
    const bytes = await read(path);
    return new Clock(path, bytes === null ? 0 : 1000 * secondsIn(new TextDecoder().decode(bytes)));
  }

  private constructor(path: string, beforeMs: number) {
    this.#path = path;
    this.#beforeMs = beforeMs;
  }

  get ms(): number {
    return this.#beforeMs + performance.now() - this.#startMs;
  }

  async keep(): Promise<void> {
    await writeWhole(this.#path, `${JSON.stringify({ seconds: this.ms / 1000 })}\n`);
  }
}

/** 0 for a file that other hands changed: a wrong time is no reason to lose a run. */
function secondsIn(text: string): number {
  try {
    const { seconds } = JSON.parse(text) as { seconds?: unknown };
    return typeof seconds === "number" && seconds > 0 ? seconds : 0;
  } catch {
    return 0;
  }
}
