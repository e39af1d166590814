// PyTorch's training step in a Python of its own, with the allocator settings that make it steadiest: by default its time
// wobbles by half, because every step asks the system for fresh memory (54,000 and more page faults).

import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { architectureOf, cost, layers } from "effnet/architecture";

const ALLOCATOR = { MALLOC_MMAP_MAX_: "0", MALLOC_TRIM_THRESHOLD_: "8000000000", MALLOC_TOP_PAD_: "500000000" };
const PYTHON = "/usr/bin/python3"; // Debian's, which python3-torch belongs to

export async function open(row) {
  const architecture = architectureOf(row.network);
  const { parameters } = cost(layers(architecture, { height: row.side, width: row.side }));
  const script = fileURLToPath(new URL("../jobs/training_step.py", import.meta.url));
  const child = spawn(PYTHON, [script, JSON.stringify({ ...row, architecture, parameters })], {
    env: { ...process.env, ...ALLOCATOR },
    stdio: ["pipe", "pipe", "inherit"],
  });
  process.on("exit", () => child.kill());
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  const line = async () => {
    const { value, done } = await lines.next();
    if (done) throw new Error("pytorch: python ended. Install Debian's python3-torch.");
    return value;
  };
  const { version } = JSON.parse(await line());
  const run = async () => {
    child.stdin.write("\n");
    const loss = Number(await line());
    if (!Number.isFinite(loss)) throw new Error(`pytorch: the loss is ${loss}`);
  };
  return { version, run };
}
