// The pruning problem as a chain: streams of channels joined by cells (stem, blocks, head), whose layers cost what the
// widths at their two ends say. Solvers know nothing else of a network.

import type { Bilinear } from "./cost.ts";

/** A width to be chosen: channels of a stream, of a block's expansion, of a squeeze. Frozen ones allow one width. */
export interface Axis {
  /** Group of channels; null for channels that no plan removes. */
  readonly name: string | null;
  /** Allowed, rising. */
  readonly widths: readonly number[];
  /** What each allowed width is worth. */
  readonly values: Float64Array;
}

/** What a layer costs at its two widths, ≥ 0. */
export interface Price {
  at(inputs: number, outputs: number): number;
  /** The same as coefficients, where there are any. */
  readonly bilinear: Bilinear | null;
}

/** A layer between two axes (indices into `axes`), with one price for each limit. Depthwise: from = to. */
export interface ChainLayer {
  readonly from: number;
  readonly to: number;
  readonly prices: readonly Price[];
}

/** Stem, block or head: reads one stream, writes one, and decides by itself on the axes it owns. */
export interface Cell {
  readonly name: string;
  /** Stream that enters and stream that leaves; the same axis where a skip ties them. */
  readonly from: number;
  readonly to: number;
  /** Axis of the expanded width, if the cell has one of its own. */
  readonly inner: number | null;
  readonly squeeze: number | null;
  /** What the cell is worth if it is removed, instead of its own axes; null where it must stay. */
  readonly removed: number | null;
  readonly layers: readonly ChainLayer[];
}

/**
 * Cells in order of execution: the first reads an axis of its own (the picture), each other reads what the one before
 * writes. A stream, once left, does not come back.
 */
export interface Chain {
  readonly axes: readonly Axis[];
  readonly cells: readonly Cell[];
  /** What no width changes, for each limit. */
  readonly fixed: readonly number[];
}

/** A choice: index of the width of every axis, and which cells are removed (their own axes then stand at 0). */
export interface Point {
  readonly at: Int32Array;
  readonly isRemoved: Uint8Array;
}

export function widthAt(chain: Chain, { at }: Point, axis: number): number {
  return chain.axes[axis].widths[at[axis]];
}

/** Every axis at its least or its full width; nothing removed. */
export function corner(chain: Chain, end: "least" | "full"): Point {
  const at = Int32Array.from(chain.axes, ({ widths }) => (end === "least" ? 0 : widths.length - 1));
  return { at, isRemoved: new Uint8Array(chain.cells.length) };
}

export function copied({ at, isRemoved }: Point): Point {
  return { at: at.slice(), isRemoved: isRemoved.slice() };
}

/** Value of all axes, removed cells standing for theirs. */
export function valueAt({ axes, cells }: Chain, { at, isRemoved }: Point): number {
  let sum = 0;
  const isCounted = new Uint8Array(axes.length).fill(1);
  cells.forEach(({ inner, squeeze, removed }, c) => {
    if (isRemoved[c] === 0) return;
    sum += removed ?? 0;
    if (inner !== null) isCounted[inner] = 0;
    if (squeeze !== null) isCounted[squeeze] = 0;
  });
  axes.forEach(({ values }, a) => {
    if (isCounted[a] === 1) sum += values[at[a]];
  });
  return sum;
}

/** Cost of all layers for each limit, summed in order of execution as `costOf` does, so that both give the same bits. */
export function costsAt(chain: Chain, point: Point): number[] {
  return chain.fixed.map((fixed, k) => {
    let sum = 0;
    chain.cells.forEach(({ layers }, c) => {
      if (point.isRemoved[c] === 1) return;
      for (const { from, to, prices } of layers) {
        sum += prices[k].at(widthAt(chain, point, from), widthAt(chain, point, to));
      }
    });
    return sum + fixed;
  });
}
