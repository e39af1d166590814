// One writer a run folder: a file with the writer's process, there as long as it writes.

import { rmSync } from "node:fs";
import { readFile, rm, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { UsageError } from "../errors.ts";
import { unwritable } from "./partial.ts";

const LOCK = ".lock";

interface Writer {
  readonly host: string;
  readonly process: number;
}

export class Lock {
  readonly #path: string;
  readonly #onExit = (): void => rmSync(this.#path, { force: true });

  private constructor(path: string) {
    this.#path = path;
    process.once("exit", this.#onExit);
  }

  /**
   * Takes the folder; what a killed process left is taken over.
   * @throws UsageError if another process has it; FileError if the folder may not be written
   */
  static async take(folder: string): Promise<Lock> {
    const path = join(folder, LOCK);
    const own: Writer = { host: hostname(), process: process.pid };
    for (;;) {
      try {
        await writeFile(path, JSON.stringify(own), { flag: "wx" });
        return new Lock(path);
      } catch (cause) {
        if ((cause as NodeJS.ErrnoException).code !== "EEXIST") throw unwritable(path, cause);
      }
      const other = await writerIn(path);
      if (other !== null && isAlive(other)) throw taken(folder, path, other);
      await rm(path, { force: true });
    }
  }

  async release(): Promise<void> {
    process.removeListener("exit", this.#onExit);
    await rm(this.#path, { force: true });
  }
}

/** Null if the file is gone or no lock. */
async function writerIn(path: string): Promise<Writer | null> {
  try {
    const { host, process: id } = JSON.parse(await readFile(path, "utf8")) as Partial<Writer>;
    return typeof host === "string" && Number.isInteger(id) ? { host, process: id as number } : null;
  } catch {
    return null;
  }
}

/** Of another machine nothing is known: it may share the disk, and counts as alive. */
function isAlive({ host, process: id }: Writer): boolean {
  if (host !== hostname()) return true;
  try {
    return process.kill(id, 0); // asks, and sends nothing
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM"; // somebody else's
  }
}

function taken(folder: string, path: string, { host, process: id }: Writer): UsageError {
  const who = host === hostname() ? `process ${id}` : `process ${id} of ${host}`;
  return new UsageError("out", `${folder} is being written by ${who}. Wait for it; if it is gone, remove ${path}.`);
}
