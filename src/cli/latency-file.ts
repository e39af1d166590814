// A latency table from a file, if it holds for what computes here.

import { readFile } from "node:fs/promises";
import type { Backend } from "../backend/backend.ts";
import { FileError, UnsupportedError } from "../errors.ts";
import type { LatencyTable } from "../pruning/latency.ts";
import { machineHere, versionsHere } from "./machine.ts";

/**
 * @param backend and threads, which will run the networks
 * @throws FileError if the file cannot be read, is no table, or was measured elsewhere; UnsupportedError if the backend does
 * not say what it is
 */
export async function readLatencyFile(
  path: string,
  backend: Backend,
  { threads, signal }: { readonly threads: number; readonly signal: AbortSignal },
): Promise<LatencyTable> {
  const { readLatencyTable, refuseElsewhere } = await import("../pruning/latency-json.ts");
  const text = await readFile(path, "utf8").catch((cause: Error) => {
    throw new FileError(path, `could not be read (${cause.message}).`, { cause });
  });
  const table = readLatencyTable(text, path);
  const weights = await backend.load(new Map(), { threads, signal });
  const { engine } = weights;
  await weights.dispose();
  if (engine === undefined) throw new UnsupportedError(`backend ${backend.name} keeps no times. Use wasm.`);
  refuseElsewhere(table, { machine: machineHere(), versions: versionsHere(), engine }, path);
  return table;
}
