// A file that is whole or not there: written beside its place, then renamed; taken away if the work stops before.

import { randomBytes } from "node:crypto";
import { rmSync } from "node:fs";
import { type FileHandle, open, readdir, rename, rm, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { FileError } from "../errors.ts";

const PIECE_BYTES = 8 * 2 ** 20; // between two looks at the signal

export class PartialFile {
  readonly #path: string;
  /** Where it grows; the place itself if that is a pipe or a device, which nothing may replace. */
  readonly #beside: string;
  readonly #handle: FileHandle;
  /** Even an exit in mid-write leaves nothing behind. */
  readonly #onExit = (): void => {
    if (this.#beside !== this.#path) rmSync(this.#beside, { force: true });
  };

  private constructor(path: string, beside: string, handle: FileHandle) {
    this.#path = path;
    this.#beside = beside;
    this.#handle = handle;
    process.once("exit", this.#onExit);
  }

  /** @throws FileError if the folder is missing or may not be written */
  static async open(path: string): Promise<PartialFile> {
    try {
      const existing = await stat(path).catch(() => null);
      const isReplaced = existing === null || existing.isFile() || existing.isDirectory();
      const beside = join(dirname(path), `.${basename(path)}.${randomBytes(4).toString("hex")}.partial`);
      if (existing?.isDirectory()) throw Object.assign(new Error(), { code: "EISDIR" });
      return isReplaced
        ? new PartialFile(path, beside, await open(beside, "wx"))
        : new PartialFile(path, path, await open(path, "w"));
    } catch (cause) {
      throw unwritable(path, cause);
    }
  }

  /** Appends. @throws FileError, or the signal's reason between two pieces */
  async write(data: string | Uint8Array, signal?: AbortSignal): Promise<void> {
    const bytes = typeof data === "string" ? new TextEncoder().encode(data) : data;
    for (let at = 0; at < bytes.length; at += PIECE_BYTES) {
      signal?.throwIfAborted();
      await this.#handle.writeFile(bytes.subarray(at, at + PIECE_BYTES)).catch((cause) => {
        throw unwritable(this.#path, cause);
      });
    }
  }

  /** Puts the file in its place; an older one is replaced in one step. */
  async commit(): Promise<void> {
    try {
      if (this.#beside !== this.#path) await this.#handle.sync();
      await this.#handle.close();
      if (this.#beside !== this.#path) await rename(this.#beside, this.#path);
      await syncFolder(dirname(this.#path));
    } catch (cause) {
      throw unwritable(this.#path, cause);
    }
    process.removeListener("exit", this.#onExit);
  }

  /** Takes it away. */
  async discard(): Promise<void> {
    await this.#handle.close().catch(() => {});
    if (this.#beside !== this.#path) await rm(this.#beside, { force: true });
    process.removeListener("exit", this.#onExit);
  }
}

/** Makes a rename outlast a loss of power. Where folders cannot be opened (Windows), they need not be. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, "r").catch(() => null);
  await folder?.sync().catch(() => {});
  await folder?.close();
}

/** Takes away what a killed process left half written in a folder. */
export async function removeStale(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    if (/^\..+\.[0-9a-f]{8}\.partial$/.test(name)) await rm(join(folder, name), { force: true });
  }
}

/** A whole file in one call. */
export async function writeWhole(path: string, data: string | Uint8Array, signal?: AbortSignal): Promise<void> {
  const file = await PartialFile.open(path);
  try {
    await file.write(data, signal);
    signal?.throwIfAborted();
    await file.commit();
  } catch (error) {
    await file.discard();
    throw error;
  }
}

export function unwritable(path: string, cause: unknown): FileError {
  const { code, message } = cause as NodeJS.ErrnoException;
  const reasons: Readonly<Record<string, string>> = {
    ENOENT: "its folder does not exist. Create it first.",
    ENOTDIR: "its folder is a file. Choose another place.",
    EISDIR: "is a folder. Name a file in it.",
    EACCES: "may not be written. Check the folder's permissions.",
    EPERM: "may not be written. Check the folder's permissions.",
    EROFS: "lies on a read-only disk. Choose another place.",
    ENOSPC: "the disk is full. Make room and try again.",
    EDQUOT: "the disk's quota is used up. Make room and try again.",
    EFBIG: "files may not be that large here (ulimit -f). Raise the limit and try again.",
  };
  return new FileError(path, reasons[code ?? ""] ?? `could not be written (${message}).`, { cause });
}
