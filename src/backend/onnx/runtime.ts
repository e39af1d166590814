// The part of onnxruntime's JavaScript interface that is used, alike in onnxruntime-node and onnxruntime-web.

import type { Provider } from "./messages.ts";

export interface Runtime {
  readonly InferenceSession: {
    create(model: Uint8Array, options: SessionOptions): Promise<Session>;
  };
  readonly Tensor: new (type: "float32", data: Float32Array, dims: readonly number[]) => RuntimeTensor;
  /** Of onnxruntime-web. */
  readonly env: { readonly wasm?: { numThreads?: number | undefined } };
}

export interface SessionOptions {
  readonly executionProviders?: readonly Provider[];
  readonly intraOpNumThreads: number;
  readonly logSeverityLevel: 0 | 1 | 2 | 3 | 4;
  readonly extra: { readonly session: Readonly<Record<string, string>> };
}

export interface Session {
  run(feeds: Readonly<Record<string, RuntimeTensor>>): Promise<Readonly<Record<string, RuntimeTensor>>>;
  release(): Promise<void>;
}

export interface RuntimeTensor {
  readonly data: unknown;
}

/** A runtime that could not be had. */
export class RuntimeError extends Error {
  readonly reason: "absent" | "unusable";

  constructor(reason: "absent" | "unusable", cause: unknown) {
    super(cause instanceof Error ? cause.message : String(cause), { cause });
    this.reason = reason;
  }
}
