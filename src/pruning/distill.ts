// A pruned network learns from pictures and from the network that it was: training with the loss of inner distillation.

import { UsageError } from "../errors.ts";
import type { Model } from "../model/model.ts";
import type { Recipe, RecipeOptions } from "../training/recipe.ts";
import { recipeFor } from "../training/recipe.ts";
import { Shaped } from "../training/shaped.ts";
import { type Report, type TrainingData, type TrainOptions, train } from "../training/train.ts";
import { InnerDistillationLoss } from "./inner-distillation.ts";
import type { Plan } from "./plan.ts";
import { tapsOf } from "./taps.ts";

/** The loss is in inner-distillation.ts. */
export interface DistillOptions extends Omit<TrainOptions, "companion"> {
  /**
   * `select`: a tap is compared with those of the teacher's channels that the student kept. `linear`, the authors': with all
   * of them, through a map that learns along. Default `select`.
   */
  readonly comparison?: "select" | "linear" | undefined;
  /** γ, weight of the mean distance at the taps. Distances are relative to variances, so 1 is a start. Default 1. */
  readonly gamma?: number | undefined;
  /** α, share of the teacher's answers against labels, 0 … 1. Default 0. */
  readonly alpha?: number | undefined;
  /** τ of the teacher's answers. Default 4. */
  readonly temperature?: number | undefined;
  /** `mse`: logits are a tap as any other, the authors' way; α then has no meaning. Default `kd`. */
  readonly logits?: "kd" | "mse" | undefined;
  /** Where the head is compared: `embedding`, after pooling, takes less memory. Default `map`. */
  readonly head?: "map" | "embedding" | undefined;
  /** Distances are divided by the teacher's variance. Default true; the authors' are not. */
  readonly isNormalized?: boolean | undefined;
}

/**
 * Trains the student as `train` does, with a loss that also asks for the teacher's results inside the network, on the same
 * augmented pictures. Resumes as `train` does, with the same options; residuals are not dropped in the first epoch. However
 * the iteration ends, the student then has the best weights so far. The teacher stays as it is, and may serve nobody else
 * meanwhile.
 * @param plan what made the student of the teacher
 * @throws UsageError for a number out of its range, or networks of different classes; and what `train` throws
 */
export async function* distill(
  student: Model,
  teacher: Model,
  plan: Plan,
  data: TrainingData,
  recipe: RecipeOptions = {},
  options: DistillOptions = {},
): AsyncGenerator<Report, void, undefined> {
  const { comparison = "select", gamma = 1, alpha = 0, temperature = 4, logits = "kd" } = options;
  const { head = "map", isNormalized = true, signal, onProgress, resume } = options;
  within("gamma", gamma, 0, Number.MAX_VALUE);
  within("alpha", alpha, 0, 1);
  within("temperature", temperature, Number.MIN_VALUE, Number.MAX_VALUE);
  const { classes } = student.architecture;
  if (teacher.architecture.classes !== classes) {
    throw new UsageError("teacher", `expected ${classes} classes, got ${teacher.architecture.classes}.`);
  }
  const whole = recipeFor(recipe, {
    batch: data.train.batch,
    batches: data.train.batches,
    hasPlain: data.plain !== undefined,
  });
  const taps = tapsOf(teacher.architecture, plan, head);
  const quietUpdates = updatesPerEpoch(data, whole);
  const network = new Shaped(teacher, [...taps.map(({ name }) => name), "logits"]);
  const loss = { taps, comparison, isNormalized, gamma, alpha, temperature, logits, quietUpdates };
  const companion = new InnerDistillationLoss((x) => network.run(x), loss, classes);
  const waiting = { ...(signal && { signal }), ...(onProgress && { onProgress }) };
  try {
    yield* train(student, data, whole, { ...waiting, resume, companion });
  } finally {
    await network.dispose();
  }
}

function updatesPerEpoch({ train: { batches } }: TrainingData, { accumulation }: Recipe): number {
  return Math.ceil(batches / accumulation);
}

function within(option: string, value: number, least: number, most: number): void {
  if (value >= least && value <= most) return;
  const range = most === Number.MAX_VALUE ? (least === 0 ? "≥ 0" : "> 0") : `from ${least} to ${most}`;
  throw new UsageError(option, `expected a number ${range}, got ${value}.`);
}
