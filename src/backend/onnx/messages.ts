// What the caller's thread and the worker say to each other: a request, and one answer to it in its turn.

import type { Graph } from "../../graph/ops.ts";
import type { StateDict } from "../../tensor.ts";

/** An execution provider of onnxruntime: its name (`cuda`, `coreml`, `dml`, `webgpu`), alone or with its own options. */
export type Provider = string | { readonly name: string; readonly [option: string]: unknown };

export interface RuntimeOptions {
  readonly threads: number;
  readonly providers?: readonly Provider[] | undefined;
  /** In a page: where onnxruntime-web is served. */
  readonly runtimeUrl?: string | undefined;
}

export type Request =
  | { readonly kind: "start"; readonly options: RuntimeOptions }
  /** Numbers for what is compiled from now on; what was compiled before is compiled again with them. */
  | { readonly kind: "load"; readonly parameters: StateDict }
  | { readonly kind: "compile"; readonly key: number; readonly graph: Graph; readonly multiple: number }
  | { readonly kind: "run"; readonly key: number; readonly inputs: Readonly<Record<string, Floats>> }
  | { readonly kind: "release"; readonly key: number }
  /** Frees everything; the last one. */
  | { readonly kind: "end" };

export interface Floats {
  readonly data: Float32Array;
  readonly shape: readonly number[];
}

export type Answer =
  /** Outputs in the order of the graph's, where a run was asked for. */
  | { readonly kind: "done"; readonly outputs: readonly Float32Array[] }
  | { readonly kind: "failed"; readonly failure: Failure };

/** `absent`: onnxruntime is not installed; `unusable`: it does not start here; `refused`: it does not take the network. */
export interface Failure {
  readonly reason: "absent" | "unusable" | "refused";
  readonly message: string;
}
