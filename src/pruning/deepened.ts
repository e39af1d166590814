// A network with every kind of layer that its deeper versions have: a table of it holds for them, too.

import type { Architecture, Block } from "../architecture/architecture.ts";

/**
 * Stages of one block get a second, as scaling its depth would give them; plain convolutions one with a skip and one
 * without, as a single block does not say which its stage would have.
 */
export function deepened(a: Architecture): Architecture {
  let entering = a.stem.width;
  const stages = a.stages.map((stage): readonly Block[] => {
    const [block] = stage;
    const ratio = block.kind === "ir" || block.kind === "er" ? block.expanded / entering : 1;
    entering = stage[stage.length - 1].out;
    if (stage.length > 1) return stage;
    const skips = block.kind === "cn" ? [false, true] : [true];
    return [block, ...skips.map((hasSkip) => again(block, hasSkip, ratio))];
  });
  return { ...a, stages };
}

function again(block: Block, hasSkip: boolean, ratio: number): Block {
  const repeated = { ...block, stride: 1, hasSkip };
  return "expanded" in repeated ? { ...repeated, expanded: Math.ceil(ratio * block.out) } : repeated;
}
