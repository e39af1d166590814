// Adds a job for every part. A job that is there already is not added again.

import { Queue } from "bullmq";

const { REDIS_PORT, SHARDS, PLACE, OUT } = process.env;
const connection = { host: "127.0.0.1", port: Number(REDIS_PORT) };
const queue = new Queue("classify", { connection });
for (let i = 1; i <= Number(SHARDS); i++) {
  const shard = `${i}/${SHARDS}`;
  await queue.add(
    "part",
    { shard, place: PLACE, out: OUT },
    { jobId: `part-${i}-of-${SHARDS}`, attempts: 4, backoff: { type: "exponential", delay: 1000 } },
  );
}
await queue.close();
