// A worker: one model, one part at a time, in this process. The engine computes in threads of its own, so that the lock of a
// job is renewed while it computes; a job whose worker dies is taken over once its lock ends.

import { Worker } from "bullmq";
import { createModel } from "effnet";
import { classifyPart } from "effnet/run";

const connection = { host: "127.0.0.1", port: Number(process.env.REDIS_PORT) };
const weights = new URL(import.meta.resolve("effnet/models/effnet_cifar10.safetensors"));
const model = await createModel({ weights, threads: 1 });
const stop = new AbortController();
const worker = new Worker(
  "classify",
  async ({ data: { shard, place, out } }) => {
    process.send?.({ part: Number(shard.split("/")[0]) });
    const { pictures, broken } = await classifyPart(model, place, { shard, out, batch: 1, signal: stop.signal });
    return { pictures, broken };
  },
  { connection, concurrency: 1, lockDuration: 5000, stalledInterval: 2500, maxStalledCount: 3 },
);
process.once("SIGTERM", async () => {
  stop.abort(new Error("stopped")); // the part under way leaves nothing, its job is tried again
  await worker.close();
  await model.dispose();
  process.exit(143);
});
