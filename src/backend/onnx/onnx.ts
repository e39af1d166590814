// The `onnx` backend: graphs become aligned ONNX models in memory, which onnxruntime runs in a worker, since its run blocks
// the thread it is called from. This file is the caller's side; the worker's begins in serve.ts.

import { absolute, availableThreads, isInstalled } from "#onnx-workers";
import { DisposedError, UnsupportedError, UsageError } from "../../errors.ts";
import type { Graph, Value } from "../../graph/ops.ts";
import type { StateDict, Tensor } from "../../tensor.ts";
import type { Backend, Executable, LoadOptions, Weights } from "../backend.ts";
import { checkInputs, checkParameters } from "../check.ts";
import { inSharedMemory } from "../shared-memory.ts";
import type { Trainer } from "../trainer.ts";
import { type Align, multipleOf } from "./align.ts";
import { Link } from "./link.ts";
import type { Floats, Provider } from "./messages.ts";

export type { Provider } from "./messages.ts";

export interface OnnxOptions {
  /** What computes, best first: `cuda`, `coreml`, `dml`, `webgpu`, with options of their own. Default: the processor. */
  readonly providers?: readonly Provider[] | undefined;
  /** Channels are padded with zeros up to a multiple; the answers stay. Default `auto`. */
  readonly align?: Align | undefined;
  /** In a page: the address of onnxruntime-web's `ort.bundle.min.mjs`, its other files beside it. */
  readonly runtimeUrl?: string | URL | undefined;
  /** Where `onnx-worker.js` is served, if a bundler lost it. */
  readonly workerUrl?: string | URL | undefined;
}

const DEFAULT_THREADS = 8; // layers are too small to feed more
const MOST_THREADS = 256;

/** @returns a backend whose `load` starts the worker. @throws UnsupportedError from `load` if onnxruntime cannot be had */
export function onnxBackend(options: OnnxOptions = {}): Backend {
  return { name: "onnx", load: (parameters, loading) => OnnxWeights.load(parameters, options, loading ?? {}) };
}

/** Whether the backend can be had: onnxruntime-node is installed, or the page says where onnxruntime-web is. */
export function isOnnxInstalled({ runtimeUrl }: OnnxOptions = {}): boolean {
  return runtimeUrl !== undefined || isInstalled();
}

class OnnxWeights implements Weights {
  readonly #link: Link;
  readonly #multiple: number;
  /** Of executables that live. */
  readonly #graphs = new Map<number, Graph>();
  #parameters: StateDict;
  #nextKey = 0;

  static async load(
    given: StateDict | Promise<StateDict>,
    { providers, align = "auto", runtimeUrl, workerUrl }: OnnxOptions,
    { threads = Math.min(availableThreads(), DEFAULT_THREADS), signal }: LoadOptions,
  ): Promise<Weights> {
    signal?.throwIfAborted();
    if (!Number.isInteger(threads) || threads < 1 || threads > MOST_THREADS) {
      throw new UsageError("threads", `expected a whole number from 1 to ${MOST_THREADS}, got ${threads}`);
    }
    const link = new Link(workerUrl);
    try {
      const options = { threads, providers, runtimeUrl: runtimeUrl === undefined ? undefined : absolute(runtimeUrl) };
      const [parameters] = await Promise.all([given, link.ask({ kind: "start", options })]);
      signal?.throwIfAborted();
      await link.ask({ kind: "load", parameters: inSharedMemory(parameters) });
      signal?.throwIfAborted();
      return new OnnxWeights(link, parameters, multipleOf(align));
    } catch (error) {
      await link.dispose();
      throw error;
    }
  }

  private constructor(link: Link, parameters: StateDict, multiple: number) {
    this.#link = link;
    this.#parameters = parameters;
    this.#multiple = multiple;
  }

  async compile(graph: Graph): Promise<Executable> {
    checkParameters(graph, this.#parameters);
    const key = this.#nextKey++;
    this.#graphs.set(key, graph);
    try {
      await this.#link.ask({ kind: "compile", key, graph, multiple: this.#multiple });
    } catch (error) {
      this.#graphs.delete(key);
      throw error;
    }
    return new OnnxExecutable(graph, key, this.#link, () => this.#graphs.delete(key));
  }

  async compileTraining(): Promise<Trainer> {
    throw new UnsupportedError('backend "onnx": onnxruntime does not train. Use backend "wasm".');
  }

  async replace(parameters: StateDict): Promise<void> {
    for (const graph of this.#graphs.values()) checkParameters(graph, parameters);
    this.#parameters = parameters;
    await this.#link.ask({ kind: "load", parameters: inSharedMemory(parameters) });
  }

  dispose(): Promise<void> {
    return this.#link.dispose();
  }
}

class OnnxExecutable implements Executable {
  readonly #inputs: readonly Value[];
  readonly #outputs: readonly Value[];
  readonly #key: number;
  readonly #link: Link;
  readonly #forget: () => void;
  #isDisposed = false;

  constructor(graph: Graph, key: number, link: Link, forget: () => void) {
    const values = new Map([...graph.inputs, ...graph.values.values()].map((value) => [value.name, value]));
    this.#inputs = graph.inputs;
    this.#outputs = graph.outputs.map((name) => values.get(name) as Value);
    this.#key = key;
    this.#link = link;
    this.#forget = forget;
  }

  async run(inputs: Readonly<Record<string, Tensor>>): Promise<Record<string, Tensor>> {
    if (this.#isDisposed) throw new DisposedError("the executable");
    checkInputs(this.#inputs, inputs);
    const copies = this.#inputs.map(({ name, shape }): [string, Floats & { data: Float32Array<ArrayBuffer> }] => {
      return [name, { data: Float32Array.from(inputs[name].data), shape }]; // the caller may reuse its own
    });
    const request = { kind: "run", key: this.#key, inputs: Object.fromEntries(copies) } as const;
    const outputs = await this.#link.ask(
      request,
      copies.map(([, { data }]) => data.buffer),
    );
    return Object.fromEntries(this.#outputs.map(({ name, shape }, i) => [name, { shape, data: outputs[i] }]));
  }

  async dispose(): Promise<void> {
    if (this.#isDisposed) return;
    this.#isDisposed = true;
    this.#forget();
    await this.#link.ask({ kind: "release", key: this.#key }).catch((error) => {
      if (!(error instanceof DisposedError)) throw error; // the weights went first and took all with them
    });
  }
}
