// The lines of one part as a stream, held to what its description says of them.

import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { FileError } from "../errors.ts";
import { inPartOrder } from "./part.ts";
import type { PartMeta } from "./part-meta.ts";

/** A line as it stands, and whose it is. */
export interface NamedLine {
  readonly file: string;
  /** JSON, without the line's end. */
  readonly text: string;
}

const AGAIN = "Do the part again with --force.";

/** The name that every line begins with; the rest is not parsed. */
const HEAD = /^\{"file":("(?:[^"\\]|\\.)*")/;

/**
 * @throws FileError if a line is none, or out of order; behind the last if the file is not the one described; the signal's
 * reason
 */
export async function* linesOf(
  path: string,
  meta: PartMeta,
  signal?: AbortSignal,
): AsyncGenerator<NamedLine, void, undefined> {
  const hash = createHash("sha256");
  const decoder = new TextDecoder();
  const stream = createReadStream(path);
  let [before, rest, count] = ["", "", 0];
  try {
    for await (const bytes of stream as AsyncIterable<Buffer>) {
      signal?.throwIfAborted();
      hash.update(bytes);
      const lines = (rest + decoder.decode(bytes, { stream: true })).split("\n");
      rest = lines.pop() ?? "";
      for (const text of lines) {
        const file = nameOf(text, ++count, path);
        if (count > 1 && inPartOrder(before, file) > 0) {
          throw new FileError(path, `line ${count}: ${file} comes after ${before}. ${AGAIN}`);
        }
        before = file;
        yield { file, text };
      }
    }
  } catch (cause) {
    if (signal?.aborted || cause instanceof FileError) throw cause;
    throw new FileError(path, `could not be read (${(cause as Error).message}).`, { cause });
  } finally {
    stream.destroy();
  }
  if (rest !== "" || count !== meta.pictures || hash.digest("hex") !== meta.sha256) {
    throw new FileError(path, `is not the file that its .meta.json describes. ${AGAIN}`);
  }
}

function nameOf(line: string, at: number, path: string): string {
  const name = HEAD.exec(line)?.[1];
  try {
    if (name !== undefined) return JSON.parse(name) as string;
  } catch {} // not JSON either
  throw new FileError(path, `line ${at}: expected {"file": …}, got ${line.slice(0, 40)}. ${AGAIN}`);
}
