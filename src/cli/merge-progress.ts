// The lines of all parts in order, with progress.

import type { MergedParts } from "../run/merge.ts";
import type { NamedLine } from "../run/part-lines.ts";
import type { Session } from "./session.ts";

export async function* told(
  parts: MergedParts,
  signal: AbortSignal,
  { onProgress }: Session["terminal"],
): AsyncGenerator<NamedLine, void, undefined> {
  let done = 0;
  for await (const line of parts.lines(signal)) {
    yield line;
    onProgress({ stage: "merge", done: ++done, total: parts.pictures, unit: "pictures" });
  }
}
