// What the hub's interface says of a commit: `GET /api/models/OWNER/NAME/revision/REVISION?blobs=true`.

import { HubError } from "../../errors.ts";
import { isCommit, type Repository, shownRepository } from "./repository.ts";

export interface FileFacts {
  /** In bytes. */
  readonly size: number | null;
  /** Of large files; of small ones the hub names another digest. */
  readonly sha256: string | null;
}

export interface Listing {
  readonly commit: string;
  /** By name; null where the hub does not list them. */
  readonly files: ReadonlyMap<string, FileFacts> | null;
}

/** @throws HubError if it is no hub's answer */
export function listingIn(json: unknown, repository: Repository): Listing {
  const { sha, siblings } = objectOf(json);
  if (typeof sha !== "string" || !isCommit(sha)) {
    const what = `${shownRepository(repository)}: expected a hub's answer with a commit, got none.`;
    throw new HubError(`${what} Check the endpoint.`, { reason: "answer" });
  }
  if (!Array.isArray(siblings)) return { commit: sha, files: null };
  const files = siblings.map((each: unknown) => {
    const { rfilename, size, lfs } = objectOf(each);
    const { sha256 } = objectOf(lfs);
    const isDigest = typeof sha256 === "string" && /^[0-9a-f]{64}$/.test(sha256);
    const bytes = Number.isSafeInteger(size) ? (size as number) : null;
    return [String(rfilename), { size: bytes, sha256: isDigest ? sha256 : null }] as const;
  });
  return { commit: sha, files: new Map(files) };
}

/** Whether bytes have a digest. Pages without a secure origin have no digests: true. */
export async function isSame(blob: Blob, sha256: string): Promise<boolean> {
  if (globalThis.crypto?.subtle === undefined) return true;
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", await blob.arrayBuffer()));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("") === sha256;
}

function objectOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
}
