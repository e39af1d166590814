// The digest in a blob's name, and whether a file has it.

import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";

/** 64 hexadecimal digits: SHA-256 of the bytes, as of all large files. 40: git's SHA-1 of a blob, as of small ones. */
export type DigestKind = "sha256" | "git-sha1";

/** What kind of digest an etag is; null for none. */
export function digestKind(etag: string): DigestKind | null {
  if (/^[0-9a-f]{64}$/.test(etag)) return "sha256";
  return /^[0-9a-f]{40}$/.test(etag) ? "git-sha1" : null;
}

/** In hexadecimal digits. @throws the signal's reason */
export async function digestOf(path: string, kind: DigestKind, signal?: AbortSignal): Promise<string> {
  const hash = createHash(kind === "sha256" ? "sha256" : "sha1");
  if (kind === "git-sha1") hash.update(`blob ${(await stat(path)).size}\0`);
  for await (const bytes of createReadStream(path, { highWaterMark: 2 ** 20 })) {
    signal?.throwIfAborted();
    hash.update(bytes);
  }
  return hash.digest("hex");
}
