// How many cores a process may use: those of the machine, those of its container, those that a scheduler gave it.

import { readFileSync } from "node:fs";
import { availableParallelism } from "node:os";

const CGROUP = "/sys/fs/cgroup"; // of the container itself, as Kubernetes and Docker show it

/** The smallest of what the machine has, the cgroup's quota allows and Slurm assigned; at least 1. */
export function cores(env: NodeJS.ProcessEnv = process.env, read: (path: string) => string | null = textOf): number {
  const slurm = Number(env["SLURM_CPUS_PER_TASK"]);
  const quota = quotaOf(read);
  return Math.max(
    1,
    Math.min(availableParallelism(), slurm >= 1 ? slurm : Number.POSITIVE_INFINITY, Math.floor(quota)),
  );
}

/** Cores' worth of time: `cpu.max` holds `QUOTA PERIOD` or `max PERIOD`; older kernels have two files and −1. */
function quotaOf(read: (path: string) => string | null): number {
  const [quota, period] = (
    read(`${CGROUP}/cpu.max`) ??
    `${read(`${CGROUP}/cpu/cpu.cfs_quota_us`)?.trim()} ${read(`${CGROUP}/cpu/cpu.cfs_period_us`)?.trim()}`
  )
    .split(" ")
    .map(Number);
  return quota > 0 && period > 0 ? quota / period : Number.POSITIVE_INFINITY;
}

function textOf(path: string): string | null {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return null; // not Linux, or no cgroup
  }
}
