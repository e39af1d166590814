// The network of a pruned checkpoint that says nothing of itself: widths from its tensors' shapes, all else from the parent.

import type { Architecture } from "../architecture/architecture.ts";
import { architectureFromShapes } from "../architecture/shape-text.ts";
import { tensorSpecs } from "../architecture/tensors.ts";
import type { StateDict } from "../tensor.ts";

/**
 * The network that has these tensors and the blocks, kernels and skips of `parent`. Shapes do not show removed blocks nor
 * skips, so this is for channels only; networks that lost blocks come from a plan. Batch counters may be missing.
 * @throws FileError if a tensor is missing, unknown, or has a shape that no network of the parent's blocks has
 */
export function architectureOfCheckpoint(
  stateDict: StateDict,
  parent: Architecture,
  { name, file }: { readonly name: string; readonly file: string },
): Architecture {
  const entries = Array.from(stateDict, ([tensor, { shape }]) => ({ name: tensor, shape })).filter(
    ({ name: tensor }) => !isCounter(tensor),
  );
  const counters = tensorSpecs(parent).filter(({ role }) => role === "num_batches_tracked");
  return architectureFromShapes([...entries, ...counters], parent, { name, file });
}

function isCounter(tensor: string): boolean {
  return tensor.endsWith(".num_batches_tracked");
}
