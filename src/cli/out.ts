// Where a result goes: to stdout as it comes, or to the file of `--out`, whole or not at all.

import { FileError, UsageError } from "../errors.ts";
import { PartialFile } from "../run/partial.ts";
import type { Session } from "./session.ts";

export interface Out {
  /** Bytes go to files only. */
  write(data: string | Uint8Array): Promise<void>;
  /** Ends with `tail`. On stdout even what was cut short is ended; a file stays only if it is whole. */
  end(tail: string, isWhole: boolean): Promise<void>;
  /** For work that never began. */
  discard(): Promise<void>;
}

/** Opens the place before the work begins, so that a bad one is told early. @throws UsageError if it may not be written */
export async function openOut({ terminal, signal }: Session, path: string | undefined): Promise<Out> {
  if (path === undefined) {
    const write = (data: string | Uint8Array): Promise<void> => terminal.result(data as string);
    return { write, end: write, discard: async () => {} };
  }
  const file = await opened(path);
  return {
    write: (data) => file.write(data, signal),
    end: async (tail, isWhole) => {
      if (!isWhole) return file.discard();
      await file.write(tail, signal);
      await file.commit();
    },
    discard: () => file.discard(),
  };
}

/** @throws UsageError */
async function opened(path: string): Promise<PartialFile> {
  try {
    return await PartialFile.open(path);
  } catch (error) {
    if (error instanceof FileError) throw new UsageError("--out", error.message, { cause: error });
    throw error;
  }
}
