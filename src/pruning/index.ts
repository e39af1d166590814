// Entry point `effnet/pruning`: a budget in, a plan out, and from it a smaller network.

export {
  type AuthorsSolution,
  type Counter,
  countedByAuthors,
  type Linearised,
  linearised,
  type PricedGroup,
  pricedGroups,
  solveAsAuthors,
} from "./authors.ts";
export { architectureOfCheckpoint } from "./checkpoint.ts";
export { compose } from "./compose.ts";
export { activationsModel, type CostModel, costOf, macsModel, paramsModel } from "./cost.ts";
export { jointCurves, summed } from "./curves.ts";
export { type DistillOptions, distill } from "./distill.ts";
export { type ChannelGroup, type GroupKind, groups, type TensorAxis } from "./groups.ts";
export { type ImportanceOptions, importance } from "./importance.ts";
export { importanceFromJson, importanceToJson } from "./importance-json.ts";
export { exact, greedy } from "./knapsack.ts";
export { type LatencyTable, latencyModel, predictedLatency } from "./latency.ts";
export { latencyTableToJson, readLatencyTable, refuseElsewhere } from "./latency-json.ts";
export { mask } from "./mask.ts";
export { type MeasureOptions, measureLatency } from "./measure.ts";
export { type BudgetUnit, type Made, type Plan, planFor, planWidths, shapesHash } from "./plan.ts";
export { planFromJson, planToJson } from "./plan-json.ts";
export type { Limit, Solution, SolveOptions, ValueTables } from "./problem.ts";
export {
  type Budget,
  type PlanOptions,
  type PruneData,
  type PruneOptions,
  type PruneReport,
  type PruneResume,
  type Pruning,
  prune,
  type RecoveryStep,
  roundsFor,
} from "./prune.ts";
export { type RecalibrateOptions, recalibrate } from "./recalibrate.ts";
export { type RefitOptions, type RefittedLayer, refit } from "./refit.ts";
export { type SampleOptions, scoringSamples } from "./sampling.ts";
export { ranked, reliabilityOf, scoresOf } from "./scores.ts";
export { solve } from "./solve.ts";
export { type Half, type Importance, merged, type ScoreName, type Scores } from "./sums.ts";
export { apply, type Pruned } from "./surgery.ts";
export { type UniformSolution, uniform } from "./uniform.ts";
export { type Widths, widthsOf, withWidths } from "./widths.ts";
