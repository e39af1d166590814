// A file of a hub once it lies on the disk.

import { readFile, stat } from "node:fs/promises";
import { FileError } from "../../errors.ts";
import type { HubFile } from "./hub.ts";

const TEXT_LIMIT_BYTES = 16 * 2 ** 20; // 21,843 labels with their descriptions take 2 MB

/** @param name as errors call it */
export function fileAt(path: string, name: string, commit: string | null): HubFile {
  return {
    name,
    source: path,
    commit,
    text: async () => {
      const { size } = await stat(path);
      if (size <= TEXT_LIMIT_BYTES) return readFile(path, "utf8");
      throw new FileError(name, `expected at most ${TEXT_LIMIT_BYTES} bytes of text, got ${size}.`);
    },
  };
}
