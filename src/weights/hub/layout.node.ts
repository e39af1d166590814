// The cache's tree for one repository, which Python reads and writes too:
//   models--owner--name/blobs/ETAG              the bytes, by their digest
//                      /snapshots/COMMIT/FILE   → ../../blobs/ETAG
//                      /refs/REVISION           the commit, 40 digits
//                      /.no_exist/COMMIT/FILE   empty: known not to be there
// Python's trees/ and its locks and partial files are left alone; ours end with .effnet.lock and .effnet.incomplete.

import { randomBytes } from "node:crypto";
import { copyFile, lstat, mkdir, readFile, readlink, rename, rm, stat, symlink, writeFile } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { folderName, isCommit } from "./repository.ts";

const TAG = `Signature: 8a477f597d28d172789f06886806bc55
# This folder is a cache, shared by effnet and Python's huggingface_hub.
# What such a tag means: https://bford.info/cachedir/
`;

export class Layout {
  /** The cache of all repositories. */
  readonly cache: string;
  /** This repository's. */
  readonly folder: string;
  readonly #name: string;
  readonly #usesLinks: boolean;

  constructor(cache: string, id: string, options: { readonly usesLinks: boolean }) {
    this.cache = cache;
    this.#name = folderName(id);
    this.folder = join(cache, this.#name);
    this.#usesLinks = options.usesLinks;
  }

  /** Where programs find a file. */
  pointer(commit: string, file: string): string {
    return join(this.snapshot(commit), ...file.split("/"));
  }

  snapshot(commit: string): string {
    return join(this.folder, "snapshots", commit);
  }

  blob(etag: string): string {
    return join(this.folder, "blobs", etag);
  }

  partial(etag: string): string {
    return join(this.folder, "blobs", `${etag}.effnet.incomplete`);
  }

  lock(etag: string): string {
    return join(this.cache, ".locks", this.#name, `${etag}.effnet.lock`);
  }

  #absent(commit: string, file: string): string {
    return join(this.folder, ".no_exist", commit, ...file.split("/"));
  }

  #ref(revision: string): string {
    return join(this.folder, "refs", ...revision.split("/"));
  }

  /** The commit that a revision meant when it was last asked for; null if it never was. */
  async commitOf(revision: string): Promise<string | null> {
    if (isCommit(revision)) return revision;
    const text = await readFile(this.#ref(revision), "utf8").catch(() => "");
    return isCommit(text.trim()) ? text.trim() : null;
  }

  isAbsent(commit: string, file: string): Promise<boolean> {
    return isFile(this.#absent(commit, file));
  }

  async markAbsent(commit: string, file: string): Promise<void> {
    const path = this.#absent(commit, file);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, "");
    await mkdir(this.snapshot(commit), { recursive: true });
  }

  /** Before the first file: the folders, and the tag that tells backup programs what they are. */
  async prepare(): Promise<void> {
    await mkdir(join(this.folder, "blobs"), { recursive: true });
    const tag = join(this.cache, "CACHEDIR.TAG");
    await writeFile(tag, TAG, { flag: "wx" }).catch(() => {}); // there already, or not ours to write
  }

  /** Makes a blob a file of a commit. @param isNew nobody else points to the blob */
  async place(etag: string, commit: string, file: string, isNew: boolean): Promise<void> {
    const [blob, pointer] = [this.blob(etag), this.pointer(commit, file)];
    await mkdir(dirname(pointer), { recursive: true });
    if (this.#usesLinks) {
      const target = relative(dirname(pointer), blob);
      if ((await readlink(pointer).catch(() => null)) === target) return;
      const beside = besideOf(pointer);
      const isLinked = await symlink(target, beside).then(
        () => true,
        () => false, // Windows without developer mode, disks without links
      );
      if (isLinked) return rename(beside, pointer);
    }
    if (isNew) return rename(blob, pointer);
    const beside = besideOf(pointer);
    try {
      await copyFile(blob, beside);
      await rename(beside, pointer);
    } catch (cause) {
      if (!(await isFile(pointer))) throw cause; // whoever downloaded it has moved it there meanwhile
    }
  }

  /** Once the snapshot is there: a reference to none is a corrupt cache to Python. A cache that is read-only stays as it is. */
  async refer(revision: string, commit: string): Promise<void> {
    if (revision === commit || (await readFile(this.#ref(revision), "utf8").catch(() => null)) === commit) return;
    const path = this.#ref(revision);
    const beside = besideOf(path);
    try {
      await mkdir(dirname(path), { recursive: true });
      await writeFile(beside, commit);
      await rename(beside, path);
    } catch {
      await rm(beside, { force: true }).catch(() => {});
    }
  }
}

/** Whether there is a file, through links; `bytes`: of that size. */
export async function isFile(path: string, bytes: number | null = null): Promise<boolean> {
  const found = await stat(path).catch(() => null);
  return found?.isFile() === true && (bytes === null || found.size === bytes);
}

/** Whether anything has that name, a link to nowhere included. */
export async function exists(path: string): Promise<boolean> {
  return (await lstat(path).catch(() => null)) !== null;
}

function besideOf(path: string): string {
  return `${path}.${randomBytes(4).toString("hex")}.effnet`;
}
