// Preloaded (`node --import`): writes the process's largest resident size, in KB, to the file that BENCH_PEAK names.
// As the kernel counts it for this process alone: getrusage's figure begins with that of the process that started it.

import { readFileSync, writeFileSync } from "node:fs";

process.on("exit", () => {
  const [, peak] = readFileSync("/proc/self/status", "utf8").match(/^VmHWM:\s+(\d+) kB/m);
  writeFileSync(process.env.BENCH_PEAK, peak);
});
