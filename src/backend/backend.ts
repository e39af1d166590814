// What a backend is: something that turns a graph and its numbers into an executable. The backends do not know each other.

import type { Graph } from "../graph/ops.ts";
import type { TrainingGraph } from "../graph/training-ops.ts";
import type { StateDict, Tensor } from "../tensor.ts";
import type { Trainer, TrainerOptions } from "./trainer.ts";

export interface LoadOptions {
  /** Computing threads, ≥ 1. More than the machine has cores is allowed and slow. */
  readonly threads?: number;
  readonly signal?: AbortSignal;
}

export interface Backend {
  readonly name: string;
  /**
   * Takes over the numbers; may begin before a promise of them is kept, and rejects as that does. Magnitudes below 1e-30 become 0 (denormals cost an order of magnitude on many CPUs).
   * @throws FileError if `parameters` lacks a tensor that the graph names; UnsupportedError if an op or mode is missing
   */
  load(parameters: StateDict | Promise<StateDict>, options?: LoadOptions): Promise<Weights>;
}

/** One network's numbers on a backend, shared by every graph compiled over them. */
export interface Weights {
  /** Compiles for the graph's fixed shapes. */
  compile(graph: Graph): Promise<Executable>;
  /**
   * Compiles a training step. The trainer starts from these numbers and then has its own; `replace` brings them back.
   * @throws CapacityError if the batch needs more memory than there is
   */
  compileTraining(graph: TrainingGraph, options: TrainerOptions): Promise<Trainer>;
  /** Bytes of memory that such a trainer would take besides these weights, where a backend can say. */
  trainingBytes?(graph: TrainingGraph, options: TrainerOptions): Promise<number>;
  /**
   * Other numbers under the same names and shapes: every executable computes with them from its next run.
   * @throws FileError if a tensor is missing or has another shape
   */
  replace(parameters: StateDict): Promise<void>;
  /** Frees everything, the executables included; runs in flight reject with DisposedError. */
  dispose(): Promise<void>;
}

/** A graph ready to run. */
export interface Executable {
  /** Input tensors by name, of exactly the compiled shapes; outputs by name, freshly allocated. @throws ShapeError */
  run(inputs: Readonly<Record<string, Tensor>>): Promise<Record<string, Tensor>>;
  dispose(): Promise<void>;
}
