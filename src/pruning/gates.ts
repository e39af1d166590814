// Gates on a network's graph: factors of 1 whose derivatives say what a channel does. Each stands where its channel has no
// other life: with all gates of some channels at 0 the network is the one without these channels.

import { graphOf, operandsOf, withOperands } from "../graph/graph.ts";
import type { Graph, Op } from "../graph/ops.ts";
import type { ChannelGroup } from "./groups.ts";

/** A point at which channels are gated. A group with several has one gate on all of them; see `gateInputs`. */
export interface GateSite {
  /** The result that is gated. Ops read it gated; as an output it is what it was. */
  readonly value: string;
  /** The graph's input `[n, width]` that it is multiplied by: one factor a channel for each picture. */
  readonly gate: string;
  readonly width: number;
  /** The group of the channels. */
  readonly group: string;
  /** The block group whose residual branch ends here, before the skip's addition; null elsewhere. */
  readonly block: string | null;
}

export interface Gated {
  readonly graph: Graph;
  readonly sites: readonly GateSite[];
}

/**
 * The graph with a gate at every site of the groups.
 * @param graph of a network, unfused, as `buildGraph` makes it
 */
export function gated(graph: Graph, list: readonly ChannelGroup[]): Gated {
  const sites = sitesOf(graph, list);
  const batch = graph.inputs[0].shape[0];
  const siteOf = new Map(sites.map((site) => [site.value, site]));
  const ops = graph.ops.flatMap((op): Op[] => {
    const reader = withOperands(op, (name) => (siteOf.has(name) ? gatedName(name) : name));
    const site = siteOf.get(op.y);
    return site === undefined ? [reader] : [reader, { op: "gate", x: op.y, gate: site.gate, y: gatedName(op.y) }];
  });
  const gates = sites.map(({ gate, width }) => ({ name: gate, shape: [batch, width] }));
  return { graph: graphOf({ ...graph, inputs: [...graph.inputs, ...gates], ops }), sites };
}

function gatedName(value: string): string {
  return `${value}/gated`;
}

/**
 * - squeeze: after the activation of the layer that makes it.
 * - all others: after every norm of the group's channels and its activation, unless nothing but depthwise convolutions reads
 *   the result: those are of the group themselves, and the channel's life goes on to the norm behind them, which makes a
 *   constant of zeros. A stream is so gated on every branch, before the skip's addition, and behind the depthwise
 *   convolution of blocks that have no expansion.
 */
function sitesOf(graph: Graph, list: readonly ChannelGroup[]): GateSite[] {
  const readers = readersIn(graph);
  const groups = new Map(
    list.filter(({ kind }) => kind !== "block").flatMap((group) => outputsOf(group).map((tensor) => [tensor, group])),
  );
  const blocks = new Map(
    list.filter(({ kind }) => kind === "block").flatMap((block) => outputsOf(block).map((tensor) => [tensor, block])),
  );
  return graph.ops.flatMap((op): GateSite[] => {
    if (op.op !== "norm" && op.op !== "linear") return [];
    const group = groups.get(op.weight);
    if (group === undefined || (op.op === "linear") !== (group.kind === "squeeze")) return [];
    const value = activatedBy(op.y, readers);
    const following = readers.get(value) ?? [];
    if (following.every((reader) => reader.op === "depthwise")) return [];
    const isBranch = following.some((reader) => reader.op === "add" && reader.x === value);
    const block = isBranch ? (blocks.get(op.weight)?.name ?? null) : null;
    return [{ value, gate: `${value}/gate`, width: group.width, group: group.name, block }];
  });
}

/** The tensors whose outputs belong to the group. */
function outputsOf({ axes }: ChannelGroup): string[] {
  return axes.filter(({ axis }) => axis === 0).map(({ tensor }) => tensor);
}

function readersIn(graph: Graph): Map<string, Op[]> {
  const readers = new Map<string, Op[]>();
  for (const op of graph.ops) {
    for (const name of operandsOf(op)) readers.set(name, [...(readers.get(name) ?? []), op]);
  }
  return readers;
}

/** The value, or what the activation behind it makes of it. */
function activatedBy(value: string, readers: ReadonlyMap<string, readonly Op[]>): string {
  const [reader, ...others] = readers.get(value) ?? [];
  return reader?.op === "activate" && others.length === 0 ? reader.y : value;
}

/** Which of its channels are open, by group: 1 or 0, or anything between; a block has one. All others are open. */
export type Openings = ReadonlyMap<string, ArrayLike<number>>;

/** The gate inputs of a batch, one set of openings a picture. */
export function gateInputs(
  sites: readonly GateSite[],
  openings: readonly Openings[],
): Record<string, { readonly shape: readonly number[]; readonly data: Float64Array }> {
  const inputs = sites.map(({ gate, width, group, block }) => {
    const data = new Float64Array(openings.length * width).fill(1);
    openings.forEach((open, n) => {
      const channels = open.get(group);
      const factor = block === null ? 1 : (open.get(block)?.[0] ?? 1);
      for (let c = 0; c < width; c++) data[n * width + c] = (channels?.[c] ?? 1) * factor;
    });
    return [gate, { shape: [openings.length, width], data }] as const;
  });
  return Object.fromEntries(inputs);
}
