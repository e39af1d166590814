// Where the command line's words go: results to stdout, everything else to stderr, the progress bar out of their way.

import type { OnProgress } from "../progress.ts";
import { ProgressLine } from "./progress.ts";
import { type Paint, painter } from "./style.ts";

export interface TerminalOptions {
  /** No progress and no notes; problems are told all the same. */
  readonly quiet?: boolean;
}

export class Terminal {
  /** Colours for results. */
  readonly paint: Paint = painter(process.stdout, process.env);
  readonly onProgress: OnProgress;
  readonly #paintStderr: Paint = painter(process.stderr, process.env);
  readonly #progress = new ProgressLine(process.stderr);
  readonly #isQuiet: boolean;

  constructor({ quiet = false }: TerminalOptions = {}) {
    this.#isQuiet = quiet;
    this.onProgress = quiet ? () => {} : (progress) => this.#progress.report(progress);
  }

  /** A piece of the result. Waits while the reader is slow. */
  async result(text: string): Promise<void> {
    if (process.stdout.isTTY) this.#progress.clear();
    if (!process.stdout.write(text)) await new Promise((resolve) => process.stdout.once("drain", resolve));
  }

  /** What happened and what it cost. */
  note(line: string): void {
    if (!this.#isQuiet) this.#say(line);
  }

  /** Something that is not as it should be. */
  problem(line: string): void {
    this.#say(`${this.#paintStderr("red", "effnet:")} ${line}`);
  }

  #say(line: string): void {
    this.#progress.clear();
    process.stderr.write(`${line}\n`);
  }
}
