// What widths cost, layer by layer: MACs, parameters, activations, or measured milliseconds. All are sums of functions of
// single layers' widths, and the solver asks for nothing else.

import type { Architecture } from "../architecture/architecture.ts";
import type { Layer } from "../architecture/layers.ts";
import { elements } from "../tensor.ts";
import type { BudgetUnit } from "./plan.ts";
import type { Widths } from "./widths.ts";
import { channelsAt, wired } from "./wiring.ts";

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
  /** The same as coefficients, for costs that are bilinear in the widths; the solver is faster with them. */
  bilinear?(layer: Layer): Bilinear;
}

/** product · inputs · outputs + outputs · (channels of output); both ≥ 0. All that MACs, parameters, activations need. */
export interface Bilinear {
  readonly product: number;
  readonly outputs: number;
}

/** Multiply-accumulates of convolutions and the classifier for one picture; everything else costs 0. */
export function macsModel(): CostModel {
  return bilinearModel("macs", (layer) => {
    const { macs, input, output } = layer;
    if (layer.kind === "convolution" && layer.isDepthwise) return { product: 0, outputs: macs / output.channels };
    return { product: macs / (input.channels * output.channels), outputs: 0 };
  });
}

/** Elements of every weight and bias, those of norms included. */
export function paramsModel(): CostModel {
  return bilinearModel("params", (layer) => {
    let [product, outputs] = [0, 0];
    for (const { role, shape } of layer.tensors) {
      if (role !== "weight" && role !== "bias") continue;
      const isDense = shape.length > 1 && !(layer.kind === "convolution" && layer.isDepthwise);
      if (isDense) product += elements(shape) / (shape[0] * shape[1]);
      else outputs += elements(shape) / shape[0];
    }
    return { product, outputs };
  });
}

/** Output elements of convolutions and the classifier for one picture. */
export function activationsModel(): CostModel {
  return bilinearModel("activations", ({ activations, output }) => ({
    product: 0,
    outputs: activations / output.channels,
  }));
}

/**
 * What a whole network costs.
 * @param widths of its groups; those not named are the network's own, and the layers of removed blocks cost nothing
 */
export function costOf(
  model: CostModel,
  a: Architecture,
  size: { readonly height: number; readonly width: number },
  widths: Widths = new Map(),
): number {
  let sum = 0;
  for (const each of wired(a, size)) {
    const channels = channelsAt(each, widths);
    if (channels !== null) sum += model.layer(each.layer, ...channels);
  }
  return sum + model.fixed;
}

function bilinearModel(unit: CostModel["unit"], bilinear: (layer: Layer) => Bilinear): CostModel {
  return {
    unit,
    fixed: 0,
    bilinear,
    layer(layer, inputs, outputs) {
      return priceAt(bilinear(layer), inputs, outputs);
    },
  };
}

/** What coefficients say at such widths. */
export function priceAt({ product, outputs }: Bilinear, entering: number, leaving: number): number {
  return (product * entering + outputs) * leaving;
}
