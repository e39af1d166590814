// A decoder's thread in a page: a worker's global scope connected to `work`.

import { type Answer, type Request, transferOf } from "./decoder-thread.ts";
import { work } from "./work.ts";

/** The part of DedicatedWorkerGlobalScope that is used; its types do not mix with the page's. */
interface WorkerScope {
  postMessage(message: Answer, transfer: ArrayBuffer[]): void;
  addEventListener(type: "message", listener: (event: MessageEvent<Request>) => void): void;
}

const scope = globalThis as unknown as WorkerScope;
scope.addEventListener("message", async ({ data: { id, job } }) => {
  const outcome = await work(job);
  scope.postMessage({ kind: "done", id, outcome }, transferOf(outcome));
});
scope.postMessage({ kind: "ready" }, []);
