// The tiny networks with the channels of a golden plan.

import type { Architecture } from "#effnet/architecture/architecture.js";
import { type Plan, shapesHash } from "#effnet/pruning/plan.js";
import { apply, type Pruned } from "#effnet/pruning/surgery.js";
import { formulaStateDict, golden, type TinyName, tinyNetwork } from "./tiny.ts";

interface PrunedFile {
  readonly networks: Readonly<
    Record<TinyName, { readonly plans: Readonly<Record<string, { keep?: Plan["keep"]; removed?: string[] }>> }>
  >;
}

export function planOf(a: Architecture, keep: Plan["keep"], removedBlocks: readonly string[] = []): Plan {
  return { version: 1, parent: { name: a.name, shapes: shapesHash(a) }, keep, removedBlocks };
}

export function goldenPlan(name: TinyName, plan: string): Plan {
  const { keep = {}, removed = [] } = golden<PrunedFile>("pruned.json").networks[name].plans[plan];
  const removedBlocks = removed.map((block) => `${block}.block`);
  return planOf(tinyNetwork(name), keep, removedBlocks);
}

export function cutNetwork(name: TinyName, plan: string): Pruned {
  const parent = tinyNetwork(name);
  return apply(parent, formulaStateDict(parent), goldenPlan(name, plan));
}
