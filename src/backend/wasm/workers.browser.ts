// Threads in a page: module workers; shared memory only where the page is cross-origin isolated.

import type { Answer } from "./messages.ts";
import type { StartThread } from "./thread.ts";

export const hasSharedMemory = typeof SharedArrayBuffer !== "undefined" && globalThis.crossOriginIsolated === true;

/** Cores this page may use. */
export function availableThreads(): number {
  return navigator.hardwareConcurrency;
}

export const startThread: StartThread = (listener, workerUrl) => {
  // The literal form is what bundlers look for; a page that serves the file elsewhere passes its URL.
  const worker =
    workerUrl === undefined
      ? new Worker(new URL("./worker.browser.js", import.meta.url), { type: "module" })
      : new Worker(workerUrl, { type: "module" });
  let isEnded = false;
  worker.addEventListener("message", ({ data }: MessageEvent<Answer>) => !isEnded && listener.onAnswer(data));
  worker.addEventListener("error", (event) => {
    if (!isEnded) listener.onDeath(new Error(event.message || "the worker's script could not be loaded"));
    isEnded = true;
  });
  return {
    post: (request) => worker.postMessage(request),
    setBusy: () => {},
    terminate: async () => {
      isEnded = true;
      worker.terminate();
    },
  };
};
