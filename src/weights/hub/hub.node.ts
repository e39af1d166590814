// The hub in Node: files come from the cache that Python shares, and into it.

import { FileError, HubError } from "../../errors.ts";
import { digestKind, digestOf } from "./digest.node.ts";
import { download, unwritable } from "./download.node.ts";
import type { Settings } from "./environment.node.ts";
import { folderAt } from "./folder.node.ts";
import { type FileHead, headOf } from "./head.ts";
import type { Hub, HubFile, OpenOptions } from "./hub.ts";
import { fileAt } from "./hub-file.node.ts";
import { exists, isFile, Layout } from "./layout.node.ts";
import { type Means, meansOf } from "./means.node.ts";
import { keptOriginal, original } from "./original.node.ts";
import { checkedFile, isCommit, type Repository, shownRepository } from "./repository.ts";
import { TRIES } from "./requests.ts";

const LIMIT_BYTES = 4e9; // what a weights file may have

/**
 * The hub that options and environment name.
 * @throws UsageError, HubError for an endpoint or a token that is none
 */
export async function openHub(options: OpenOptions = {}): Promise<Hub> {
  return new NodeHub(await meansOf(options));
}

class NodeHub implements Hub {
  readonly #means: Means;
  /** Of the network: it would be the same for the next file. */
  #failure: HubError | null = null;
  #isTold = false;

  constructor(means: Means) {
    this.#means = means;
  }

  async file(repository: Repository, name: string): Promise<HubFile | null> {
    const { settings, line } = this.#means;
    const { id, revision } = repository;
    const layout = new Layout(settings.cacheFolder, id, settings);
    const kept = await this.#kept(layout, repository, checkedFile(name));
    if (isCommit(revision) && kept !== undefined) return kept;
    if (settings.isOffline || this.#failure !== null) {
      if (kept === undefined) throw this.#failure ?? notCached(repository, name, settings);
      if (this.#failure !== null) this.#tellOfCopy(this.#failure);
      return kept;
    }
    const asking = { timeoutMs: settings.headTimeoutMs, tries: kept === undefined ? TRIES : 1 };
    const head = await headOf(line, repository, name, asking).catch((error: unknown) => {
      if (!(error instanceof HubError) || error.reason === "revision") throw error;
      if (error.reason === "network") this.#failure = error;
      if (kept === undefined) throw error;
      this.#tellOfCopy(error);
      return null;
    });
    if (head === null) return kept as HubFile | null;
    if ("missing" in head) {
      if (head.commit !== null) await markAbsent(layout, revision, head.commit, name);
      return null;
    }
    await this.#brought(layout, repository, name, head);
    return fileAt(layout.pointer(head.commit, name), `${id}/${name}`, head.commit);
  }

  original(url: string): Promise<HubFile> {
    return original(this.#means, url);
  }

  keptOriginal(url: string): Promise<HubFile | null> {
    return keptOriginal(this.#means.settings, url);
  }

  folder(path: string): ReturnType<Hub["folder"]> {
    return folderAt(path, this.#means.line.onWarning);
  }

  /** Once, not for every file. */
  #tellOfCopy(error: HubError): void {
    if (!this.#isTold) this.#means.line.onWarning(`${error.message} The cached copy is taken.`);
    this.#isTold = true;
  }

  /** What the cache holds under a revision; null: it knows that there is no such file; undefined: it does not know. */
  async #kept(layout: Layout, { id, revision }: Repository, name: string): Promise<HubFile | null | undefined> {
    const commit = await layout.commitOf(revision);
    if (commit === null) return undefined;
    const pointer = layout.pointer(commit, name);
    if (await isFile(pointer)) return fileAt(pointer, `${id}/${name}`, commit);
    return (await layout.isAbsent(commit, name)) ? null : undefined;
  }

  /** Sees to it that the file that `head` tells of is in the cache, under its commit and the revision asked for. */
  async #brought(layout: Layout, { id, revision }: Repository, name: string, head: FileHead): Promise<void> {
    const { settings, line, onProgress } = this.#means;
    const { commit, etag, size } = head;
    const pointer = layout.pointer(commit, name);
    if (!(await isFile(pointer, size))) {
      const blob = layout.blob(etag);
      try {
        let isNew = false;
        if (!(await isFile(blob, size))) {
          await layout.prepare();
          if (size !== null && size > LIMIT_BYTES) throw tooLarge(`${id}/${name}`, size);
          isNew = await download(line, {
            name: `${id}/${name}`,
            locate: async (again) => (again ? await this.#located({ id, revision: commit }, name) : head.url),
            size,
            etag,
            timeoutMs: settings.dataTimeoutMs,
            limitBytes: LIMIT_BYTES,
            path: blob,
            alsoAt: pointer,
            partial: layout.partial(etag),
            lock: layout.lock(etag),
            check: checkFor(etag),
            onProgress,
            detail: id,
          });
        }
        if (isNew || !(await isFile(pointer, size))) await layout.place(etag, commit, name, isNew);
      } catch (cause) {
        throw unwritable(layout.folder, cause, line.signal);
      }
    }
    await layout.refer(revision, commit);
  }

  async #located(repository: Repository, name: string): Promise<string> {
    const { settings, line } = this.#means;
    const head = await headOf(line, repository, name, { timeoutMs: settings.headTimeoutMs, tries: TRIES });
    if ("missing" in head)
      throw new HubError(`${shownRepository(repository)}: ${name} was removed meanwhile. Try again.`, {
        reason: "entry",
      });
    return head.url;
  }
}

function checkFor(etag: string): ((path: string, signal: AbortSignal) => Promise<string | null>) | null {
  const kind = digestKind(etag);
  if (kind === null) return null;
  return async (path, signal) => {
    const got = await digestOf(path, kind, signal);
    return got === etag ? null : `expected ${kind} ${etag}, got ${got}`;
  };
}

/** A cache that may not be written goes without the marker. */
async function markAbsent(layout: Layout, revision: string, commit: string, name: string): Promise<void> {
  if (!(await exists(layout.pointer(commit, name)))) await layout.markAbsent(commit, name).catch(() => {});
  if (await exists(layout.snapshot(commit))) await layout.refer(revision, commit);
}

function notCached(repository: Repository, name: string, { cacheFolder }: Settings): HubError {
  const what = `${shownRepository(repository)}: ${name} is not in the cache (${cacheFolder}), and HF_HUB_OFFLINE is set.`;
  return new HubError(`${what} Unset it once, or pass a file as weights.`, { reason: "offline" });
}

function tooLarge(name: string, bytes: number): FileError {
  return new FileError(name, `expected at most ${LIMIT_BYTES} bytes, got ${bytes}. Is this the right file?`);
}
