// Two prunings in turn as one: what a child's plan means to its parent's parent.

import { UsageError } from "../errors.ts";
import type { Plan } from "./plan.ts";
import { isInside, nameBefore } from "./removal.ts";

/**
 * The plan that does at once what `first` and then `second` do: kept[i] = first.kept[second.kept[i]], blocks renumbered
 * back. How it was made is what `second` says.
 * @param second of the network that `first` leaves; its indices and block numbers are that network's
 * @throws UsageError if `second` cannot be of that network
 */
export function compose(first: Plan, second: Plan): Plan {
  const gone = new Set(first.removedBlocks);
  const changes = gone.size > 0 || Object.keys(first.keep).length > 0;
  if (changes && second.parent.shapes === first.parent.shapes) {
    const got = `one of ${first.parent.name} itself`;
    throw new UsageError("second", `expected a plan of what the first leaves, got ${got}. Plan again on the child.`);
  }
  const later = Object.entries(second.keep).map(([name, kept]): [string, readonly number[]] => {
    const before = nameBefore(name, gone);
    const earlier = first.keep[before];
    return [before, earlier === undefined ? kept : kept.map((channel) => channelBefore(before, earlier, channel))];
  });
  const removed = new Set([...gone, ...second.removedBlocks.map((name) => nameBefore(name, gone))]);
  const keep = Object.entries({ ...first.keep, ...Object.fromEntries(later) });
  return {
    version: 1,
    parent: first.parent,
    keep: Object.fromEntries(keep.filter(([name]) => !isInside(name, removed))),
    removedBlocks: [...removed].sort(inOrder),
    ...(second.made === undefined ? {} : { made: second.made }),
  };
}

function channelBefore(name: string, earlier: readonly number[], channel: number): number {
  const before = earlier[channel];
  if (before !== undefined) return before;
  const expected = `expected channels from 0 to ${earlier.length - 1}, which the first plan leaves`;
  throw new UsageError("second", `${name}: ${expected}, got ${channel}. Is it a plan of its child?`);
}

/** By stage, then by block. */
function inOrder(one: string, other: string): number {
  const [[s, b], [t, c]] = [one, other].map((name) => name.split(".").slice(1).map(Number));
  return s - t || b - c;
}
