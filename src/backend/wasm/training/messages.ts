// What the caller's thread and the engine's threads say to each other about trainers.

import type { TrainingGraph } from "../../../graph/training-ops.ts";
import type { StateDict } from "../../../tensor.ts";
import type { TrainerOptions, TrainerTensors, Update, Updated } from "../../trainer.ts";
import type { Batch } from "../engine.ts";

/** `memory` is the trainer's own; a description where it cannot be shared. `parameters` go to the lead. */
export interface StartTraining {
  readonly kind: "start";
  readonly module: WebAssembly.Module;
  readonly memory: WebAssembly.Memory | WebAssembly.MemoryDescriptor;
  readonly graph: TrainingGraph;
  readonly options: TrainerOptions;
  readonly parameters: StateDict | null;
}

/** `start`, `accumulate`, `update` and `stop` go to all threads, the others to the lead. */
export type TrainingRequest =
  | StartTraining
  | {
      readonly kind: "measure";
      readonly module: WebAssembly.Module;
      readonly graph: TrainingGraph;
      readonly options: TrainerOptions;
    }
  | { readonly kind: "accumulate"; readonly inputs: Batch; readonly outputs: Batch | null; readonly isStale: boolean }
  | { readonly kind: "update"; readonly update: Update; readonly batches: number }
  | { readonly kind: "read"; readonly tensors: TrainerTensors }
  | { readonly kind: "write"; readonly tensors: Exclude<TrainerTensors, "gradients">; readonly stateDict: StateDict }
  | { readonly kind: "stop" };

export type TrainingAnswer =
  /** `isThere`: false if memory ran out. */
  | { readonly kind: "started"; readonly bytes: number; readonly isThere: boolean }
  | { readonly kind: "accumulated"; readonly outputs: Batch | null }
  | { readonly kind: "updated"; readonly updated: Updated }
  | { readonly kind: "numbers"; readonly stateDict: StateDict }
  | { readonly kind: "done" };
