// A network while it learns: the trainer for batches of one shape, the numbers of an update, and the state dicts that come
// out. Pictures of another size get another trainer, which goes on with the same numbers.

import type { Slot, Trainer, TrainerTensors } from "../backend/trainer.ts";
import type { Batch } from "../data/batch.ts";
import { CapacityError, UsageError } from "../errors.ts";
import { buildGraph } from "../graph/build.ts";
import type { Parameter } from "../graph/ops.ts";
import { trainingGraph } from "../graph/training.ts";
import type { LossOp, TrainingGraph } from "../graph/training-ops.ts";
import type { Model } from "../model/model.ts";
import { elements, type StateDict, type Tensor } from "../tensor.ts";
import { averageDecay } from "./average.ts";
import type { Companion } from "./companion.ts";
import { frozenBy } from "./freeze.ts";
import { parameterGroups, type ScaledGroup } from "./groups.ts";
import { lossOp, TARGET, targetsOf } from "./losses.ts";
import { drawMask, type MaskSpec, masksOf } from "./masks.ts";
import type { Recipe } from "./recipe.ts";
import { rowsOf } from "./rows.ts";

const LOGITS = "logits";
const COUNTER = ".num_batches_tracked";
const STATISTICS = /\.(running_mean|running_var|num_batches_tracked)$/;

/** What came of a batch. */
export interface BatchResult {
  /** Mean over its pictures. */
  readonly loss: number;
  /** `[n, classes]` */
  readonly logits: Tensor;
}

/** Which tensors a state has: never gradients. */
export type Kept = Exclude<TrainerTensors, "gradients">;

export class Session {
  readonly #model: Model;
  #recipe: Recipe;
  readonly #companion: Companion | null;
  readonly #isFrozen: (name: string) => boolean;
  /** In the order of the state dict, counters included, the companion's after it; what does not learn stays as it is here. */
  #base: StateDict;
  /** What a trainer is to start from: a resumed state, or that of the trainer before. */
  #start: ReadonlyMap<Kept, StateDict> | null;
  #current: Current | null = null;
  /** Forward passes that moved the running statistics. */
  #passes = 0;

  /** @throws UsageError for a pattern that freezes nothing, or if nothing is left to learn */
  static async open(
    model: Model,
    recipe: Recipe,
    state: ReadonlyMap<Kept, StateDict> | null,
    companion: Companion | null = null,
  ): Promise<Session> {
    const base = new Map([...(await model.stateDict()), ...(companion?.parameters ?? [])]);
    return new Session(model, recipe, state?.get("weights") ?? base, state, companion);
  }

  private constructor(
    model: Model,
    recipe: Recipe,
    base: StateDict,
    state: ReadonlyMap<Kept, StateDict> | null,
    companion: Companion | null,
  ) {
    this.#model = model;
    this.#recipe = recipe;
    this.#base = base;
    this.#start = state;
    this.#companion = companion;
    this.#isFrozen = frozenBy(recipe.freeze, [...base.keys()]);
    if (this.#learning().length > 0) return;
    throw new UsageError("freeze", `expected something that learns, got ${recipe.freeze.join(", ")}: all is frozen.`);
  }

  /** What is done by now: with the parts that a batch is cut into. */
  get recipe(): Recipe {
    return this.#recipe;
  }

  /**
   * Compiles for batches `[n, h, w, c]`, cut into as few equal parts as memory takes.
   * @throws CapacityError if not even single pictures fit
   */
  async prepare([n, ...size]: readonly number[]): Promise<void> {
    for (let parts = this.#recipe.parts; ; parts++) {
      if (n % parts !== 0) continue;
      this.#recipe = { ...this.#recipe, parts };
      try {
        await this.#trainerFor([n / parts, ...size]);
        return;
      } catch (error) {
        if (!(error instanceof CapacityError) || parts >= n) throw error;
      }
    }
  }

  /** Of the network: numbers that learn, and numbers in all. */
  counts(): { learning: number; parameters: number } {
    const count = (names: readonly string[]): number =>
      names.reduce((sum, name) => sum + elements(this.#base.get(name)?.shape ?? []), 0);
    const parameters = [...this.#own(this.#base).keys()].filter((name) => !STATISTICS.test(name));
    return { learning: count(this.#learning().filter((name) => this.#isOwn(name))), parameters: count(parameters) };
  }

  /** Other numbers for some tensors, before the first batch: of a fitted head, of unfolded norms. */
  async begin(tensors: StateDict): Promise<void> {
    this.#base = new Map([...this.#base, ...tensors]);
    this.#start = new Map([["weights", this.#base]]);
    await this.#model.replace(this.#own(this.#base));
    if (this.#current !== null) await written(this.#current.trainer, this.#start);
  }

  /** Forward and back: adds to the gradients. Equal parts of the batch go one after the other. */
  async accumulate(batch: Batch, at: { readonly update: number; readonly pass: number }): Promise<BatchResult> {
    const { parts, seed } = this.#recipe;
    const [n, ...size] = batch.x.shape;
    if (n % parts !== 0)
      throw new UsageError("parts", `expected a number that divides the batch of ${n}, got ${parts}.`);
    const rows = n / parts;
    const { trainer, masks, shapes, losses } = await this.#trainerFor([rows, ...size]);
    const classes = this.#model.architecture.classes;
    const target = targetsOf(batch, classes, this.#recipe);
    const logits = { shape: [n, classes], data: new Float32Array(n * classes) };
    const beside = (await this.#companion?.inputs(batch.x)) ?? { inputs: {}, constant: 0 };
    const keepsResiduals = this.#companion?.keepsResiduals(at.update) ?? false;
    let loss = beside.constant;
    for (let part = 0; part < parts; part++) {
      const pass = at.pass * parts + part;
      const drawn = masks.map((mask) => {
        const name = `${mask.value}/mask`;
        const spec = keepsResiduals && mask.kind === "pictures" ? { ...mask, rate: 0 } : mask;
        return [name, drawMask(spec, shapes.get(name) as number[], { seed, update: at.update, pass })] as const;
      });
      const compared = Object.entries(beside.inputs).map(
        ([name, all]) => [name, rowsOf(all, part * rows, rows)] as const,
      );
      const outputs = await trainer.accumulate({
        input: rowsOf(batch.x, part * rows, rows),
        [TARGET]: rowsOf(target, part * rows, rows),
        ...Object.fromEntries([...drawn, ...compared]),
      });
      this.#passes++;
      for (const { y, weight } of losses) loss += (weight * outputs[y].data[0]) / parts;
      logits.data.set(outputs["logits"].data, part * rows * classes);
    }
    return { loss, logits };
  }

  /** Update n, from 1, at a rate that each group scales. @returns the gradients' norm, if it is clipped */
  async update(n: number, rate: number): Promise<number | null> {
    const { trainer, groups } = this.#current as Current;
    const { average } = this.#recipe;
    const { gradientNorm } = await trainer.update({
      step: n,
      rates: groups.map(({ scale }) => rate * scale),
      averageDecay: average === null ? 0 : averageDecay(average, n),
    });
    return gradientNorm;
  }

  /** All that a trainer needs to go on, as whole state dicts where they are weights. */
  async tensors(): Promise<Map<Kept, StateDict>> {
    if (this.#current === null) return new Map(this.#start ?? [["weights", this.#base]]);
    const average = this.#recipe.average === null ? [] : (["average"] as const);
    const tensors = new Map<Kept, StateDict>();
    for (const kind of ["weights", ...average, ...this.#current.trainer.slots] as const) {
      tensors.set(kind, await this.#read(this.#current, kind));
    }
    return tensors;
  }

  /** The network's weights or their average, whole, in float32 as weights files hold them. */
  async weights(kind: "weights" | "average"): Promise<StateDict> {
    const stateDict =
      this.#current === null ? (this.#start?.get(kind) ?? this.#base) : await this.#read(this.#current, kind);
    return new Map(
      Array.from(this.#own(stateDict), ([name, { shape, data }]) => [name, { shape, data: Float32Array.from(data) }]),
    );
  }

  async dispose(): Promise<void> {
    await this.#current?.trainer.dispose();
    this.#current = null;
  }

  async #read({ trainer }: Current, kind: Kept): Promise<StateDict> {
    const stateDict = await trainer.read(kind);
    return isSlot(kind) ? stateDict : this.#whole(stateDict);
  }

  /** Without the companion's. */
  #own(stateDict: StateDict): StateDict {
    return new Map([...stateDict].filter(([name]) => this.#isOwn(name)));
  }

  #isOwn(name: string): boolean {
    return this.#companion?.parameters.has(name) !== true;
  }

  #learning(): string[] {
    return [...this.#base.keys()].filter((name) => !STATISTICS.test(name) && !this.#isFrozen(name));
  }

  async #trainerFor(shape: readonly number[]): Promise<Current> {
    const key = shape.join();
    if (this.#current?.key === key) return this.#current;
    if (this.#current !== null) {
      const tensors = await this.tensors();
      await this.dispose();
      this.#start = tensors;
      this.#base = tensors.get("weights") as StateDict;
      this.#passes = 0;
    }
    this.#current = await this.#compiled(key, shape);
    await written(this.#current.trainer, this.#start ?? new Map());
    return this.#current;
  }

  async #compiled(key: string, shape: readonly number[]): Promise<Current> {
    const { architecture } = this.#model;
    const recipe = this.#recipe;
    const { graph, masks, losses } = stepGraph(this.#model, recipe, this.#isFrozen, this.#companion, shape);
    const learning = graph.parameters.filter(({ name }) => graph.gradients.has(name));
    const groups = parameterGroups(architecture, learning, recipe);
    const exempt = ["classifier.weight", "classifier.bias"];
    const clip = recipe.clip === null ? null : { ...recipe.clip, exempt };
    const trainer = await this.#model.compileTraining(graph, {
      groups,
      optimizer: recipe.optimizer,
      clip,
      hasAverage: recipe.average !== null,
      parameters: this.#companion?.parameters,
    });
    const shapes = new Map(graph.inputs.map(({ name, shape: of }) => [name, of]));
    return { key, trainer, groups, masks, losses, shapes };
  }

  /** Every entry of the state dict, with what was trained and the counters as torch would have them. */
  #whole(trained: StateDict): StateDict {
    const takesBatch = this.#recipe.norms === "batch";
    return new Map(
      Array.from(this.#base, ([name, tensor]) => {
        const moved = takesBatch && name.endsWith(COUNTER) && !this.#isFrozen(name.replace(COUNTER, ".weight"));
        if (!moved) return [name, trained.get(name) ?? tensor];
        return [name, { shape: tensor.shape, data: Float64Array.of(tensor.data[0] + this.#passes) }];
      }),
    );
  }
}

/** A trainer for batches of one shape. */
interface Current {
  readonly key: string;
  readonly trainer: Trainer;
  readonly groups: readonly ScaledGroup[];
  readonly masks: readonly MaskSpec[];
  readonly losses: readonly LossOp[];
  /** Of the graph's inputs. */
  readonly shapes: ReadonlyMap<string, readonly number[]>;
}

/** One step for inputs `[n, h, w, c]`; its outputs are the losses and the logits. */
function stepGraph(
  { architecture }: Model,
  recipe: Recipe,
  isFrozen: (name: string) => boolean,
  companion: Companion | null,
  [batch, height, width]: readonly number[],
): { graph: TrainingGraph; masks: MaskSpec[]; losses: LossOp[] } {
  const outputs = [...(companion?.taps ?? []).filter((tap) => tap !== LOGITS), LOGITS];
  const network = { ...buildGraph(architecture, { batch, height, width, outputs }), outputs: [LOGITS] };
  const masks = masksOf(architecture, network, recipe);
  const beside = companion?.parts(batch, (tap) => network.values.get(tap)?.shape ?? []);
  const losses = [{ ...lossOp(recipe), weight: companion?.lossWeight ?? 1 }, ...(beside?.losses ?? [])];
  const graph = trainingGraph(network, {
    losses,
    learns: (name) => !isFrozen(name),
    takesBatch: (weight) => recipe.norms === "batch" && !isFrozen(weight),
    momentum: architecture.norm.momentum,
    masks: new Map(masks.map(({ value, kind }) => [value, kind])),
    appended: beside && { ...beside, parameters: ownParameters(companion?.parameters ?? new Map()) },
  });
  return { graph, masks, losses };
}

function ownParameters(stateDict: StateDict): Parameter[] {
  return Array.from(stateDict, ([name, { shape }]) => ({ name, shape, source: { kind: "stored", tensor: name } }));
}

async function written(trainer: Trainer, tensors: ReadonlyMap<Kept, StateDict>): Promise<void> {
  for (const [kind, stateDict] of tensors) await trainer.write(kind, stateDict);
}

function isSlot(kind: Kept): kind is Slot {
  return kind !== "weights" && kind !== "average";
}
