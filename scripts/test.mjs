// What `npm test` runs after the build: every test in the Node at hand, then those of engine, kernels and model once more in
// Node 24, where relaxed SIMD exists. With arguments only the first run: npm test -- test/image

import { spawnSync } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { nodeOf, VERSIONS } from "./node-versions.mjs";

const RELAXED = ["test/backend", "test/kernels", "test/model"]; // where the mode of the engine shows

const root = fileURLToPath(new URL("..", import.meta.url));
const counts = `${root}.cache/tests/`;
const vitest = (node, args) =>
  spawnSync(node, [`${root}node_modules/vitest/vitest.mjs`, "run", ...args], { cwd: root, stdio: "inherit" }).status ??
  1; // a signal ended it

rmSync(counts, { recursive: true, force: true });
for (const major of Object.keys(VERSIONS)) nodeOf(major);

const args = process.argv.slice(2);
process.exitCode = vitest(process.execPath, args);

if (args.length === 0 && Number.parseInt(process.versions.node, 10) < 24) {
  const node24 = nodeOf("24");
  if (node24) {
    console.log("Once more in Node 24, whose engine has relaxed SIMD:");
    process.exitCode = vitest(node24, RELAXED) || process.exitCode;
  } else {
    console.error(`skipped: the second run of ${RELAXED.join(", ")}, in mode relaxed (Node 24 is not here)`);
    mkdirSync(counts, { recursive: true });
    writeFileSync(`${counts}node24.json`, JSON.stringify({ passed: 0, failed: 0, skipped: 1 }));
  }
}
