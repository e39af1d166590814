// A folder of small pictures, two of them broken, for tests of parts.

import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { pngOf } from "../data/pictures.ts";

/** Of `folderOfPictures`, in the order of a merged result. */
export const BROKEN = ["b/07.png", "no picture.jpg"];

/** `count` PNGs below two folders, of which one is cut off, and a text that is called a picture. */
export function folderOfPictures(folder: string, count: number): string {
  for (let i = 0; i < count; i++) {
    const name = `${i % 2 === 0 ? "a" : "b"}/${String(i).padStart(2, "0")}.png`;
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), BROKEN.includes(name) ? pngOf(i).slice(0, 60) : pngOf(i));
  }
  writeFileSync(join(folder, "no picture.jpg"), "no picture");
  return folder;
}
