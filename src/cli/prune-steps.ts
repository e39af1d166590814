// The accuracy after each step of a pruning, kept beside its weights, so that a run that was resumed reports all of them.

import { join } from "node:path";
import { FileError } from "../errors.ts";
import type { RunFolder } from "../run/folder.ts";

const STEPS = "steps.json";

export class Steps {
  readonly #folder: RunFolder;
  readonly #top1: Map<string, number>;

  /** Those of the folder so far. @throws FileError if its file was changed by other hands */
  static async of(folder: RunFolder): Promise<Steps> {
    const bytes = await folder.kept(STEPS);
    return new Steps(folder, bytes === null ? [] : parsed(new TextDecoder().decode(bytes), join(folder.path, STEPS)));
  }

  private constructor(folder: RunFolder, entries: readonly (readonly [string, number])[]) {
    this.#folder = folder;
    this.#top1 = new Map(entries);
  }

  get all(): readonly (readonly [step: string, top1: number])[] {
    return [...this.#top1];
  }

  /** A step that is taken again, after a resume or in a better epoch, replaces itself. */
  async set(step: string, top1: number): Promise<void> {
    this.#top1.set(step, top1);
    await this.#folder.keep(STEPS, `${JSON.stringify(Object.fromEntries(this.#top1), null, 2)}\n`);
  }
}

function parsed(text: string, file: string): [string, number][] {
  let json: unknown = null;
  try {
    json = JSON.parse(text);
  } catch {
    // refused below
  }
  const entries = typeof json === "object" && json !== null ? Object.entries(json) : null;
  if (entries?.every((entry): entry is [string, number] => typeof entry[1] === "number")) return entries;
  throw new FileError(file, 'expected {"step": accuracy, …}, got something else. Delete the file; the run goes on.');
}
