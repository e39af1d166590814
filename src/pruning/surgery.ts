// Applying a plan: the smaller network, and its tensors cut out of the parent's.

import type { Architecture } from "../architecture/architecture.ts";
import { tensorSpecs } from "../architecture/tensors.ts";
import { elements, type StateDict, type Tensor } from "../tensor.ts";
import { adapt } from "../weights/adapt.ts";
import { groups, groupsByAxis } from "./groups.ts";
import { type Plan, planWidths } from "./plan.ts";
import { removeBlocks } from "./removal.ts";
import { withWidths } from "./widths.ts";

export interface Pruned {
  readonly architecture: Architecture;
  readonly stateDict: StateDict;
}

/**
 * The network that a plan leaves of its parent: its name and skip flags, narrower; each tensor is the kept channels of the
 * parent's, in their order. Tensors that nothing was cut from are shared, not copied.
 * @param stateDict of the parent; its dtype stays
 * @throws UsageError if the plan is another network's; FileError if the tensors are
 */
export function apply(a: Architecture, stateDict: StateDict, plan: Plan): Pruned {
  const architecture = withWidths(a, planWidths(a, plan));
  const whole = adapt(stateDict, a, { file: "state dict" });
  const groupAt = groupsByAxis(groups(a));
  const { nameBefore } = removeBlocks(a, plan.removedBlocks);
  const cut = tensorSpecs(architecture).map(({ name, shape }): [string, Tensor] => {
    const before = nameBefore(name);
    let tensor = whole.get(before) as Tensor;
    for (const axis of shape.keys()) {
      const kept = plan.keep[groupAt(before, axis)?.name ?? ""];
      if (kept !== undefined) tensor = selected(tensor, axis, kept);
    }
    return [name, tensor];
  });
  return { architecture, stateDict: new Map(cut) };
}

/** The entries of a row-major tensor at these indices of one axis. */
function selected({ shape, data }: Tensor, axis: number, kept: readonly number[]): Tensor {
  const inner = elements(shape.slice(axis + 1));
  const outer = elements(shape.slice(0, axis));
  const room = outer * kept.length * inner;
  const cut = data instanceof Float64Array ? new Float64Array(room) : new Float32Array(room);
  for (let o = 0; o < outer; o++) {
    for (const [to, from] of kept.entries()) {
      const at = (o * shape[axis] + from) * inner;
      cut.set(data.subarray(at, at + inner), (o * kept.length + to) * inner);
    }
  }
  return { shape: shape.with(axis, kept.length), data: cut };
}
