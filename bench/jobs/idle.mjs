// What a process that holds a model uses when nothing runs: node jobs/idle.mjs CONTESTANT-AS-JSON. Prints JSON.

import { setTimeout } from "node:timers/promises";
import { open } from "../contestants/effnet.mjs";

const { run } = await open(JSON.parse(process.argv[2]));
for (let i = 0; i < 30; i++) await run();
await setTimeout(1000);
const [before, start] = [process.cpuUsage(), performance.now()];
await setTimeout(2000);
const { user, system } = process.cpuUsage(before);
const percent = (100 * (user + system)) / 1000 / (performance.now() - start);
process.stdout.write(JSON.stringify({ percent }), () => process.exit());
