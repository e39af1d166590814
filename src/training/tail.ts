// The end of a network, cut off behind one of its results.

import { UsageError } from "../errors.ts";
import { graphOf, operandsOf } from "../graph/graph.ts";
import type { Graph, Op } from "../graph/ops.ts";
import { dropDead } from "../graph/passes.ts";

/**
 * What makes a graph's logits of the map `layer` alone, which becomes its input.
 * @throws UsageError where they need more than that
 */
export function tailOf(graph: Graph, layer: string): Graph {
  const input = graph.values.get(layer);
  const known = new Set([layer]);
  const ops: Op[] = [];
  for (const op of graph.ops) {
    const operands = operandsOf(op);
    if (!operands.some((name) => known.has(name))) continue;
    if (input?.shape.length !== 4 || !operands.every((name) => known.has(name))) {
      const what = "expected a map that all of the network goes through: map, or a block or stage such as blocks.4";
      throw new UsageError("layer", `${what}, got ${layer}.`);
    }
    known.add(op.y);
    ops.push(op);
  }
  const inputs = input === undefined ? [] : [input];
  return dropDead(graphOf({ inputs, parameters: graph.parameters, ops, outputs: ["logits"] }));
}
