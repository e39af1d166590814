// 500 classifications of mixed sizes in one process; prints what the process holds, in MB, as JSON. Needs --expose-gc.

import { fileURLToPath } from "node:url";
import { createModel } from "#effnet/model/create.js";
import { Random } from "#effnet/random.js";

/** What the network is asked for; pictures have any size. */
const INPUT_SIZES = [192, 224, { height: 160, width: 224 }, 256];
const FILES = ["cat", "espresso", "rocket"].map((name) =>
  fileURLToPath(new URL(`../../examples/pictures/${name}.jpg`, import.meta.url)),
);

const random = new Random(8, "memory");
const one = (list) => list[Math.floor(random.uniform(0, list.length))];
const MB = 2 ** 20;

async function held() {
  for (let i = 0; i < 3; i++) {
    globalThis.gc();
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  const { rss, external, arrayBuffers, heapUsed } = process.memoryUsage();
  const entries = Object.entries({ rss, external, arrayBuffers, heapUsed });
  return Object.fromEntries(entries.map(([name, bytes]) => [name, Number((bytes / MB).toFixed(1))]));
}

function decoded() {
  const [width, height] = [16 + Math.floor(random.uniform(0, 1500)), 16 + Math.floor(random.uniform(0, 1200))];
  return { width, height, data: new Uint8Array(width * height * 3).fill(width % 256) };
}

const report = { threads: 2 };
const model = await createModel("efficientnet_b0", { seed: 1, threads: report.threads });
for (let i = 1; i <= 500; i++) {
  const input = i % 2 === 0 ? one(FILES) : decoded();
  await model.classify(input, { inputSize: one(INPUT_SIZES) });
  if (i === 50) report.after50 = await held();
}
report.after500 = await held();
await model.dispose();
report.disposed = await held();
console.log(JSON.stringify(report));
