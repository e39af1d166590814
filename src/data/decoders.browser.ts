// Decoders in a page: module workers.

import type { Answer, StartDecoder } from "./decoder-thread.ts";

export const startDecoder: StartDecoder = (listener, workerUrl) => {
  // The literal form is what bundlers look for; a page that serves the file elsewhere passes its URL.
  const worker =
    workerUrl === undefined
      ? new Worker(new URL("./decoder.browser.js", import.meta.url), { type: "module" })
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
