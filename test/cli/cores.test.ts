// How many threads a process starts by itself, in containers and under Slurm.

import { availableParallelism } from "node:os";
import { expect, test } from "vitest";
import { cores } from "#effnet/cli/cores.js";

const all = availableParallelism();

test.each([
  ["no limit", {}, {}, all],
  ["a cgroup without a quota", {}, { "/sys/fs/cgroup/cpu.max": "max 100000\n" }, all],
  ["a quota of one core", {}, { "/sys/fs/cgroup/cpu.max": "100000 100000\n" }, 1],
  ["a quota of less than a core", {}, { "/sys/fs/cgroup/cpu.max": "50000 100000\n" }, 1],
  ["a quota of many cores", {}, { "/sys/fs/cgroup/cpu.max": "99900000 100000\n" }, all],
  [
    "a quota of an older kernel",
    {},
    { "/sys/fs/cgroup/cpu/cpu.cfs_quota_us": "100000\n", "/sys/fs/cgroup/cpu/cpu.cfs_period_us": "100000\n" },
    1,
  ],
  [
    "no quota of an older kernel",
    {},
    { "/sys/fs/cgroup/cpu/cpu.cfs_quota_us": "-1\n", "/sys/fs/cgroup/cpu/cpu.cfs_period_us": "100000\n" },
    all,
  ],
  ["Slurm's cores", { SLURM_CPUS_PER_TASK: "1" }, {}, 1],
  ["nonsense", { SLURM_CPUS_PER_TASK: "all" }, { "/sys/fs/cgroup/cpu.max": "?" }, all],
])("%s", (_, env, files: Record<string, string>, expected) => {
  expect(cores(env, (path) => files[path] ?? null)).toBe(expected);
});
