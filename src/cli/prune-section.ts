// What a pruning's report shows: every block's widths and MACs, before and after.

import type { Architecture, Block } from "../architecture/architecture.ts";
import { type Layer, layers } from "../architecture/layers.ts";
import type { Size } from "../image/resize.ts";
import { type Plan, planWidths } from "../pruning/plan.ts";
import { nameBefore } from "../pruning/removal.ts";
import { withWidths } from "../pruning/widths.ts";
import type { Change, PrunedBlock } from "../run/pruning-section.ts";

/** Stem, blocks and head of a parent, with what a plan leaves of each. The cost is a picture's, in millions of MACs. */
export function prunedBlocks(parent: Architecture, plan: Plan, size: Size): PrunedBlock[] {
  const child = withWidths(parent, planWidths(parent, plan));
  const gone = new Set(plan.removedBlocks);
  const before = partsOf(parent, size, (name) => name);
  const after = partsOf(child, size, (name) => nameBefore(name, gone));
  return Array.from(before, ([name, part]) => {
    const left = after.get(name) ?? { inner: 0, outer: 0, macs: 0 };
    const change = (of: (each: Part) => number): Change => ({ before: of(part), after: of(left) });
    return {
      name,
      inner: part.inner === null ? null : change(({ inner }) => inner ?? 0),
      outer: change(({ outer }) => outer),
      cost: change(({ macs }) => macs / 1e6),
    };
  });
}

interface Part {
  /** Expanded channels; null where a block has none of its own. */
  readonly inner: number | null;
  readonly outer: number;
  readonly macs: number;
}

function partsOf(a: Architecture, size: Size, rename: (name: string) => string): Map<string, Part> {
  const all = layers(a, size);
  const macsOf = (belongs: (layer: Layer) => boolean): number =>
    all.filter(belongs).reduce((sum, { macs }) => sum + macs, 0);
  const isHead = ({ name }: Layer): boolean => name === "conv_head" || name === "classifier";
  const blocks = a.stages.flatMap((stage, s) => stage.map((block, b) => ({ block, s, b })));
  return new Map<string, Part>([
    ["stem", { inner: null, outer: a.stem.width, macs: macsOf(({ name }) => name === "conv_stem") }],
    ...blocks.map(({ block, s, b }): [string, Part] => {
      const macs = macsOf((layer) => layer.block?.[0] === s && layer.block[1] === b);
      return [rename(`blocks.${s}.${b}`), { inner: innerOf(block), outer: block.out, macs }];
    }),
    ["head", { inner: null, outer: a.head.width, macs: macsOf(isHead) }],
  ]);
}

function innerOf(block: Block): number | null {
  return block.kind === "ir" || block.kind === "er" ? block.expanded : null;
}
