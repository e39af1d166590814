// The `reference` backend: one plain float64 loop an op, one op after the other. It is the meaning that the other
// backends are compared with; nobody makes it fast. Takes float32 or float64, gives float64.

import { DisposedError } from "../../errors.ts";
import type { Graph, ParameterSource } from "../../graph/ops.ts";
import type { TrainingGraph } from "../../graph/training-ops.ts";
import type { StateDict, Tensor } from "../../tensor.ts";
import type { Backend, Executable, Weights } from "../backend.ts";
import { checkInputs, checkParameters } from "../check.ts";
import { type Numbers, resolveParameter } from "../parameters.ts";
import type { Trainer, TrainerOptions } from "../trainer.ts";
import { interpret } from "./interpret.ts";
import { ReferenceTrainer } from "./trainer.ts";

/** Runs on the caller's thread, whatever `threads` says. */
export const referenceBackend: Backend = {
  name: "reference",
  load: async (parameters, { signal } = {}) => {
    signal?.throwIfAborted();
    return new ReferenceWeights(await parameters);
  },
};

class ReferenceWeights implements Weights {
  readonly #graphs: Graph[] = [];
  /** Resolved numbers by their source, shared by all graphs. */
  readonly #numbers = new Map<string, Numbers>();
  #parameters: StateDict;
  #isDisposed = false;

  constructor(parameters: StateDict) {
    this.#parameters = parameters;
  }

  async compile(graph: Graph): Promise<Executable> {
    this.#expectAlive();
    checkParameters(graph, this.#parameters);
    this.#graphs.push(graph);
    return new ReferenceExecutable(graph, (source) => this.#resolved(source), this.#turn);
  }

  async compileTraining(graph: TrainingGraph, options: TrainerOptions): Promise<Trainer> {
    this.#expectAlive();
    const parameters = new Map([...this.#parameters, ...(options.parameters ?? [])]);
    checkParameters(graph, parameters);
    return new ReferenceTrainer(graph, options, parameters, this.#turn);
  }

  async replace(parameters: StateDict): Promise<void> {
    this.#expectAlive();
    for (const graph of this.#graphs) checkParameters(graph, parameters);
    this.#parameters = parameters;
    this.#numbers.clear();
  }

  async dispose(): Promise<void> {
    this.#isDisposed = true;
    this.#numbers.clear();
  }

  #resolved(source: ParameterSource): Numbers {
    const key = JSON.stringify(source);
    const resolved = this.#numbers.get(key) ?? resolveParameter(source, this.#parameters);
    this.#numbers.set(key, resolved);
    return resolved;
  }

  /** Lets the event loop go on, and looks at what happened meanwhile. */
  readonly #turn = async (): Promise<void> => {
    await new Promise((resolve) => setTimeout(resolve, 0));
    this.#expectAlive();
  };

  #expectAlive(): void {
    if (this.#isDisposed) throw new DisposedError("the weights");
  }
}

class ReferenceExecutable implements Executable {
  readonly #graph: Graph;
  readonly #resolve: (source: ParameterSource) => Numbers;
  readonly #turn: () => Promise<void>;
  #isDisposed = false;

  constructor(graph: Graph, resolve: (source: ParameterSource) => Numbers, turn: () => Promise<void>) {
    this.#graph = graph;
    this.#resolve = resolve;
    this.#turn = turn;
  }

  async run(inputs: Readonly<Record<string, Tensor>>): Promise<Record<string, Tensor>> {
    if (this.#isDisposed) throw new DisposedError("the executable");
    const { inputs: expected, parameters, outputs } = this.#graph;
    checkInputs(expected, inputs);
    const given = new Map(expected.map(({ name, shape }) => [name, copied(shape, inputs[name])]));
    await this.#turn();
    for (const { name, source } of parameters) given.set(name, this.#resolve(source));
    const values = await interpret(this.#graph, given, new Set(outputs), this.#turn);
    return Object.fromEntries(outputs.map((name) => [name, values.get(name) as Numbers]));
  }

  async dispose(): Promise<void> {
    this.#isDisposed = true;
  }
}

/** Inputs are the caller's again once `run` has returned its promise. */
function copied(shape: readonly number[], { data }: Tensor): Numbers {
  return { shape, data: Float64Array.from(data) };
}
