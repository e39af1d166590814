// What the caller's thread and the engine's threads say to each other.

import type { Graph } from "../../graph/ops.ts";
import type { StateDict } from "../../tensor.ts";
import type { Batch, EngineParts, PackingWork } from "./engine.ts";
import type { Program } from "./program.ts";
import type { TrainingAnswer, TrainingRequest } from "./training/messages.ts";

/** Everything a thread starts with; without `memory` it makes its own, unshared one. */
export interface Start {
  readonly kind: "start";
  readonly parts: Omit<EngineParts, "memory"> & { readonly memory: WebAssembly.Memory | WebAssembly.MemoryDescriptor };
}

/** `compile` goes to the lead; `adopt` to the others; the rest to all. Only the lead answers, and only these. */
export type Request =
  | Start
  | { readonly kind: "load"; readonly parameters: StateDict }
  | { readonly kind: "compile"; readonly key: number; readonly graph: Graph }
  | { readonly kind: "pack"; readonly work: PackingWork }
  | { readonly kind: "adopt"; readonly key: number; readonly program: Program }
  | { readonly kind: "release"; readonly key: number }
  | { readonly kind: "train"; readonly key: number; readonly request: TrainingRequest }
  | {
      readonly kind: "run";
      readonly key: number;
      readonly arenas: readonly number[];
      readonly inputs: Batch;
      /** Over shared memory; null where there is none: the answer then carries them. */
      readonly outputs: Batch | null;
      /** Whether the answer says how long the ops took. */
      readonly isTimed: boolean;
    };

/** Sent by every thread once it has started, and by the lead after each request it finishes. `failed` may come from all. */
export type Answer =
  | { readonly kind: "started" }
  | { readonly kind: "loaded" }
  | {
      readonly kind: "compiled";
      readonly program: Program;
      readonly arenas: readonly number[];
      readonly packing: PackingWork | null;
    }
  | { readonly kind: "packed" }
  | { readonly kind: "released" }
  | { readonly kind: "trained"; readonly answer: TrainingAnswer }
  | { readonly kind: "ran"; readonly outputs: Batch | null; readonly times: Float64Array | null }
  | { readonly kind: "failed"; readonly message: string; readonly stack: string | undefined };
