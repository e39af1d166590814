// Channels padded to a multiple, so that a runtime finds only widths that its blocked layouts take: the function stays the same.
//
// Each value gets a width of its own; channels beyond the true ones come last. Weights have rows and columns of zeros for
// them, biases zeros. So a padded channel holds act(0): 0 after SiLU, ReLU and ReLU6, 0.5 after a sigmoid. That 0.5 reaches
// nothing: as a gate it multiplies a padded channel, which is 0, and every weight that reads a padded channel is 0.

import { operandsOf } from "../../graph/graph.ts";
import type { Graph, Op } from "../../graph/ops.ts";

/** Channels are padded to a multiple of this number; `auto` is what measured faster (docs/onnx.md). */
export type Align = "auto" | "none" | 8 | 16;

const MEASURED = 8;

/** The multiple that widths are rounded up to; 1 leaves them. */
export function multipleOf(align: Align): number {
  if (align === "none") return 1;
  return align === "auto" ? MEASURED : align;
}

/**
 * The width of every value, inputs included: the next multiple, or as it was.
 *
 * Values that share their channels (through a sum, a gate, a depthwise convolution, anything channel by channel) share the
 * width. They keep the true one if an input is among them, or if nothing mixes their channels afterwards: a classifier's
 * logits gain nothing.
 * @param multiple ≥ 1; 1 changes nothing
 */
export function alignedWidths(graph: Graph, multiple: number): ReadonlyMap<string, number> {
  const trueWidths = new Map(
    [...graph.inputs, ...graph.values.values()].map(({ name, shape }) => [name, shape[shape.length - 1]]),
  );
  const tied = ties(graph);
  const isWanted = new Set(graph.ops.filter(isMixing).map(({ x }) => tied(x)));
  for (const { name } of graph.inputs) isWanted.delete(tied(name));
  return new Map(
    Array.from(trueWidths, ([name, width]) => {
      return [name, isWanted.has(tied(name)) ? Math.ceil(width / multiple) * multiple : width];
    }),
  );
}

/** Reads all channels of x for each of y, or is a convolution of each. */
function isMixing({ op }: Op): boolean {
  return op === "convolution" || op === "depthwise" || op === "linear";
}

/** For each value the one that stands for all that share its channels. */
function ties(graph: Graph): (name: string) => string {
  const parents = new Map<string, string>();
  const find = (name: string): string => {
    const parent = parents.get(name);
    return parent === undefined ? name : find(parent);
  };
  for (const op of graph.ops) {
    for (const name of sharing(op)) {
      const [a, b] = [find(name), find(op.y)];
      if (a !== b) parents.set(b, a);
    }
  }
  return find;
}

/** What the op reads that has y's channels. */
function sharing(op: Op): string[] {
  if (op.op === "linear") return [];
  if (op.op === "convolution") return op.residual === null ? [] : [op.residual];
  return operandsOf(op);
}
