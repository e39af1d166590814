// A running thread as its owner sees it, on every platform.

import type { Answer, Request } from "./messages.ts";
import { serve } from "./serve.ts";

export interface Thread {
  post(request: Request): void;
  /** While busy, a thread keeps a Node process alive; an idle one does not. */
  setBusy(isBusy: boolean): void;
  /** Ends it at once, in mid-run too. Nothing is heard of it afterwards. */
  terminate(): Promise<void>;
}

export interface ThreadListener {
  onAnswer(answer: Answer): void;
  /** It ended by itself or could not start; it will never answer again. */
  onDeath(cause: unknown): void;
}

/** Starts a worker; throws or calls `onDeath` if the platform refuses. `workerUrl` overrides where its code is. */
export type StartThread = (listener: ThreadListener, workerUrl: string | URL | undefined) => Thread;

/** The caller's own thread as the engine's: where no worker can start. Runs block the caller. */
export const startInline: StartThread = (listener) => {
  let isEnded = false;
  const handle = serve((answer) => {
    if (!isEnded) listener.onAnswer(answer);
  });
  return {
    post: (request) => queueMicrotask(() => !isEnded && handle(request)),
    setBusy: () => {},
    terminate: async () => {
      isEnded = true;
    },
  };
};
