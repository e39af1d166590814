// A decoder's thread as its owner sees it, on every platform, and what the two say to each other.

import type { Job, Outcome } from "./work.ts";

/** To a thread; `id` comes back with the outcome. */
export interface Request {
  readonly id: number;
  readonly job: Job;
}

/** From a thread: once when it has loaded, then one outcome a request, in any order. */
export type Answer =
  | { readonly kind: "ready" }
  | { readonly kind: "done"; readonly id: number; readonly outcome: Outcome };

export interface DecoderThread {
  post(request: Request): void;
  /** While busy, a thread keeps a Node process alive; an idle one does not. */
  setBusy(isBusy: boolean): void;
  terminate(): Promise<void>;
}

export interface DecoderListener {
  onAnswer(answer: Answer): void;
  /** It ended by itself or could not start. */
  onDeath(cause: unknown): void;
}

/** Starts a worker; throws or calls `onDeath` if the platform refuses. `workerUrl` overrides where its code is. */
export type StartDecoder = (listener: DecoderListener, workerUrl: string | URL | undefined) => DecoderThread;

/** Memory that an outcome can take with it: pixels that nobody else holds. */
export function transferOf(outcome: Outcome): ArrayBuffer[] {
  if (outcome.kind !== "picture") return [];
  const { data } = outcome.picture;
  const isWhole = data.buffer instanceof ArrayBuffer && data.byteLength === data.buffer.byteLength;
  return isWhole ? [data.buffer as ArrayBuffer] : [];
}
