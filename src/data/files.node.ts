// Files of datasets in Node: paths on the disk; shards also at http and https addresses.

import { open, readdir, readFile, realpath, stat } from "node:fs/promises";
import { join } from "node:path";
import { FileError } from "../errors.ts";
import { fetched, isAddress } from "./fetched.ts";
import type { FolderEntry } from "./folder.ts";

const PIECE_BYTES = 2 ** 20; // of a shard; a sample is a small part of it

/** Whether a place is a folder. @throws FileError if nothing is there */
export async function isFolder(path: string): Promise<boolean> {
  if (isAddress(path)) return false;
  return (await stat(path).catch((cause) => refuse(path, cause))).isDirectory();
}

/**
 * Every file below a folder, and every folder that holds nothing. Links are followed, but not back up.
 * @throws FileError if a folder may not be listed; the signal's reason once it aborts
 */
export async function listFolder(folder: string, signal?: AbortSignal): Promise<FolderEntry[]> {
  const entries: FolderEntry[] = [];
  const walk = async (path: string, prefix: string, above: readonly string[]): Promise<void> => {
    signal?.throwIfAborted();
    const real = await realpath(path).catch((cause) => refuse(path, cause));
    if (above.includes(real)) return;
    const children = await readdir(path, { withFileTypes: true }).catch((cause) => refuse(path, cause));
    if (children.length === 0 && prefix !== "") entries.push({ path: prefix.slice(0, -1), source: null });
    for (const child of children) {
      const [childPath, name] = [join(path, child.name), prefix + child.name];
      // A link that leads nowhere is a file: reading it says what is wrong.
      const target = child.isSymbolicLink() ? await stat(childPath).catch(() => child) : child;
      if (target.isDirectory()) await walk(childPath, `${name}/`, [...above, real]);
      else entries.push({ path: name, source: childPath });
    }
  };
  await walk(folder, "", []);
  return entries;
}

/** A file whole. @throws FileError; HubError for an address that does not answer */
export async function readFileBytes(path: string): Promise<Uint8Array<ArrayBuffer>> {
  if (isAddress(path)) return new Uint8Array(await (await fetched(path)).arrayBuffer());
  return new Uint8Array(await readFile(path).catch((cause) => refuse(path, cause)));
}

/** A file as a stream. @throws FileError; HubError for an address that does not answer */
export async function openFile(path: string): Promise<ReadableStream<Uint8Array>> {
  if (isAddress(path)) return (await fetched(path)).body ?? new Blob([]).stream();
  const handle = await open(path).catch((cause) => refuse(path, cause));
  // Not Readable.toWeb: Node 20's ends the process when a stream is cancelled while a piece is on its way.
  return new ReadableStream({
    async pull(controller) {
      const { bytesRead, buffer } = await handle.read(new Uint8Array(PIECE_BYTES));
      if (bytesRead > 0) return controller.enqueue(buffer.subarray(0, bytesRead));
      await handle.close();
      controller.close();
    },
    cancel: () => handle.close(),
  });
}

function refuse(path: string, cause: NodeJS.ErrnoException): never {
  const isMissing = cause.code === "ENOENT" || cause.code === "ENOTDIR";
  throw new FileError(
    path,
    isMissing ? "no such file or folder. Check the path." : `could not be read (${cause.message}).`,
    {
      cause,
    },
  );
}
