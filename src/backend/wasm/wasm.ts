// The `wasm` backend: SIMD kernels in WebAssembly, computed by worker threads. This file is the caller's side; the
// threads' side begins in serve.ts. Bits do not depend on the number of threads nor on the batch a picture is in.

import { compileKernels, compileWide } from "#compiler";
import { availableThreads } from "#workers";
import { DisposedError, UnsupportedError, UsageError } from "../../errors.ts";
import type { Graph, Value } from "../../graph/ops.ts";
import type { TrainingGraph } from "../../graph/training-ops.ts";
import type { StateDict, Tensor } from "../../tensor.ts";
import type { Backend, ComputingEngine, Executable, LoadOptions, Weights } from "../backend.ts";
import { checkInputs, checkParameters } from "../check.ts";
import { inSharedMemory } from "../shared-memory.ts";
import type { Trainer, TrainerOptions } from "../trainer.ts";
import type { PackingWork } from "./engine.ts";
import { isSupported, kernelBytes, kernelsBuild, type Mode } from "./kernels.ts";
import { PITCH } from "./layout.ts";
import { Staging } from "./staging.ts";
import { Team } from "./team.ts";
import type { TrainerParts } from "./training/trainer.ts";

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
  readonly engine: ComputingEngine;
  readonly #team: Team;
  /** Of executables that live. */
  readonly #graphs = new Map<number, Graph>();
  #parameters: StateDict;
  readonly #staging: Staging;
  readonly #options: WasmOptions;
  #arenas: readonly number[] = [];
  #trainingModule: WebAssembly.Module | null = null;
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
    const compiler = new Compiler(options);
    const team = await Team.start({
      compile: (isShared) => compiler.compile(isShared),
      threads: wanted,
      maximumPages: Promise.resolve(given).then(maximumPages),
      workerUrl: options.workerUrl,
      onWarning: options.onWarning ?? (() => {}),
    });
    try {
      const parameters = await given;
      signal?.throwIfAborted();
      await loaded(team, parameters);
      signal?.throwIfAborted();
      const engine = {
        backend: "wasm",
        mode: compiler.mode,
        threads: team.threads,
        build: kernelsBuild(),
        pitch: PITCH,
      };
      return new WasmWeights(team, parameters, options, engine);
    } catch (error) {
      await team.dispose();
      throw error;
    }
  }

  private constructor(team: Team, parameters: StateDict, options: WasmOptions, engine: ComputingEngine) {
    this.engine = engine;
    this.#team = team;
    this.#options = options;
    this.#parameters = parameters;
    this.#staging = new Staging(team.isShared);
  }

  async compile(graph: Graph): Promise<Executable> {
    if (this.#isDisposed) throw new DisposedError("the weights");
    checkParameters(graph, this.#parameters);
    const key = this.#nextKey++;
    await this.#compile(key, graph);
    this.#graphs.set(key, graph);
    return new WasmExecutable(graph, key, this.#team, this.#staging, {
      arenas: () => this.#arenas,
      forget: () => this.#graphs.delete(key),
    });
  }

  /** Both questions are asked at once, so that no run comes between them. */
  #compile(key: number, graph: Graph): Promise<unknown> {
    let work: PackingWork | null = null;
    const compiled = this.#team.ask(
      "compiled",
      () => ({ lead: { kind: "compile", key, graph } }),
      ({ program, arenas, packing }) => {
        this.#arenas = arenas;
        this.#team.tellOthers({ kind: "adopt", key, program });
        work = packing;
      },
    );
    const packed = this.#team.ask(
      "packed",
      () => {
        const pack = { kind: "pack", work: work ?? NO_WORK } as const;
        return { lead: pack, others: pack };
      },
      () => {},
    );
    return Promise.all([compiled, packed]);
  }

  async compileTraining(graph: TrainingGraph, { parameters, ...options }: TrainerOptions): Promise<Trainer> {
    if (this.#isDisposed) throw new DisposedError("the weights");
    const all = new Map([...this.#parameters, ...(parameters ?? [])]);
    checkParameters(graph, all);
    const { WasmTrainer } = await import("./training/trainer.ts");
    return WasmTrainer.start(await this.#trainerParts(), graph, options, all);
  }

  /** Bytes of memory that such a trainer would take, besides these weights; it may have 4 GiB. */
  async trainingBytes(graph: TrainingGraph, { parameters: _, ...options }: TrainerOptions): Promise<number> {
    if (this.#isDisposed) throw new DisposedError("the weights");
    const { trainingBytes } = await import("./training/trainer.ts");
    return trainingBytes(await this.#trainerParts(), graph, options);
  }

  async #trainerParts(): Promise<TrainerParts> {
    const { compileTrainingKernels } = await import("./training/compiler.ts");
    const { mode = modeHere(), wide, onWarning } = this.#options;
    const isWide = wide === true && this.#options.mode !== "simd" && this.#team.isShared;
    this.#trainingModule ??= await compileTrainingKernels(mode, isWide, this.#team.isShared, onWarning);
    return { team: this.#team, key: this.#nextKey++, module: this.#trainingModule };
  }

  async replace(parameters: StateDict): Promise<void> {
    if (this.#isDisposed) throw new DisposedError("the weights");
    for (const graph of this.#graphs.values()) checkParameters(graph, parameters);
    this.#parameters = parameters;
    // All is asked at once: no run sees a part of it.
    const asked: Promise<unknown>[] = [loaded(this.#team, parameters)];
    for (const [key, graph] of this.#graphs) asked.push(released(this.#team, key), this.#compile(key, graph));
    await Promise.all(asked);
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
  readonly #weights: Owner;
  #isDisposed = false;

  constructor(graph: Graph, key: number, team: Team, staging: Staging, weights: Owner) {
    const values = new Map([...graph.inputs, ...graph.values.values()].map((value) => [value.name, value]));
    this.#inputs = graph.inputs;
    this.#outputs = graph.outputs.map((name) => values.get(name) as Value);
    this.#key = key;
    this.#team = team;
    this.#staging = staging;
    this.#weights = weights;
  }

  async run(inputs: Readonly<Record<string, Tensor>>): Promise<Record<string, Tensor>> {
    return (await this.#run(inputs, false)).outputs;
  }

  async times(inputs: Readonly<Record<string, Tensor>>): Promise<Float64Array> {
    return (await this.#run(inputs, true)).times as Float64Array;
  }

  async #run(inputs: Readonly<Record<string, Tensor>>, isTimed: boolean): Promise<Ran> {
    if (this.#isDisposed) throw new DisposedError("the executable");
    checkInputs(this.#inputs, inputs);
    const staged = this.#staging.take(this.#inputs, this.#outputs);
    for (const { name } of this.#inputs) staged.inputs[name].set(inputs[name].data); // the caller may reuse its own
    const result = await this.#team.ask(
      "ran",
      () => {
        const lead = { kind: "run", key: this.#key, arenas: this.#weights.arenas(), isTimed, ...staged } as const;
        return { lead, others: lead };
      },
      ({ outputs, times }) => {
        const read = this.#outputs.map(({ name, shape }) => {
          const data = staged.outputs === null ? outputs?.[name] : new Float32Array(staged.outputs[name]);
          return [name, { shape, data: data as Float32Array }] as const;
        });
        return { outputs: Object.fromEntries(read), times };
      },
    );
    this.#staging.give(staged); // not after an error: a thread may still write
    return result;
  }

  async dispose(): Promise<void> {
    if (this.#isDisposed) return;
    this.#isDisposed = true;
    this.#weights.forget();
    await released(this.#team, this.#key).catch((error) => {
      if (!(error instanceof DisposedError)) throw error; // the weights went first and took all with them
    });
  }
}

interface Ran {
  readonly outputs: Record<string, Tensor>;
  readonly times: Float64Array | null;
}

/** What an executable asks of the weights that it was compiled over. */
interface Owner {
  readonly arenas: () => readonly number[];
  /** It is no more: other numbers need not be packed for it. */
  readonly forget: () => void;
}

const NO_WORK: PackingWork = { packings: [], scratchAt: 0, scratch: 0 };

function loaded(team: Team, parameters: StateDict): Promise<void> {
  const load = { kind: "load", parameters: team.isShared ? inSharedMemory(parameters) : parameters } as const;
  return team.ask(
    "loaded",
    () => ({ lead: load, others: load }),
    () => {},
  );
}

function released(team: Team, key: number): Promise<void> {
  const release = { kind: "release", key } as const;
  return team.ask(
    "released",
    () => ({ lead: release, others: release }),
    () => {},
  );
}

function modeHere(): Mode {
  return isSupported("relaxed") ? "relaxed" : "simd";
}

/** Compiles the build that the options ask for. */
class Compiler {
  /** Of what was compiled last: `wide` where it could be had. */
  mode: Mode | "wide";
  readonly #chosen: Mode;
  readonly #options: WasmOptions;

  /** @throws UnsupportedError if the engine lacks the asked mode */
  constructor(options: WasmOptions) {
    this.#options = options;
    this.#chosen = options.mode ?? modeHere();
    this.mode = this.#chosen;
    if (!isSupported(this.#chosen)) {
      const instead =
        this.#chosen === "relaxed" ? `Use mode "simd", or Node 22 or later.` : "Use the reference backend.";
      throw new UnsupportedError(`mode "${this.#chosen}": this JavaScript engine lacks its instructions. ${instead}`);
    }
  }

  compile(isShared: boolean): WebAssembly.Module {
    const { mode, wide, onWarning } = this.#options;
    this.mode = this.#chosen;
    const narrow = (): WebAssembly.Module => compileKernels(kernelBytes(this.#chosen, isShared));
    if (wide !== true) return narrow();
    const widened = mode === "simd" ? "it widens mode relaxed" : compileWide();
    if (typeof widened === "string") onWarning?.(`wide: ${widened}. Computing in mode ${this.#chosen}.`);
    if (typeof widened === "string" || !isShared) return narrow();
    this.mode = "wide";
    return widened;
  }
}

/** Weights twice over (as given and packed) and 1 GiB of activations: address space, not memory. */
function maximumPages(parameters: StateDict): number {
  let floats = 0;
  for (const { data } of parameters.values()) floats += data.length;
  return Math.min(MOST_PAGES, Math.ceil((floats * Float32Array.BYTES_PER_ELEMENT * 2 + 2 ** 30) / PAGE_BYTES));
}
