// An engine's thread as a machine that answers requests; the platform files connect it to a worker's port.

import { Engine } from "./engine.ts";
import type { Answer, Request } from "./messages.ts";
import type { TrainingServer } from "./training/serve.ts";

/** Returns the handler of requests; answers go to `post`. */
export function serve(post: (answer: Answer, transfer: ArrayBuffer[]) => void): (request: Request) => void {
  let engine: Engine | null = null;
  let isLead = false;
  /** Loaded with the first request to train; requests are answered in their order. */
  let training: Promise<TrainingServer> | null = null;
  const failed = (error: unknown): void => {
    const { message, stack } = error instanceof Error ? error : { message: String(error), stack: undefined };
    post({ kind: "failed", message, stack }, []);
  };
  return (request) => {
    try {
      if (request.kind === "train" && engine !== null) {
        const { trainingParts: parts } = engine;
        training ??= import("./training/serve.ts").then(({ TrainingServer }) => new TrainingServer(parts));
        training = training.then((server) => {
          try {
            const answer = server.handle(request.key, request.request);
            if (isLead) post({ kind: "trained", answer }, server.buffersOf(answer));
          } catch (error) {
            failed(error);
          }
          return server;
        });
        training.catch(failed);
        return;
      }
      if (request.kind === "start") {
        const { memory, ...parts } = request.parts;
        isLead = parts.thread === 0;
        engine = new Engine({
          ...parts,
          memory: memory instanceof WebAssembly.Memory ? memory : new WebAssembly.Memory(memory),
        });
        post({ kind: "started" }, []);
      } else if (engine !== null && request.kind !== "train") {
        const answer = handle(engine, request);
        if (isLead && answer !== null) post(answer, buffersOf(answer));
      }
    } catch (error) {
      failed(error);
    }
  };
}

/** Does what is asked; null where nobody waits for an answer. */
function handle(engine: Engine, request: Exclude<Request, { readonly kind: "start" | "train" }>): Answer | null {
  switch (request.kind) {
    case "load":
      engine.load(request.parameters);
      return { kind: "loaded" };
    case "compile": {
      return { kind: "compiled", ...engine.compile(request.key, request.graph), arenas: engine.arenas };
    }
    case "pack":
      engine.pack(request.work);
      return { kind: "packed" };
    case "adopt":
      engine.adopt(request.key, request.program);
      return null;
    case "release":
      engine.release(request.key);
      return { kind: "released" };
    case "run": {
      const { key, arenas, inputs } = request;
      const outputs = request.outputs ?? engine.freshOutputs(key);
      const times = request.isTimed ? engine.freshTimes(key) : null;
      engine.run(key, arenas, inputs, outputs, times);
      return { kind: "ran", outputs: request.outputs === null ? outputs : null, times };
    }
  }
}

/** Outputs that are not over shared memory move to the caller instead of being copied. */
function buffersOf(answer: Answer): ArrayBuffer[] {
  if (answer.kind !== "ran" || answer.outputs === null) return [];
  return Object.values(answer.outputs).map(({ buffer }) => buffer as ArrayBuffer);
}
