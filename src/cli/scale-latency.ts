// The largest network of a family that runs within so many milliseconds here: measured one by one, or predicted by a table.

import type { ScaledNetwork } from "../architecture/compound.ts";
import type { Row } from "../architecture/rows.ts";
import type { Backend } from "../backend/backend.ts";
import { readLatencyFile } from "./latency-file.ts";
import { machineHere } from "./machine.ts";
import { threadsOf } from "./network.ts";
import type { Session } from "./session.ts";

interface LatencyFlags {
  /** ms */
  readonly latency: number;
  readonly table?: string;
  readonly threads?: number;
  readonly wide: boolean;
}

/** A way to find out what a network takes, and how to end it. */
interface Clock {
  readonly ms: (network: ScaledNetwork) => Promise<number>;
  readonly dispose: () => Promise<void>;
}

/**
 * @param baseSize input side of the base network, pixels
 * @throws UsageError if the base itself takes longer; FileError for a table that is broken or of elsewhere
 */
export async function scaledToLatency(session: Session, row: Row, baseSize: number, flags: LatencyFlags) {
  const { largestPhiWithin } = await import("../architecture/compound.ts");
  const { wasmBackend } = await import("../backend/wasm/wasm.ts");
  const backend = wasmBackend({ wide: flags.wide, onWarning: (line) => session.terminal.problem(line) });
  const clock =
    flags.table === undefined
      ? await watch(session, backend, flags)
      : await tabled(session, backend, flags.table, flags);
  try {
    let done = 0;
    const costOf = (network: ScaledNetwork): Promise<number> => {
      session.terminal.onProgress({ stage: "scale", done: done++, unit: "networks" });
      return clock.ms(network);
    };
    const found = await largestPhiWithin(row, costOf, flags.latency, { what: "--latency (ms)", size: baseSize });
    const { cost, ...network } = found;
    return { ...network, latency: { ms: cost, isMeasured: flags.table === undefined, machine: machineHere() } };
  } finally {
    await clock.dispose();
  }
}

/** Medians of whole runs. */
async function watch({ signal }: Session, backend: Backend, flags: LatencyFlags): Promise<Clock> {
  const { WholeNetworks } = await import("../pruning/measure.ts");
  const wholes = await WholeNetworks.open(backend, { threads: threadsOf(flags), signal });
  return {
    ms: ({ architecture, size }) => wholes.time(architecture, { height: size, width: size }),
    dispose: () => wholes.dispose(),
  };
}

async function tabled({ signal }: Session, backend: Backend, file: string, flags: LatencyFlags): Promise<Clock> {
  const { predictedLatency } = await import("../pruning/latency.ts");
  const table = await readLatencyFile(file, backend, { threads: threadsOf(flags), signal });
  return {
    ms: async ({ architecture, size }) => {
      signal.throwIfAborted();
      return predictedLatency(table, architecture, { height: size, width: size }, { file });
    },
    dispose: async () => {},
  };
}
