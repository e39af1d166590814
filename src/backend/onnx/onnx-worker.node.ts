// The worker in Node: its port connected to `serve`, over onnxruntime-node.

import { readlinkSync } from "node:fs";
import os from "node:os";
import { parentPort } from "node:worker_threads";
import { assert } from "../../errors.ts";
import type { Request } from "./messages.ts";
import { type Runtime, RuntimeError } from "./runtime.ts";
import { serve } from "./serve.ts";

const NICE = 10;

assert(parentPort !== null, "onnx-worker.node.js is started as a worker only");
giveWay();
const port = parentPort;
const handle = serve(load, (answer, transfer) => port.postMessage(answer, transfer));
port.on("message", async (request: Request) => {
  await handle(request);
  if (request.kind === "end") port.close(); // and so the worker ends by itself, native threads included
});

/**
 * onnxruntime's threads wait for each other by spinning: where they are as many as the cores, the caller's event loop stands in
 * line with them for milliseconds at a time. So this thread, and those that it will start, let others go first. Linux knows
 * priorities of threads; elsewhere they are a process's, and stay.
 */
function giveWay(): void {
  if (process.platform !== "linux") return;
  try {
    const thread = Number(readlinkSync("/proc/thread-self").split("/").at(-1));
    os.setPriority(thread, Math.min(os.getPriority() + NICE, os.constants.priority.PRIORITY_LOW));
  } catch {
    // no /proc, or not allowed: it computes all the same
  }
}

async function load(): Promise<Runtime> {
  try {
    const { default: runtime } = await import("onnxruntime-node");
    return runtime as unknown as Runtime;
  } catch (error) {
    throw new RuntimeError(isAbsent(error) ? "absent" : "unusable", error);
  }
}

function isAbsent(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === "ERR_MODULE_NOT_FOUND";
}
