// Decoders in Node: worker threads.

import { Worker } from "node:worker_threads";
import type { Answer, StartDecoder } from "./decoder-thread.ts";

/** A thread's young objects: by default a heap grows it to 48 MB before it collects, and a thread here makes few. */
const YOUNG_MB = 4;

export const startDecoder: StartDecoder = (listener, workerUrl) => {
  const worker = new Worker(workerUrl ?? new URL("./decoder.node.js", import.meta.url), {
    resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MB },
  });
  let isEnded = false;
  const died = (cause: unknown): void => {
    if (!isEnded) listener.onDeath(cause);
    isEnded = true;
  };
  worker.on("message", (answer: Answer) => !isEnded && listener.onAnswer(answer));
  worker.on("error", died);
  worker.on("exit", (code) => died(new Error(`the worker exited with code ${code}`)));
  return {
    post: (request) => worker.postMessage(request),
    setBusy: (isBusy) => {
      if (!isEnded) isBusy ? worker.ref() : worker.unref();
    },
    terminate: async () => {
      isEnded = true;
      worker.ref(); // whoever waits for its end has the process wait, too
      await worker.terminate();
    },
  };
};
