// BullMQ on a Redis of its own: two workers that call effnet in-process; the one that has a part is killed, and the other
// takes the stalled job over.

import { spawn } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { root, run as runProgram } from "./workers.mjs";

const PORT = 16379;

export async function run({ place, n, out, folder }) {
  const home = await installed(folder);
  const redis = spawn("redis-server", ["--port", String(PORT), "--save", "", "--dir", home], { stdio: "ignore" });
  const env = { ...process.env, REDIS_PORT: String(PORT), PLACE: place, OUT: out, SHARDS: String(n) };
  const workers = [];
  const start = () => {
    const child = spawn(process.execPath, ["worker.mjs"], {
      cwd: home,
      env,
      stdio: ["ignore", "inherit", "inherit", "ipc"],
    });
    const worker = { child, part: null };
    child.on("message", ({ part }) => {
      worker.part = part;
    });
    workers.push(worker);
    return worker;
  };
  try {
    await sleep(1000);
    await runProgram(process.execPath, ["producer.mjs"], { cwd: home, env });
    const [first] = [start(), start()];
    const isBegun = () =>
      readdirSync(out).some((name) => name.startsWith(`.part-${String(first.part).padStart(5, "0")}-`));
    while (first.part === null || !existsSync(out) || !isBegun()) await sleep(5);
    const killed = first.part;
    const gone = new Promise((done) => first.child.once("exit", (_, signal) => done(signal)));
    first.child.kill("SIGKILL");
    if ((await gone) !== "SIGKILL") throw new Error("the worker was not killed");
    if (existsSync(join(out, `part-${String(killed).padStart(5, "0")}-of-${String(n).padStart(5, "0")}.jsonl`))) {
      throw new Error("too late: the part was done");
    }
    const { stdout } = await runProgram(process.execPath, ["wait.mjs"], { cwd: home, env });
    return `worker of part ${killed} killed, its job taken over; ${stdout.trim()}`;
  } finally {
    for (const { child } of workers) if (child.exitCode === null && child.signalCode === null) child.kill("SIGTERM");
    await sleep(500);
    redis.kill("SIGTERM");
  }
}

/** A project of its own with BullMQ, ioredis and this package. */
async function installed(folder) {
  const home = join(folder, "bullmq");
  if (existsSync(home)) return home;
  mkdirSync(join(home, "node_modules"), { recursive: true });
  writeFileSync(join(home, "package.json"), '{ "type": "module", "private": true }');
  const packages = ["bullmq@6.7.0", "ioredis@6.0.0"];
  await runProgram("npm", ["install", "--no-audit", "--no-fund", "--ignore-scripts", ...packages], { cwd: home });
  symlinkSync(root, join(home, "node_modules/effnet"), "dir");
  for (const name of ["producer.mjs", "worker.mjs", "wait.mjs"]) {
    copyFileSync(fileURLToPath(new URL(`bullmq/${name}`, import.meta.url)), join(home, name));
  }
  return home;
}
