// A decoder's thread in Node: a worker's port connected to `work`.

import { parentPort } from "node:worker_threads";
import { assert } from "../errors.ts";
import { type Answer, type Request, transferOf } from "./decoder-thread.ts";
import { work } from "./work.ts";

assert(parentPort !== null, "decoder.node.js is started as a worker only");
const port = parentPort;
const answer = (message: Answer, transfer: ArrayBuffer[] = []): void => port.postMessage(message, transfer);
port.on("message", async ({ id, job }: Request) => {
  const outcome = await work(job);
  answer({ kind: "done", id, outcome }, transferOf(outcome));
});
answer({ kind: "ready" });
