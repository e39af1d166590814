// GNU parallel: two jobs at a time, each tried three times.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { command, killOne, run as runProgram } from "./workers.mjs";

export async function run({ place, n, out, folder }) {
  const log = join(folder, `joblog-${n}`);
  const shards = Array.from({ length: n }, (_, i) => String(i + 1));
  const job = [process.execPath, command, "classify", place, "--threads", "1", "--batch", "1"];
  const work = runProgram("parallel", [
    ...["--will-cite", "--jobs", "2", "--retries", "3", "--joblog", log, "--quote"],
    ...[...job, "--shard", `{}/${n}`, "--out", out, ":::", ...shards],
  ]);
  const killed = await Promise.race([killOne(out), work.then(() => null)]);
  await work;
  if (killed === null) throw new Error("nothing was killed");
  const runs = readFileSync(log, "utf8").trim().split("\n").length - 1;
  return `part ${killed} killed and tried again, ${runs} jobs in the log`;
}
