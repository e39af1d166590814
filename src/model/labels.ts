// What a class is called: the list that came with the weights, ImageNet-1k's for 1,000 classes, else its number.

import { UsageError } from "../errors.ts";
import { IMAGENET_1K_LABELS } from "./imagenet1k.ts";

/**
 * One name per class, index order = classifier rows.
 *
 * Without a list, 1,000 classes get ImageNet-1k's names; any other count (the 11,821 and 21,843 of the larger ImageNets
 * included) gets `class 0`, `class 1`, …
 * @throws UsageError if `given` has not exactly `classes` entries
 */
export function labelsFor(classes: number, given?: readonly string[]): readonly string[] {
  if (given !== undefined) {
    if (given.length !== classes) {
      throw new UsageError("labels", `expected ${classes} names, one per class, got ${given.length}.`);
    }
    return [...given];
  }
  if (classes === IMAGENET_1K_LABELS.length) return IMAGENET_1K_LABELS;
  return Array.from({ length: classes }, (_, index) => `class ${index}`);
}
