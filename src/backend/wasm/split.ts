// How threads share an op: which axis of its result is cut, and into how many pieces. Neighbours that are cut alike find in
// their own cache what they read.

import { type Layout, PITCH } from "./layout.ts";
import { ROWS_TO_SPLIT, type WasmOp } from "./ops.ts";

/** `whole`: every thread computes all of it, the same bits in the same places, where that is faster than to meet. */
export type Axis = "rows" | "channels" | "tiles" | "panels" | "whole";

export interface Split {
  readonly axis: Axis;
  readonly units: number;
}

/** What the kernels and the engine are like. */
export interface Machine {
  /** Pixels that the convolution kernel computes at once. */
  readonly tile: number;
  /** Output channels that it computes at once. */
  readonly panel: number;
  readonly threads: number;
}

/** Multiply-adds of one thread that take about as long as a meeting of all. */
const SMALL = 2 ** 16;

export function splitOf(op: WasmOp, x: Layout, y: Layout, machine: Machine): Split {
  switch (op.op) {
    case "convolution":
      return splitOfConvolution(y, machine);
    case "linear":
      return x.channels * y.channels <= SMALL ? whole(y) : channels(y);
    case "meanOfRows":
      return whole(y);
    case "meanPool":
      return channels(x);
    case "depthwise":
    case "gate":
      return y.height < ROWS_TO_SPLIT ? channels(y) : rows(y);
    default:
      return rows(y);
  }
}

/** Large maps: pixels. Small ones: what divides more evenly; panels if both do, so that weights are read once. */
function splitOfConvolution(y: Layout, { tile, panel, threads }: Machine): Split {
  const tiles: Split = { axis: "tiles", units: Math.ceil((y.height * y.width) / tile) };
  const panels: Split = { axis: "panels", units: Math.ceil(y.channels / panel) };
  if (y.height >= ROWS_TO_SPLIT) return tiles;
  return evenness(panels.units, threads) >= evenness(tiles.units, threads) ? panels : tiles;
}

/** Work ÷ (threads · the largest share). */
function evenness(units: number, threads: number): number {
  return units / (threads * Math.ceil(units / threads));
}

function rows({ height }: Layout): Split {
  return { axis: "rows", units: height };
}

function channels(layout: Layout): Split {
  return { axis: "channels", units: Math.ceil(layout.channels / PITCH) };
}

function whole(layout: Layout): Split {
  return { axis: "whole", units: channels(layout).units };
}
