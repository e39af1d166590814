// Which widths and removals a solver may choose from, as its options and value tables allow.

import type { Architecture } from "../architecture/architecture.ts";
import { nearest, UsageError } from "../errors.ts";
import type { ChannelGroup } from "./groups.ts";
import type { SolveOptions, ValueTables } from "./problem.ts";

export interface Freedom {
  /** Allowed widths of a group, rising; one where it is frozen. */
  readonly allowed: (group: string) => readonly number[];
  /** Block groups that may go. A stage keeps at least one block: where all could go, its first must stay. */
  readonly removable: ReadonlySet<string>;
}

/** @throws UsageError for an option out of range, a pattern that freezes nothing, or a table that fits no group */
export function freedomOf(
  a: Architecture,
  groups: readonly ChannelGroup[],
  values: ValueTables,
  options: SolveOptions,
): Freedom {
  const { multiple = 8, squeezeMultiple = 1, freeze = [], removesBlocks = false } = options;
  const { minimum = multiple } = options;
  for (const [option, value] of Object.entries({ multiple, squeezeMultiple, minimum })) {
    if (Number.isSafeInteger(value) && value >= 1) continue;
    throw new UsageError(option, `expected a whole number from 1 up, got ${value}.`);
  }
  checkTables(a, groups, values);
  const isFrozen = frozenBy(a, groups, freeze);
  const widths = new Map(
    groups.map((group) => {
      const { name, kind, width } = group;
      if (isFrozen(name) || !values.has(name)) return [name, [width]];
      const step = kind === "squeeze" ? squeezeMultiple : multiple;
      return [name, allowedWidths(width, step, kind === "squeeze" ? Math.min(minimum, step) : minimum)];
    }),
  );
  const isRemovable = (block: string): boolean => removesBlocks && values.has(block) && !isFrozen(block);
  const removable = a.stages.flatMap((stage, s) => {
    const going = stage.map((_, b) => `blocks.${s}.${b}.block`).filter(isRemovable);
    return going.length === stage.length ? going.slice(1) : going;
  });
  return { allowed: (group) => widths.get(group) ?? [], removable: new Set(removable) };
}

/**
 * Multiples of `multiple` from `minimum` (at least 1) to `full`, and `full` itself.
 * @returns rising; (20, 8, 8) → [8, 16, 20], (6, 8, 8) → [6]
 */
export function allowedWidths(full: number, multiple: number, minimum: number): number[] {
  const widths: number[] = [];
  for (let w = Math.ceil(Math.max(minimum, 1) / multiple) * multiple; w < full; w += multiple) widths.push(w);
  return [...widths, full];
}

function checkTables(a: Architecture, groups: readonly ChannelGroup[], values: ValueTables): void {
  const widths = new Map(groups.map(({ name, width }) => [name, width]));
  for (const [name, table] of values) {
    const width = widths.get(name);
    if (width === undefined) {
      const near = nearest(name, widths.keys());
      const hint = near === undefined ? "groups() lists them." : `Did you mean ${near}?`;
      throw new UsageError("values", `${name}: expected a group of ${a.name}. ${hint}`);
    }
    if (table.length !== width + 1) {
      throw new UsageError("values", `${name}: expected ${width + 1} values, of 0 to ${width}, got ${table.length}.`);
    }
    const wrong = table.findIndex((value) => !Number.isFinite(value));
    if (wrong !== -1) throw new UsageError("values", `${name}: expected numbers, got ${table[wrong]} for ${wrong}.`);
  }
}

/** @param patterns names of groups, `*` for any run of characters */
function frozenBy(
  a: Architecture,
  groups: readonly ChannelGroup[],
  patterns: readonly string[],
): (group: string) => boolean {
  const tests = patterns.map((pattern) => {
    const parts = pattern.split("*").map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
    return new RegExp(`^${parts.join(".*")}$`);
  });
  tests.forEach((test, i) => {
    if (groups.some(({ name }) => test.test(name))) return;
    throw new UsageError(
      "freeze",
      `expected a pattern of groups of ${a.name}, got "${patterns[i]}". groups() lists them.`,
    );
  });
  return (group) => tests.some((test) => test.test(group));
}
