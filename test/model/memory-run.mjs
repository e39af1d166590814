// 500 classifications of mixed sizes in one process; prints as JSON what the process holds meanwhile, in MB. Needs
// --expose-gc, so that garbage is not counted. Argument: a folder of pictures.

import { readdirSync } from "node:fs";
import { join } from "node:path";
import { createModel } from "#effnet/model/create.js";
import { Random } from "#effnet/random.js";

const USUAL = [160, 192, 224, { height: 192, width: 256 }, { height: 256, width: 160 }, 256]; // pixels; the model keeps their programs
const RARE = Array.from({ length: 12 }, (_, i) => 64 + 16 * i); // these come, are compiled, and drive others out

const folder = process.argv[2];
const files = readdirSync(folder).map((name) => join(folder, name));
const random = new Random(8, "memory");
const one = (list) => list[Math.floor(random.uniform(0, list.length))];

async function held() {
  for (let i = 0; i < 3; i++) {
    globalThis.gc();
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  const { rss, external, arrayBuffers, heapTotal } = process.memoryUsage();
  const entries = Object.entries({ rss, external, arrayBuffers, heapTotal });
  return Object.fromEntries(entries.map(([name, bytes]) => [name, Math.round(bytes / 2 ** 20)]));
}

const model = await createModel("efficientnet_b0", { seed: 1, threads: 2 });
const report = { created: await held() };
for (let i = 1; i <= 500; i++) {
  await model.classify(one(files), { inputSize: i % 20 === 0 ? one(RARE) : one(USUAL) });
  if (i === 50 || i === 275 || i === 500) report[`after${i}`] = await held();
}
await model.dispose();
report.disposed = await held();
console.log(JSON.stringify(report));
