// A trainer seen from the caller's side: requests to the engine's threads, which hold all numbers.

import { CapacityError, DisposedError, UsageError } from "../../../errors.ts";
import type { Value } from "../../../graph/ops.ts";
import type { TrainingGraph } from "../../../graph/training-ops.ts";
import type { StateDict, Tensor } from "../../../tensor.ts";
import { checkInputs, checkParameters } from "../../check.ts";
import { slotsOf } from "../../slots.ts";
import type { Slot, Trainer, TrainerOptions, TrainerTensors, Update, Updated } from "../../trainer.ts";
import { Staging } from "../staging.ts";
import type { Asked, Team } from "../team.ts";
import type { TrainingAnswer, TrainingRequest } from "./messages.ts";

const MOST_PAGES = 65536; // 4 GiB, what 32-bit memory can address

export interface TrainerParts {
  readonly team: Team;
  readonly key: number;
  readonly module: WebAssembly.Module;
}

type AnswerOf<Kind extends TrainingAnswer["kind"]> = Extract<TrainingAnswer, { readonly kind: Kind }>;

export class WasmTrainer implements Trainer {
  readonly slots: readonly Slot[];
  readonly #parts: TrainerParts;
  readonly #graph: TrainingGraph;
  readonly #options: TrainerOptions;
  readonly #outputs: readonly Value[];
  readonly #staging: Staging;
  /** Since the last update. */
  #batches = 0;
  /** Weights have changed since the last batch. */
  #isStale = true;
  #isDisposed = false;

  /**
   * `parameters` fit the graph.
   * @throws CapacityError if the batch needs more memory than there is
   */
  static async start(
    parts: TrainerParts,
    graph: TrainingGraph,
    options: TrainerOptions,
    parameters: StateDict,
  ): Promise<Trainer> {
    const trainer = new WasmTrainer(parts, graph, options);
    const memory = { initial: 1, maximum: MOST_PAGES };
    const { module, team } = parts;
    const own = new Map(graph.parameters.map(({ name }) => [name, parameters.get(name) as Tensor]));
    const request = {
      kind: "start",
      module,
      memory: team.isShared ? new WebAssembly.Memory({ ...memory, shared: true }) : memory,
      graph,
      options,
    } as const;
    const { isThere, bytes } = await trainer.#ask("started", () => {
      return { lead: { ...request, parameters: own }, others: { ...request, parameters: null } };
    });
    if (isThere) return trainer;
    await trainer.dispose();
    throw tooLarge(graph, bytes);
  }

  private constructor(parts: TrainerParts, graph: TrainingGraph, options: TrainerOptions) {
    const values = new Map([...graph.inputs, ...graph.values.values()].map((value) => [value.name, value]));
    this.slots = [...slotsOf(options.optimizer).keys()];
    this.#parts = parts;
    this.#graph = graph;
    this.#options = options;
    this.#outputs = graph.outputs.map((name) => values.get(name) as Value);
    this.#staging = new Staging(parts.team.isShared);
  }

  async accumulate(inputs: Readonly<Record<string, Tensor>>): Promise<Record<string, Tensor>> {
    this.#expectAlive();
    const { inputs: expected } = this.#graph;
    checkInputs(expected, inputs);
    const staged = this.#staging.take(expected, this.#outputs);
    for (const { name } of expected) staged.inputs[name].set(inputs[name].data); // the caller may reuse its own
    const { outputs } = await this.#ask("accumulated", () => {
      const request = { kind: "accumulate", ...staged, isStale: this.#isStale } as const;
      this.#isStale = false;
      return { lead: request, others: request };
    });
    const result = this.#outputs.map(({ name, shape }) => {
      const data = staged.outputs === null ? outputs?.[name] : new Float32Array(staged.outputs[name]);
      return [name, { shape, data: data as Float32Array }] as const;
    });
    this.#staging.give(staged); // not after an error: a thread may still write
    this.#batches++;
    return Object.fromEntries(result);
  }

  async update(update: Update): Promise<Updated> {
    this.#expectAlive();
    const { groups } = this.#options;
    if (this.#batches === 0) throw new UsageError("update", "no batch has been accumulated since the last one.");
    if (update.rates.length !== groups.length) {
      throw new UsageError("rates", `expected ${groups.length}, one a group, got ${update.rates.length}.`);
    }
    const request = { kind: "update", update, batches: this.#batches } as const;
    this.#batches = 0;
    const { updated } = await this.#ask("updated", () => {
      this.#isStale = true;
      return { lead: request, others: request };
    });
    return updated;
  }

  async read(tensors: TrainerTensors): Promise<StateDict> {
    this.#expectAlive();
    this.#expectKept(tensors);
    const { stateDict } = await this.#ask("numbers", () => ({ lead: { kind: "read", tensors } }));
    return stateDict;
  }

  async write(tensors: Exclude<TrainerTensors, "gradients">, stateDict: StateDict): Promise<void> {
    this.#expectAlive();
    this.#expectKept(tensors);
    const { parameters, gradients } = this.#graph;
    const isAll = tensors === "weights" || tensors === "average";
    const written = parameters.filter(({ name }) => isAll || gradients.has(name));
    checkParameters({ parameters: written }, stateDict);
    const own = new Map(written.map(({ name }) => [name, stateDict.get(name) as Tensor]));
    await this.#ask("done", () => {
      this.#isStale = true;
      return { lead: { kind: "write", tensors, stateDict: own } };
    });
  }

  async dispose(): Promise<void> {
    if (this.#isDisposed) return;
    this.#isDisposed = true;
    const stop = { kind: "stop" } as const;
    await this.#ask("done", () => ({ lead: stop, others: stop })).catch((error) => {
      if (!(error instanceof DisposedError)) throw error; // the weights went first and took all with them
    });
  }

  #ask<Kind extends TrainingAnswer["kind"]>(
    kind: Kind,
    build: () => { lead: TrainingRequest; others?: TrainingRequest },
  ): Promise<AnswerOf<Kind>> {
    return askTeam(this.#parts, kind, build);
  }

  #expectAlive(): void {
    if (this.#isDisposed) throw new DisposedError("the trainer");
  }

  #expectKept(tensors: TrainerTensors): void {
    const kept: readonly string[] = [
      "weights",
      "gradients",
      ...(this.#options.hasAverage ? ["average"] : []),
      ...this.slots,
    ];
    if (!kept.includes(tensors)) throw new UsageError("tensors", `this trainer keeps no ${tensors}.`);
  }
}

/** Bytes that a trainer of this graph would take. */
export async function trainingBytes(
  parts: TrainerParts,
  graph: TrainingGraph,
  options: TrainerOptions,
): Promise<number> {
  const { module } = parts;
  const { bytes } = await askTeam(parts, "started", () => ({ lead: { kind: "measure", module, graph, options } }));
  return bytes;
}

function askTeam<Kind extends TrainingAnswer["kind"]>(
  { team, key }: TrainerParts,
  kind: Kind,
  build: () => { lead: TrainingRequest; others?: TrainingRequest },
): Promise<AnswerOf<Kind>> {
  const ask = (): Asked => {
    const { lead, others } = build();
    const request = { kind: "train", key, request: lead } as const;
    return others === undefined ? { lead: request } : { lead: request, others: { ...request, request: others } };
  };
  return team.ask("trained", ask, ({ answer }) => {
    if (answer.kind !== kind) throw new Error(`effnet bug: the engine answered ${answer.kind} where ${kind} was asked`);
    return answer as AnswerOf<Kind>;
  });
}

function tooLarge({ inputs }: TrainingGraph, bytes: number): CapacityError {
  const batch = inputs[0].shape[0];
  const megabytes = Math.ceil(bytes / 2 ** 20);
  const what = `batch: training with ${batch} pictures at once needs ${megabytes} MiB, expected at most ${MOST_PAGES / 16} MiB.`;
  return new CapacityError(`${what} Add up the gradients of smaller micro-batches, or use smaller pictures.`, bytes);
}
