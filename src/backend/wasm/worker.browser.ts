// An engine's thread in a page: a worker's global scope connected to `serve`.

import type { Request } from "./messages.ts";
import { serve } from "./serve.ts";

/** The part of DedicatedWorkerGlobalScope that is used; its types do not mix with the page's. */
interface WorkerScope {
  postMessage(message: unknown, transfer: ArrayBuffer[]): void;
  addEventListener(type: "message", listener: (event: MessageEvent<Request>) => void): void;
}

const scope = globalThis as unknown as WorkerScope;
const handle = serve((answer, transfer) => scope.postMessage(answer, transfer));
scope.addEventListener("message", ({ data }) => handle(data));
