// A thread's trainers, by key, as a machine that answers requests. Loaded only to train.

import { assert } from "../../../errors.ts";
import type { EngineParts } from "../engine.ts";
import { compileStep } from "./compile.ts";
import { TrainingEngine } from "./engine.ts";
import { instantiateTraining } from "./kernels.ts";
import type { TrainingAnswer, TrainingRequest } from "./messages.ts";

export class TrainingServer {
  readonly #parts: Omit<EngineParts, "module" | "memory">;
  readonly #engines = new Map<number, TrainingEngine>();

  constructor(parts: Omit<EngineParts, "module" | "memory">) {
    this.#parts = parts;
  }

  handle(key: number, request: TrainingRequest): TrainingAnswer {
    switch (request.kind) {
      case "start": {
        const { module, graph, options, parameters } = request;
        const memory =
          request.memory instanceof WebAssembly.Memory ? request.memory : new WebAssembly.Memory(request.memory);
        const engine = new TrainingEngine({ ...this.#parts, module, memory }, graph, options);
        this.#engines.set(key, engine);
        if (parameters === null) return { kind: "started", bytes: engine.bytes, isThere: true };
        try {
          engine.fill(parameters);
        } catch (error) {
          if (!(error instanceof RangeError)) throw error;
          return { kind: "started", bytes: engine.bytes, isThere: false };
        }
        return { kind: "started", bytes: engine.bytes, isThere: true };
      }
      case "measure": {
        const kernels = instantiateTraining(request.module, this.#smallMemory());
        const machine = { tile: kernels.tile(), panel: kernels.panel(), threads: this.#parts.threads };
        return { kind: "started", bytes: compileStep(request.graph, request.options, machine).bytes, isThere: true };
      }
      case "accumulate": {
        const engine = this.#engine(key);
        const outputs = request.outputs ?? engine.freshOutputs();
        engine.accumulate(request.inputs, outputs, request.isStale);
        return { kind: "accumulated", outputs: request.outputs === null ? outputs : null };
      }
      case "update":
        return { kind: "updated", updated: this.#engine(key).update(request.update, request.batches) };
      case "read":
        return { kind: "numbers", stateDict: this.#engine(key).read(request.tensors) };
      case "write":
        this.#engine(key).write(request.tensors, request.stateDict);
        return { kind: "done" };
      case "stop":
        this.#engines.delete(key);
        return { kind: "done" };
    }
  }

  /** Numbers move to the caller instead of being copied. */
  buffersOf(answer: TrainingAnswer): ArrayBuffer[] {
    if (answer.kind === "numbers") return [...answer.stateDict.values()].map(({ data }) => data.buffer as ArrayBuffer);
    if (answer.kind !== "accumulated" || answer.outputs === null) return [];
    return Object.values(answer.outputs).map(({ buffer }) => buffer as ArrayBuffer);
  }

  #engine(key: number): TrainingEngine {
    const engine = this.#engines.get(key);
    assert(engine !== undefined, `trainer ${key} was never started`);
    return engine;
  }

  #smallMemory(): WebAssembly.Memory {
    const isShared = this.#parts.cells !== null;
    return new WebAssembly.Memory({ initial: 1, maximum: 65536, shared: isShared });
  }
}
