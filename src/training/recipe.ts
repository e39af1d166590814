// How to train, as plain JSON with every number written out; and what the numbers are where nobody says.

import type { Clip, Optimizer } from "../backend/trainer.ts";
import { UsageError } from "../errors.ts";
import type { AverageRecipe } from "./average.ts";
import type { Criterion } from "./evaluate.ts";
import type { HeadRecipe } from "./head.ts";
import { type OptimizerName, optimizerNamed } from "./optimizer.ts";
import type { Schedule } from "./schedule.ts";

/** Everything that decides the result besides weights and data. */
export interface Recipe {
  /** Of masks and of whatever else is drawn here; the data have their own. */
  readonly seed: number;
  /** First fits the classifier to features that are computed once; null: does not. */
  readonly head: HeadRecipe | null;
  /** Passes over the data for the whole network; 0: the head alone learns. */
  readonly epochs: number;
  /** The highest learning rate, of layers whose scale is 1. */
  readonly rate: number;
  readonly schedule: Schedule;
  readonly optimizer: Optimizer;
  /** Of weights; biases and batch norms have none. */
  readonly weightDecay: number;
  /** The rate of each layer is this times that of the layer after it; 1: all alike. */
  readonly layerDecay: number;
  /** Names of parameters, or of modules with all below them, that do not learn; `*` stands for anything. */
  readonly freeze: readonly string[];
  /** Which statistics batch norms take: those of the batch, which move the running ones, or the running ones as they are. */
  readonly norms: "batch" | "running";
  /** `binaryCrossEntropySum` adds up the classes instead of taking their mean. */
  readonly loss: "crossEntropy" | "binaryCrossEntropy" | "binaryCrossEntropySum";
  /** Share of a target that all classes have in equal parts; mixed batches bring it in their own targets. */
  readonly smoothing: number;
  /** A factor on each class's part of the loss; null: none. */
  readonly classWeights: readonly number[] | null;
  /** Share of the pooled features that are dropped. */
  readonly dropout: number;
  /** Rate of dropping the last block's residual; earlier blocks' in proportion, as timm. */
  readonly dropPath: number;
  readonly clip: Pick<Clip, "kind" | "limit"> | null;
  /** What makes weights the best of the run, on the held-back pictures (`isBetter`). */
  readonly best: Criterion;
  /** A running average of the weights, which then are the ones that are judged; null: none. */
  readonly average: AverageRecipe | null;
  /** Batches before each update; the last update of an epoch takes what is left. */
  readonly accumulation: number;
  /** Equal parts that a batch is cut into where memory is short. Batch norm sees the parts, not the batch. */
  readonly parts: number;
}

/** A recipe in part; what is absent follows from `start` and the size of the work. */
export type RecipeOptions = {
  readonly [Key in Exclude<keyof Recipe, "optimizer" | "average">]?: Recipe[Key] | undefined;
} & {
  /** What the defaults are for: weights that know pictures already, or weights that know nothing. Default `pretrained`. */
  readonly start?: "pretrained" | "scratch" | undefined;
  readonly optimizer?: OptimizerName | Optimizer | undefined;
  /** Default: kept where there are updates enough for it. */
  readonly average?: AverageRecipe | null | undefined;
};

/** The size of the work. */
export interface Workload {
  /** Pictures. */
  readonly batch: number;
  /** Batches of an epoch. */
  readonly batches: number;
  /** Whether there are features to fit a head on. */
  readonly hasPlain: boolean;
}

const REFERENCE_BATCH = 32; // of the measured fine-tunings
const FINE_TUNING_RATE = 3e-4; // AdamW at that batch; in proportion to √batch
const SCRATCH_BATCH = 128;
const SCRATCH_RATE = 0.2; // SGD at that batch; in proportion to the batch
const LEAST_AVERAGED = 500; // updates; an average over fewer still holds much of the start
const AVERAGE_SPAN = 10; // the average remembers a tenth of the run
const LARGEST_DECAY = 0.9998; // timm's default

/**
 * A whole recipe. For weights that know pictures: the head on cached features, then the network by AdamW 3e-4 · √(batch/32)
 * with layer decay 0.8, running batch statistics, cosine per update. For weights that know nothing: SGD with Nesterov
 * momentum, 0.2 · batch/128, a warm-up over a tenth, batch statistics.
 * @throws UsageError for a number out of its range
 */
export function recipeFor(options: RecipeOptions, work: Workload): Recipe {
  const { start = "pretrained", optimizer, average, ...given } = options;
  const base = start === "scratch" ? scratch(given, work) : fineTuning(given, work);
  const chosen = { ...base, ...defined(given) };
  const updates = chosen.epochs * Math.ceil(work.batches / chosen.accumulation);
  const recipe: Recipe = {
    ...chosen,
    optimizer: typeof optimizer === "object" ? optimizer : optimizerNamed(optimizer ?? base.optimizer),
    average: average === undefined ? averageOver(updates) : average,
  };
  checkRecipe(recipe, work);
  return recipe;
}

type Base = Omit<Recipe, "optimizer" | "average"> & { readonly optimizer: OptimizerName };
type Given = Omit<RecipeOptions, "start" | "optimizer" | "average">;

const COMMON = {
  seed: 0,
  freeze: [],
  loss: "crossEntropy",
  classWeights: null,
  accumulation: 1,
  parts: 1,
  best: "loss",
} as const;

function fineTuning({ rate, accumulation = 1, head }: Given, { batch, hasPlain }: Workload): Base {
  const highest = rate ?? FINE_TUNING_RATE * Math.sqrt((batch * accumulation) / REFERENCE_BATCH);
  const firstFit = head !== undefined ? head : hasPlain ? { penalties: null, iterations: 200 } : null;
  return {
    ...COMMON,
    head: firstFit,
    epochs: 5,
    rate: highest,
    schedule: cosine(highest / 100, firstFit === null ? 0.05 : 0), // a fitted head needs no warm-up
    optimizer: "adamw",
    weightDecay: 0.02,
    layerDecay: 0.8,
    norms: "running",
    smoothing: 0.1,
    dropout: 0.2,
    dropPath: 0.1,
    clip: { kind: "norm", limit: 1 },
  };
}

function scratch({ rate, accumulation = 1 }: Given, { batch }: Workload): Base {
  const highest = rate ?? (SCRATCH_RATE * batch * accumulation) / SCRATCH_BATCH;
  return {
    ...COMMON,
    head: null,
    epochs: 30,
    rate: highest,
    schedule: cosine(highest / 1000, 0.1),
    optimizer: "sgd",
    weightDecay: 5e-4,
    layerDecay: 1,
    norms: "batch",
    smoothing: 0.1,
    dropout: 0,
    dropPath: 0,
    clip: { kind: "norm", limit: 5 },
  };
}

/** Per update, the warm-up a share of the whole. */
function cosine(leastRate: number, warmupShare: number): Schedule {
  return {
    kind: "cosine",
    per: "update",
    leastRate,
    warmup: { share: warmupShare, rate: leastRate, isInFront: false },
  };
}

function averageOver(updates: number): AverageRecipe | null {
  if (updates < LEAST_AVERAGED) return null;
  return { decay: Math.min(1 - AVERAGE_SPAN / updates, LARGEST_DECAY), isWarmedUp: true, after: 0 };
}

/** One of [option, value, least, most]; most is allowed. */
function checkRecipe(recipe: Recipe, { batch }: Workload): void {
  const { classWeights, parts } = recipe;
  whole("seed", recipe.seed, 0);
  whole("epochs", recipe.epochs, 0);
  whole("accumulation", recipe.accumulation, 1);
  whole("parts", parts, 1);
  within("rate", recipe.rate, 0, Number.MAX_VALUE);
  within("weightDecay", recipe.weightDecay, 0, Number.MAX_VALUE);
  within("layerDecay", recipe.layerDecay, 0, 1);
  within("smoothing", recipe.smoothing, 0, 1);
  within("dropout", recipe.dropout, 0, 0.99);
  within("dropPath", recipe.dropPath, 0, 0.99);
  if (recipe.clip !== null) within("clip", recipe.clip.limit, Number.MIN_VALUE, Number.MAX_VALUE);
  if (recipe.average !== null) within("average", recipe.average.decay, 0, 1);
  for (const weight of classWeights ?? []) within("classWeights", weight, 0, Number.MAX_VALUE);
  if (classWeights !== null && recipe.loss !== "crossEntropy") {
    throw new UsageError("classWeights", `expected loss "crossEntropy", got "${recipe.loss}". Draw balanced batches.`);
  }
  if (recipe.epochs > 0 && batch % parts !== 0) {
    throw new UsageError("parts", `expected a number that divides the batch of ${batch}, got ${parts}.`);
  }
  if (recipe.epochs === 0 && recipe.head === null) {
    throw new UsageError("epochs", "expected at least 1, or a head to fit, got 0. Nothing would be trained.");
  }
}

function whole(option: string, value: number, least: number): void {
  if (Number.isSafeInteger(value) && value >= least) return;
  throw new UsageError(option, `expected a whole number ≥ ${least}, got ${value}.`);
}

function within(option: string, value: number, least: number, most: number): void {
  if (value >= least && value <= most) return;
  const range = most === Number.MAX_VALUE ? "≥ 0" : `from ${least} to ${most}`;
  throw new UsageError(option, `expected a number ${range}, got ${value}.`);
}

function defined(options: Given): Partial<Base> {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
}
