// The worker in a page: its global scope connected to `serve`, over onnxruntime-web from where the page serves it.

import type { Request, RuntimeOptions } from "./messages.ts";
import { type Runtime, RuntimeError } from "./runtime.ts";
import { serve } from "./serve.ts";

/** The part of DedicatedWorkerGlobalScope that is used; its types do not mix with the page's. */
interface WorkerScope {
  postMessage(message: unknown, transfer: ArrayBuffer[]): void;
  addEventListener(type: "message", listener: (event: MessageEvent<Request>) => void): void;
}

const scope = globalThis as unknown as WorkerScope;
const handle = serve(load, (answer, transfer) => scope.postMessage(answer, transfer));
scope.addEventListener("message", ({ data }) => void handle(data));

async function load({ runtimeUrl, threads }: RuntimeOptions): Promise<Runtime> {
  if (runtimeUrl === undefined) throw new RuntimeError("absent", "no address");
  try {
    const runtime: Runtime = await import(/* webpackIgnore: true */ /* @vite-ignore */ runtimeUrl);
    if (runtime.env.wasm !== undefined) runtime.env.wasm.numThreads = threads;
    return runtime;
  } catch (error) {
    throw new RuntimeError("unusable", error);
  }
}
