// Entry point `effnet/training`: data in, better weights out; evaluation, calibration and what a class is seen by.

export type { Clip, Optimizer, Slot } from "../backend/trainer.ts";
export {
  type Augmentation,
  type AugmentOptions,
  augmentationFor,
  FINE_TUNING,
  SMALL_PICTURES,
} from "../data/augment/recipe.ts";
export type { Batch, BatchSource, EpochOptions, PictureSource, Sample } from "../data/batch.ts";
export type { Dataset, Finding, Splits } from "../data/dataset.ts";
export { Decoders } from "../data/decoders.ts";
export { fromPictures } from "../data/listed.ts";
export { type BatchOptions, evaluationBatches, type TrainingOptions, trainingBatches } from "../data/loader.ts";
export { type KeepOptions, keptInMemory } from "../data/memory.ts";
export { openAll, openData, openFiles } from "../data/open.ts";
export type { AverageRecipe } from "./average.ts";
export {
  fitTemperature,
  logLoss,
  type Reliability,
  type ReliabilityBin,
  type ReliabilityOptions,
  reliability,
} from "./calibration.ts";
export { type Evaluation, evaluate, type Score } from "./evaluate.ts";
export {
  createExplainer,
  type Explainer,
  type ExplainerOptions,
  type ExplainOptions,
  type Explanation,
} from "./explain.ts";
export type { HeadRecipe } from "./head.ts";
export { balancedWeights } from "./losses.ts";
export { type ClassMetrics, type Metrics, metricsOf } from "./metrics.ts";
export type { OptimizerName } from "./optimizer.ts";
export { type OverlayOptions, overlay } from "./overlay.ts";
export { type Recipe, type RecipeOptions, recipeFor, type Workload } from "./recipe.ts";
export type { Cosine, Schedule, Steps, Warmup } from "./schedule.ts";
export {
  type Best,
  type EpochReport,
  type HeadReport,
  type Place,
  type Report,
  type Resume,
  type Snapshot,
  type StartReport,
  type StepReport,
  type TrainingData,
  type TrainingState,
  type TrainOptions,
  train,
} from "./train.ts";
