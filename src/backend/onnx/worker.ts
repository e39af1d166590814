// A running worker as its owner sees it, on every platform.

import type { Answer, Request } from "./messages.ts";

export interface Worker {
  post(request: Request, transfer: ArrayBuffer[]): void;
  /** While busy it keeps a Node process alive; an idle one does not. */
  setBusy(isBusy: boolean): void;
  /** After `end` was answered: waits until the worker is gone. */
  ended(): Promise<void>;
}

export interface WorkerListener {
  onAnswer(answer: Answer): void;
  /** It ended by itself or could not start; it will never answer again. */
  onDeath(cause: unknown): void;
}

/** Starts a worker; throws or calls `onDeath` if the platform refuses. `workerUrl` overrides where its code is. */
export type StartWorker = (listener: WorkerListener, workerUrl: string | URL | undefined) => Worker;
