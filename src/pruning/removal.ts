// A network without some of its blocks: the later ones of a stage move up, and what was called what before.

import type { Architecture } from "../architecture/architecture.ts";

export interface Removal {
  /** The blocks that stay, renumbered, as wide as they were. */
  readonly architecture: Architecture;
  /** The parent's name of a tensor, result or group, `nameBefore` with these blocks. */
  readonly nameBefore: (name: string) => string;
}

/** @param blocks names of block groups, `blocks.2.1.block` */
export function removeBlocks(a: Architecture, blocks: Iterable<string>): Removal {
  const gone = new Set(blocks);
  const stages = a.stages.map((stage, s) => stage.filter((_, b) => !gone.has(`blocks.${s}.${b}.block`)));
  return { architecture: { ...a, stages }, nameBefore: (name) => nameBefore(name, gone) };
}

/**
 * The parent's name of what a network without these blocks calls so; names without a block stay as they are.
 * @returns `blocks.2.1.bn1.bias` → `blocks.2.2.bn1.bias` where block 0 or 1 of stage 2 went
 */
export function nameBefore(name: string, gone: ReadonlySet<string>): string {
  return name.replace(/^blocks\.(\d+)\.(\d+)/, (_, stage, block) => {
    let before = -1;
    for (let left = Number(block); left >= 0; left--) {
      do before++;
      while (gone.has(`blocks.${stage}.${before}.block`));
    }
    return `blocks.${stage}.${before}`;
  });
}

/** Whether a group of channels lies inside one of these blocks and goes with it: `blocks.2.1.expanded`, `blocks.2.1.squeeze`. */
export function isInside(name: string, gone: ReadonlySet<string>): boolean {
  const [, block] = /^(.+)\.(?:expanded|squeeze)$/.exec(name) ?? [];
  return block !== undefined && gone.has(`${block}.block`);
}
