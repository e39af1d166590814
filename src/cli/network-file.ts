// A network as a JSON file: an architecture alone, or what `effnet scale --json` writes around one.

import { readFile, stat } from "node:fs/promises";
import type { Architecture } from "../architecture/architecture.ts";
import { parseArchitecture } from "../architecture/parse.ts";
import { FileError } from "../errors.ts";

const LIMIT_BYTES = 4 * 2 ** 20; // l2's architecture takes 10 KB

/** Whether `--model` means a file rather than a name. */
export function isNetworkFile(model: string): boolean {
  return /\.json$/i.test(model);
}

const WEIGHTS = /[/\\]|\.(safetensors|pth|pt|tar|bin|ckpt|pkl)$/i;

/** Whether an argument means weights (a file, its URL, a repository, a folder) rather than a name; missing ones included. */
export async function isWeightsFile(argument: string): Promise<boolean> {
  if (/^(hf[-_]hub|local-dir):/.test(argument)) return true;
  const isOne = await stat(argument).then(
    (found) => !found.isDirectory(),
    () => false,
  );
  return isOne || /^(https?|file):/i.test(argument) || WEIGHTS.test(argument);
}

/** @throws FileError if the file cannot be read, is no JSON, or describes no network */
export async function readNetworkFile(path: string): Promise<Architecture> {
  const text = await readFile(path, "utf8").catch((cause: Error) => {
    throw new FileError(path, `could not be read (${cause.message}).`, { cause });
  });
  if (text.length > LIMIT_BYTES)
    throw new FileError(path, `expected at most ${LIMIT_BYTES} bytes, got ${text.length}.`);
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new FileError(path, "expected a network as JSON, as effnet scale --json writes it.", { cause });
  }
  const isWrapped = typeof json === "object" && json !== null && "architecture" in json;
  return parseArchitecture(isWrapped ? (json as { architecture: unknown }).architecture : json, path);
}
