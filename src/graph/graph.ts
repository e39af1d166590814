// A graph from its parts: the shapes of all results by the shape rules, and what each op reads.

import { assert } from "../errors.ts";
import type { Graph, Op, Value } from "./ops.ts";
import { resultShape, type Shape } from "./shapes.ts";
import type { TrainingOp, TrainingOpName, TrainingOpOf } from "./training-ops.ts";

/** What a graph is made of; the rest follows. */
export type GraphParts<O = Op> = Omit<Graph<O>, "values">;

/** The graph of these parts. Ops that do not fit each other, or that read what comes later, are a bug of their maker. */
export function graphOf<O extends TrainingOp>({ inputs, parameters, ops, outputs }: GraphParts<O>): Graph<O> {
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

/** Which fields of an op name what it reads: values (inputs or results), then parameters. */
interface Reads<O> {
  readonly values: readonly (keyof O)[];
  readonly parameters: readonly (keyof O)[];
}

// biome-ignore format: columns
const reads: { readonly [Name in TrainingOpName]: Reads<TrainingOpOf<Name>> } = {
  convolution:                { values: ["x", "residual"],               parameters: ["weight", "bias"] },
  depthwise:                  { values: ["x"],                           parameters: ["weight", "bias"] },
  linear:                     { values: ["x"],                           parameters: ["weight", "bias"] },
  norm:                       { values: ["x"],                           parameters: ["weight", "bias", "mean", "variance"] },
  activate:                   { values: ["x"],                           parameters: [] },
  meanPool:                   { values: ["x"],                           parameters: [] },
  gate:                       { values: ["x", "gate"],                   parameters: [] },
  add:                        { values: ["x", "other"],                  parameters: [] },
  statistics:                 { values: ["x"],                           parameters: [] },
  runningStatistics:          { values: [],                              parameters: ["mean", "variance"] },
  normalize:                  { values: ["x", "statistics"],             parameters: ["weight", "bias"] },
  mask:                       { values: ["x", "mask"],                   parameters: [] },
  crossEntropy:               { values: ["x", "target"],                 parameters: [] },
  binaryCrossEntropy:         { values: ["x", "target"],                 parameters: [] },
  meanSquaredError:           { values: ["x", "target"],                 parameters: [] },
  convolutionInputGradient:   { values: ["g"],                           parameters: ["weight"] },
  convolutionWeightGradient:  { values: ["x", "g"],                      parameters: [] },
  depthwiseInputGradient:     { values: ["g"],                           parameters: ["weight"] },
  depthwiseWeightGradient:    { values: ["x", "g"],                      parameters: [] },
  linearInputGradient:        { values: ["g"],                           parameters: ["weight"] },
  linearWeightGradient:       { values: ["x", "g"],                      parameters: [] },
  biasGradient:               { values: ["g"],                           parameters: [] },
  activateGradient:           { values: ["x", "g"],                      parameters: [] },
  normalizeSlope:             { values: ["x", "statistics", "g"],        parameters: ["weight", "bias"] },
  normalizeSums:              { values: ["x", "statistics", "g"],        parameters: [] },
  normalizeInputGradient:     { values: ["x", "statistics", "g", "sums"], parameters: ["weight"] },
  row:                        { values: ["x"],                           parameters: [] },
  meanPoolGradient:           { values: ["g"],                           parameters: [] },
  gateGradient:               { values: ["x", "g"],                      parameters: [] },
  crossEntropyGradient:       { values: ["x", "target"],                 parameters: [] },
  binaryCrossEntropyGradient: { values: ["x", "target"],                 parameters: [] },
  meanSquaredErrorGradient:   { values: ["x", "target"],                 parameters: [] },
};

/** Names of the values, inputs or results, that the op reads; a value read twice stands there twice. */
export function operandsOf(op: TrainingOp): string[] {
  return named(op, "values");
}

/** Names of the parameters that the op reads. */
export function parametersOf(op: TrainingOp): string[] {
  return named(op, "parameters");
}

/** The op with other names for the values that it reads. */
export function withOperands<O extends TrainingOp>(op: O, rename: (name: string) => string): O {
  const fields = (reads[op.op] as Reads<O>).values.filter((field) => op[field] !== null);
  return { ...op, ...Object.fromEntries(fields.map((field) => [field, rename(op[field] as string)])) };
}

function named<O extends TrainingOp>(op: O, kind: keyof Reads<O>): string[] {
  const fields = (reads[op.op] as Reads<O>)[kind];
  return fields.map((field) => op[field] as string | null).filter((name) => name !== null);
}
