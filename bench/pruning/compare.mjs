// The comparison, in resumable pieces:
//   node bench/pruning/compare.mjs --data DIR [--out runs/pruning] [--minutes 60]
//     [--parent half|shipped] [--seeds 0,1,2] [--threads 2] [--wide]

import { existsSync, mkdirSync, renameSync, writeFileSync } from "node:fs";
import os from "node:os";
import { dirname, join } from "node:path";
import { parseArgs } from "node:util";
import { ARMS } from "./arms.mjs";
import { Cells, slug } from "./cells.mjs";
import { openCifar } from "./data.mjs";
import { PARENTS } from "./recipes.mjs";

const { values: options } = parseArgs({
  options: {
    data: { type: "string" },
    out: { type: "string", default: "runs/pruning" },
    minutes: { type: "string", default: "60" },
    parent: { type: "string", default: "half" },
    seeds: { type: "string" },
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

const endMs = performance.now() + Number(options.minutes) * 60_000;
const note = (line) => console.error(line);
const folder = join(options.out, options.parent);
const store = {
  path: (name) => join(folder, name),
  has: (name) => existsSync(join(folder, name)),
  write: async (name, bytes) => {
    const path = join(folder, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(`${path}.partial`, bytes);
    renameSync(`${path}.partial`, path);
  },
};

const data = await openCifar(options.data, PARENTS[options.parent].split, note);
const engine = { threads: Number(options.threads), wide: options.wide, onWarning: note };
const cells = new Cells({ parent: options.parent, data, engine, store, note });

for (const { name, run } of plan(PARENTS[options.parent], options.seeds?.split(",").map(Number))) {
  if (store.has(name)) continue;
  if (performance.now() > endMs) break;
  note(name);
  const startMs = performance.now();
  const result = await run();
  const made = { node: process.version, date: new Date().toISOString(), wide: options.wide, threads: engine.threads };
  await store.write(
    name,
    `${JSON.stringify({ ...made, minutes: (performance.now() - startMs) / 60_000, ...result }, null, 1)}\n`,
  );
}
await data.dispose();

/** Parents first; then budget by budget, so that a table is full early. */
function plan({ shares, arms, seeds: all }, seeds = all) {
  const names = arms ?? Object.keys(ARMS);
  const parents = seeds.map((seed) => ({ name: `${seed}/parent.json`, run: () => cells.parent(seed) }));
  const rest = shares.flatMap((share) =>
    seeds.flatMap((seed) => [
      ...names.map((arm) => ({ name: `${seed}/${slug(arm, share)}.json`, run: () => cells.arm(seed, arm, share) })),
      { name: `${seed}/${slug("scaled", share)}.json`, run: () => cells.scaled(seed, share) },
    ]),
  );
  return [...parents, ...rest];
}
