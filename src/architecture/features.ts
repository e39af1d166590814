// The feature pyramid: where the map's resolution is about to fall.

import type { Architecture } from "./architecture.ts";

export interface FeatureLevel {
  /** timm's module path of the stage that ends the level: `blocks.2`. */
  readonly module: string;
  /** Index of that stage. */
  readonly stage: number;
  /** Input side ÷ map side. */
  readonly reduction: number;
  /** The map's true width; timm reports the parent's for pruned networks. */
  readonly channels: number;
}

/**
 * One level per resolution: a stage ends one when the next stage has a stride, or none follows. The published family
 * gives five, reductions 2, 4, 8, 16, 32. As `features_only` in timm.
 */
export function featureLevels(a: Architecture): FeatureLevel[] {
  const levels: FeatureLevel[] = [];
  let reduction = a.stem.stride;
  a.stages.forEach((blocks, stage) => {
    reduction *= strideOf(blocks);
    const next = a.stages[stage + 1];
    if (next !== undefined && strideOf(next) === 1) return;
    levels.push({ module: `blocks.${stage}`, stage, reduction, channels: blocks[blocks.length - 1].out });
  });
  return levels;
}

function strideOf(blocks: Architecture["stages"][number]): number {
  return blocks.reduce((product, { stride }) => product * stride, 1);
}
