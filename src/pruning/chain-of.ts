// The chain of a network: its groups as axes with their allowed widths, its layers as cells with their prices.

import type { Architecture } from "../architecture/architecture.ts";
import type { Layer } from "../architecture/layers.ts";
import { assert } from "../errors.ts";
import { type Freedom, freedomOf } from "./allowed.ts";
import type { Axis, Cell, Chain, ChainLayer, Point, Price } from "./chain.ts";
import { type CostModel, priceAt } from "./cost.ts";
import { type ChannelGroup, groups } from "./groups.ts";
import type { SolveOptions, ValueTables } from "./problem.ts";
import { type WiredLayer, wired } from "./wiring.ts";

/**
 * The chain of a network, with one price a layer for each cost model.
 * @throws UsageError for an option out of range, a pattern that freezes nothing, or a table that fits no group
 */
export function chainOf(
  a: Architecture,
  size: { readonly height: number; readonly width: number },
  values: ValueTables,
  costs: readonly CostModel[],
  options: SolveOptions = {},
): Chain {
  const list = groups(a);
  const freedom = freedomOf(a, list, values, options);
  const axes = list.filter(({ kind }) => kind !== "block").map((group) => axisOf(group, freedom, values));
  const byName = new Map(axes.map(({ name }, i) => [name, i]));
  const kinds = new Map(list.map(({ name, kind }) => [name, kind]));
  const frozen = (width: number): number => axes.push({ name: null, widths: [width], values: Float64Array.of(0) }) - 1;
  let stream = frozen(a.inChannels);
  const cells = cellsOf(wired(a, size)).map(({ name, wires }): Cell => {
    const from = stream;
    const layers = wires.map(({ layer, reads, writes }): ChainLayer => {
      const entering = stream;
      if (writes !== reads) stream = byName.get(writes) ?? frozen(layer.output.channels);
      return { from: entering, to: stream, prices: costs.map((cost) => priceOf(cost, layer)) };
    });
    const own = new Set(layers.map(({ to }) => to).filter((axis) => axis !== from && axis !== stream));
    const squeeze = [...own].find((axis) => kinds.get(axes[axis].name ?? "") === "squeeze") ?? null;
    return {
      name,
      from,
      to: stream,
      inner: [...own].find((axis) => axis !== squeeze) ?? null,
      squeeze,
      removed: freedom.removable.has(`${name}.block`) ? removedValue(name, values) : null,
      layers: layers.filter(({ prices }) => prices.some(costsAnything)),
    };
  });
  return { axes, cells, fixed: costs.map(({ fixed }) => fixed) };
}

/** Group → width at a point, blocks included. The own groups of a removed block stand at their least. */
export function widthsAt(a: Architecture, chain: Chain, { at, isRemoved }: Point): Map<string, number> {
  const widths = new Map(chain.axes.map(({ name, widths: allowed }, i) => [name, allowed[at[i]]]));
  chain.cells.forEach(({ name }, c) => {
    widths.set(`${name}.block`, 1 - isRemoved[c]);
  });
  return new Map(
    groups(a).map(({ name }) => {
      const width = widths.get(name);
      assert(width !== undefined, `${name} has no axis in its chain`);
      return [name, width];
    }),
  );
}

/** The layers of stem (`stem`), each block (`blocks.2.1`) and head (`head`), in order. */
function cellsOf(wires: readonly WiredLayer[]): { name: string; wires: WiredLayer[] }[] {
  const cells: { name: string; wires: WiredLayer[] }[] = [];
  for (const wire of wires) {
    const { block } = wire.layer;
    const isBefore = cells.length === 0 || cells.at(-1)?.name === "stem";
    const name = block !== null ? `blocks.${block.join(".")}` : isBefore ? "stem" : "head";
    const last = cells.at(-1);
    if (last?.name === name) last.wires.push(wire);
    else cells.push({ name, wires: [wire] });
  }
  return cells;
}

function axisOf({ name }: ChannelGroup, { allowed }: Freedom, values: ValueTables): Axis {
  const widths = allowed(name);
  const table = values.get(name);
  return { name, widths, values: Float64Array.from(widths, (w) => table?.[w] ?? 0) };
}

function priceOf(cost: CostModel, layer: Layer): Price {
  const bilinear = cost.bilinear?.(layer) ?? null;
  if (bilinear !== null) return { bilinear, at: (inputs, outputs) => priceAt(bilinear, inputs, outputs) };
  return { bilinear, at: (inputs, outputs) => cost.layer(layer, inputs, outputs) };
}

function costsAnything({ bilinear }: Price): boolean {
  return bilinear === null || bilinear.product > 0 || bilinear.outputs > 0;
}

/**
 * What a network keeps of a block's worth without the block. Its expanded channels all go, and with them what its
 * projection adds of itself: V(full) − max(V(full) − V(0), worth of the whole block); its squeeze is worth U(0).
 */
function removedValue(block: string, values: ValueTables): number {
  const expanded = values.get(`${block}.expanded`);
  const squeeze = values.get(`${block}.squeeze`);
  const [gone, whole] = values.get(`${block}.block`) ?? [0, 0];
  const least = expanded?.[0] ?? 0;
  return Math.min(least, (expanded?.at(-1) ?? 0) - (whole - gone)) + (squeeze?.[0] ?? 0);
}
