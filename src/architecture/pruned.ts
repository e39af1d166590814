// The pruned trio as data: what knapsack pruning with inner distillation left of b1, b2 and b3 (Aflalo et al. 2020).

import { assert } from "../errors.ts";
import type { Architecture, Block } from "./architecture.ts";

/** Networks whose channels were cut. */
export type Parent = "efficientnet_b1" | "efficientnet_b2" | "efficientnet_b3";

interface Widths {
  /** Channels that leave each stage. */
  readonly out: readonly number[];
  /** Expanded widths of the blocks of stages 1 to 6. */
  readonly expanded: readonly (readonly number[])[];
  /** The one squeeze width that was cut, if any: `[stage, block, width]`. */
  readonly squeeze: readonly [stage: number, block: number, width: number] | null;
}

/** Stem, head, skips and every other squeeze width are the parent's. */
const WIDTHS: Readonly<Record<Parent, Widths>> = {
  efficientnet_b1: {
    out: [16, 12, 35, 74, 67, 192, 320],
    expanded: [
      [48, 62, 48],
      [70, 61, 51],
      [175, 188, 137, 164],
      [399, 201, 160, 213],
      [637, 806, 798, 891, 990],
      [1152, 1912],
    ],
    squeeze: [5, 0, 27],
  },
  efficientnet_b2: {
    out: [16, 17, 42, 85, 116, 208, 352],
    expanded: [
      [54, 69, 61],
      [86, 72, 98],
      [245, 274, 254, 292],
      [502, 315, 354, 443],
      [719, 1148, 1160, 1182, 1228],
      [1248, 2112],
    ],
    squeeze: null,
  },
  efficientnet_b3: {
    out: [24, 12, 40, 93, 120, 232, 384],
    expanded: [
      [27, 49, 48],
      [83, 90, 85],
      [215, 261, 219, 254, 236],
      [480, 235, 217, 226, 340],
      [802, 1030, 924, 1016, 1130, 1266],
      [1392, 2301],
    ],
    squeeze: [4, 3, 33],
  },
};

/** The parent's network with the published widths of its pruned twin. */
export function pruned(parent: Parent, network: Architecture): Architecture {
  const { out, expanded, squeeze } = WIDTHS[parent];
  const cut = (block: Block, stage: number, index: number): Block => {
    if (block.kind !== "ir") return { ...block, out: out[stage] };
    const isCut = squeeze !== null && squeeze[0] === stage && squeeze[1] === index;
    const width = expanded[stage - 1][index];
    assert(width !== undefined, `${network.name}: the pruned widths are those of ${parent}`);
    return { ...block, out: out[stage], expanded: width, squeeze: isCut ? squeeze[2] : block.squeeze };
  };
  return { ...network, stages: network.stages.map((blocks, s) => blocks.map((block, b) => cut(block, s, b))) };
}
