// Which group of channels each layer of a network reads and writes: the link between widths and costs.

import type { Architecture } from "../architecture/architecture.ts";
import { type Layer, layers } from "../architecture/layers.ts";
import { groups, groupsByAxis } from "./groups.ts";
import type { Widths } from "./widths.ts";

/** A layer, and the names of its groups; null for channels that no plan removes (the picture's, the classes). */
export interface WiredLayer {
  readonly layer: Layer;
  readonly reads: string | null;
  readonly writes: string | null;
}

/** `layers(a, size)` with their groups. Layers without tensors (squeeze, gate, skip, pool) write what they read. */
export function wired(a: Architecture, size: { readonly height: number; readonly width: number }): WiredLayer[] {
  const groupAt = groupsByAxis(groups(a));
  let carried: string | null = null;
  return layers(a, size).map((layer) => {
    const reads = carried;
    const [first] = layer.tensors;
    if (first !== undefined) carried = groupAt(first.name, 0)?.name ?? null;
    return { layer, reads, writes: carried };
  });
}

/** The layer's input and output channels at such widths; null where its block is removed. */
export function channelsAt(
  { layer, reads, writes }: WiredLayer,
  widths: Widths,
): readonly [inputs: number, outputs: number] | null {
  if (layer.block !== null && widths.get(`blocks.${layer.block.join(".")}.block`) === 0) return null;
  const { input, output } = layer;
  return [
    (reads === null ? undefined : widths.get(reads)) ?? input.channels,
    (writes === null ? undefined : widths.get(writes)) ?? output.channels,
  ];
}
