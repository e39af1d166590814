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

/** What computes. A time that was measured holds for one of these, on one machine. */
export interface ComputingEngine {
  readonly backend: string;
  /** The instructions in use, e.g. `simd`, `relaxed`, `wide`. */
  readonly mode: string;
  readonly threads: number;
  /** Changes with the code of the loops. */
  readonly build: string;
  /** Channels to which a map's are rounded up in memory: a width costs what the next multiple costs. */
  readonly pitch: number;
}

/** One network's numbers on a backend, shared by every graph compiled over them. */
export interface Weights {
  /** Absent where a backend's executables cannot say how long their ops take. */
  readonly engine?: ComputingEngine;
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
  /**
   * Runs, and tells the milliseconds that each op of the graph took, in the order of the ops, from the clock where it is
   * computed: their sum is a run without the way from the caller and back. Waiting for other threads counts with the ops
   * waited for. All threads compute each picture together.
   */
  times?(inputs: Readonly<Record<string, Tensor>>): Promise<Float64Array>;
  dispose(): Promise<void>;
}
