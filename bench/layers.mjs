// Where one thread's time goes, by kind of layer, beside the peak that the probe reaches in the same process and mode.

import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { NETWORKS } from "./cases.mjs";

const BOUNDS = { wide: [95, 85], relaxed: [null, 85] }; // GEMM layers, % of the peak, at least

export function layerRows(modes, isQuick) {
  const keys = isQuick ? ["b0"] : Object.keys(NETWORKS);
  return keys.flatMap((key) =>
    modes.map((mode) => ({
      name: `layers ${key}@${NETWORKS[key].side} ${mode}`,
      ...NETWORKS[key],
      mode,
      rounds: isQuick ? 5 : 15,
      bounds: BOUNDS[mode],
    })),
  );
}

/** @returns peak (GFLOPS), totalMs, kinds: `{ kind, calls, ms, gflops, share }`, gemm: the same of expand, project and head together */
export async function measureLayers(row) {
  const child = fork(fileURLToPath(new URL("jobs/layers.mjs", import.meta.url)), [JSON.stringify(row)]);
  const exit = once(child, "exit").then(([code]) => Promise.reject(new Error(`${row.name}: exited with ${code}`)));
  const [result] = await Promise.race([once(child, "message"), exit]);
  exit.catch(() => {});
  child.disconnect();
  return result;
}
