// `effnet classify --shard` over 200 photos under an engine that starts the processes: n = 5 and 8, one worker killed by
// SIGKILL in mid-part each time, against one process that does all. Prints what was compared; exits with 1 if bytes differ.
//
//   node test/scaling/scaling.mjs [parallel] [slurm] [bullmq] [--photos FOLDER]
//
// Needs the engines' programs: parallel; slurmctld, slurmd, sbatch and munged; redis-server and npm. Without a name every engine
// runs that is installed. What a photo is does not matter: copies are made until there are 200, three of them broken.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { effnet, installed, merged, photosIn } from "./workers.mjs";

const NEEDS = {
  parallel: ["parallel"],
  slurm: ["slurmctld", "slurmd", "sbatch", "munged"],
  bullmq: ["redis-server", "npm"],
};

const args = process.argv.slice(2);
const at = args.indexOf("--photos");
const [, from = "../shared/photos"] = at === -1 ? [] : args.splice(at, 2);
const asked = args.length > 0 ? args : Object.keys(NEEDS);
const folder = mkdtempSync(join(tmpdir(), "effnet-scaling-"));
let isSame = true;
try {
  const place = photosIn(resolve(from), join(folder, "photos"), 200);
  await effnet(["classify", place, "--shard", "1/1", "--out", join(folder, "one"), "--threads", "1"]);
  const one = await merged(join(folder, "one"));
  console.log(`one process: ${one.pictures} pictures, sha256 of merge ${one.sha256}`);
  for (const engine of asked) {
    const missing = NEEDS[engine].filter((program) => !installed(program));
    if (missing.length > 0) {
      console.log(`${engine}: skipped, ${missing.join(", ")} not installed`);
      continue;
    }
    const { run } = await import(`./${engine}.mjs`);
    for (const n of [5, 8]) {
      const out = join(folder, `${engine}-${n}`);
      const startMs = performance.now();
      const told = await run({ place, n, out, folder });
      const all = await merged(out);
      const is = all.sha256 === one.sha256 ? "the same bytes" : `OTHER BYTES: ${all.sha256}`;
      isSame &&= all.sha256 === one.sha256;
      const seconds = Math.round((performance.now() - startMs) / 1000);
      console.log(`${engine}, n = ${n}: ${told}; ${all.pictures} pictures, ${is} · ${seconds} s`);
    }
  }
} catch (error) {
  console.error(error);
  isSame = false;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
process.exit(isSame ? 0 : 1); // whoever still waits for something to kill waits no more
