// Networks, widths and value tables that the tests of the solver share.

import type { Architecture } from "#effnet/architecture/architecture.js";
import { architectureOf } from "#effnet/architecture/build.js";
import type { ModelName } from "#effnet/architecture/rows.js";
import { type ChannelGroup, groups } from "#effnet/pruning/groups.js";
import type { ValueTables } from "#effnet/pruning/problem.js";
import { score, u } from "../golden/pruning/formula.ts";

/** A network of the family at the input size that it is published for. */
export interface Network {
  readonly a: Architecture;
  readonly size: { readonly height: number; readonly width: number };
}

const PIXELS: Readonly<Record<string, number>> = { b0: 224, b1: 240, b2: 260, b3: 300 };

export function network(name: ModelName): Network {
  const side = PIXELS[name.slice("efficientnet_".length).slice(0, 2)] ?? 224;
  return { a: architectureOf(name), size: { height: side, width: side } };
}

/** What keeping the w best of such scores is worth, w = 0 … all: sums of the largest. */
export function tableOf(scores: readonly number[]): Float64Array {
  const falling = [...scores].sort((a, b) => b - a);
  const table = new Float64Array(scores.length + 1);
  for (const [i, value] of falling.entries()) table[i + 1] = table[i] + value;
  return table;
}

/** Scores of the `real` chains: score("real.axis", i) · 2^−shift; blocks have none. */
export function formulaScores(a: Architecture): Map<string, Float64Array> {
  const scoresOf = ({ name, width }: ChannelGroup): Float64Array => {
    const shift = u(`real.${name}.shift`, 0) % 6;
    return Float64Array.from({ length: width }, (_, i) => score(`real.${name}`, i) * 2 ** -shift);
  };
  const widths = groups(a).filter(({ kind }) => kind !== "block");
  return new Map(widths.map((group) => [group.name, scoresOf(group)]));
}

export function formulaTables(a: Architecture): ValueTables {
  return new Map([...formulaScores(a)].map(([name, scores]) => [name, tableOf([...scores])]));
}

/** What the best `widths` are worth in all. */
export function worthOf(tables: ValueTables, widths: ReadonlyMap<string, number>): number {
  return [...tables].reduce((sum, [name, table]) => sum + table[widths.get(name) ?? table.length - 1], 0);
}
