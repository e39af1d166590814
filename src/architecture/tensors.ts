// The state dict of a network: names, shapes and roles, in timm's order.

import type { Architecture } from "./architecture.ts";
import { layers, type TensorSpec } from "./layers.ts";

/** Every entry of the state dict, in order. The input size does not matter to it. */
export function tensorSpecs(a: Architecture): TensorSpec[] {
  return layers(a, { height: 1, width: 1 }).flatMap(({ tensors }) => tensors);
}
