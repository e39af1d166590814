// Which parameters share a rate and a decay, as timm groups them: by whether they decay, and by layer where rates fall
// towards the stem.

import type { Architecture } from "../architecture/architecture.ts";
import type { ParameterGroup } from "../backend/trainer.ts";

/** A group's rate is `scale` times the schedule's. */
export interface ScaledGroup extends ParameterGroup {
  readonly scale: number;
}

export interface GroupOptions {
  readonly weightDecay: number;
  /** γ; 1: all layers alike. */
  readonly layerDecay: number;
  /** Smallest scale. Default 0. */
  readonly leastScale?: number;
}

/** A parameter that learns. */
export interface Named {
  readonly name: string;
  readonly shape: readonly number[];
}

/**
 * Weights decay; biases and vectors do not. The scale of layer i of N is γ^(N − 1 − i), as timm's `param_groups_layer_decay`;
 * without layer decay there are at most two groups, as `param_groups_weight_decay`.
 */
export function parameterGroups(a: Architecture, parameters: readonly Named[], options: GroupOptions): ScaledGroup[] {
  const { weightDecay, layerDecay, leastScale = 0 } = options;
  const last = layerCount(a) - 1;
  const groups = new Map<string, { parameters: string[]; weightDecay: number; scale: number }>();
  const inOrder = layerDecay === 1 ? [...parameters].sort((x, y) => Number(decays(x)) - Number(decays(y))) : parameters;
  for (const parameter of inOrder) {
    const { name } = parameter;
    const layer = layerDecay === 1 ? last : layerOf(a, name);
    const decay = decays(parameter) ? weightDecay : 0;
    const key = `${layer} ${decay}`;
    const scale = Math.max(leastScale, layerDecay ** (last - layer));
    const group = groups.get(key) ?? { parameters: [], weightDecay: decay, scale };
    group.parameters.push(name);
    groups.set(key, group);
  }
  return [...groups.values()];
}

/** Blocks, the stem before and the classifier after them. */
export function layerCount({ stages }: Architecture): number {
  return stages.flat().length + 2;
}

/** 0 the stem, 1, 2, … the blocks; the head belongs to the last block, and whatever is left comes after it. */
export function layerOf({ stages }: Architecture, name: string): number {
  if (/^(conv_stem|bn1)\./.test(name)) return 0;
  const blocks = stages.flat().length;
  if (/^(conv_head|bn2)\./.test(name)) return blocks;
  const at = /^blocks\.(\d+)\.(\d+)\./.exec(name);
  if (at === null) return blocks + 1;
  const before = stages.slice(0, Number(at[1])).flat().length;
  return before + Number(at[2]) + 1;
}

function decays({ name, shape }: Named): boolean {
  return shape.length > 1 && !name.endsWith(".bias");
}
