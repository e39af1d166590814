// A repository of a hub by name and revision: its addresses, and what may be its parts in addresses and paths.

import { UsageError } from "../../errors.ts";

/** What timm's hub is called where nothing else is said. */
export const HUGGING_FACE = "https://huggingface.co";

export interface Repository {
  /** `owner/name` */
  readonly id: string;
  /** A branch, a tag, `refs/pr/1`, or a commit of 40 hexadecimal digits. */
  readonly revision: string;
}

/**
 * @param revision null: `main`
 * @throws UsageError if owner, name or revision would lead elsewhere as a path or an address
 */
export function repositoryOf(id: string, revision: string | null = null): Repository {
  const parts = id.split("/");
  if (parts.length !== 2 || !parts.every(isPart) || id.includes("--")) {
    throw new UsageError("repository", `expected owner/name, got ${JSON.stringify(id)}.`);
  }
  if (revision !== null && !revision.split("/").every(isPart)) {
    throw new UsageError("revision", `expected a branch, tag or commit, got ${JSON.stringify(revision)}.`);
  }
  return { id, revision: revision ?? "main" };
}

/** A commit names its files for good: what is cached of it needs no question. */
export function isCommit(revision: string): boolean {
  return /^[0-9a-f]{40}$/.test(revision);
}

/** `owner/name`, with the revision where it is not the default. */
export function shownRepository({ id, revision }: Repository): string {
  return revision === "main" ? id : `${id}@${isCommit(revision) ? revision.slice(0, 8) : revision}`;
}

/** `{endpoint}/{owner}/{name}/resolve/{revision}/{file}` */
export function fileUrl(endpoint: string, { id, revision }: Repository, file: string): string {
  return `${endpoint}/${id}/resolve/${encodeURIComponent(revision)}/${file.split("/").map(encodeURIComponent).join("/")}`;
}

/** `models--owner--name` */
export function folderName(id: string): string {
  return `models--${id.replace("/", "--")}`;
}

/** The opposite; null for what is no model repository of an owner. */
export function idOfFolder(name: string): string | null {
  const [, owner, repository] = /^models--(.+?)--(.+)$/.exec(name) ?? [];
  return owner === undefined ? null : `${owner}/${repository}`;
}

/** @throws UsageError for a file name that leads out of its folder, on any platform */
export function checkedFile(file: string): string {
  const isInside =
    !/[\\:\0]/.test(file) && file.split("/").every((part) => part !== "" && part !== "." && part !== "..");
  if (!isInside) throw new UsageError("file", `expected a path inside the repository, got ${JSON.stringify(file)}.`);
  return file;
}

function isPart(part: string): boolean {
  return /^[\w.-]+$/.test(part) && part !== "." && part !== ".." && !part.includes("..");
}
