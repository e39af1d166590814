// The pictures below a folder.

import { readdir } from "node:fs/promises";
import { extname, join } from "node:path";

/** One picture to be, or what is wrong where one should be. */
export interface Entry {
  readonly path: string;
  readonly error?: string;
}

/** What folders and globs take; a file named outright is tried whatever it is called. */
const EXTENSIONS = new Set([".jpg", ".jpeg", ".png", ".webp", ".gif", ".tif", ".tiff", ".bmp"]);

let collator: Intl.Collator | undefined; // takes 5 ms to make, which one picture need not wait for

/** `photo2` before `photo10`. */
export function inNaturalOrder(a: string, b: string): number {
  collator ??= new Intl.Collator("en", { numeric: true });
  return collator.compare(a, b);
}

/** The pictures below a folder, its files before its folders. A link to a folder is not followed: it may lead back. */
export async function walked(folder: string): Promise<Entry[]> {
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

export function isPicture(name: string): boolean {
  return EXTENSIONS.has(extname(name).toLowerCase());
}
