// The object that users hold: one network with its weights on a backend, preprocessing and labels beside it.

import type { Architecture, PretrainedConfig } from "../architecture/architecture.ts";
import { featureLevels } from "../architecture/features.ts";
import type { Executable, Weights } from "../backend/backend.ts";
import { storedTensor } from "../backend/parameters.ts";
import type { Trainer, TrainerOptions } from "../backend/trainer.ts";
import { DisposedError, ShapeError, shown, UsageError } from "../errors.ts";
import { buildGraph } from "../graph/build.ts";
import type { Graph } from "../graph/ops.ts";
import { optimize } from "../graph/passes.ts";
import type { TrainingGraph } from "../graph/training-ops.ts";
import { normalize } from "../image/normalize.ts";
import type { Picture } from "../image/picture.ts";
import { crop, type Transform, type TransformOptions, transformFor } from "../image/preprocess.ts";
import type { WaitOptions } from "../progress.ts";
import { type StateDict, type Tensor, tensor } from "../tensor.ts";
import type { Json } from "../weights/metadata.ts";
import { Ahead, type Outcome } from "./ahead.ts";
import { answers } from "./answers.ts";
import { Executables } from "./executables.ts";
import { type Input, pictureOf } from "./input.ts";
import { type Prediction, topK } from "./predict.ts";
import { Queue } from "./queue.ts";

const KEPT_EXECUTABLES = 8; // inputs of a model seldom have more shapes; each keeps its plan, all share arena and packed weights
const DEFAULT_BATCH = 8; // one picture per thread; larger batches cost memory and gain nothing
const LARGEST_BATCH = 1024;
const AHEAD = 16; // pictures read and prepared at a time; the decoder has four threads, and each waits for its file first

/** How pictures are prepared; what is not given comes from the model's `config`. */
export interface PictureOptions extends WaitOptions {
  /** The size (and crop, where it has its own) that the published accuracy was measured at, where the config has one. */
  readonly testSize?: boolean | undefined;
  /** Pixels; one number is a square. */
  readonly inputSize?: number | { readonly height: number; readonly width: number } | undefined;
  /** Share of the resized picture that the crop keeps, e.g. 0.875. */
  readonly cropPct?: number | undefined;
  readonly cropMode?: Transform["cropMode"] | undefined;
  readonly interpolation?: Transform["interpolation"] | undefined;
  readonly mean?: readonly number[] | undefined;
  readonly std?: readonly number[] | undefined;
  /** Turns pictures as their EXIF tag says; timm does not, and so it is off. */
  readonly exif?: boolean | undefined;
  /** Pictures per run, 1…1024; the answers do not depend on it. Default 8. */
  readonly batch?: number | undefined;
}

export interface ClassifyOptions extends PictureOptions {
  /** Answers per picture, best first. Default 5. */
  readonly topK?: number | undefined;
}

/** One level of the feature pyramid. */
export interface Feature {
  /** `[n, h, w, c]` */
  readonly map: Tensor;
  /** Input side ÷ map side. */
  readonly reduction: number;
  /** The map's true width, `c`. */
  readonly channels: number;
  /** timm's module path, e.g. `blocks.2`. */
  readonly module: string;
}

type Outputs = "logits" | "embedding" | "features";

/** A question to the network: which output, and how it is read as one answer a picture. */
interface Reading<A> {
  readonly output: Outputs;
  readonly read: (output: Tensor) => A[];
}

const EMBEDDINGS: Reading<Tensor> = { output: "embedding", read: rows };

/** What a model is made of; `createModel` puts it together. */
export interface ModelParts {
  readonly architecture: Architecture;
  readonly config: PretrainedConfig;
  readonly labels: readonly string[];
  readonly tag: string | null;
  readonly plan: Json | null;
  readonly parameters: StateDict;
  readonly weights: Weights;
}

/**
 * A network ready to answer. Calls run one after another in the order they were made; an aborted call rejects with its
 * signal's reason at once and leaves the others alone. After `dispose()` every call rejects with DisposedError.
 */
export class Model {
  readonly architecture: Architecture;
  #config: PretrainedConfig;
  /** One name per class. */
  readonly labels: readonly string[];
  /** timm's tag of the weights, e.g. `ra_in1k`; null for a network that is not one of timm's. */
  readonly tag: string | null;
  /** What pruning left of its parent, for `planFromJson` of `effnet/pruning`; null for a network that was never pruned. */
  readonly plan: Json | null;
  #parameters: StateDict;
  readonly #weights: Weights;
  readonly #executables = new Executables(KEPT_EXECUTABLES);
  readonly #queue = new Queue();
  #disposal: Promise<void> | null = null;

  /** Not for users: `createModel` makes models. */
  constructor(parts: ModelParts) {
    this.architecture = parts.architecture;
    this.#config = parts.config;
    this.labels = parts.labels;
    this.tag = parts.tag;
    this.plan = parts.plan;
    this.#parameters = parts.parameters;
    this.#weights = parts.weights;
  }

  /** Preprocessing that belongs to the weights, and the temperature of their probabilities. */
  get config(): PretrainedConfig {
    return this.#config;
  }

  /**
   * The network itself, for any batch and any size.
   * @param x `[n, h, w, c]`, normalised as `prepare` does it
   * @returns logits `[n, classes]`; for 0 classes the pooled vectors `[n, c]`
   * @throws ShapeError if x is not of that form
   */
  async forward(x: Tensor, { signal }: WaitOptions = {}): Promise<Tensor> {
    this.#check(x);
    return this.#queue.run(async () => (await this.#run("logits", x))["logits"], signal);
  }

  /**
   * The feature pyramid, one level per resolution: five in the published family, reductions 2, 4, 8, 16, 32.
   * @param x `[n, h, w, c]`
   * @throws ShapeError if x is not of that form
   */
  async features(x: Tensor, { signal }: WaitOptions = {}): Promise<Feature[]> {
    this.#check(x);
    const maps = await this.#queue.run(() => this.#run("features", x), signal);
    return featureLevels(this.architecture).map(({ module, reduction, channels }) => {
      return { map: maps[module], reduction, channels, module };
    });
  }

  /**
   * The pooled vector before the classifier, `[c]`, of each picture.
   * @throws FileError, HubError, ShapeError or UsageError as `classify` does
   */
  embed(input: Input, options?: PictureOptions): Promise<Tensor>;
  embed(inputs: readonly Input[], options?: PictureOptions): Promise<Tensor[]>;
  async embed(inputs: Input | readonly Input[], options: PictureOptions = {}): Promise<Tensor | Tensor[]> {
    if (isList(inputs)) return this.#all(inputs, options, EMBEDDINGS);
    return (await this.#all([inputs], options, EMBEDDINGS))[0];
  }

  /** `embed` for many: yields each picture's outcome in turn and goes on after a broken one. */
  embedEach<I extends Input>(
    inputs: Iterable<I> | AsyncIterable<I>,
    options: PictureOptions = {},
  ): AsyncGenerator<Outcome<I, Tensor>, void, undefined> {
    return this.#each(inputs, options, EMBEDDINGS);
  }

  /**
   * The most probable classes of each picture, best first.
   * @throws FileError or HubError if a picture cannot be read; UsageError for a bad option; ShapeError if a decoded
   * picture's pixels do not fit its sides, or the network does not take three channels
   */
  classify(input: Input, options?: ClassifyOptions): Promise<Prediction[]>;
  classify(inputs: readonly Input[], options?: ClassifyOptions): Promise<Prediction[][]>;
  async classify(
    inputs: Input | readonly Input[],
    options: ClassifyOptions = {},
  ): Promise<Prediction[] | Prediction[][]> {
    const predict = this.#predictions(options.topK);
    if (isList(inputs)) return this.#all(inputs, options, predict);
    return (await this.#all([inputs], options, predict))[0];
  }

  /**
   * `classify` for many: yields each picture's outcome in turn and goes on after a broken one. Reads no further ahead
   * than a few batches, so the list may be endless.
   */
  classifyEach<I extends Input>(
    inputs: Iterable<I> | AsyncIterable<I>,
    options: ClassifyOptions = {},
  ): AsyncGenerator<Outcome<I, Prediction[]>, void, undefined> {
    return this.#each(inputs, options, this.#predictions(options.topK));
  }

  /** What `classify` feeds the network: `[n, h, w, 3]`, all pictures in one batch. */
  async prepare(inputs: Input | readonly Input[], options: PictureOptions = {}): Promise<Tensor> {
    const { prepared, transform } = this.#plan(isList(inputs) ? inputs : [inputs], options);
    const pictures: Picture[] = [];
    for (let next = await prepared.take(); next !== null; next = await prepared.take()) {
      options.signal?.throwIfAborted();
      if (next.value === undefined) throw next.error;
      pictures.push(next.value);
    }
    return normalize(pictures, transform.mean, transform.std);
  }

  /** The transform that these options give. @throws UsageError for a bad one */
  transform(options: PictureOptions = {}): Transform {
    return transformFor(this.#config, transformOptions(options));
  }

  /** timm's names to float32 tensors. The map is the caller's, the tensors are the model's own: not to be written to. */
  async stateDict(): Promise<StateDict> {
    if (this.#disposal !== null) throw new DisposedError("the model");
    return new Map(this.#parameters);
  }

  /**
   * Other weights under the same names and shapes: every call made from now on answers by them. The map is copied, the
   * tensors are the model's from now on.
   * @throws FileError if a tensor is missing or does not fit; the model then keeps those that it has
   */
  replace(stateDict: StateDict): Promise<void> {
    return this.#queue.run(async () => {
      const whole = new Map(Array.from(this.#parameters.keys(), (name) => [name, storedTensor(name, stateDict)]));
      await this.#weights.replace(whole);
      this.#parameters = whole;
    });
  }

  /**
   * From now on probabilities are those of logits / `temperature`, e.g. what `fitTemperature` gives; answers stay.
   * @throws UsageError unless it is positive
   */
  calibrate(temperature: number): void {
    if (!(temperature > 0 && temperature < Number.POSITIVE_INFINITY)) {
      throw new UsageError("temperature", `expected a positive number, got ${temperature}.`);
    }
    this.#config = { ...this.#config, temperature };
  }

  /** An executable of any graph whose parameters have the names of the state dict; it computes with the model's weights. */
  compile(graph: Graph): Promise<Executable> {
    return this.#queue.run(() => this.#weights.compile(graph));
  }

  /** What `train` works with: a training step that starts from the model's weights and then has its own. */
  compileTraining(graph: TrainingGraph, options: TrainerOptions): Promise<Trainer> {
    return this.#queue.run(() => this.#weights.compileTraining(graph, options));
  }

  /** Ends the threads and frees the memory. Calls under way reject with DisposedError. Twice is as good as once. */
  dispose(): Promise<void> {
    if (this.#disposal === null) {
      this.#queue.close(new DisposedError("the model"));
      this.#disposal = this.#weights.dispose();
    }
    return this.#disposal;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.dispose();
  }

  /** Reading and preparing begin at once, computing when it is this call's turn. The first broken input rejects. */
  async #all<A>(inputs: readonly Input[], options: PictureOptions, network: Reading<A>): Promise<A[]> {
    const { prepared, batch, toTensor, compute } = this.#planFor(network, inputs, options);
    return this.#queue.run(async () => {
      const all: A[] = [];
      for await (const outcome of answers(prepared, batch, (ready) => compute(toTensor(ready)), options.signal)) {
        if (outcome.value === undefined) throw outcome.error;
        all.push(outcome.value);
        options.onProgress?.({ stage: "pictures", done: all.length, total: inputs.length, unit: "pictures" });
      }
      return all;
    }, options.signal);
  }

  /** Takes its turn batch by batch, so that other calls may come in between. */
  async *#each<I extends Input, A>(
    inputs: Iterable<I> | AsyncIterable<I>,
    options: PictureOptions,
    network: Reading<A>,
  ): AsyncGenerator<Outcome<I, A>, void, undefined> {
    const { prepared, batch, toTensor, compute } = this.#planFor(network, inputs, options);
    const total = Array.isArray(inputs) ? { total: inputs.length } : {};
    const inTurn = (ready: readonly Picture[]): Promise<A[]> =>
      this.#queue.run(() => compute(toTensor(ready)), options.signal);
    let done = 0;
    for await (const outcome of answers(prepared, batch, inTurn, options.signal)) {
      options.onProgress?.({ stage: "pictures", done: ++done, ...total, unit: "pictures" });
      yield outcome;
    }
  }

  /** Checks the options and starts to read and prepare the first inputs. */
  #plan<I extends Input>(inputs: Iterable<I> | AsyncIterable<I>, options: PictureOptions) {
    if (this.#disposal !== null) throw new DisposedError("the model");
    options.signal?.throwIfAborted();
    if (this.architecture.inChannels !== 3) {
      const takes = `the network takes ${this.architecture.inChannels} input channels, pictures have 3.`;
      throw new ShapeError("input", `${takes} Give forward() a tensor instead.`);
    }
    const batch = whole("batch", options.batch ?? DEFAULT_BATCH, LARGEST_BATCH);
    const transform = this.transform(options);
    const { exif, signal } = options;
    const prepared = new Ahead(inputs, Math.min(2 * batch + 2, AHEAD), async (input: I) =>
      crop(await pictureOf(input, { exif, signal }), transform),
    );
    const toTensor = (ready: readonly Picture[]): Tensor => normalize(ready, transform.mean, transform.std);
    return { prepared, batch, transform, toTensor };
  }

  /** `#plan` for a computation, which is compiled meanwhile if the size of the first batch is known. */
  #planFor<I extends Input, A>(
    { output, read }: Reading<A>,
    inputs: Iterable<I> | AsyncIterable<I>,
    options: PictureOptions,
  ) {
    const plan = this.#plan(inputs, options);
    const { height, width } = plan.transform;
    const first = Array.isArray(inputs) ? Math.min(plan.batch, inputs.length) : 0;
    const compiled = (): Promise<Executable> => this.#executable(output, [first, height, width]);
    if (first > 0) this.#queue.run(compiled, options.signal).catch(() => {}); // the first run meets the same error
    const compute = async (x: Tensor): Promise<A[]> => read((await this.#run(output, x))[output]);
    return { ...plan, compute };
  }

  #predictions(k = 5): Reading<Prediction[]> {
    whole("topK", k, Number.MAX_SAFE_INTEGER);
    if (this.architecture.classes === 0) {
      throw new UsageError("classes", "expected a network with a classifier, got 0 classes. Use embed().");
    }
    const read = (logits: Tensor): Prediction[][] =>
      rows(logits).map(({ data }) => topK(data, k, this.labels, this.#config.temperature));
    return { output: "logits", read };
  }

  async #run(outputs: Outputs, x: Tensor): Promise<Record<string, Tensor>> {
    const executable = await this.#executable(outputs, x.shape);
    return executable.run({ input: x });
  }

  #executable(outputs: Outputs, [batch, height, width]: readonly number[]): Promise<Executable> {
    return this.#executables.get(`${outputs} ${batch}×${height}×${width}`, () => {
      const graph = buildGraph(this.architecture, { batch, height, width, outputs });
      return this.#weights.compile(optimize(graph));
    });
  }

  #check(x: Tensor): void {
    if (this.#disposal !== null) throw new DisposedError("the model");
    const { inChannels } = this.architecture;
    const fits =
      x.shape.length === 4 && x.shape[3] === inChannels && x.shape.every((n) => Number.isInteger(n) && n >= 1);
    if (!fits) throw new ShapeError("x", `expected [n, height, width, ${inChannels}], got ${shown(x.shape)}.`);
    tensor(x.data, x.shape);
  }
}

function isList(inputs: Input | readonly Input[]): inputs is readonly Input[] {
  return Array.isArray(inputs);
}

/** `[n, c]` as n vectors `[c]`, which share its memory. */
function rows({ shape: [n, c], data }: Tensor): Tensor[] {
  return Array.from({ length: n }, (_, i) => tensor(data.subarray(i * c, (i + 1) * c), [c]));
}

/** What of the options the image room reads, in its words. */
function transformOptions(options: PictureOptions): TransformOptions {
  const { testSize, inputSize, cropPct, cropMode, interpolation, mean, std } = options;
  return { useTestSize: testSize, inputSize, cropPct, cropMode, interpolation, mean, std };
}

function whole(option: string, value: number, most: number): number {
  if (!Number.isInteger(value) || value < 1 || value > most) {
    throw new UsageError(option, `expected a whole number from 1 to ${most}, got ${value}.`);
  }
  return value;
}
