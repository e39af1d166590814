// The worker's side: answers requests one after the other; the platform files connect it to a worker's port.

import { assert } from "../../errors.ts";
import type { Graph } from "../../graph/ops.ts";
import type { StateDict } from "../../tensor.ts";
import { alignedWidths } from "./align.ts";
import { lower } from "./lower.ts";
import type { Answer, Request, RuntimeOptions } from "./messages.ts";
import { type Runtime, RuntimeError, type Session } from "./runtime.ts";
import { modelBytes } from "./write.ts";

/** Loads onnxruntime. @throws RuntimeError */
export type LoadRuntime = (options: RuntimeOptions) => Promise<Runtime>;

/** Returns the handler of requests; answers go to `post` in the order of the requests. */
export function serve(
  loadRuntime: LoadRuntime,
  post: (answer: Answer, transfer: ArrayBuffer[]) => void,
): (request: Request) => Promise<void> {
  const server = new Server(loadRuntime);
  let last: Promise<void> = Promise.resolve();
  return (request) => {
    last = last.then(async () => {
      try {
        const outputs = await server.handle(request);
        post(
          { kind: "done", outputs },
          outputs.map(({ buffer }) => buffer),
        );
      } catch (error) {
        const message = error instanceof Error ? error.message : String(error);
        const reason = error instanceof RuntimeError ? error.reason : "refused";
        post({ kind: "failed", failure: { reason, message } }, []);
      }
    });
    return last;
  };
}

/** A session for any batch, shared by the executables that differ in nothing else. */
interface Shared {
  readonly graph: Graph;
  readonly multiple: number;
  readonly keys: Set<number>;
  session: Session;
  outputs: readonly string[];
}

type Outputs = readonly Float32Array<ArrayBuffer>[];

class Server {
  readonly #loadRuntime: LoadRuntime;
  #runtime: Runtime | null = null;
  #options: RuntimeOptions = { threads: 1 };
  #parameters: StateDict = new Map();
  /** By what the graph is but for its batch. */
  readonly #shared = new Map<string, Shared>();

  constructor(loadRuntime: LoadRuntime) {
    this.#loadRuntime = loadRuntime;
  }

  async handle(request: Request): Promise<Outputs> {
    switch (request.kind) {
      case "start":
        this.#options = request.options;
        this.#runtime = await this.#loadRuntime(request.options);
        return [];
      case "load":
        this.#parameters = request.parameters;
        for (const shared of this.#shared.values()) await this.#renew(shared);
        return [];
      case "compile":
        await this.#compile(request.key, request.graph, request.multiple);
        return [];
      case "run":
        return this.#run(request);
      case "release":
        await this.#release(request.key);
        return [];
      case "end":
        for (const { session } of this.#shared.values()) await session.release();
        this.#shared.clear();
        return [];
    }
  }

  async #compile(key: number, graph: Graph, multiple: number): Promise<void> {
    const structure = structureOf(graph);
    const shared = this.#shared.get(structure);
    if (shared === undefined) {
      const made = await this.#session(graph, multiple);
      this.#shared.set(structure, { graph, multiple, keys: new Set([key]), ...made });
    } else shared.keys.add(key);
  }

  async #renew(shared: Shared): Promise<void> {
    const { session } = shared;
    Object.assign(shared, await this.#session(shared.graph, shared.multiple));
    await session.release();
  }

  async #session(graph: Graph, multiple: number): Promise<Pick<Shared, "session" | "outputs">> {
    assert(this.#runtime !== null, "a graph is compiled after the start");
    const widths = alignedWidths(graph, multiple);
    const lowered = lower(graph, { widths, layout: "nhwc", batch: "any", size: "fixed" });
    const title = { producer: "effnet", version: "", name: "network", metadata: new Map() };
    const bytes = await modelBytes(lowered, this.#parameters, title);
    const { threads, providers } = this.#options;
    const session = await this.#runtime.InferenceSession.create(bytes, {
      intraOpNumThreads: threads,
      logSeverityLevel: 3, // errors
      extra: { session: { set_denormal_as_zero: "1" } }, // operands below 1.2e-38 cost many times a product's time
      ...(providers === undefined ? {} : { executionProviders: providers }),
    });
    return { session, outputs: lowered.outputs.map(({ name }) => name) };
  }

  async #run({ key, inputs }: Extract<Request, { readonly kind: "run" }>): Promise<Outputs> {
    const { session, outputs } = this.#of(key);
    const Tensor = (this.#runtime as Runtime).Tensor;
    const feeds = Object.entries(inputs).map(([name, { data, shape }]) => [name, new Tensor("float32", data, shape)]);
    const results = await session.run(Object.fromEntries(feeds));
    // Copied, as onnxruntime may keep what it gave.
    return outputs.map((name) => new Float32Array(results[name].data as Float32Array));
  }

  async #release(key: number): Promise<void> {
    const shared = this.#of(key);
    shared.keys.delete(key);
    if (shared.keys.size > 0) return;
    this.#shared.delete(structureOf(shared.graph));
    await shared.session.release();
  }

  #of(key: number): Shared {
    const shared = [...this.#shared.values()].find(({ keys }) => keys.has(key));
    assert(shared !== undefined, `nothing was compiled as ${key}`);
    return shared;
  }
}

function structureOf({ inputs, parameters, ops, outputs }: Graph): string {
  return JSON.stringify([inputs.map(({ name, shape }) => [name, ...shape.slice(1)]), parameters, ops, outputs]);
}
