// What survives of a parent: pruning as data. Plans can be applied, composed, drawn, and kept beside the weights.

import type { Architecture } from "../architecture/architecture.ts";
import { writeShapeText } from "../architecture/shape-text.ts";
import { nearest, UsageError } from "../errors.ts";
import { type ChannelGroup, groups } from "./groups.ts";
import { isInside } from "./removal.ts";
import { sha256 } from "./sha256.ts";
import { removedBy, type Widths } from "./widths.ts";

/** JSON; written and read by `planToJson` and `planFromJson`. */
export interface Plan {
  readonly version: 1;
  readonly parent: {
    readonly name: string;
    /** SHA-256, hex, of the parent's shape text. */
    readonly shapes: string;
  };
  /** Group → channels of the parent that stay, rising; groups that are not named keep all. */
  readonly keep: Readonly<Record<string, readonly number[]>>;
  /** Names of block groups, `blocks.2.1.block`. */
  readonly removedBlocks: readonly string[];
  /** How it came to be; not needed to apply it. */
  readonly made?: Made;
}

export interface Made {
  readonly solver: string;
  readonly score: string;
  readonly curve: string;
  readonly seed: number;
  readonly budget: readonly { readonly unit: BudgetUnit; readonly limit: number }[];
  readonly predicted: Readonly<Partial<Record<BudgetUnit, number>>>;
  /** No plan within the budget keeps more than `bound` of the importance; this one keeps `value`. */
  readonly value: number;
  readonly bound: number;
}

export type BudgetUnit = "macs" | "params" | "latency";

/** What plans and importances call their parent by: SHA-256, hex, of its shape text. */
export function shapesHash(a: Architecture): string {
  return sha256(writeShapeText(a));
}

/**
 * The plan that leaves these widths: of each group the first w of its ranked channels, written rising.
 * @param order group → its channels, best first; of groups that become narrower at least as many as stay
 * @throws UsageError if the widths are not the network's, or a group to be cut has too few or no channels of its own ranked
 */
export function planFor(
  a: Architecture,
  widths: Widths,
  order: ReadonlyMap<string, readonly number[]>,
  made?: Made,
): Plan {
  const list = groups(a);
  const removed = removedBy(widths, a, list);
  const cut = list.filter((group) => group.kind !== "block" && !isInside(group.name, removed));
  const keep = cut.flatMap((group): [string, readonly number[]][] => {
    const width = widths.get(group.name) ?? group.width;
    return width === group.width ? [] : [[group.name, best(group, width, order.get(group.name))]];
  });
  return {
    version: 1,
    parent: { name: a.name, shapes: shapesHash(a) },
    keep: Object.fromEntries(keep),
    removedBlocks: [...removed],
    ...(made === undefined ? {} : { made }),
  };
}

/**
 * The widths that a plan leaves, checked against the network.
 * @throws UsageError if the plan is another network's, or keeps what there is not
 */
export function planWidths(a: Architecture, plan: Plan): Map<string, number> {
  if (plan.parent.shapes !== shapesHash(a)) {
    const got = `one of ${plan.parent.name} with other shapes`;
    throw new UsageError("plan", `expected a plan of ${a.name} as it is, got ${got}. Apply it to its own parent.`);
  }
  const known = new Map(groups(a).map((group) => [group.name, group]));
  const widths = new Map<string, number>();
  for (const name of plan.removedBlocks) {
    if (known.get(name)?.kind !== "block") throw noGroup(a, "a block with a skip", name, known.keys());
    widths.set(name, 0);
  }
  for (const [name, kept] of Object.entries(plan.keep)) {
    const group = known.get(name);
    if (group === undefined || group.kind === "block") throw noGroup(a, "a group of channels", name, known.keys());
    refuseOthers("plan", group, kept);
    widths.set(name, kept.length);
  }
  removedBy(widths, a, [...known.values()]);
  return widths;
}

function best(group: ChannelGroup, width: number, ranked: readonly number[] = []): readonly number[] {
  if (ranked.length < width) {
    const expected = `expected at least ${width} channels, best first`;
    throw new UsageError("order", `${group.name}: ${expected}, got ${ranked.length || "none"}.`);
  }
  const kept = ranked.slice(0, width).sort((x, y) => x - y);
  refuseOthers("order", group, kept);
  return kept;
}

/** Kept channels are the group's own, each once, rising, and at least one. */
function refuseOthers(option: string, { name, width }: ChannelGroup, kept: readonly number[]): void {
  const isRising = kept.every((channel, i) => Number.isInteger(channel) && channel > (kept[i - 1] ?? -1));
  if (isRising && kept.length > 0 && kept[kept.length - 1] < width) return;
  const got = kept.length === 0 ? "none" : `[${kept.slice(0, 8).join(", ")}${kept.length > 8 ? ", …" : ""}]`;
  throw new UsageError(option, `${name}: expected channels from 0 to ${width - 1}, each once, got ${got}.`);
}

function noGroup(a: Architecture, expected: string, name: string, known: Iterable<string>): UsageError {
  const suggested = nearest(name, known);
  const advice = suggested === undefined ? "Was it edited?" : `Is it ${suggested}?`;
  return new UsageError("plan", `expected ${expected} of ${a.name}, got "${name}". ${advice}`);
}
