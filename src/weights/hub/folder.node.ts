// A folder that holds what a repository holds, as `local-dir:` names it.

import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { FileError } from "../../errors.ts";
import type { HubFile } from "./hub.ts";
import { fileAt } from "./hub-file.node.ts";

/** timm's order (models/_builder.py, `_resolve_pretrained_source`'s folder): names, then endings. */
const NAMES = ["model.safetensors", "pytorch_model.bin", "pytorch_model.pth", "model.pth"];
const ENDINGS = [".safetensors", ".pth", ".pth.tar", ".bin"];

/** @throws FileError if the folder cannot be read, or has no config.json or no weights */
export async function folderAt(
  path: string,
  onWarning: (line: string) => void,
): Promise<{ readonly config: HubFile; readonly weights: HubFile }> {
  const names = await readdir(path).catch((cause: NodeJS.ErrnoException) => {
    const why =
      cause.code === "ENOENT"
        ? "no such folder"
        : cause.code === "ENOTDIR"
          ? "is no folder"
          : `could not be listed (${cause.message})`;
    throw new FileError(path, `${why}. Check the path.`, { cause });
  });
  if (!names.includes("config.json")) {
    throw new FileError(
      path,
      "expected config.json, which says what network it is, got none. Pass the weights file itself, and the network's name.",
    );
  }
  const weights = chosen(path, names.sort(), onWarning);
  return { config: fileIn(path, "config.json"), weights: fileIn(path, weights) };
}

function chosen(path: string, names: readonly string[], onWarning: (line: string) => void): string {
  const known = NAMES.find((name) => names.includes(name));
  if (known !== undefined) return known;
  for (const ending of ENDINGS) {
    const [first, ...more] = names.filter((name) => name.endsWith(ending));
    if (first === undefined) continue;
    if (more.length > 0) onWarning(`${path}: ${more.length + 1} files end with ${ending}; ${first} is taken.`);
    return first;
  }
  throw new FileError(path, `expected weights (${NAMES[0]} or another ${ENDINGS.join(", ")}), got none.`);
}

function fileIn(folder: string, name: string): HubFile {
  const path = join(folder, name);
  return fileAt(path, path, null);
}
