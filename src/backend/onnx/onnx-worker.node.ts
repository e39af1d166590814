// The worker in Node: its port connected to `serve`, over onnxruntime-node.

import { parentPort } from "node:worker_threads";
import { assert } from "../../errors.ts";
import type { Request } from "./messages.ts";
import { type Runtime, RuntimeError } from "./runtime.ts";
import { serve } from "./serve.ts";

assert(parentPort !== null, "onnx-worker.node.js is started as a worker only");
const port = parentPort;
const handle = serve(load, (answer, transfer) => port.postMessage(answer, transfer));
port.on("message", async (request: Request) => {
  await handle(request);
  if (request.kind === "end") port.close(); // and so the worker ends by itself, native threads included
});

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
