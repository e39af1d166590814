// Waits until every job is done, and says how many there were. A job that failed for good is an error.

import { Queue } from "bullmq";

const { REDIS_PORT, SHARDS } = process.env;
const queue = new Queue("classify", { connection: { host: "127.0.0.1", port: Number(REDIS_PORT) } });
for (;;) {
  const { completed, failed } = await queue.getJobCounts("completed", "failed");
  if (failed > 0) throw new Error(`${failed} jobs failed: ${(await queue.getFailed()).map((job) => job.failedReason)}`);
  if (completed === Number(SHARDS)) break;
  await new Promise((resolve) => setTimeout(resolve, 200));
}
console.log(`${SHARDS} jobs completed`);
await queue.close();
