// What a pruning's report shows: every block's widths and cost, before and after.

import type { Architecture, Block } from "../architecture/architecture.ts";
import type { Layer } from "../architecture/layers.ts";
import type { Size } from "../image/resize.ts";
import type { CostModel } from "../pruning/cost.ts";
import { type Plan, planWidths } from "../pruning/plan.ts";
import { nameBefore } from "../pruning/removal.ts";
import { type Widths, withWidths } from "../pruning/widths.ts";
import { channelsAt, wired } from "../pruning/wiring.ts";
import type { Change, PrunedBlock } from "../run/pruning-section.ts";

/** Stem, blocks and head of a parent, with what a plan leaves of each. @param cost of networks with the parent's layers */
export function prunedBlocks(parent: Architecture, plan: Plan, size: Size, cost: CostModel): PrunedBlock[] {
  const widths = planWidths(parent, plan);
  const gone = new Set(plan.removedBlocks);
  const after = partsOf(withWidths(parent, widths), (name) => nameBefore(name, gone));
  const costs = { before: costsOf(parent, size, cost, new Map()), after: costsOf(parent, size, cost, widths) };
  return Array.from(partsOf(parent), ([name, part]) => {
    const left = after.get(name) ?? { inner: 0, outer: 0 };
    const change = (of: (each: Part) => number): Change => ({ before: of(part), after: of(left) });
    return {
      name,
      inner: part.inner === null ? null : change(({ inner }) => inner ?? 0),
      outer: change(({ outer }) => outer),
      cost: { before: costs.before.get(name) ?? 0, after: costs.after.get(name) ?? 0 },
    };
  });
}

interface Part {
  /** Expanded channels; null where a block has none of its own. */
  readonly inner: number | null;
  readonly outer: number;
}

function partsOf(a: Architecture, rename: (name: string) => string = (name) => name): Map<string, Part> {
  const blocks = a.stages.flatMap((stage, s) => stage.map((block, b) => ({ block, name: `blocks.${s}.${b}` })));
  return new Map<string, Part>([
    ["stem", { inner: null, outer: a.stem.width }],
    ...blocks.map(({ block, name }): [string, Part] => [rename(name), { inner: innerOf(block), outer: block.out }]),
    ["head", { inner: null, outer: a.head.width }],
  ]);
}

function innerOf(block: Block): number | null {
  return block.kind === "ir" || block.kind === "er" ? block.expanded : null;
}

/** What the layers of each part cost; what no width changes belongs to none. */
function costsOf(parent: Architecture, size: Size, cost: CostModel, widths: Widths): Map<string, number> {
  const costs = new Map<string, number>();
  let name = "stem";
  for (const each of wired(parent, size)) {
    name = partOf(each.layer, name);
    const channels = channelsAt(each, widths);
    if (channels !== null) costs.set(name, (costs.get(name) ?? 0) + cost.layer(each.layer, ...channels));
  }
  return costs;
}

/** Layers outside of blocks are the stem's before the first, and the head's after the last. @param last the layer before's part */
function partOf({ block }: Layer, last: string): string {
  if (block !== null) return `blocks.${block.join(".")}`;
  return last === "stem" ? "stem" : "head";
}
