// A training step of effnet's: forward, backward, AdamW and a running average of the weights, from the caller's thread and
// back. Looks inside dist/: the public API trains whole runs, whose pictures and reports are not a step's.

import { readFileSync } from "node:fs";
import { wasmBackend } from "../../dist/backend/wasm/wasm.js";
import { batchOf, initialised, optionsFor, RECIPE, stepOf, takeFirstSteps } from "../training.mjs";

export async function open(row) {
  const graph = stepOf(row);
  const onWarning = (line) => {
    throw new Error(`effnet: ${line}`); // a fall-back is not what the row is called
  };
  const backend = wasmBackend({ ...(row.mode === "wide" ? { wide: true } : { mode: row.mode }), onWarning });
  const weights = await backend.load(initialised(row.network), { threads: row.threads });
  const trainer = await weights.compileTraining(graph, optionsFor(graph));
  const inputs = batchOf(row);
  let step = 0;
  const run = async () => {
    const { loss } = await trainer.accumulate(inputs);
    await trainer.update({ step: ++step, rates: [RECIPE.rate], averageDecay: RECIPE.averageDecay });
    if (!Number.isFinite(loss.data[0])) throw new Error(`effnet: the loss is ${loss.data[0]}`);
    return loss.data[0];
  };
  await takeFirstSteps(run, row);
  const { version } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8"));
  return { version, run };
}
