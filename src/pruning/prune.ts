// From a network and a budget to a smaller network that has learned again: the steps of this room in their order, once or,
// for deep cuts, round by round. Each step is there alone, too; this is only their order.

import type { Architecture } from "../architecture/architecture.ts";
import type { BatchSource } from "../data/batch.ts";
import { UsageError } from "../errors.ts";
import { type CreateOptions, createModel } from "../model/create.ts";
import type { Model } from "../model/model.ts";
import type { WaitOptions } from "../progress.ts";
import type { StateDict, Tensor } from "../tensor.ts";
import { type Evaluation, evaluate } from "../training/evaluate.ts";
import type { RecipeOptions } from "../training/recipe.ts";
import type { Report, Resume, TrainingData } from "../training/train.ts";
import { greedyWithin } from "./authors.ts";
import { compose } from "./compose.ts";
import { type CostModel, costOf } from "./cost.ts";
import { jointCurves, summed } from "./curves.ts";
import { type DistillOptions, distill } from "./distill.ts";
import { type ImportanceOptions, importance } from "./importance.ts";
import { type Made, type Plan, planFor, planWidths } from "./plan.ts";
import type { Solution, SolveOptions } from "./problem.ts";
import { recalibrate } from "./recalibrate.ts";
import { refit } from "./refit.ts";
import { ranked, scoresOf } from "./scores.ts";
import { solve } from "./solve.ts";
import type { Importance } from "./sums.ts";
import { apply } from "./surgery.ts";
import { withWidths } from "./widths.ts";

export interface PruneData extends TrainingData {
  /** Training pictures of all classes alike, shuffled, as evaluation prepares them (`scoringSamples`). */
  readonly scoring: BatchSource;
}

/** A cost, and what it may be at the end. */
export interface Budget {
  /** Of networks with the parent's layers. */
  readonly cost: CostModel;
  readonly limit: number;
}

/** Numbers that a plan is made by; all have defaults. */
export interface PlanOptions
  extends Pick<SolveOptions, "multiple" | "squeezeMultiple" | "minimum" | "freeze" | "removesBlocks">,
    Pick<ImportanceOptions, "score" | "draws" | "samples"> {
  /** `kp`: the paper's greedy, with its score unless another is named, on true costs. Default `chain`. */
  readonly solver?: "chain" | "kp";
  /** Value of widths as the sum of their channels' scores, or from what channels lose together. Default `sum`; `kp` has no other. */
  readonly curve?: "sum" | "joint";
}

export interface PruneOptions extends WaitOptions {
  readonly budgets: readonly Budget[];
  /** Of importance, of what is drawn in training, and of the refit. Default 0. */
  readonly seed?: number;
  /**
   * Cuts in turn, each by the same share, with a tenth of the epochs after each but the last, which has the rest. Default: one
   * down to 40 % of the tightest budget's cost, below that as many as keep every cut above that.
   */
  readonly rounds?: number;
  readonly plan?: PlanOptions;
  /** Least squares after the cut, and what batch norms have then (`RefitOptions.norms`); false: none. Default `keep`. */
  readonly refit?: "keep" | "recalibrate" | false;
  /** Of the training after the cut; `epochs` 0 leaves it out. */
  readonly recipe: RecipeOptions & { readonly epochs: number };
  readonly distill?: Omit<DistillOptions, keyof WaitOptions | "resume">;
  /** How the student computes. */
  readonly engine?: Pick<CreateOptions, "backend" | "mode" | "wide" | "threads" | "workerUrl" | "onWarning">;
  readonly resume?: PruneResume;
}

/** Where a pruning that was stopped goes on; its reports say what to keep. */
export interface PruneResume {
  readonly round: number;
  /** What the rounds before have left of the parent; null in the first. */
  readonly before: Pruning | null;
  readonly importance?: Importance;
  /** What this round has left, before its training. */
  readonly cut?: Pruning;
  readonly training?: Resume;
}

/** A plan of the first parent, and the weights of its child. */
export interface Pruning {
  readonly plan: Plan;
  readonly stateDict: StateDict;
}

/** Each but those of the training has the number of its round, from 0. */
export type PruneReport =
  | { readonly kind: "importance"; readonly round: number; readonly importance: Importance }
  | { readonly kind: "plan"; readonly round: number; readonly plan: Plan; readonly solution: Solution }
  | {
      readonly kind: "recovery";
      readonly round: number;
      readonly step: RecoveryStep;
      /** On the validation split, where there is one. */
      readonly evaluation: Evaluation | null;
    }
  | { readonly kind: "cut"; readonly round: number; readonly cut: Pruning; readonly student: Model }
  | { readonly kind: "training"; readonly round: number; readonly report: Report }
  /** The end of a round: what it leaves, with its best weights. */
  | { readonly kind: "left"; readonly round: number; readonly left: Pruning };

export type RecoveryStep = "parent" | "sliced" | "recalibrated" | "refitted";

const LEAST_SHARE = 0.4; // of the cost that one cut may leave; deeper ones are made in rounds (docs/pruning.md)
const SHARE_BETWEEN = 0.1; // of the epochs, after each round but the last

/** How many cuts a budget asks for, when each may leave no less than 40 %. */
export function roundsFor(share: number): number {
  return Math.max(1, Math.ceil(Math.log(share) / Math.log(LEAST_SHARE) - 1e-9));
}

/**
 * Prunes and recovers. The student of the latest `cut` report is the result: when the iteration ends it has the best
 * weights that it had, and its owner disposes of it; students of earlier rounds are disposed of here. The parent stays as it
 * is, and serves nobody else meanwhile.
 * @throws UsageError for a budget that cannot be reached, naming what can; and what the steps throw
 */
export async function* prune(
  parent: Model,
  data: PruneData,
  options: PruneOptions,
): AsyncGenerator<PruneReport, void, undefined> {
  const work = new Work(parent, data, options);
  const rounds = options.rounds ?? roundsFor(work.share);
  const { resume } = options;
  let before = resume?.before ?? null;
  if (before !== null && resume !== undefined && resume.round >= rounds) {
    yield { kind: "cut", round: rounds - 1, cut: before, student: await work.studentOf(before) }; // it has ended before
    return;
  }
  for (let round = resume?.round ?? 0; round < rounds; round++) {
    const found = round === resume?.round ? resume : undefined;
    const student = yield* work.round({ round, rounds, before, found });
    before = { plan: work.plan as Plan, stateDict: await settled(student) };
    yield { kind: "left", round, left: before };
    if (round < rounds - 1) await student.dispose();
  }
}

interface Round {
  readonly round: number;
  readonly rounds: number;
  readonly before: Pruning | null;
  readonly found: PruneResume | undefined;
}

class Work {
  readonly #parent: Model;
  readonly #data: PruneData;
  readonly #options: PruneOptions;
  readonly #waiting: WaitOptions;
  readonly #size: { readonly height: number; readonly width: number };
  /** Of the parent, in the order of the budgets. */
  readonly #costs: readonly number[];
  /** Of the parent, by the rounds so far. */
  plan: Plan | null = null;

  constructor(parent: Model, data: PruneData, options: PruneOptions) {
    const { signal, onProgress, budgets } = options;
    this.#parent = parent;
    this.#data = data;
    this.#options = options;
    this.#waiting = { ...(signal && { signal }), ...(onProgress && { onProgress }) };
    const size = data.scoring.size;
    if (size === undefined) throw new UsageError("scoring", "expected pictures of one size, got several.");
    this.#size = size;
    this.#costs = budgets.map(({ cost }) => costOf(cost, parent.architecture, size));
  }

  /** Of the parent's cost, what the tightest budget leaves. */
  get share(): number {
    return Math.min(1, ...this.#options.budgets.map(({ limit }, i) => limit / this.#costs[i]));
  }

  async *round({ round, rounds, before, found }: Round): AsyncGenerator<PruneReport, Model, undefined> {
    if (round === 0 && found?.cut === undefined) yield await this.#tried(round, "parent", this.#parent);
    let cut = found?.cut;
    let student: Model;
    if (cut === undefined) {
      student = yield* this.#cut(round, rounds, before, found?.importance);
      cut = { plan: this.plan as Plan, stateDict: await settled(student) };
    } else {
      this.plan = cut.plan;
      student = await this.studentOf(cut);
    }
    try {
      yield { kind: "cut", round, cut, student };
      const epochs = this.#epochs(round, rounds);
      if (epochs > 0) yield* this.#distilled(round, student, cut.plan, epochs, found?.training);
      return student;
    } catch (error) {
      if (round < rounds - 1) await student.dispose();
      throw error;
    }
  }

  /** Scores, solves, cuts, and does what can be done without gradients. */
  async *#cut(
    round: number,
    rounds: number,
    before: Pruning | null,
    known: Importance | undefined,
  ): AsyncGenerator<PruneReport, Model, undefined> {
    const subject = before === null ? this.#parent : await this.studentOf(before);
    try {
      const { plan, solution, ...scored } = await this.#planned(subject, round, rounds, known);
      if (known === undefined) yield { kind: "importance", round, importance: scored.importance };
      this.plan = before === null ? plan : compose(before.plan, plan);
      yield { kind: "plan", round, plan: this.plan, solution };
      const { stateDict } = apply(subject.architecture, await subject.stateDict(), plan);
      const student = await this.studentOf({ plan: this.plan, stateDict });
      try {
        yield* this.#recovered(round, student);
      } catch (error) {
        await student.dispose();
        throw error;
      }
      return student;
    } finally {
      if (subject !== this.#parent) await subject.dispose();
    }
  }

  async #planned(subject: Model, round: number, rounds: number, known: Importance | undefined) {
    const { plan: asked = {}, budgets, seed = 0 } = this.#options;
    const { solver = "chain", draws, samples, ...chosen } = asked;
    const { curve = "sum", score = solver === "kp" ? "kp" : "fisher", ...allowed } = chosen;
    if (solver === "kp") refuseForKp(asked);
    const scoring = {
      score,
      seed: seed + round,
      ...(draws === undefined ? {} : { draws }),
      ...(samples === undefined ? {} : { samples }),
      ...this.#waiting,
    };
    const found = known ?? (await importance(subject, this.#data.scoring, scoring));
    const scores = scoresOf(found);
    const values = curve === "sum" ? summed(scores) : await jointCurves(subject, this.#data.scoring, scores, scoring);
    const limits = budgets.map(({ cost, limit }, i) => {
      const share = Math.min(1, limit / this.#costs[i]);
      return { cost, limit: round === rounds - 1 ? limit : this.#costs[i] * share ** ((round + 1) / rounds) };
    });
    const a = subject.architecture;
    const solution =
      solver === "kp"
        ? greedyWithin(a, this.#size, scores, limits)
        : await solve(a, this.#size, values, limits, { ...allowed, ...this.#waiting });
    const made: Made = {
      solver,
      score,
      curve,
      seed,
      budget: limits.map(({ cost, limit }) => ({ unit: unitOf(cost), limit })),
      predicted: Object.fromEntries(budgets.map(({ cost }, i) => [cost.unit, solution.costs[i]])),
      value: solution.value,
      bound: solution.bound,
    };
    return { importance: found, solution, plan: planFor(a, solution.widths, ranked(scores), made) };
  }

  /** What it knew comes back without a gradient: recalibrated for the record, then refitted from the cut. */
  async *#recovered(round: number, student: Model): AsyncGenerator<PruneReport, void, undefined> {
    const { refit: norms = "keep", seed = 0 } = this.#options;
    yield await this.#tried(round, "sliced", student);
    const sliced = await student.stateDict();
    await student.replace(await recalibrate(student, this.#data.scoring, this.#waiting));
    yield await this.#tried(round, "recalibrated", student);
    if (norms === false) return;
    await student.replace(sliced);
    const options = { norms, seed, ...this.#waiting };
    await student.replace(await refit(student, this.#parent, this.plan as Plan, this.#data.scoring, options));
    yield await this.#tried(round, "refitted", student);
  }

  async *#distilled(
    round: number,
    student: Model,
    plan: Plan,
    epochs: number,
    resume: Resume | undefined,
  ): AsyncGenerator<PruneReport, void, undefined> {
    const { recipe, distill: options, seed = 0 } = this.#options;
    const { scoring: _, plain: __, ...data } = this.#data;
    const taught = { seed, ...recipe, head: null, epochs };
    const given = { ...options, ...this.#waiting, ...(resume && { resume }) };
    for await (const report of distill(student, this.#parent, plan, data, taught, given)) {
      yield { kind: "training", round, report };
    }
  }

  #epochs(round: number, rounds: number): number {
    const { epochs } = this.#options.recipe;
    const between = Math.round(epochs * SHARE_BETWEEN);
    return round < rounds - 1 ? between : epochs - between * (rounds - 1);
  }

  async #tried(round: number, step: RecoveryStep, model: Model): Promise<PruneReport> {
    const { validation } = this.#data;
    const evaluation = validation === undefined ? null : await evaluate(model, validation, this.#waiting);
    return { kind: "recovery", round, step, evaluation };
  }

  /** What a pruning of the parent leaves, ready to compute. */
  studentOf({ plan, stateDict }: Pruning): Promise<Model> {
    const { labels, config } = this.#parent;
    const { classes: _, temperature: __, ...preprocessing } = config;
    return createModel(this.#architectureOf(plan), {
      ...this.#options.engine,
      weights: stateDict,
      labels,
      config: preprocessing,
      ...(this.#waiting.signal && { signal: this.#waiting.signal }),
    });
  }

  #architectureOf(plan: Plan): Architecture {
    const { architecture } = this.#parent;
    return withWidths(architecture, planWidths(architecture, plan));
  }
}

/** The model's weights as files hold them, in float32; from now on it has no others, so that a resumed run goes on alike. */
async function settled(model: Model): Promise<StateDict> {
  const single = Array.from(await model.stateDict(), ([name, { shape, data }]): [string, Tensor] => {
    return [name, { shape, data: Float32Array.from(data) }];
  });
  await model.replace(new Map(single));
  return new Map(single);
}

/** What the paper's rule cannot do. */
function refuseForKp(asked: PlanOptions): void {
  for (const option of ["multiple", "squeezeMultiple", "minimum", "freeze", "removesBlocks"] as const) {
    if (asked[option] === undefined) continue;
    throw new UsageError(option, "expected nothing, for the paper's solver knows single channels of all groups only.");
  }
  if (asked.curve === "joint") throw new UsageError("curve", "expected sum with the paper's solver, got joint.");
}

function unitOf({ unit }: CostModel): Made["budget"][number]["unit"] {
  if (unit === "activations") throw new UsageError("budgets", "expected macs, params or latency, got activations.");
  return unit;
}
