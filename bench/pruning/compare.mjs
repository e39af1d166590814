// The comparison, in resumable pieces:
//   node bench/pruning/compare.mjs --data DIR [--minutes 60] [--parent half | --parent shipped --weights FILE]
//     [--seeds 0,1,2] [--shares 0.5,0.3] [--threads 2] [--wide] [--results bench/pruning/results] [--out runs/pruning]

import { existsSync } from "node:fs";
import os from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { armsOf, slug } from "./arms.mjs";
import { Cells } from "./cells.mjs";
import { openCifar } from "./data.mjs";
import { PARENTS } from "./recipes.mjs";
import { RESULTS, writeCell, writeWhole } from "./store.mjs";

const { values: options } = parseArgs({
  options: {
    data: { type: "string" },
    results: { type: "string", default: RESULTS }, // the cells,
    out: { type: "string", default: "runs/pruning" }, // and the networks and scores that they came from
    minutes: { type: "string", default: "60" },
    parent: { type: "string", default: "half" },
    weights: { type: "string" },
    seeds: { type: "string" },
    shares: { type: "string" },
    threads: { type: "string", default: String(os.availableParallelism()) },
    wide: { type: "boolean", default: false },
  },
});
if (options.data === undefined) {
  console.error("compare: --data: expected the folder of CIFAR-10 with train and test.");
  process.exit(2);
}
if (!Object.hasOwn(PARENTS, options.parent)) {
  console.error(`compare: --parent: expected ${Object.keys(PARENTS).join(" or ")}, got ${options.parent}.`);
  process.exit(2);
}
if (PARENTS[options.parent].trained !== (options.weights !== undefined)) {
  console.error("compare: --weights: expected the trained network with --parent shipped, and only there.");
  process.exit(2);
}

const endMs = performance.now() + Number(options.minutes) * 60_000;
const note = (line) => console.error(line);
const folder = join(options.out, options.parent);
const cellPath = (name) => join(options.results, options.parent, `${name}.json`);
const numbers = (list) => list?.split(",").map(Number);
const store = {
  path: (name) => join(folder, name),
  has: (name) => existsSync(join(folder, name)),
  write: (name, bytes) => writeWhole(join(folder, name), bytes),
};

const data = await openCifar(options.data, PARENTS[options.parent].split, note);
const engine = { threads: Number(options.threads), wide: options.wide, onWarning: note };
const cells = new Cells({ parent: options.parent, weights: options.weights, data, engine, store, note });

for (const { name, run, isKept } of plan(PARENTS[options.parent])) {
  if (existsSync(cellPath(name)) && isKept) continue;
  if (performance.now() > endMs) break;
  note(name);
  const startMs = performance.now();
  const result = await run();
  const minutes = (performance.now() - startMs) / 60_000;
  writeCell(cellPath(name), { wide: options.wide, threads: engine.threads, minutes, ...result });
}
await data.dispose();

/** Parents first, again where their weights are gone; then budget by budget, so that a table is full early. */
function plan(parent) {
  const { seeds = parent.seeds, shares = parent.shares } = {
    seeds: numbers(options.seeds),
    shares: numbers(options.shares),
  };
  const parents = seeds.map((seed) => ({
    name: `${seed}/parent`,
    run: () => cells.parent(seed),
    isKept: store.has(`${seed}/parent.safetensors`),
  }));
  const rest = shares.flatMap((share) =>
    seeds.flatMap((seed) =>
      armsOf(parent, share).map((arm) => ({
        name: `${seed}/${slug(arm, share)}`,
        run: () => cells.arm(seed, arm, share),
        isKept: true,
      })),
    ),
  );
  return [...parents, ...rest];
}
