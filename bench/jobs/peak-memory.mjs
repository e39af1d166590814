// Preloaded (`node --import`): writes the process's largest resident size, in KB, to the file that BENCH_PEAK names.

import { writeFileSync } from "node:fs";

process.on("exit", () => writeFileSync(process.env.BENCH_PEAK, String(process.resourceUsage().maxRSS)));
