// The ops that this backend runs: the graph's, but for a mean over a large map, which is taken in two steps. Each thread sums
// the rows it has just computed, then all take the mean of the row sums; so no thread reads what lies in another's cache.

import { operandsOf } from "../../graph/graph.ts";
import type { Graph, Op, Value } from "../../graph/ops.ts";

/**
 * Maps of at least this many rows are split by rows, smaller ones by channels. Rows keep every layer of a block in the cache
 * where the one before left it; of few rows one thread would get a third more than another.
 */
export const ROWS_TO_SPLIT = 10;

/** `[n, h, w, c]` → `[n, h, 1, c]`, the sum of each row. */
export interface RowSums {
  readonly op: "rowSums";
  readonly x: string;
  /** The mean that it is taken for. */
  readonly mean: string;
  readonly y: string;
}

/** `[n, h, 1, c]` row sums → `[n, c]`, over `pixels` pixels in all. */
export interface MeanOfRows {
  readonly op: "meanOfRows";
  readonly x: string;
  readonly pixels: number;
  readonly y: string;
}

export type WasmOp = Op | RowSums | MeanOfRows;
export type WasmOpName = WasmOp["op"];
export type WasmOpOf<Name extends WasmOpName> = Extract<WasmOp, { op: Name }>;

export interface WasmGraph extends Omit<Graph, "ops"> {
  readonly ops: readonly WasmOp[];
}

/** Names of the values an op reads. */
export function readsOf(op: WasmOp): string[] {
  return op.op === "rowSums" || op.op === "meanOfRows" ? [op.x] : operandsOf(op);
}

/** Takes the means of large maps in two steps. The order of the additions is that of the one step. */
export function withRowSums(graph: Graph): WasmGraph {
  const shapes = new Map([...graph.inputs, ...graph.values.values()].map(({ name, shape }) => [name, shape]));
  const values = new Map<string, Value>(graph.values);
  const ops = graph.ops.flatMap((op): WasmOp[] => {
    const [n, height, width, channels] = shapes.get(op.x) ?? [];
    if (op.op !== "meanPool" || height < ROWS_TO_SPLIT) return [op];
    const sums = `${op.y}/rows`;
    values.set(sums, { name: sums, shape: [n, height, 1, channels] });
    return [
      { op: "rowSums", x: op.x, mean: op.y, y: sums },
      { op: "meanOfRows", x: sums, pixels: height * width, y: op.y },
    ];
  });
  return { ...graph, ops, values };
}
