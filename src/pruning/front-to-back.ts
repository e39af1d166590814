// All pictures through a network from front to back, with parameters that change on the way: what recalibration and refit are.
//
// Layer l must see what all layers before it give once they have changed, which is one pass over the pictures for each. But
// what comes before the latest change never changes again: the values that the rest of the network reads (the map itself and
// what a skip will add to it) are kept for all pictures at the latest place where they fit a budget, and the next pass begins
// there. Wide maps inside a block of large pictures do not fit, and are computed again from the block's input; where not even
// the first narrow maps fit, the passes begin at the pictures, which are read again. So a small data set costs about one pass
// over the network in all, a large one two, and memory stays within the budget (twice, while one place replaces another).

import type { Executable } from "../backend/backend.ts";
import type { BatchSource } from "../data/batch.ts";
import { assert } from "../errors.ts";
import { buildGraph } from "../graph/build.ts";
import { graphOf, operandsOf } from "../graph/graph.ts";
import type { Graph } from "../graph/ops.ts";
import { optimize } from "../graph/passes.ts";
import type { Model } from "../model/model.ts";
import { elements, type StateDict, type Tensor } from "../tensor.ts";
import { lotsOf } from "./pictures.ts";

const BUDGET_BYTES = 512 * 2 ** 20;
const LOT = 32; // pictures that go through together
const LOT_FLOATS = 16 * 2 ** 20; // of the largest map of a lot

export interface WalkOptions {
  readonly signal?: AbortSignal | undefined;
  /** Of kept values. Default 512 MiB. */
  readonly budgetBytes?: number | undefined;
}

/** Values of a lot of pictures by name. */
export type Values = ReadonlyMap<string, Tensor>;

export class Walk {
  readonly #model: Model;
  readonly #source: BatchSource;
  readonly #options: WalkOptions;
  readonly #original: StateDict;
  /** For one picture. */
  readonly #graph: Graph;
  readonly #lot: number;
  readonly #stateDict: StateDict;
  /** Ops that `#kept` has behind it. */
  #done = 0;
  /** One entry a lot; null: the pictures are read. */
  #kept: readonly Values[] | null = null;
  #isChanged = false;

  /**
   * The model computes with the walk's weights until `dispose`.
   * @param size of the pictures
   */
  static async open(
    model: Model,
    source: BatchSource,
    size: { readonly height: number; readonly width: number },
    options: WalkOptions,
  ): Promise<Walk> {
    const { height, width } = size;
    const graph = buildGraph(model.architecture, { batch: 1, height, width, outputs: [] });
    return new Walk(model, source, graph, await model.stateDict(), options);
  }

  private constructor(model: Model, source: BatchSource, graph: Graph, original: StateDict, options: WalkOptions) {
    this.#model = model;
    this.#source = source;
    this.#graph = graph;
    this.#options = options;
    this.#original = original;
    this.#stateDict = new Map(original);
    const largest = Math.max(...[...graph.inputs, ...graph.values.values()].map(({ shape }) => elements(shape)));
    this.#lot = Math.min(LOT, 2 ** Math.max(0, Math.floor(Math.log2(LOT_FLOATS / largest))));
  }

  /** Of one picture: the network's ops as they are walked, unfused. */
  get graph(): Graph {
    return this.#graph;
  }

  shapeOf(name: string): readonly number[] {
    const [input] = this.#graph.inputs;
    return name === input.name ? input.shape : (this.#graph.values.get(name)?.shape ?? []);
  }

  /** The weights by now. */
  get stateDict(): StateDict {
    return new Map(this.#stateDict);
  }

  /** Other numbers for parameters that no op before the last visited value reads. */
  async set(tensors: StateDict): Promise<void> {
    this.#isChanged = true;
    for (const [name, tensor] of tensors) this.#stateDict.set(name, tensor);
    await this.#model.replace(this.#stateDict);
  }

  /**
   * Some values of every picture, lot after lot in the order of the source.
   * @param names of results; no value of an earlier visit may be asked for once a later one was
   */
  async visit(names: readonly string[], use: (values: Values) => void | Promise<void>): Promise<void> {
    const { ops } = this.#graph;
    const end = Math.max(this.#done, ...names.map((name) => ops.findIndex(({ y }) => y === name) + 1));
    const live = this.#liveAt(end);
    const isKept = end > this.#done && this.#fits(live);
    const keepsPictures = !isKept && this.#kept === null && this.#fits(this.#liveAt(0));
    const wanted = new Set([...names, ...(isKept ? live : [])]);
    const runner = new Runner((n) => this.#segment(n, end, wanted), this.#model);
    const kept: Values[] = [];
    try {
      for await (const values of this.#lots()) {
        this.#options.signal?.throwIfAborted();
        const results = await runner.run(values);
        if (isKept) kept.push(some(live, results));
        else if (keepsPictures) kept.push(values);
        await use(some(names, results));
      }
    } finally {
      await runner.dispose();
    }
    if (isKept || keepsPictures) this.#kept = kept;
    if (isKept) this.#done = end;
  }

  /** The model has the weights that it came with. */
  async dispose(): Promise<void> {
    this.#kept = null;
    if (this.#isChanged) await this.#model.replace(this.#original);
  }

  async *#lots(): AsyncGenerator<Values, void, undefined> {
    if (this.#kept !== null) yield* this.#kept;
    else {
      for await (const lot of lotsOf(this.#source, this.#lot, this.#options.signal)) {
        yield new Map([[this.#graph.inputs[0].name, lot]]);
      }
    }
  }

  /** What later ops read of what is there after the first `end`. */
  #liveAt(end: number): string[] {
    const { inputs, ops } = this.#graph;
    const made = new Set([...inputs.map(({ name }) => name), ...ops.slice(0, end).map(({ y }) => y)]);
    const read = new Set(ops.slice(end).flatMap(operandsOf));
    return [...made].filter((name) => read.has(name));
  }

  #fits(names: readonly string[]): boolean {
    const floats = names.reduce((sum, name) => sum + elements(this.shapeOf(name)), 0);
    const bytes = floats * Float32Array.BYTES_PER_ELEMENT * this.#source.samples;
    return bytes <= (this.#options.budgetBytes ?? BUDGET_BYTES);
  }

  /** The ops from what is kept to the end for n pictures, with those results that are wanted; null if none is to be made. */
  #segment(n: number, end: number, wanted: ReadonlySet<string>): Graph | null {
    const ops = this.#graph.ops.slice(this.#done, end);
    const outputs = ops.map(({ y }) => y).filter((y) => wanted.has(y));
    if (outputs.length === 0) return null;
    const inputs = this.#liveAt(this.#done).map((name) => ({ name, shape: [n, ...this.shapeOf(name).slice(1)] }));
    const read = new Set(ops.flatMap(operandsOf));
    const used = inputs.filter(({ name }) => read.has(name));
    return optimize(graphOf({ inputs: used, parameters: this.#graph.parameters, ops, outputs }));
  }
}

/** A piece of the network, compiled for each size of a lot. */
class Runner {
  readonly #graphFor: (n: number) => Graph | null;
  readonly #model: Model;
  readonly #executables = new Map<number, { graph: Graph; executable: Executable } | null>();

  constructor(graphFor: (n: number) => Graph | null, model: Model) {
    this.#graphFor = graphFor;
    this.#model = model;
  }

  /** What it makes of the values, and the values. */
  async run(values: Values): Promise<Values> {
    const [first] = values.values();
    const compiled = await this.#compiled(first.shape[0]);
    if (compiled === null) return values;
    const { graph, executable } = compiled;
    const inputs = graph.inputs.map(({ name }) => [name, values.get(name) as Tensor] as const);
    return new Map([...values, ...Object.entries(await executable.run(Object.fromEntries(inputs)))]);
  }

  async dispose(): Promise<void> {
    for (const compiled of this.#executables.values()) await compiled?.executable.dispose();
    this.#executables.clear();
  }

  async #compiled(n: number): Promise<{ graph: Graph; executable: Executable } | null> {
    const known = this.#executables.get(n);
    if (known !== undefined) return known;
    const graph = this.#graphFor(n);
    const made = graph === null ? null : { graph, executable: await this.#model.compile(graph) };
    this.#executables.set(n, made);
    return made;
  }
}

function some(names: readonly string[], values: Values): Values {
  return new Map(
    names.map((name) => {
      const value = values.get(name);
      assert(value !== undefined, `${name} lies before what was visited last`);
      return [name, value];
    }),
  );
}
