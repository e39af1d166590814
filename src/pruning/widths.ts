// How wide every group is, and the architecture with such widths.

import type { Architecture } from "../architecture/architecture.ts";
import { architectureFromShapes } from "../architecture/shape-text.ts";
import { tensorSpecs } from "../architecture/tensors.ts";
import { nearest, UsageError } from "../errors.ts";
import { type ChannelGroup, groups, groupsByAxis } from "./groups.ts";
import { isInside, removeBlocks } from "./removal.ts";

/**
 * Channels by name of group; what is not named keeps its own. A block (`blocks.2.1.block`) has 1, or 0 if it is removed; a
 * removed block's own groups (`blocks.2.1.expanded`, `blocks.2.1.squeeze`) do not matter.
 */
export type Widths = ReadonlyMap<string, number>;

/** The width of every group of a network, blocks (1) included. */
export function widthsOf(a: Architecture): Map<string, number> {
  return new Map(groups(a).map(({ name, width }) => [name, width]));
}

/**
 * The network with these widths: its name, kernels and skip flags stay as they are, later blocks of a stage move up where
 * one is removed.
 * @throws UsageError for a name that is no group, a width that is not within 1 and the parent's, or a stage of which no
 * block would stay
 */
export function withWidths(a: Architecture, widths: Widths): Architecture {
  const list = groups(a);
  const { architecture, nameBefore } = removeBlocks(a, removedBy(widths, a, list));
  const groupAt = groupsByAxis(list);
  const entries = tensorSpecs(architecture).map(({ name, shape }) => {
    const before = nameBefore(name);
    const width = (size: number, axis: number): number => widths.get(groupAt(before, axis)?.name ?? "") ?? size;
    return { name, shape: shape.map(width) };
  });
  return architectureFromShapes(entries, architecture, { name: a.name, file: a.name });
}

/**
 * The names of the blocks that go, once the widths have been looked at.
 * @param list the groups of `a`
 * @throws UsageError as `withWidths`
 */
export function removedBy(widths: Widths, a: Architecture, list: readonly ChannelGroup[]): ReadonlySet<string> {
  const known = new Map(list.map((group) => [group.name, group]));
  for (const name of widths.keys()) {
    if (known.has(name)) continue;
    const suggested = nearest(name, known.keys());
    const instead = suggested === undefined ? "groups() lists them." : `Did you mean ${suggested}?`;
    throw new UsageError("widths", `expected a group of ${a.name}, got "${name}". ${instead}`);
  }
  const gone = new Set(list.filter(({ name, kind }) => kind === "block" && widths.get(name) === 0).map(nameOf));
  for (const group of list) {
    const width = widths.get(group.name);
    if (width === undefined || isInside(group.name, gone)) continue;
    const least = group.kind === "block" ? 0 : 1;
    if (Number.isInteger(width) && width >= least && width <= group.width) continue;
    throw new UsageError("widths", `${group.name}: expected a width from ${least} to ${group.width}, got ${width}.`);
  }
  a.stages.forEach((stage, s) => {
    if (stage.some((_, b) => !gone.has(`blocks.${s}.${b}.block`))) return;
    throw new UsageError(
      "widths",
      `stage ${s}: expected at least one block to stay, got all removed. Keep one of them.`,
    );
  });
  return gone;
}

function nameOf({ name }: ChannelGroup): string {
  return name;
}
