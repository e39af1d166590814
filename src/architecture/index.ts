// Entry point `effnet/architecture`: the family as values, and everything countable without weights.

export type {
  Activation,
  Architecture,
  Block,
  DepthwiseSeparable,
  FusedResidual,
  InvertedResidual,
  Padding,
  PlainConv,
  PretrainedConfig,
  Stem,
} from "./architecture.ts";
export { type ArchitectureOptions, architectureOf } from "./build.ts";
export { cardBytes, type FileVariant } from "./card-bytes.ts";
export { cardFlops, cardInput } from "./card-flops.ts";
export {
  CARDS,
  type Card,
  type Collection,
  cardFigures,
  cardOf,
  type IndexValue,
  type ModelIndexEntry,
  modelIndexEntry,
} from "./cards.ts";
export {
  type Candidate,
  type Coefficients,
  coefficients,
  gridRatios,
  gridSearch,
  largestPhi,
  largestPhiWithin,
  PAPER_RATIOS,
  type Ratios,
  type ScaledNetwork,
} from "./compound.ts";
export { type Cost, cost } from "./cost.ts";
export { type FeatureLevel, featureLevels } from "./features.ts";
export {
  type AddLayer,
  type ConvolutionLayer,
  type GateLayer,
  type Layer,
  type LayerKind,
  type LinearLayer,
  layers,
  type MapShape,
  type NormLayer,
  type PoolLayer,
  type SqueezeExciteLayer,
  type TensorRole,
  type TensorSpec,
} from "./layers.ts";
export { listModels } from "./list.ts";
export { DEPRECATED, EXCLUDED } from "./names.ts";
export { isOwnName, OWN_CONFIGS, OWN_ROWS, type OwnName } from "./own.ts";
export { parseArchitecture } from "./parse.ts";
export { isModelName, type ModelSource, parseModelName, type Resolved, resolve } from "./resolve.ts";
export { type Accuracy, accuracies, TEST_SETS, type TestSet } from "./results.ts";
export { roundChannels, roundDepth } from "./rounding.ts";
export { type ModelName, ROWS, type Row } from "./rows.ts";
export { type Multipliers, scale } from "./scale.ts";
export { architectureFromShapes, readShapeText, type ShapeEntry, writeShapeText } from "./shape-text.ts";
export { type ModelTag, TAGS, type Tag, tagsOf } from "./tags.ts";
export { tensorSpecs } from "./tensors.ts";
