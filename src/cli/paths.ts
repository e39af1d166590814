// From path arguments to the list of pictures: files, folders, globs, and `-` for a list on stdin.

import { readdir, stat } from "node:fs/promises";
import { extname, join } from "node:path";
import { text } from "node:stream/consumers";

/** One picture to be, or what is wrong with an argument. */
export interface Entry {
  readonly path: string;
  readonly error?: string;
}

/** What folders and globs take; a file named outright is tried whatever it is called. */
const EXTENSIONS = new Set([".jpg", ".jpeg", ".png", ".webp", ".gif", ".tif", ".tiff", ".bmp"]);

let collator: Intl.Collator | undefined; // takes 5 ms to make, which one picture need not wait for

/** `photo2` before `photo10`. */
function inNaturalOrder(a: string, b: string): number {
  collator ??= new Intl.Collator("en", { numeric: true });
  return collator.compare(a, b);
}

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

/** The pictures below a folder, its files before its folders. A link to a folder is not followed: it may lead back. */
async function walked(folder: string): Promise<Entry[]> {
  const files: Entry[] = [];
  const folders: Entry[] = [];
  try {
    const children = await readdir(folder, { withFileTypes: true });
    for (const child of children.sort((a, b) => inNaturalOrder(a.name, b.name))) {
      const path = join(folder, child.name);
      if (child.name.startsWith(".")) continue;
      if (child.isDirectory()) folders.push(...(await walked(path)));
      else if (isPicture(child.name)) files.push({ path });
    }
  } catch (cause) {
    return [{ path: folder, error: `could not be listed (${(cause as Error).message}).` }];
  }
  return [...files, ...folders];
}

function isPicture(name: string): boolean {
  return EXTENSIONS.has(extname(name).toLowerCase());
}

/** Lines without their ends; empty ones are dropped. */
function lines(list: string): string[] {
  return list.split(/\r?\n/).filter((line) => line !== "");
}
