// A network without some of its blocks: the later ones of a stage move up, and what the tensors were called before.

import type { Architecture } from "../architecture/architecture.ts";

export interface Removal {
  /** The blocks that stay, renumbered, as wide as they were. */
  readonly architecture: Architecture;
  /** The parent's name of a tensor: `blocks.2.1.bn1.bias` → `blocks.2.2.bn1.bias` where block 1 went. */
  readonly nameBefore: (tensor: string) => string;
}

/** @param blocks names of block groups, `blocks.2.1.block`; each of the network's, and of no stage all */
export function removeBlocks(a: Architecture, blocks: Iterable<string>): Removal {
  const gone = new Set(blocks);
  const kept = a.stages.map((stage, s) => [...stage.keys()].filter((b) => !gone.has(`blocks.${s}.${b}.block`)));
  return {
    architecture: { ...a, stages: kept.map((indices, s) => indices.map((b) => a.stages[s][b])) },
    nameBefore: (tensor) =>
      tensor.replace(/^blocks\.(\d+)\.(\d+)/, (_, s, b) => `blocks.${s}.${kept[Number(s)][Number(b)]}`),
  };
}
