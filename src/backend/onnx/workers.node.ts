// Workers in Node.

import { createRequire } from "node:module";
import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";
import type { Answer } from "./messages.ts";
import type { StartWorker } from "./worker.ts";

/** The line that brings onnxruntime here. */
export const INSTALL = "npm install onnxruntime-node";

/** Whether onnxruntime is installed beside effnet. */
export function isInstalled(): boolean {
  try {
    createRequire(import.meta.url).resolve("onnxruntime-node");
    return true;
  } catch {
    return false;
  }
}

export function absolute(url: string | URL): string {
  return String(url);
}

/** Cores this process may use. */
export function availableThreads(): number {
  return availableParallelism();
}

export const startWorker: StartWorker = (listener, workerUrl) => {
  // A worker inherits the process's flags, and refuses this one of `node --input-type=module -e …`, since it has a file.
  const isTyped = process.execArgv.some((flag) => flag.startsWith("--input-type"));
  const worker = new Worker(
    workerUrl ?? new URL("./onnx-worker.node.js", import.meta.url),
    isTyped ? { execArgv: [] } : {},
  );
  let isEnding = false;
  let isGone = false;
  const gone = new Promise<void>((resolve) => {
    const died = (cause: unknown): void => {
      if (!isGone && !isEnding) listener.onDeath(cause);
      isGone = true;
      resolve();
    };
    worker.on("error", died);
    worker.on("exit", (code) => died(new Error(`the worker exited with code ${code}`)));
  });
  worker.on("message", (answer: Answer) => listener.onAnswer(answer));
  return {
    post: (request, transfer) => {
      if (request.kind === "end") isEnding = true;
      worker.postMessage(request, transfer);
    },
    setBusy: (isBusy) => {
      if (!isGone) isBusy ? worker.ref() : worker.unref();
    },
    ended: () => {
      worker.ref(); // whoever waits for its end has the process wait, too
      return gone;
    },
  };
};
