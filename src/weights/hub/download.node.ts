// A file from an address to its place: resumed where an earlier download broke off, checked, and renamed when it is whole.

import { type FileHandle, open, rename, rm } from "node:fs/promises";
import { FileError, HubError } from "../../errors.ts";
import type { OnProgress } from "../../progress.ts";
import { isFile } from "./layout.node.ts";
import { turnAt } from "./lock.node.ts";
import { pieces, type Wanted } from "./pieces.ts";
import type { Line } from "./requests.ts";

export interface Download extends Pick<Wanted, "name" | "locate" | "size" | "etag" | "timeoutMs" | "limitBytes"> {
  /** Where it belongs; what is there already is replaced. */
  readonly path: string;
  /** Where it is, too, once another process has brought it; default: nowhere else. */
  readonly alsoAt?: string;
  readonly partial: string;
  readonly lock: string;
  /** Null: right. Otherwise the digests, as `expected E, got G`. Absent: nothing is known but the size. */
  readonly check: ((path: string, signal: AbortSignal) => Promise<string | null>) | null;
  readonly onProgress: OnProgress;
  /** What the progress is of. */
  readonly detail: string;
}

/**
 * Returns when the file is at its place, whoever brought it there: of several processes one downloads.
 * @returns whether it was this one
 * @throws HubError: `network`, `corrupt` if it is wrong twice, and what `pieces` throws; FileError for the disk; the
 * signal's reason. What came so far is kept for the next try, unless it is wrong
 */
export async function download(line: Line, wanted: Download): Promise<boolean> {
  const { path, alsoAt = path, partial, lock, size } = wanted;
  const isDone = async (): Promise<boolean> => (await isFile(path, size)) || isFile(alsoAt, size);
  const onWait = async (): Promise<void> => report(wanted, await bytesIn(partial), size);
  for (;;) {
    const turn = await turnAt(lock, isDone, { signal: line.signal, onWait }).catch((cause) => {
      throw unwritable(lock, cause, line.signal);
    });
    if (turn === null) return false;
    const signal = line.signal === undefined ? turn.lost : AbortSignal.any([line.signal, turn.lost]);
    try {
      await fetched({ ...line, signal }, wanted, signal);
      signal.throwIfAborted();
      await rename(partial, path);
      return true;
    } catch (cause) {
      if (turn.lost.aborted && !line.signal?.aborted) continue; // somebody else goes on with it
      throw cause instanceof HubError && cause.reason === "network"
        ? await withKept(cause, partial)
        : unwritable(path, cause, line.signal);
    } finally {
      await turn.end();
    }
  }
}

/** Leaves the whole, right file at `partial`. */
async function fetched(line: Line, wanted: Download, signal: AbortSignal): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    const wrong = await filled(line, wanted).then(
      async (bytes) => {
        if (wanted.size !== null && bytes !== wanted.size) return `expected ${wanted.size} bytes, got ${bytes}`;
        return wanted.check === null ? null : wanted.check(wanted.partial, signal);
      },
      (error) => {
        if (!(error instanceof HubError) || error.reason !== "corrupt") throw error;
        return `expected ${wanted.size ?? `at most ${wanted.limitBytes}`} bytes, got more`;
      },
    );
    if (wrong === null) return;
    await rm(wanted.partial, { force: true });
    if (attempt === 1) continue; // perhaps only the beginning that was found was wrong
    throw new HubError(`${wanted.name}: ${wrong}, twice. Nothing was kept; try later, or another network.`, {
      reason: "corrupt",
    });
  }
}

/** Appends what is missing to the partial file. @returns its bytes */
async function filled(line: Line, wanted: Download): Promise<number> {
  const { name, locate, size, etag, timeoutMs, limitBytes, partial } = wanted;
  const handle = await opened(partial);
  try {
    let { size: bytes } = await handle.stat();
    if (size !== null && bytes > size) {
      await handle.truncate(0);
      bytes = 0;
    }
    if (size !== null && bytes === size) return bytes;
    const isChecked = wanted.check !== null;
    const rest = { start: bytes, size, etag, isChecked, usesIfRange: true };
    const parts = pieces(line, { name, locate, ...rest, timeoutMs, limitBytes });
    for await (const { at, bytes: data, total } of parts) {
      if (at !== bytes) await handle.truncate(at);
      bytes = at;
      for (let done = 0; done < data.length; ) {
        const { bytesWritten } = await handle.write(data, done, data.length - done, at + done);
        done += bytesWritten;
      }
      bytes += data.length;
      report(wanted, bytes, total);
    }
    await handle.sync();
    return bytes;
  } finally {
    await handle.close();
  }
}

async function opened(partial: string): Promise<FileHandle> {
  try {
    return await open(partial, "r+");
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== "ENOENT") throw cause;
    return open(partial, "wx+");
  }
}

async function bytesIn(path: string): Promise<number> {
  const handle = await open(path).catch(() => null);
  const bytes = (await handle?.stat())?.size ?? 0;
  await handle?.close();
  return bytes;
}

function report({ onProgress, detail }: Download, done: number, total: number | null): void {
  onProgress({ stage: "download", done, unit: "bytes", detail, ...(total === null ? {} : { total }) });
}

/** The error, and what the next try begins with. */
async function withKept(error: HubError, partial: string): Promise<HubError> {
  const bytes = await bytesIn(partial);
  if (bytes === 0) return error;
  const { reason = "network", url, status } = error;
  return new HubError(`${error.message} The next try goes on after ${bytes} bytes.`, {
    cause: error,
    reason,
    url,
    status,
  });
}

/** What the disk refuses, as one line; everything else as it is. */
export function unwritable(path: string, cause: unknown, signal?: AbortSignal): unknown {
  if (signal?.aborted || !(cause instanceof Error && "syscall" in cause) || cause instanceof FileError) return cause;
  const { code, message } = cause as NodeJS.ErrnoException;
  const isFull = code === "ENOSPC" || code === "EDQUOT";
  const isForbidden = code === "EACCES" || code === "EPERM" || code === "EROFS";
  const why = isFull ? "the disk is full" : isForbidden ? "may not be written" : `could not be written (${message})`;
  return new HubError(`${path}: ${why}. Make room, or set HF_HUB_CACHE to another folder.`, { cause, reason: "cache" });
}
