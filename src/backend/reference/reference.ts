// The `reference` backend: one plain float64 loop an op, one op after the other. It is the meaning that the other
// backends are compared with; nobody makes it fast. Takes float32 or float64, gives float64.

import { assert, DisposedError, UnsupportedError } from "../../errors.ts";
import { operandsOf } from "../../graph/graph.ts";
import type { Graph, Op, OpName, Value } from "../../graph/ops.ts";
import { elements, type StateDict, type Tensor } from "../../tensor.ts";
import type { Backend, Executable, Weights } from "../backend.ts";
import { checkInputs, checkParameters } from "../check.ts";
import { type Numbers, resolveParameter } from "../parameters.ts";
import type { Trainer } from "../trainer.ts";
import { activate } from "./activate.ts";
import { add } from "./add.ts";
import { convolution } from "./convolution.ts";
import { depthwise } from "./depthwise.ts";
import { gate } from "./gate.ts";
import { linear } from "./linear.ts";
import type { Loop } from "./loop.ts";
import { meanPool } from "./mean-pool.ts";
import { norm } from "./norm.ts";

const loops: { readonly [Name in OpName]: Loop<Name> } = {
  convolution,
  depthwise,
  linear,
  norm,
  activate,
  meanPool,
  gate,
  add,
};

/** After this long between two ops the event loop gets its turn; an op itself is not interrupted. */
const TURN_MS = 10;

/** Runs on the caller's thread, whatever `threads` says. */
export const referenceBackend: Backend = {
  name: "reference",
  load: async (parameters, { signal } = {}) => {
    signal?.throwIfAborted();
    return new ReferenceWeights(await parameters);
  },
};

class ReferenceWeights implements Weights {
  readonly #parameters: StateDict;
  /** Resolved numbers by their source, shared by all graphs. */
  readonly #numbers = new Map<string, Numbers>();
  #isDisposed = false;

  constructor(parameters: StateDict) {
    this.#parameters = parameters;
  }

  async compile(graph: Graph): Promise<Executable> {
    if (this.#isDisposed) throw new DisposedError("the weights");
    checkParameters(graph, this.#parameters);
    const numbers = new Map<string, Numbers>();
    for (const { name, source } of graph.parameters) {
      const key = JSON.stringify(source);
      const resolved = this.#numbers.get(key) ?? resolveParameter(source, this.#parameters);
      this.#numbers.set(key, resolved);
      numbers.set(name, resolved);
    }
    return new ReferenceExecutable(graph, numbers, () => this.#isDisposed);
  }

  async compileTraining(): Promise<Trainer> {
    throw new UnsupportedError(`training on backend "reference" comes with a later version.`);
  }

  async replace(): Promise<void> {
    throw new UnsupportedError(`other numbers for loaded weights on backend "reference" come with a later version.`);
  }

  async dispose(): Promise<void> {
    this.#isDisposed = true;
    this.#numbers.clear();
  }
}

class ReferenceExecutable implements Executable {
  readonly #graph: Graph;
  readonly #lastReader: ReadonlyMap<string, Op>;
  readonly #areWeightsGone: () => boolean;
  #numbers: ReadonlyMap<string, Numbers>;
  #isDisposed = false;

  constructor(graph: Graph, numbers: ReadonlyMap<string, Numbers>, areWeightsGone: () => boolean) {
    this.#graph = graph;
    this.#lastReader = new Map(graph.ops.flatMap((op) => operandsOf(op).map((name) => [name, op])));
    this.#areWeightsGone = areWeightsGone;
    this.#numbers = numbers;
  }

  async run(inputs: Readonly<Record<string, Tensor>>): Promise<Record<string, Tensor>> {
    if (this.#isDisposed) throw new DisposedError("the executable");
    this.#expectWeights();
    checkInputs(this.#graph.inputs, inputs);
    const values = new Map(this.#numbers);
    for (const { name, shape } of this.#graph.inputs)
      values.set(name, { shape, data: Float64Array.from(inputs[name].data) });
    await this.#turn();
    let turned = performance.now();
    for (const op of this.#graph.ops) {
      if (performance.now() - turned > TURN_MS) {
        await this.#turn();
        turned = performance.now();
      }
      values.set(op.y, compute(op, values, this.#graph.values.get(op.y) as Value));
      for (const name of operandsOf(op)) if (this.#isDone(name, op)) values.delete(name);
    }
    return Object.fromEntries(this.#graph.outputs.map((name) => [name, values.get(name) as Numbers]));
  }

  async dispose(): Promise<void> {
    this.#isDisposed = true;
    this.#numbers = new Map();
  }

  /** Lets the event loop go on, and looks at what happened meanwhile. */
  async #turn(): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, 0));
    this.#expectWeights();
  }

  #expectWeights(): void {
    if (this.#areWeightsGone()) throw new DisposedError("the weights");
  }

  #isDone(name: string, op: Op): boolean {
    return this.#lastReader.get(name) === op && !this.#graph.outputs.includes(name);
  }
}

function compute(op: Op, values: ReadonlyMap<string, Numbers>, { shape }: Value): Numbers {
  const read = (name: string): Numbers => {
    const value = values.get(name);
    assert(value !== undefined, `${op.y}: nothing is called ${name}`);
    return value;
  };
  const y = { shape, data: new Float64Array(elements(shape)) };
  (loops[op.op] as (op: Op, read: (name: string) => Numbers, y: Numbers) => void)(op, read, y);
  return y;
}
