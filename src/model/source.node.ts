// Sources in Node: paths and `file:` URLs are read from the disk, `http:` and `https:` URLs fetched.

import { type FileHandle, open } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { FileError, UsageError } from "../errors.ts";
import type { Picture } from "../image/picture.ts";
import type { WaitOptions } from "../progress.ts";
import {
  bytesInMemory,
  download,
  joined,
  plainRoom,
  refuseLarge,
  type Source,
  type SourceBytes,
  type SourceOptions,
  sourceName,
} from "./source.ts";

const PIECE_BYTES = 8 * 2 ** 20; // between two looks at the signal; a disk reads this in about 10 ms

/**
 * Reads a source whole.
 * @throws FileError if the file is missing, unreadable, a folder or too large; HubError if a URL does not answer;
 * UsageError for other kinds of URL
 */
export async function readSource(source: Source, options: SourceOptions): Promise<SourceBytes> {
  options.signal?.throwIfAborted();
  const bytes = await bytesInMemory(source, options.limitBytes);
  if (bytes !== null) return { bytes, name: sourceName(source) };
  const isUrl = source instanceof URL || (typeof source === "string" && /^(https?|file):/i.test(source));
  if (!isUrl) return readPath(source as string, options);
  if (source instanceof URL || URL.canParse(source as string)) {
    const url = new URL(source as string | URL);
    if (url.protocol === "file:") return readPath(fileURLToPath(url), options);
    if (url.protocol === "http:" || url.protocol === "https:") return download(url, options);
  }
  throw new UsageError("source", `expected a file:, http: or https: URL, got ${source}.`);
}

/** Node knows no elements of a page. */
export function pagePicture(_input: unknown, _options: WaitOptions): Promise<Picture> | null {
  return null;
}

async function readPath(path: string, options: SourceOptions): Promise<SourceBytes> {
  let handle: FileHandle | undefined;
  try {
    handle = await open(path);
    const stat = await handle.stat();
    if (stat.isDirectory()) throw new FileError(path, "expected a file, got a folder.");
    refuseLarge(path, stat.size, options.limitBytes);
    const bytes = stat.isFile()
      ? await readSized(handle, stat.size, options)
      : await readUnsized(handle, path, options);
    return { bytes, name: path };
  } catch (cause) {
    throw cause instanceof Error && "syscall" in cause ? new FileError(path, whyUnreadable(cause), { cause }) : cause;
  } finally {
    await handle?.close();
  }
}

/** A regular file of `size` bytes; one that shrank meanwhile gives what is left. */
async function readSized(handle: FileHandle, size: number, options: SourceOptions): Promise<Uint8Array> {
  const bytes = (options.allocate ?? plainRoom)(size);
  let done = 0;
  while (done < size) {
    const { bytesRead } = await handle.read(bytes, done, Math.min(PIECE_BYTES, size - done), done);
    options.signal?.throwIfAborted();
    if (bytesRead === 0) return bytes.subarray(0, done);
    done += bytesRead;
    options.onProgress?.({ stage: options.stage, done, total: size, unit: "bytes" });
  }
  return bytes;
}

/** A pipe or a device, whose size nobody knows. */
async function readUnsized(handle: FileHandle, path: string, options: SourceOptions): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let done = 0;
  for (;;) {
    const { bytesRead, buffer } = await handle.read(new Uint8Array(2 ** 16), 0, 2 ** 16, null);
    options.signal?.throwIfAborted();
    if (bytesRead === 0) return joined(parts, done, options.allocate);
    parts.push(buffer.subarray(0, bytesRead));
    done += bytesRead;
    refuseLarge(path, done, options.limitBytes);
  }
}

function whyUnreadable(cause: Error & { code?: string }): string {
  if (cause.code === "ENOENT" || cause.code === "ENOTDIR") return "no such file. Check the path.";
  if (cause.code === "EACCES" || cause.code === "EPERM") return "may not be read. Check its permissions.";
  return `could not be read (${cause.message}).`;
}
