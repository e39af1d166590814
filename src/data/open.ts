// From a place to its splits: a folder of classes, a folder of shards, shards by brace range, or the Files of a page.

import { isFolder, listFolder, openFile } from "#files";
import { UsageError } from "../errors.ts";
import { expandBraces } from "./braces.ts";
import type { Dataset, Splits } from "./dataset.ts";
import { allOfFolder, type FolderEntry, splitFolder } from "./folder.ts";
import { CLASSES_NAME, INFO_NAMES, parseClasses, parseInfo } from "./shard-info.ts";
import { type ShardOptions, splitShards } from "./shards.ts";
import { isPicture, sourceBytes } from "./source.ts";
import type { Shard } from "./tar.ts";

/** Options of a place that may hold shards or folders. */
export type OpenOptions = ShardOptions;

const SHARD = /\.(tar|tar\.gz|tgz)$/i;

/**
 * The splits of a dataset.
 * @param place a folder of classes or of split folders (`splitFolder`); a folder of tar shards, beside which
 *   `_info.json` may say their splits and `classes.txt` the class names; a shard; or shards by brace range,
 *   `train-{000000..000031}.tar` (`splitShards`), also at http and https addresses
 * @throws FileError or HubError if a place is missing or may not be read; UsageError if it holds no pictures; the
 *   signal's reason once it aborts
 */
export async function openData(place: string, options: OpenOptions = {}): Promise<Splits> {
  if (SHARD.test(place)) {
    const shards = expandBraces(place).map((path) => ({ name: baseName(path), open: () => openFile(path) }));
    return splitShards(shards, place, options);
  }
  if (!(await isFolder(place))) {
    throw new UsageError(place, "expected a folder of pictures or tar shards (.tar, .tar.gz, .tgz). Check the path.");
  }
  return splitEntries(await listFolder(place, options.signal), place, options);
}

/**
 * Every picture below a folder as one dataset, whatever folders they lie in.
 * @throws FileError if the folder is missing or may not be read; UsageError if it holds no pictures
 */
export async function openAll(place: string, signal?: AbortSignal): Promise<Dataset> {
  if (!(await isFolder(place))) throw new UsageError(place, "expected a folder of pictures. Check the path.");
  return allOfFolder(await listFolder(place, signal), place);
}

/**
 * The splits of Files that a page's user chose (`<input type="file" webkitdirectory>`), by their paths below the chosen
 * folder, with the rules of `openData`.
 * @throws UsageError if there are no pictures among them
 */
export async function openFiles(files: Iterable<File>, options: OpenOptions = {}): Promise<Splits> {
  const entries = Array.from(files, (file) => {
    const path = file.webkitRelativePath || file.name;
    return { path: path.slice(path.indexOf("/") + 1), source: file };
  });
  return splitEntries(entries, "files", options);
}

/** Shards where there is one at the top, else classes. */
async function splitEntries(entries: readonly FolderEntry[], name: string, options: OpenOptions): Promise<Splits> {
  const tops = entries.filter(({ path }) => !path.includes("/")).sort((a, b) => (a.path < b.path ? -1 : 1));
  const shards = tops.filter(({ path }) => SHARD.test(path));
  if (shards.length === 0) return splitFolder(entries, name, options);
  const textOf = async (...names: readonly string[]): Promise<{ text: string; file: string } | null> => {
    const source = tops.find(({ path }) => names.includes(path))?.source ?? null;
    if (source === null || isPicture(source)) return null;
    return { text: new TextDecoder().decode(await sourceBytes(source)), file: `${name}/${names[0]}` };
  };
  const [info, list] = [await textOf(...INFO_NAMES), await textOf(CLASSES_NAME)];
  const splits = info === null ? new Map() : parseInfo(info.text, info.file);
  const classes = options.classes ?? (list === null ? undefined : parseClasses(list.text, list.file));
  const opened = shards.map(({ path, source }) => ({
    name: path,
    split: splits.get(path),
    open: opener(path, source),
  }));
  return splitShards(opened, name, { ...options, classes });
}

function opener(name: string, source: FolderEntry["source"]): Shard["open"] {
  if (typeof source === "string") return () => openFile(source);
  if (source instanceof Blob) return async () => source.stream();
  throw new UsageError(name, "expected a shard as a path or a File.");
}

function baseName(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}
