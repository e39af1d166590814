// Which of n machines has which picture: a hash of its name decides, so that pictures that join later move no others.

import { createHash } from "node:crypto";
import { UsageError } from "../errors.ts";

/** Part `index` of `count`; 1 ≤ index ≤ count. */
export interface Shard {
  readonly index: number;
  readonly count: number;
}

const MOST_SHARDS = 99_999; // a part's file name has five digits

/**
 * The part that a picture belongs to, from 1 to `count`: 1 + (the first four bytes of its name's SHA-256, big-endian, mod
 * count).
 * @param name relative to the input folder, with `/`: `a/b.jpg` of 8 → 3, `0001.jpg` of 64 → 43
 */
export function shardOf(name: string, count: number): number {
  return 1 + (createHash("sha256").update(name, "utf8").digest().readUInt32BE(0) % count);
}

/** Whether a part has the tar shard at this place, from 0, of all in name order: they go round. */
export function hasTar({ index, count }: Shard, place: number): boolean {
  return place % count === index - 1;
}

/** Reads `3/64`. @throws UsageError */
export function parseShard(text: string, option = "--shard"): Shard {
  const [, index, count] = (/^(\d{1,6})\/(\d{1,6})$/.exec(text) ?? []).map(Number);
  if (index >= 1 && index <= count && count <= MOST_SHARDS) return { index, count };
  throw new UsageError(option, `expected i/n with 1 ≤ i ≤ n ≤ ${MOST_SHARDS}, such as 3/64, got ${text}.`);
}

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * What `--shard auto` means: the first of these that the engine has set.
 *
 * | engine | index | count |
 * |---|---|---|
 * | any | `EFFNET_SHARD=3/64` | |
 * | Slurm job array | `SLURM_ARRAY_TASK_ID` | `EFFNET_SHARDS`, else the array's size |
 * | Kubernetes indexed job | `JOB_COMPLETION_INDEX` + 1 | `EFFNET_SHARDS` |
 * | AWS Batch array job | `AWS_BATCH_JOB_ARRAY_INDEX` + 1 | `EFFNET_SHARDS` |
 * @throws UsageError if none is set, or a Slurm array has gaps or does not begin at 0 or 1: of a task that was submitted
 * again alone, Slurm forgets how many there were
 */
export function shardFromEnvironment(env: Environment): Shard {
  const { EFFNET_SHARD, EFFNET_SHARDS } = env;
  if (EFFNET_SHARD !== undefined) return parseShard(EFFNET_SHARD, "EFFNET_SHARD");
  if (env["SLURM_ARRAY_TASK_ID"] !== undefined) return shardOfSlurm(env, env["SLURM_ARRAY_TASK_ID"]);
  for (const name of ["JOB_COMPLETION_INDEX", "AWS_BATCH_JOB_ARRAY_INDEX"]) {
    const index = env[name];
    if (index === undefined) continue;
    if (EFFNET_SHARDS === undefined) {
      throw new UsageError("--shard", `auto: ${name} is set, but not how many there are. Set EFFNET_SHARDS, too.`);
    }
    return parseShard(`${/^\d+$/.test(index) ? Number(index) + 1 : index}/${EFFNET_SHARDS}`, `${name}, EFFNET_SHARDS`);
  }
  const known = "EFFNET_SHARD, SLURM_ARRAY_TASK_ID, JOB_COMPLETION_INDEX or AWS_BATCH_JOB_ARRAY_INDEX";
  throw new UsageError("--shard", `auto: expected ${known} in the environment, got none. Give i/n.`);
}

function shardOfSlurm(env: Environment, id: string): Shard {
  const { EFFNET_SHARDS } = env;
  if (EFFNET_SHARDS !== undefined) return parseShard(`${id}/${EFFNET_SHARDS}`, "SLURM_ARRAY_TASK_ID, EFFNET_SHARDS");
  const [task, least, most, count] = ["ID", "MIN", "MAX", "COUNT"].map((key) => Number(env[`SLURM_ARRAY_TASK_${key}`]));
  if ((least === 0 || least === 1) && most - least + 1 === count) {
    return parseShard(`${task - least + 1}/${count}`, "SLURM_ARRAY_TASK_ID, _COUNT");
  }
  const what = `auto: the job array ${least}–${most} of ${count} is not 1–n, as when tasks are submitted again.`;
  throw new UsageError("--shard", `${what} Give --shard "$SLURM_ARRAY_TASK_ID/n", or set EFFNET_SHARDS=n.`);
}
