// The latency table that a budget in milliseconds is met by: one that was measured before, or measured now.

import type { Model } from "../model/model.ts";
import type { LatencyTable } from "../pruning/latency.ts";
import { readLatencyFile } from "./latency-file.ts";
import { machineHere, versionsHere } from "./machine.ts";
import { threadsOf } from "./network.ts";
import type { PruneFlags } from "./prune-flags.ts";
import type { Session } from "./session.ts";

/**
 * Of the network's layers at its input size, on the engine that the flags choose.
 * @throws FileError for a table of another machine or engine, or one that says little of whole networks
 */
export async function tableFor(session: Session, model: Model, flags: PruneFlags): Promise<LatencyTable> {
  const { terminal, signal } = session;
  const { wasmBackend } = await import("../backend/wasm/wasm.ts");
  const backend = wasmBackend({ wide: flags.wide, onWarning: (line) => terminal.problem(line) });
  const threads = threadsOf(flags);
  if (flags.table !== undefined) return readLatencyFile(flags.table, backend, { threads, signal });
  const { measureLatency } = await import("../pruning/measure.ts");
  const { refuseUnfit } = await import("../pruning/latency-json.ts");
  terminal.note(
    "Measuring this machine; nothing else should compute meanwhile. --table FILE (effnet measure) saves it.",
  );
  const table = await measureLatency(backend, model.architecture, model.transform(flags), {
    machine: machineHere(),
    versions: versionsHere(),
    threads,
    signal,
    onProgress: terminal.onProgress,
  });
  refuseUnfit(table, "latency");
  return table;
}
