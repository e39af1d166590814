// What a run has to say: on the terminal at once, and in its log as soon as there is one.

import type { RunFolder } from "../run/folder.ts";
import type { Session } from "./session.ts";
import { shownText } from "./style.ts";

export class Teller {
  readonly #session: Session;
  #folder: RunFolder | null = null;
  #waiting: string[] = [];

  constructor(session: Session) {
    this.#session = session;
  }

  note(line: string): void {
    this.#session.terminal.note(shownText(line));
    this.#waiting.push(line);
  }

  problem(line: string): void {
    this.#session.terminal.problem(shownText(line));
    this.#waiting.push(line);
  }

  /** From here on `flush` writes to this folder's log. */
  attach(folder: RunFolder): void {
    this.#folder = folder;
  }

  /** Writes what has been said since the last time. @throws FileError if the log may not be written */
  async flush(): Promise<void> {
    if (this.#folder === null) return;
    const lines = this.#waiting;
    this.#waiting = [];
    for (const line of lines) await this.#folder.log(shownText(line));
  }
}
