// What may lie beside shards: `_info.json`, which says the split of each, and `classes.txt`, which names the labels.

import { FileError } from "../errors.ts";
import { type SplitName, splitNamed } from "./dataset.ts";

/** Names that timm's reader looks for (timm/data/readers/reader_wds.py), in its order. */
export const INFO_NAMES = ["_info.json", "info.json"];
export const CLASSES_NAME = "classes.txt";

/**
 * The split of every shard that an info file lists: `{ "splits": { "train": { "filenames": ["a-0000.tar", …] } } }`.
 * @throws FileError if it is not of that form
 */
export function parseInfo(text: string, file: string): Map<string, SplitName> {
  const form = 'expected { "splits": { "train": { "filenames": […] }, … } }. Correct or remove it.';
  let info: unknown;
  try {
    info = JSON.parse(text);
  } catch (cause) {
    throw new FileError(file, form, { cause });
  }
  const splits = new Map<string, SplitName>();
  for (const [name, split] of Object.entries(objectIn(info, "splits") ?? {})) {
    const named = splitNamed(name);
    const filenames = objectIn({ split }, "split")?.["filenames"];
    if (!Array.isArray(filenames) || !filenames.every((item) => typeof item === "string"))
      throw new FileError(file, form);
    if (named !== undefined) for (const filename of filenames) splits.set(filename, named);
  }
  return splits;
}

/** One name a line, label 0 first. @throws FileError if a name is there twice */
export function parseClasses(text: string, file: string): string[] {
  const names = text
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== ""); // prettier
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw new FileError(file, `expected every class once, got "${twice}" twice.`);
  return names;
}

function objectIn(value: unknown, key: string): Record<string, unknown> | undefined {
  const inner = typeof value === "object" && value !== null ? (value as Record<string, unknown>)[key] : undefined;
  return typeof inner === "object" && inner !== null ? (inner as Record<string, unknown>) : undefined;
}
