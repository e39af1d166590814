// What widths cost, layer by layer: MACs, parameters, activations, or measured milliseconds. All are sums of functions of
// single layers' widths, and the solver asks for nothing else.

import type { Layer } from "../architecture/layers.ts";
import type { BudgetUnit } from "./plan.ts";

/** A cost that is a sum over layers of a function of their widths. */
export interface CostModel {
  readonly unit: BudgetUnit | "activations";
  /** What no width changes. */
  readonly fixed: number;
  /**
   * Of one layer at other widths than its own, ≥ 0; 0 for layers that cost nothing and where a width is 0.
   * @param layer from `layers(parent, size)`; depthwise layers, norms, gates and pools have inputs = outputs
   */
  layer(layer: Layer, inputs: number, outputs: number): number;
}

export declare function macsModel(): CostModel;
export declare function paramsModel(): CostModel;
export declare function activationsModel(): CostModel;
