// What the networks of the comparison take on this machine, one picture at a time, in turns:
//   node bench/pruning/latency.mjs [half|shipped] [bench/pruning/results] [--threads 2] [--wide]
// Shapes decide it, not weights: those are random. Leaves `latency.json` beside the first seed's cells, for `table.mjs`.

import os from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { createModel } from "effnet";
import { median } from "../median.mjs";
import { armsOf, slug } from "./arms.mjs";
import { PARENTS, SIZE } from "./recipes.mjs";
import { RESULTS, readCell, writeCell } from "./store.mjs";

const ROUNDS = 15;
const RUNS = 20; // of a network in a row, in each round,
const WARM_UPS = 10; // and before them some that do not count

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    threads: { type: "string", default: String(os.availableParallelism()) },
    wide: { type: "boolean", default: false },
  },
});
const [parent = "half", results = RESULTS] = positionals;
const folder = join(results, parent, String(PARENTS[parent].seeds[0]));
const engine = { threads: Number(options.threads), wide: options.wide };

const models = new Map();
const names = PARENTS[parent].shares.flatMap((share) => armsOf(PARENTS[parent], share).map((arm) => slug(arm, share)));
for (const name of ["parent", ...names]) {
  const cell = readCell(join(folder, `${name}.json`));
  if (cell?.architecture !== undefined) models.set(name, await createModel(cell.architecture, { ...engine, seed: 0 }));
}
const times = new Map([...models.keys()].map((name) => [name, []]));
const data = Float32Array.from({ length: SIZE.height * SIZE.width * 3 }, (_, i) => Math.sin(i));
const x = { shape: [1, SIZE.height, SIZE.width, 3], data };
for (let round = 0; round < ROUNDS; round++) {
  for (const [name, model] of models) {
    for (let run = -WARM_UPS; run < RUNS; run++) {
      const startMs = performance.now();
      await model.forward(x);
      if (run >= 0) times.get(name).push(performance.now() - startMs);
    }
  }
}
for (const model of models.values()) await model.dispose();
const ms = Object.fromEntries([...times].map(([name, each]) => [name, median(each)]));
writeCell(join(folder, "latency.json"), { ...engine, ms });
console.log(`${[...times.keys()].map((name) => `${name}: ${ms[name].toFixed(3)} ms`).join("\n")}`);
