// The function of a pruned network at its parent's full shape, as weights: what the removed channels would give is not read.
// Zeroing what makes a channel is not removal: its norm's bias revives it, and the squeeze averages it in.

import type { Architecture } from "../architecture/architecture.ts";
import { layers } from "../architecture/layers.ts";
import type { StateDict, Tensor } from "../tensor.ts";
import { adapt } from "../weights/adapt.ts";
import { groups } from "./groups.ts";
import { type Plan, planWidths } from "./plan.ts";

/**
 * The parent's state dict under which it computes what `apply` of the plan leaves: the columns (axis 1) of everything that
 * reads a removed channel are 0, and so are weight and bias of a removed block's last norm. A depthwise convolution inside a
 * stream reads only its own channel, and the skip only carries it on.
 *
 * Tensors without such columns are shared, not copied.
 * @throws UsageError if the plan is another network's; FileError if the tensors are
 */
export function mask(a: Architecture, stateDict: StateDict, plan: Plan): StateDict {
  const widths = planWidths(a, plan);
  const masked = adapt(stateDict, a, { file: "state dict" });
  const change = (name: string, to: (tensor: Tensor) => Tensor): void => {
    masked.set(name, to(masked.get(name) as Tensor));
  };
  for (const group of groups(a)) {
    const kept = plan.keep[group.name];
    if (kept === undefined) continue;
    for (const { tensor, axis } of group.axes) if (axis === 1) change(tensor, (whole) => reading(whole, kept));
  }
  for (const [block, tensors] of lastNorms(a)) {
    if (widths.get(block) === 0) for (const tensor of tensors) change(tensor, zeros);
  }
  return masked;
}

/** `[out, in, …]` with the columns of all other inputs 0. */
function reading({ shape, data }: Tensor, kept: readonly number[]): Tensor {
  const [outputs, inputs, ...window] = shape;
  const area = window.reduce((product, side) => product * side, 1);
  const column = data.slice().fill(0);
  for (let o = 0; o < outputs; o++) {
    for (const i of kept) {
      const at = (o * inputs + i) * area;
      column.set(data.subarray(at, at + area), at);
    }
  }
  return { shape, data: column };
}

function zeros({ shape, data }: Tensor): Tensor {
  return { shape, data: data.slice().fill(0) };
}

/** Block → weight and bias of the norm that ends it, after which comes at most an activation with f(0) = 0. */
function lastNorms(a: Architecture): ReadonlyMap<string, readonly string[]> {
  const last = new Map<string, readonly string[]>();
  for (const { kind, block, tensors } of layers(a, { height: 1, width: 1 })) {
    if (kind !== "norm" || block === null) continue;
    const learned = tensors.flatMap(({ name, role }) => (role === "weight" || role === "bias" ? [name] : []));
    last.set(`blocks.${block.join(".")}.block`, learned);
  }
  return last;
}
