// The `wasm` backend: SIMD kernels in WebAssembly, computed by worker threads. This file is the caller's side; the
// threads' side begins in serve.ts. Bits do not depend on the number of threads nor on the batch a picture is in.

import { compileKernels, compileWide } from "#compiler";
import { availableThreads } from "#workers";
import { DisposedError, UnsupportedError, UsageError } from "../../errors.ts";
import type { Graph, Value } from "../../graph/ops.ts";
import type { StateDict, Tensor } from "../../tensor.ts";
import type { Backend, Executable, LoadOptions, Weights } from "../backend.ts";
import { checkInputs, checkParameters } from "../check.ts";
import type { Trainer } from "../trainer.ts";
import { isSupported, kernelBytes, type Mode } from "./kernels.ts";
import { roundUp } from "./layout.ts";
import { Staging } from "./staging.ts";
import { Team } from "./team.ts";

export interface WasmOptions {
  /** Default: `relaxed` where the engine has it, else `simd`. */
  readonly mode?: Mode;
  /**
   * `relaxed` by 256-bit vectors: V8's experimental pass, Node ≥ 24 on x64 only. The same bits, about 1.5 times as fast.
   * Checked before it is trusted; what cannot be widened runs in the default mode, with a warning.
   */
  readonly wide?: boolean;
  /** Where `worker.js` is served, if a bundler lost it. */
  readonly workerUrl?: string | URL;
  /** Told in one line when workers cannot start and runs will block the caller. */
  readonly onWarning?: (message: string) => void;
}

/** Without `threads`: one a core, and no more than this; layers are too small to feed more. */
const DEFAULT_THREADS = 8;
const MOST_THREADS = 256;
const PAGE_BYTES = 65536;
const MOST_PAGES = 65536; // 4 GiB, what 32-bit memory can address

/**
 * @returns a backend whose `load` starts the threads. Without shared memory (a page that is not cross-origin isolated)
 * there is one, whatever was asked.
 * @throws UnsupportedError from `load` if the engine lacks the asked mode; UsageError for a bad number of threads
 */
export function wasmBackend(options: WasmOptions = {}): Backend {
  return { name: "wasm", load: (parameters, loading) => WasmWeights.load(parameters, options, loading ?? {}) };
}

class WasmWeights implements Weights {
  readonly #team: Team;
  readonly #parameters: StateDict;
  readonly #staging: Staging;
  #arenas: readonly number[] = [];
  #nextKey = 0;
  #isDisposed = false;

  static async load(
    given: StateDict | Promise<StateDict>,
    options: WasmOptions,
    { threads, signal }: LoadOptions,
  ): Promise<Weights> {
    signal?.throwIfAborted();
    const wanted = threads ?? Math.min(availableThreads(), DEFAULT_THREADS);
    if (!Number.isInteger(wanted) || wanted < 1 || wanted > MOST_THREADS) {
      throw new UsageError("threads", `expected a whole number from 1 to ${MOST_THREADS}, got ${wanted}`);
    }
    const team = await Team.start({
      compile: compilerOf(options),
      threads: wanted,
      maximumPages: Promise.resolve(given).then(maximumPages),
      workerUrl: options.workerUrl,
      onWarning: options.onWarning ?? (() => {}),
    });
    try {
      const parameters = await given;
      signal?.throwIfAborted();
      const load = { kind: "load", parameters: team.isShared ? inSharedMemory(parameters) : parameters } as const;
      await team.ask(
        "loaded",
        () => ({ lead: load, others: load }),
        () => {},
      );
      signal?.throwIfAborted();
      return new WasmWeights(team, parameters);
    } catch (error) {
      await team.dispose();
      throw error;
    }
  }

  private constructor(team: Team, parameters: StateDict) {
    this.#team = team;
    this.#parameters = parameters;
    this.#staging = new Staging(team.isShared);
  }

  async compile(graph: Graph): Promise<Executable> {
    if (this.#isDisposed) throw new DisposedError("the weights");
    checkParameters(graph, this.#parameters);
    const key = this.#nextKey++;
    const work = await this.#team.ask(
      "compiled",
      () => ({ lead: { kind: "compile", key, graph } }),
      ({ program, arenas, packing }) => {
        this.#arenas = arenas;
        this.#team.tellOthers({ kind: "adopt", key, program });
        return packing;
      },
    );
    if (work !== null) {
      const pack = { kind: "pack", work } as const;
      await this.#team.ask(
        "packed",
        () => ({ lead: pack, others: pack }),
        () => {},
      );
    }
    return new WasmExecutable(graph, key, this.#team, this.#staging, () => this.#arenas);
  }

  async compileTraining(): Promise<Trainer> {
    throw new UnsupportedError(`backend "wasm" does not train yet. Create the model with backend "reference".`);
  }

  async replace(): Promise<void> {
    throw new UnsupportedError(
      `backend "wasm" cannot exchange loaded weights yet. Create the model with backend "reference".`,
    );
  }

  async dispose(): Promise<void> {
    this.#isDisposed = true;
    await this.#team.dispose();
  }
}

class WasmExecutable implements Executable {
  readonly #inputs: readonly Value[];
  readonly #outputs: readonly Value[];
  readonly #key: number;
  readonly #team: Team;
  readonly #staging: Staging;
  readonly #arenas: () => readonly number[];
  #isDisposed = false;

  constructor(graph: Graph, key: number, team: Team, staging: Staging, arenas: () => readonly number[]) {
    const values = new Map([...graph.inputs, ...graph.values.values()].map((value) => [value.name, value]));
    this.#inputs = graph.inputs;
    this.#outputs = graph.outputs.map((name) => values.get(name) as Value);
    this.#key = key;
    this.#team = team;
    this.#staging = staging;
    this.#arenas = arenas;
  }

  async run(inputs: Readonly<Record<string, Tensor>>): Promise<Record<string, Tensor>> {
    if (this.#isDisposed) throw new DisposedError("the executable");
    checkInputs(this.#inputs, inputs);
    const staged = this.#staging.take(this.#inputs, this.#outputs);
    for (const { name } of this.#inputs) staged.inputs[name].set(inputs[name].data); // the caller may reuse its own
    const result = await this.#team.ask(
      "ran",
      () => {
        const lead = { kind: "run", key: this.#key, arenas: this.#arenas(), ...staged } as const;
        return { lead, others: lead };
      },
      ({ outputs }) => {
        return this.#outputs.map(({ name, shape }) => {
          const data = staged.outputs === null ? outputs?.[name] : new Float32Array(staged.outputs[name]);
          return [name, { shape, data: data as Float32Array }] as const;
        });
      },
    );
    this.#staging.give(staged); // not after an error: a thread may still write
    return Object.fromEntries(result);
  }

  async dispose(): Promise<void> {
    if (this.#isDisposed) return;
    this.#isDisposed = true;
    const release = { kind: "release", key: this.#key } as const;
    await this.#team
      .ask(
        "released",
        () => ({ lead: release, others: release }),
        () => {},
      )
      .catch((error) => {
        if (!(error instanceof DisposedError)) throw error; // the weights went first and took all with them
      });
  }
}

/** Compiles the build that the options ask for. */
function compilerOf({ mode, wide, onWarning }: WasmOptions): (isShared: boolean) => WebAssembly.Module {
  const chosen = mode ?? (isSupported("relaxed") ? "relaxed" : "simd");
  if (!isSupported(chosen)) {
    const instead = chosen === "relaxed" ? `Use mode "simd", or Node 22 or later.` : "Use the reference backend.";
    throw new UnsupportedError(`mode "${chosen}": this JavaScript engine lacks its instructions. ${instead}`);
  }
  return (isShared) => {
    const narrow = (): WebAssembly.Module => compileKernels(kernelBytes(chosen, isShared));
    if (wide !== true) return narrow();
    const widened = mode === "simd" ? "it widens mode relaxed" : compileWide();
    if (typeof widened === "string") onWarning?.(`wide: ${widened}. Computing in mode ${chosen}.`);
    return typeof widened === "string" || !isShared ? narrow() : widened;
  };
}

/** The same tensors; those of one thread's memory are copied to where all threads read them. */
function inSharedMemory(parameters: StateDict): StateDict {
  const own = [...parameters].filter(([, { data }]) => !(data.buffer instanceof SharedArrayBuffer));
  let end = own.reduce((bytes, [, { data }]) => bytes + roundUp(data.byteLength, Float64Array.BYTES_PER_ELEMENT), 0);
  const buffer = new SharedArrayBuffer(end);
  const shared = new Map(parameters);
  for (const [name, { shape, data }] of own) {
    end -= roundUp(data.byteLength, Float64Array.BYTES_PER_ELEMENT);
    const copy =
      data instanceof Float64Array
        ? new Float64Array(buffer, end, data.length)
        : new Float32Array(buffer, end, data.length);
    copy.set(data);
    shared.set(name, { shape, data: copy });
  }
  return shared;
}

/** Weights twice over (as given and packed) and 1 GiB of activations: address space, not memory. */
function maximumPages(parameters: StateDict): number {
  let floats = 0;
  for (const { data } of parameters.values()) floats += data.length;
  return Math.min(MOST_PAGES, Math.ceil((floats * Float32Array.BYTES_PER_ELEMENT * 2 + 2 ** 30) / PAGE_BYTES));
}
