// A file that grows while a run goes on. A checkpoint remembers how long it was, and a resumed run cuts off what came after.

import { type FileHandle, open } from "node:fs/promises";
import { unwritable } from "./partial.ts";

export class Journal {
  readonly #path: string;
  readonly #handle: FileHandle;
  #bytes: number;

  private constructor(path: string, handle: FileHandle, bytes: number) {
    this.#path = path;
    this.#handle = handle;
    this.#bytes = bytes;
  }

  /**
   * Opens or creates; all beyond `bytes` is cut off. Default: nothing is.
   * @throws FileError if it may not be written
   */
  static async open(path: string, bytes = Number.POSITIVE_INFINITY): Promise<Journal> {
    try {
      const handle = await open(path, "a");
      const { size } = await handle.stat();
      if (size > bytes) await handle.truncate(bytes);
      return new Journal(path, handle, Math.min(size, bytes));
    } catch (cause) {
      throw unwritable(path, cause);
    }
  }

  /** Bytes so far. */
  get bytes(): number {
    return this.#bytes;
  }

  /** @throws FileError, e.g. if the disk is full; a part may have been written then */
  async append(data: string | Uint8Array): Promise<void> {
    const bytes = typeof data === "string" ? new TextEncoder().encode(data) : data;
    await this.#handle.appendFile(bytes).catch((cause) => {
      throw unwritable(this.#path, cause);
    });
    this.#bytes += bytes.length;
  }

  /** Makes what was appended outlast a loss of power. */
  async sync(): Promise<void> {
    await this.#handle.sync().catch((cause) => {
      throw unwritable(this.#path, cause);
    });
  }

  async close(): Promise<void> {
    await this.#handle.close();
  }
}
