// The caller's end of the line to the worker: requests go out in order, each promise is kept by the answer of its turn.

import { INSTALL, startWorker } from "#onnx-workers";
import { DisposedError, EngineError, UnsupportedError } from "../../errors.ts";
import type { Answer, Failure, Request } from "./messages.ts";
import type { Worker } from "./worker.ts";

type Outputs = readonly Float32Array[];

interface Waiting {
  readonly resolve: (outputs: Outputs) => void;
  readonly reject: (error: Error) => void;
}

export class Link {
  readonly #worker: Worker;
  /** Of requests without an answer yet, oldest first. */
  readonly #waiting: Waiting[] = [];
  /** Why nothing more will be answered. */
  #end: Error | null = null;
  #ended: Promise<void> = Promise.resolve();

  /** @throws EngineError if no worker can start */
  constructor(workerUrl: string | URL | undefined) {
    const onDeath = (cause: unknown): void => {
      const reason = cause instanceof Error ? cause.message : String(cause);
      this.#close(new EngineError(`the worker of onnxruntime ended (${reason}). Create a new model.`, { cause }));
    };
    try {
      this.#worker = startWorker({ onAnswer: (answer) => this.#take(answer), onDeath }, workerUrl);
    } catch (cause) {
      throw new EngineError("no worker can start here. Use the wasm backend.", { cause });
    }
    this.#worker.setBusy(false);
  }

  /** Asks; what is in `transfer` moves to the worker. */
  ask(request: Request, transfer: ArrayBuffer[] = []): Promise<Outputs> {
    if (this.#end !== null) return Promise.reject(this.#end);
    this.#worker.setBusy(true);
    this.#worker.post(request, transfer);
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
    });
  }

  /** Whatever waits rejects; the worker frees its sessions and ends, in Node after the run it is in. */
  dispose(): Promise<void> {
    if (this.#end === null) {
      this.#close(new DisposedError("the weights"));
      this.#worker.post({ kind: "end" }, []);
      this.#ended = this.#worker.ended();
    }
    return this.#ended;
  }

  #take(answer: Answer): void {
    const waiting = this.#waiting.shift();
    if (this.#waiting.length === 0 && this.#end === null) this.#worker.setBusy(false);
    if (answer.kind === "done") waiting?.resolve(answer.outputs);
    else waiting?.reject(errorOf(answer.failure));
  }

  /** Answers to what has been rejected still come, and are not heard. */
  #close(error: Error): void {
    this.#end ??= error;
    for (const { reject } of this.#waiting) reject(this.#end);
  }
}

function errorOf({ reason, message }: Failure): Error {
  switch (reason) {
    case "absent":
      return new UnsupportedError(
        `backend "onnx": onnxruntime is not installed. Run ${INSTALL}; or use backend "wasm".`,
      );
    case "unusable":
      return new UnsupportedError(`backend "onnx": onnxruntime does not start here (${message}). Use backend "wasm".`);
    case "refused":
      return new EngineError(`onnxruntime: ${message}`);
  }
}
