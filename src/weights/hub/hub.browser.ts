// The hub in a page: the browser's Cache Storage keeps the files, under addresses that name their commit.
// Redirections are opaque to a page, so that the hub's list of files says what their bytes must be.

import { FileError, HubError, UnsupportedError } from "../../errors.ts";
import type { OnProgress } from "../../progress.ts";
import type { Hub, HubFile, OpenOptions } from "./hub.ts";
import { type FileFacts, isSame, type Listing, listingIn } from "./listing.ts";
import { pieces } from "./pieces.ts";
import { type Asked, refusal } from "./refusal.ts";
import { checkedFile, fileUrl, HUGGING_FACE, isCommit, type Repository, shownRepository } from "./repository.ts";
import { ask, type Line, TRIES } from "./requests.ts";

const CACHE = "effnet-v1";
const TIMEOUT_MS = 10_000; // without data
const LIMIT_BYTES = 2e9; // browsers refuse larger buffers

/** The hub that the options name; a page has no environment. */
export async function openHub(options: OpenOptions = {}): Promise<Hub> {
  const line: Line = {
    // The Cache Storage keeps what is worth keeping, and whole.
    fetch: options.fetch ?? ((url, init) => fetch(url, { ...init, cache: "no-store" })),
    headers: {},
    endpoint: (options.endpoint ?? HUGGING_FACE).replace(/\/+$/, ""),
    token: options.token ?? null,
    pauseMs: options.pauseMs ?? 1000,
    signal: options.signal,
    onWarning: options.onWarning ?? (() => {}),
  };
  // Only pages of https: and of this machine have one.
  const cache = globalThis.caches === undefined ? null : await caches.open(CACHE).catch(() => null);
  return new PageHub(line, cache, {
    onProgress: options.onProgress ?? (() => {}),
    isOffline: options.offline ?? false,
  });
}

interface Talk {
  readonly onProgress: OnProgress;
  readonly isOffline: boolean;
}

class PageHub implements Hub {
  readonly #line: Line;
  readonly #cache: Cache | null;
  readonly #talk: Talk;
  /** By address; two files of a repository are one question. */
  readonly #listings = new Map<string, Promise<Listing>>();

  constructor(line: Line, cache: Cache | null, talk: Talk) {
    this.#line = line;
    this.#cache = cache;
    this.#talk = talk;
  }

  async file(repository: Repository, name: string): Promise<HubFile | null> {
    const { commit, files } = await this.#listing(repository);
    const known = files?.get(checkedFile(name));
    if (files !== null && known === undefined) return null;
    const { id } = repository;
    const url = fileUrl(this.#line.endpoint, { id, revision: commit }, name);
    const kept = await this.#cache?.match(url);
    if (kept !== undefined) return fileOf(await kept.blob(), `${id}/${name}`, commit);
    if (this.#talk.isOffline) throw offline(repository, name);
    const blob = await this.#fetched(url, { id, revision: commit }, name, known ?? { size: null, sha256: null });
    await this.#keep(url, blob);
    return fileOf(blob, `${id}/${name}`, commit);
  }

  /** GitHub, where they are, lets no page read them. */
  async original(url: string): Promise<HubFile> {
    throw new UnsupportedError(`${url}: a page may not read it. Download the file and pass it as weights.`);
  }

  async keptOriginal(): Promise<null> {
    return null;
  }

  async folder(path: string): Promise<never> {
    throw new UnsupportedError(`local-dir:${path}: a page reads no folders. Pass the weights file.`);
  }

  /** The commit behind a revision, with its files; the last one that was heard of where the hub does not answer. */
  #listing(repository: Repository): Promise<Listing> {
    const url = this.#listingUrl(repository);
    let listing = this.#listings.get(url);
    if (listing === undefined) {
      listing = this.#listed(url, repository);
      this.#listings.set(url, listing);
    }
    return listing;
  }

  #listingUrl({ id, revision }: Repository): string {
    return `${this.#line.endpoint}/api/models/${id}/revision/${encodeURIComponent(revision)}?blobs=true`;
  }

  async #listed(url: string, repository: Repository): Promise<Listing> {
    const kept = await this.#cache?.match(url);
    const known = (json: unknown): Listing => {
      const listing = listingIn(json, repository);
      this.#listings.set(this.#listingUrl({ ...repository, revision: listing.commit }), Promise.resolve(listing));
      return listing;
    };
    const keptListing = async (): Promise<Listing> => known(await (kept as Response).json());
    if (kept !== undefined && (isCommit(repository.revision) || this.#talk.isOffline)) return keptListing();
    if (this.#talk.isOffline) throw offline(repository, "its list of files");
    try {
      const tries = kept === undefined ? TRIES : 1;
      const answer = await ask(this.#line, url, { method: "GET", redirect: "follow", timeoutMs: TIMEOUT_MS, tries });
      const text = await answer.text();
      if (!answer.response.ok) throw refusal(answer.response, this.#asked(url, repository));
      const listing = known(jsonOf(text, repository));
      await this.#keep(url, new Blob([text], { type: "application/json" }));
      return listing;
    } catch (error) {
      if (!(error instanceof HubError) || kept === undefined || error.reason === "revision") throw error;
      this.#line.onWarning(`${error.message} The cached copy is taken.`);
      return keptListing();
    }
  }

  async #fetched(url: string, repository: Repository, name: string, { size, sha256 }: FileFacts): Promise<Blob> {
    const { onProgress } = this.#talk;
    const wanted = { locate: async () => url, start: 0, size, etag: null, isChecked: sha256 !== null };
    let parts: Uint8Array<ArrayBuffer>[] = [];
    const limits = { timeoutMs: TIMEOUT_MS, limitBytes: LIMIT_BYTES, usesIfRange: false }; // stores answer no page that sends it
    for await (const { at, bytes, total } of pieces(this.#line, {
      ...wanted,
      ...limits,
      name: `${repository.id}/${name}`,
    })) {
      if (at === 0) parts = [];
      parts.push(bytes);
      const done = at + bytes.length;
      onProgress({
        stage: "download",
        done,
        unit: "bytes",
        detail: repository.id,
        ...(total === null ? {} : { total }),
      });
    }
    const blob = new Blob(parts);
    if (sha256 === null || (await isSame(blob, sha256))) return blob;
    const what = `${repository.id}/${name}: expected sha256 ${sha256}, got another. Nothing was kept; try again.`;
    throw new HubError(what, { reason: "corrupt" });
  }

  /** A full or forbidden cache costs only time. */
  async #keep(url: string, body: Blob): Promise<void> {
    await this.#cache?.put(url, new Response(body)).catch((cause: Error) => {
      this.#line.onWarning(`${url}: could not be cached (${cause.message}).`);
    });
  }

  #asked(url: string, repository: Repository): Asked {
    const { endpoint, token } = this.#line;
    return { repository, file: "its list of files", endpoint, hasToken: token !== null, url };
  }
}

function fileOf(blob: Blob, name: string, commit: string): HubFile {
  return { name, source: new File([blob], name), commit, text: () => blob.text() };
}

function offline(repository: Repository, name: string): HubError {
  return new HubError(`${shownRepository(repository)}: ${name} is not in the page's cache, and offline is set.`, {
    reason: "offline",
  });
}

function jsonOf(text: string, repository: Repository): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new FileError(shownRepository(repository), "expected the hub's list of files, got no JSON.", { cause });
  }
}
