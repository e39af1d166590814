// Cells on disk: a line of JSON, whole or not at all.

import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";

/** Where cells are kept unless another folder is named: what they found is part of the project. */
export const RESULTS = "bench/pruning/results";

/** Null where there is none. */
export function readCell(path) {
  return existsSync(path) ? JSON.parse(readFileSync(path, "utf8")) : null;
}

/** With the Node and the day that made it. */
export function writeCell(path, cell) {
  writeWhole(path, `${JSON.stringify({ node: process.version, date: new Date().toISOString(), ...cell })}\n`);
}

export function writeWhole(path, bytes) {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(`${path}.partial`, bytes);
  renameSync(`${path}.partial`, path);
}
