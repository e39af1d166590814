// What the cache holds of networks that are ours to use, and taking them away. Other programs' repositories are counted only.

import { randomBytes } from "node:crypto";
import { lstat, readdir, readFile, rename, rm, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { isModelName, resolve } from "../../architecture/resolve.ts";
import { TAGS } from "../../architecture/tags.ts";
import { HubError } from "../../errors.ts";
import type { Settings } from "./environment.node.ts";
import { isHeld } from "./lock.node.ts";
import { idOfFolder } from "./repository.ts";

export interface CachedRepository {
  /** `owner/name` */
  readonly id: string;
  readonly path: string;
  /** On the disk, partial files included; files of several revisions count once. */
  readonly bytes: number;
  /** Bytes of downloads that were broken off. */
  readonly partialBytes: number;
  readonly revisions: readonly CachedRevision[];
}

export interface CachedRevision {
  readonly commit: string;
  /** Branches and tags that meant it when they were last asked for. */
  readonly refs: readonly string[];
  readonly files: readonly { readonly name: string; readonly bytes: number }[];
}

/** A checkpoint as first released. */
export interface CachedOriginal {
  readonly name: string;
  readonly path: string;
  readonly bytes: number;
}

export interface Contents {
  /** Networks of the family, by id. */
  readonly repositories: readonly CachedRepository[];
  readonly originals: readonly CachedOriginal[];
  /** Repositories of other programs. */
  readonly others: number;
}

/** Looks; a cache that is not there is empty. */
export async function contentsOf({ cacheFolder, checkpointFolder }: Settings): Promise<Contents> {
  const names = await readdir(cacheFolder).catch(() => []);
  const repositories: CachedRepository[] = [];
  let others = 0;
  for (const name of names.sort()) {
    const id = idOfFolder(name);
    if (id !== null && (await isOurs(join(cacheFolder, name), id))) {
      repositories.push(await repositoryAt(join(cacheFolder, name), id));
    } else if (/^(models|datasets|spaces)--/.test(name)) others++;
  }
  return { repositories, originals: await originalsIn(checkpointFolder), others };
}

/**
 * Takes a repository or a checkpoint away, whole: what stays half removed after a kill, no program finds.
 * @throws HubError if a process is downloading it, or the disk refuses
 */
export async function removeFrom({ cacheFolder }: Settings, entry: CachedRepository | CachedOriginal): Promise<void> {
  const locks = "id" in entry ? join(cacheFolder, ".locks", basename(entry.path)) : null;
  for (const lock of locks === null ? [`${entry.path}.effnet.lock`] : await ourLocks(locks)) {
    if (await isHeld(lock)) {
      const what = `${"id" in entry ? entry.id : entry.name}: is being downloaded. Wait for it, then clear.`;
      throw new HubError(what, { reason: "cache" });
    }
    await rm(lock, { force: true });
  }
  const folder = dirname(entry.path);
  try {
    await rename(entry.path, join(folder, `${REMOVED}${randomBytes(4).toString("hex")}`));
    for (const name of await readdir(folder)) {
      if (name.startsWith(REMOVED)) await rm(join(folder, name), { recursive: true, force: true });
    }
    await rm(`${entry.path}.effnet.incomplete`, { force: true });
  } catch (cause) {
    throw new HubError(`${entry.path}: could not be removed (${(cause as Error).message}).`, {
      cause,
      reason: "cache",
    });
  }
}

const REMOVED = ".effnet-removed-"; // also what a killed process left of it

async function ourLocks(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch(() => []);
  return names.filter((name) => name.endsWith(".effnet.lock")).map((name) => join(folder, name));
}

const HUB_IDS = new Set(TAGS.map(({ hubId }) => hubId));

/** A repository of a tag, or one whose config names a network of the family. */
async function isOurs(folder: string, id: string): Promise<boolean> {
  if (HUB_IDS.has(id)) return true;
  for (const commit of await readdir(join(folder, "snapshots")).catch(() => [])) {
    const text = await readFile(join(folder, "snapshots", commit, "config.json"), "utf8").catch(() => "");
    const [, name] = /"architecture"\s*:\s*"([\w.]{1,80})"/.exec(text) ?? [];
    if (name !== undefined && isModelName(name.split(".")[0])) return true;
  }
  return false;
}

async function repositoryAt(path: string, id: string): Promise<CachedRepository> {
  const blobs = await filesIn(join(path, "blobs"));
  const partials = blobs.filter(({ name }) => name.endsWith(".incomplete"));
  const revisions: CachedRevision[] = [];
  let unlinked = 0; // bytes of files that lie in snapshots themselves
  const refs = await refsIn(join(path, "refs"));
  for (const commit of (await readdir(join(path, "snapshots")).catch(() => [])).sort()) {
    const files = await filesIn(join(path, "snapshots", commit));
    unlinked += sum(files.filter(({ isLink }) => !isLink));
    revisions.push({
      commit,
      refs: refs.filter((ref) => ref.commit === commit).map((ref) => ref.name),
      files: files.map(({ name, bytes }) => ({ name, bytes })),
    });
  }
  return { id, path, bytes: sum(blobs) + unlinked, partialBytes: sum(partials), revisions };
}

interface FoundFile {
  /** From the folder, with `/`. */
  readonly name: string;
  /** Of what a link points to; a link to nowhere has none. */
  readonly bytes: number;
  readonly isLink: boolean;
}

async function filesIn(folder: string, prefix = ""): Promise<FoundFile[]> {
  const found: FoundFile[] = [];
  const entries = await readdir(join(folder, prefix), { withFileTypes: true }).catch(() => []);
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const name = prefix + entry.name;
    if (entry.isDirectory()) found.push(...(await filesIn(folder, `${name}/`)));
    else {
      const size = (await stat(join(folder, name)).catch(() => null))?.size ?? 0;
      found.push({ name, bytes: size, isLink: entry.isSymbolicLink() });
    }
  }
  return found;
}

async function refsIn(folder: string): Promise<{ readonly name: string; readonly commit: string }[]> {
  const files = await filesIn(folder);
  return Promise.all(
    files.map(async ({ name }) => ({
      name,
      commit: (await readFile(join(folder, name), "utf8").catch(() => "")).trim(),
    })),
  );
}

/** The release files that tags name; other programs keep theirs there too. */
async function originalsIn(folder: string): Promise<CachedOriginal[]> {
  const found: CachedOriginal[] = [];
  for (const { url } of TAGS) {
    const name = url?.split("/").at(-1);
    if (name === undefined) continue;
    const file = await lstat(join(folder, name)).catch(() => null);
    if (file?.isFile()) found.push({ name, path: join(folder, name), bytes: file.size });
  }
  return found;
}

function sum(files: readonly { readonly bytes: number }[]): number {
  return files.reduce((total, { bytes }) => total + bytes, 0);
}

/** The id in the cache that a user means: `owner/name`, also with `hf-hub:`, or a name of the family. */
export function idMeant(name: string): string {
  const bare = name.replace(/^hf[-_]hub:/, "");
  return bare.includes("/") ? bare : (resolve(bare).hubId ?? bare);
}
