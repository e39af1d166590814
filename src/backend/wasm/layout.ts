// Where a value lies: NHWC rows inside a border of zeros as wide as its readers need, channels at a pitch of 8 floats.
// All of it is decided here, from the graph alone.

import type { Pads } from "../../graph/ops.ts";
import { readsOf, type WasmGraph, type WasmOpName } from "./ops.ts";

/** Floats to which a pixel's channels are rounded up; the padding holds zeros or is multiplied by zero weights. */
export const PITCH = 8;
const FLOAT_BYTES = 4;

/** The shape of one picture's value in memory. A vector `[n, c]` is a map of one pixel. */
export interface Layout {
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  /** Floats from pixel to pixel. */
  readonly pitch: number;
  readonly border: Pads;
}

/** A layout at an offset (bytes) from the start of an arena. */
export interface Place extends Layout {
  readonly offset: number;
}

/** Bytes of the channels that a unit of a split by channels holds. */
export const UNIT_BYTES = PITCH * FLOAT_BYTES;

export function roundUp(count: number, to: number): number {
  return Math.ceil(count / to) * to;
}

export function pixelBytes(layout: Layout): number {
  return layout.pitch * FLOAT_BYTES;
}

/** Bytes from row to row, border included. */
export function rowBytes(layout: Layout): number {
  return (layout.border.left + layout.width + layout.border.right) * pixelBytes(layout);
}

/** Bytes of the whole bordered map. */
export function totalBytes(layout: Layout): number {
  return (layout.border.top + layout.height + layout.border.bottom) * rowBytes(layout);
}

/** Byte distance from the bordered map's start to pixel (0, 0), or to the pixel `pads` above and left of it. */
export function originBytes(layout: Layout, pads?: Pads): number {
  const rows = layout.border.top - (pads?.top ?? 0);
  const pixels = layout.border.left - (pads?.left ?? 0);
  return rows * rowBytes(layout) + pixels * pixelBytes(layout);
}

export function isBordered({ border }: Layout): boolean {
  return border.top + border.bottom + border.left + border.right > 0;
}

/** The layout of every value of the graph, inputs included. */
export function layouts(graph: WasmGraph): Map<string, Layout> {
  const borders = new Map<string, Pads>();
  const readers = new Map<string, Set<WasmOpName>>();
  for (const op of graph.ops) {
    for (const name of readsOf(op)) readers.set(name, (readers.get(name) ?? new Set()).add(op.op));
    if (op.op === "convolution" || op.op === "depthwise") borders.set(op.x, widest(borders.get(op.x), op.pads));
  }
  const result = new Map<string, Layout>();
  for (const value of [...graph.inputs, ...graph.values.values()]) {
    const [height, width] = value.shape.length === 4 ? [value.shape[1], value.shape[2]] : [1, 1];
    const channels = value.shape[value.shape.length - 1];
    result.set(value.name, {
      height,
      width,
      channels,
      // The stem reads a picture's 3 channels side by side: padding them to 8 would cost it 2.7 times its work.
      pitch: isTight(graph, value.name, readers.get(value.name)) ? channels : roundUp(channels, PITCH),
      border: widest(borders.get(value.name), undefined),
    });
  }
  return result;
}

function isTight(graph: WasmGraph, name: string, readers: ReadonlySet<WasmOpName> | undefined): boolean {
  if (!graph.inputs.some((input) => input.name === name)) return false;
  const isResidual = graph.ops.some((op) => op.op === "convolution" && op.residual === name);
  return !isResidual && readers !== undefined && readers.size === 1 && readers.has("convolution");
}

function widest(a: Pads | undefined, b: Pads | undefined): Pads {
  const side = (key: keyof Pads): number => Math.max(a?.[key] ?? 0, b?.[key] ?? 0);
  return { top: side("top"), bottom: side("bottom"), left: side("left"), right: side("right") };
}
