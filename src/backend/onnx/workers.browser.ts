// Workers in a page.

import type { Answer } from "./messages.ts";
import type { StartWorker } from "./worker.ts";

/** What brings onnxruntime here. */
export const INSTALL =
  "npm install onnxruntime-web, serve its dist folder, and pass the address of ort.bundle.min.mjs as onnx.runtimeUrl";

/** A page cannot know; it says where onnxruntime-web is served. */
export function isInstalled(): boolean {
  return false;
}

/** The address as a worker understands it, too. */
export function absolute(url: string | URL): string {
  return new URL(url, globalThis.location.href).href;
}

/** Cores this page may use; without shared memory onnxruntime-web takes one. */
export function availableThreads(): number {
  return globalThis.crossOriginIsolated ? navigator.hardwareConcurrency : 1;
}

export const startWorker: StartWorker = (listener, workerUrl) => {
  // The literal form is what bundlers look for; a page that serves the file elsewhere passes its address.
  const worker =
    workerUrl === undefined
      ? new Worker(new URL("./onnx-worker.browser.js", import.meta.url), { type: "module" })
      : new Worker(workerUrl, { type: "module" });
  worker.addEventListener("message", ({ data }: MessageEvent<Answer>) => listener.onAnswer(data));
  worker.addEventListener("error", (event) => {
    listener.onDeath(new Error(event.message || "the worker's script could not be loaded"));
  });
  return {
    post: (request, transfer) => worker.postMessage(request, transfer),
    setBusy: () => {},
    ended: async () => worker.terminate(),
  };
};
