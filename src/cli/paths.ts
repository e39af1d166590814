// From path arguments to the list of pictures: files, folders, globs, and `-` for a list on stdin.

import { stat } from "node:fs/promises";
import { text } from "node:stream/consumers";
import { type Entry, inNaturalOrder, isPicture, walked } from "../run/walk.ts";

export type { Entry } from "../run/walk.ts";

/**
 * Everything the arguments name, in their order; what a folder or glob holds in natural order (2 before 10). Hidden
 * files are left out. An argument that names nothing gives an entry with an error.
 */
export async function listed(args: readonly string[], stdin: NodeJS.ReadableStream): Promise<Entry[]> {
  const entries: Entry[] = [];
  for (const arg of args) {
    if (arg === "-") for (const line of lines(await text(stdin))) entries.push(...(await named(line)));
    else if (/^https?:\/\//i.test(arg)) entries.push({ path: arg });
    else entries.push(...(await named(arg, true)));
  }
  return entries;
}

/** A path that exists is taken literally, glob characters or not. */
async function named(path: string, mayBePattern = false): Promise<Entry[]> {
  const found = await stat(path).catch(() => null);
  if (found?.isDirectory()) {
    const inside = await walked(path);
    return inside.length > 0 ? inside : [{ path, error: "no pictures in this folder." }];
  }
  if (found !== null || !mayBePattern) return [{ path }]; // reading it says what is wrong with it
  const { glob, isDynamicPattern } = await import("tinyglobby");
  if (!isDynamicPattern(path)) return [{ path }];
  const matches = (await glob(path, { expandDirectories: false })).filter(isPicture).sort(inNaturalOrder);
  return matches.length > 0 ? matches.map((match) => ({ path: match })) : [{ path, error: "no picture matches." }];
}

/** Lines without their ends; empty ones are dropped. */
function lines(list: string): string[] {
  return list.split(/\r?\n/).filter((line) => line !== "");
}
