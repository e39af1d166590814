// Pictures by the names that decide their part: relative to the input, the same on every machine that sees it.

import { relative } from "node:path";
import { inPartOrder } from "./part.ts";
import { type Shard, shardOf } from "./shard.ts";
import { type Entry, walked } from "./walk.ts";

/** A picture, or what is wrong where one should be. */
export interface NamedPicture extends Entry {
  /** With `/`; what the part's line has as `file`. */
  readonly name: string;
}

/** The pictures below a folder, named from it. */
export async function picturesBelow(folder: string): Promise<NamedPicture[]> {
  return namedFrom(folder, await walked(folder));
}

/** Entries with names relative to `root`, or as they are for null, but for a leading `./`. */
export function namedFrom(root: string | null, entries: readonly Entry[]): NamedPicture[] {
  return entries.map((entry) => {
    const path = root === null ? entry.path.replace(/^(\.[/\\])+/, "") : relative(root, entry.path) || ".";
    return { ...entry, name: process.platform === "win32" ? path.replaceAll("\\", "/") : path };
  });
}

/** Those of one part, in the order of its lines, each name once. */
export function ofShard(pictures: readonly NamedPicture[], { index, count }: Shard): NamedPicture[] {
  const mine = new Map(
    pictures.filter(({ name }) => shardOf(name, count) === index).map((picture) => [picture.name, picture]),
  );
  return [...mine.values()].sort((a, b) => inPartOrder(a.name, b.name));
}
