// Plans and networks to try pruning on: any widths, any channels, and the logits of what comes out.

import type { Architecture } from "#effnet/architecture/architecture.js";
import { tensorSpecs } from "#effnet/architecture/tensors.js";
import type { Backend } from "#effnet/backend/backend.js";
import { buildGraph } from "#effnet/graph/build.js";
import { optimize } from "#effnet/graph/passes.js";
import { type ChannelGroup, groups } from "#effnet/pruning/groups.js";
import { type Plan, planFor } from "#effnet/pruning/plan.js";
import { Random } from "#effnet/random.js";
import type { StateDict, Tensor } from "#effnet/tensor.js";
import { formulaEntry } from "../golden/formula.ts";

/** A plan of widths and channels drawn from a seed; a stage's last block stays. */
export function randomPlan(a: Architecture, seed: number): Plan {
  const random = new Random(seed, "plan");
  const widths = new Map<string, number>();
  const order = new Map<string, readonly number[]>();
  for (const group of groups(a)) {
    widths.set(group.name, group.kind === "block" ? kept(a, group, random) : 1 + random.below(group.width));
    order.set(group.name, shuffled(group.width, random));
  }
  return planFor(a, widths, order);
}

/** 1, or for one block in three 0. */
function kept(a: Architecture, { name }: ChannelGroup, random: Random): number {
  const [, stage, block] = name.split(".").map(Number);
  return random.below(3) > 0 || block === a.stages[stage].length - 1 ? 1 : 0;
}

function shuffled(count: number, random: Random): number[] {
  const left = Array.from({ length: count }, (_, i) => i);
  return left.map((_, i) => {
    const at = i + random.below(count - i);
    [left[i], left[at]] = [left[at], left[i]];
    return left[i];
  });
}

/** Numbers of the other formula, norms and biases included. */
export function anyStateDict(a: Architecture, seed: number): StateDict {
  return new Map(tensorSpecs(a).map(({ name, shape }) => [name, formulaEntry(seed, name, shape)]));
}

/** `[n, classes]` of `[n, h, w, c]`. */
export async function logitsOf(
  a: Architecture,
  stateDict: StateDict,
  input: Tensor,
  backend: Backend,
): Promise<Tensor> {
  const [batch, height, width] = input.shape;
  const weights = await backend.load(stateDict, backend.name === "wasm" ? { threads: 1 } : {});
  try {
    const graph = buildGraph(a, { batch, height, width, outputs: "logits" });
    // What stays in float64 is computed op by op; what is fast is compared as it is used.
    const executable = await weights.compile(backend.name === "wasm" ? optimize(graph) : graph);
    return (await executable.run({ input }))["logits"];
  } finally {
    await weights.dispose();
  }
}
