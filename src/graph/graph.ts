// A graph from its parts: the shapes of all results by the shape rules, and what each op reads.

import { assert } from "../errors.ts";
import type { Graph, Op, Value } from "./ops.ts";
import { resultShape, type Shape } from "./shapes.ts";

/** What a graph is made of; the rest follows. */
export type GraphParts = Omit<Graph, "values">;

/** The graph of these parts. Ops that do not fit each other, or that read what comes later, are a bug of their maker. */
export function graphOf({ inputs, parameters, ops, outputs }: GraphParts): Graph {
  const shapes = new Map<string, Shape>();
  const define = ({ name, shape }: Value): void => {
    assert(!shapes.has(name), `two values are called ${name}`);
    shapes.set(name, shape);
  };
  const shapeOf = (name: string): Shape => {
    const shape = shapes.get(name);
    assert(shape !== undefined, `nothing before is called ${name}`);
    return shape;
  };
  for (const value of [...inputs, ...parameters]) define(value);
  const values = new Map<string, Value>();
  for (const op of ops) {
    const value = { name: op.y, shape: resultShape(op, shapeOf) };
    define(value);
    values.set(op.y, value);
  }
  for (const name of outputs) shapeOf(name);
  return { inputs, parameters, ops, values, outputs };
}

/** Names of the values, inputs or results, that the op reads; a value read twice stands there twice. */
export function operandsOf(op: Op): string[] {
  switch (op.op) {
    case "convolution":
      return op.residual === null ? [op.x] : [op.x, op.residual];
    case "gate":
      return [op.x, op.gate];
    case "add":
      return [op.x, op.other];
    default:
      return [op.x];
  }
}

/** Names of the parameters that the op reads. */
export function parametersOf(op: Op): string[] {
  switch (op.op) {
    case "convolution":
    case "depthwise":
    case "linear":
      return op.bias === null ? [op.weight] : [op.weight, op.bias];
    case "norm":
      return [op.weight, op.bias, op.mean, op.variance];
    default:
      return [];
  }
}
