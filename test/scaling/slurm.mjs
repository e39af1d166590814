// Slurm on this machine alone: munge, a controller and a node of its own, in a folder of its own. A job array; what is missing
// behind it is submitted again as the list that merge names.

import { spawn } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { availableParallelism, hostname } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { command, effnet, killOne, run as runProgram } from "./workers.mjs";

export async function run({ place, n, out, folder }) {
  const cluster = await start(join(folder, `slurm-${n}`), n);
  try {
    const script = join(cluster.folder, "job.sh");
    writeFileSync(
      script,
      `#!/bin/sh
exec ${process.execPath} ${command} classify "${place}" --shard "$SLURM_ARRAY_TASK_ID/${n}" --out "${out}" --batch 1
`,
    );
    const submit = (array) =>
      runProgram("sbatch", ["--wait", `--array=${array}`, "--cpus-per-task=1", "--output=/dev/null", script], {
        env: cluster.env,
        codes: [0, 1, 9, 137],
      });
    const work = submit(`1-${n}`);
    const killed = await Promise.race([killOne(out), work.then(() => null)]);
    await work;
    if (killed === null) throw new Error("nothing was killed");
    const { stderr } = await effnet(["merge", out], { codes: [2] });
    const [, missing] = /missing: ([\d,]+)\./.exec(stderr);
    if (missing !== killed) throw new Error(`expected part ${killed} to be missing, got ${missing}`);
    await submit(missing);
    return `part ${killed} killed, submitted again as --array=${missing}`;
  } finally {
    await cluster.stop();
  }
}

async function start(folder, n) {
  for (const name of ["state", "spool"]) mkdirSync(join(folder, name), { recursive: true });
  const host = hostname().split(".")[0];
  const socket = join(folder, "munge.socket");
  const key = join(folder, "munge.key");
  writeFileSync(key, "one key for one test, longer than 32 bytes", { mode: 0o600 });
  const conf = join(folder, "slurm.conf");
  const [port, cpus] = [17000 + n * 10, availableParallelism()];
  writeFileSync(
    conf,
    `ClusterName=effnet
SlurmctldHost=${host}(127.0.0.1)
SlurmctldPort=${port}
SlurmdPort=${port + 1}
AuthInfo=socket=${socket}
SlurmUser=root
SlurmdUser=root
StateSaveLocation=${folder}/state
SlurmdSpoolDir=${folder}/spool
SlurmctldPidFile=${folder}/slurmctld.pid
SlurmdPidFile=${folder}/slurmd.pid
SlurmctldLogFile=${folder}/slurmctld.log
SlurmdLogFile=${folder}/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SchedulerParameters=sched_interval=1,batch_sched_delay=0
MinJobAge=300
ReturnToService=2
NodeName=${host} NodeAddr=127.0.0.1 CPUs=${cpus} State=UNKNOWN
PartitionName=all Nodes=${host} Default=YES MaxTime=INFINITE State=UP
`,
  );
  const env = { ...process.env, SLURM_CONF: conf };
  const daemons = [];
  const daemon = (program, ...args) => {
    daemons.push(spawn(program, args, { env, stdio: "ignore" }));
  };
  const munge = ["pid", "log", "seed"].map((kind) => `--${kind}-file=${join(folder, `munge.${kind}`)}`);
  daemon("munged", "--foreground", "--force", `--socket=${socket}`, `--key-file=${key}`, ...munge);
  await sleep(1000);
  daemon("slurmctld", "-D", "-f", conf);
  daemon("slurmd", "-D", "-f", conf);
  const stop = async () => {
    for (const one of daemons.toReversed()) {
      if (one.exitCode !== null) continue;
      const gone = new Promise((done) => one.once("exit", done));
      one.kill("SIGTERM");
      await Promise.race([gone, sleep(5000).then(() => one.kill("SIGKILL"))]);
    }
  };
  for (let tries = 0; tries < 60; tries++) {
    const { stdout } = await runProgram("sinfo", ["-h", "-o", "%T"], { env, codes: [0, 1] });
    if (stdout.trim() === "idle") return { folder, env, stop };
    await sleep(1000);
  }
  const logs = ["slurmctld.log", "slurmd.log"].map((name) => readFileSync(join(folder, name), "utf8")).join("\n");
  await stop();
  throw new Error(`Slurm did not start:\n${logs}`);
}
