// Entry point `effnet/pruning`: a budget in, a plan out, and from it a smaller network.

export { architectureOfCheckpoint } from "./checkpoint.ts";
export { compose } from "./compose.ts";
export { type ChannelGroup, type GroupKind, groups, type TensorAxis } from "./groups.ts";
export { mask } from "./mask.ts";
export { type BudgetUnit, type Made, type Plan, planFor, planWidths, shapesHash } from "./plan.ts";
export { planFromJson, planToJson } from "./plan-json.ts";
export { apply, type Pruned } from "./surgery.ts";
export { type Widths, widthsOf, withWidths } from "./widths.ts";
