// Runs a graph: one loop an op, one op after the other. A missing loop is a type error.

import { assert } from "../../errors.ts";
import { operandsOf, parametersOf } from "../../graph/graph.ts";
import type { Graph, Value } from "../../graph/ops.ts";
import type { TrainingOp, TrainingOpName } from "../../graph/training-ops.ts";
import { elements } from "../../tensor.ts";
import type { Numbers } from "../parameters.ts";
import { activate, activateGradient } from "./activate.ts";
import { add } from "./add.ts";
import { binaryCrossEntropy, binaryCrossEntropyGradient } from "./binary-cross-entropy.ts";
import { convolution, convolutionInputGradient, convolutionWeightGradient } from "./convolution.ts";
import { crossEntropy, crossEntropyGradient } from "./cross-entropy.ts";
import { depthwise, depthwiseInputGradient, depthwiseWeightGradient } from "./depthwise.ts";
import { gate, gateGradient } from "./gate.ts";
import { biasGradient, linear, linearInputGradient, linearWeightGradient } from "./linear.ts";
import type { Loop } from "./loop.ts";
import { mask } from "./mask.ts";
import { meanPool, meanPoolGradient } from "./mean-pool.ts";
import { meanSquaredError, meanSquaredErrorGradient } from "./mean-squared-error.ts";
import { norm } from "./norm.ts";
import { normalize, normalizeInputGradient, normalizeSlope, normalizeSums } from "./normalize.ts";
import { row, runningStatistics, statistics } from "./statistics.ts";

const loops: { readonly [Name in TrainingOpName]: Loop<Name> } = {
  convolution,
  depthwise,
  linear,
  norm,
  activate,
  meanPool,
  gate,
  add,
  statistics,
  runningStatistics,
  normalize,
  mask,
  crossEntropy,
  binaryCrossEntropy,
  meanSquaredError,
  convolutionInputGradient,
  convolutionWeightGradient,
  depthwiseInputGradient,
  depthwiseWeightGradient,
  linearInputGradient,
  linearWeightGradient,
  biasGradient,
  activateGradient,
  normalizeSlope,
  normalizeSums,
  normalizeInputGradient,
  row,
  meanPoolGradient,
  gateGradient,
  crossEntropyGradient,
  binaryCrossEntropyGradient,
  meanSquaredErrorGradient,
};

/** After this long between two ops the event loop gets its turn; an op itself is not interrupted. */
const TURN_MS = 10;

/**
 * Every value of the graph that is in `wanted`; the others go as soon as nobody reads them.
 * @param given the numbers of inputs and parameters by name
 * @param turn lets the event loop go on, and throws if the run is over
 */
export async function interpret<O extends TrainingOp>(
  graph: Graph<O>,
  given: ReadonlyMap<string, Numbers>,
  wanted: ReadonlySet<string>,
  turn: () => Promise<void>,
): Promise<Map<string, Numbers>> {
  const values = new Map(given);
  const lastReader = new Map(graph.ops.flatMap((op) => readsOf(op).map((name) => [name, op])));
  let turned = performance.now();
  for (const op of graph.ops) {
    if (performance.now() - turned > TURN_MS) {
      await turn();
      turned = performance.now();
    }
    values.set(op.y, compute(op, values, graph.values.get(op.y) as Value));
    for (const name of readsOf(op)) if (lastReader.get(name) === op && !wanted.has(name)) values.delete(name);
  }
  return values;
}

function readsOf(op: TrainingOp): string[] {
  return [...operandsOf(op), ...parametersOf(op)];
}

function compute(op: TrainingOp, values: ReadonlyMap<string, Numbers>, { shape }: Value): Numbers {
  const read = (name: string): Numbers => {
    const value = values.get(name);
    assert(value !== undefined, `${op.y}: nothing is called ${name}`);
    return value;
  };
  const y = { shape, data: new Float64Array(elements(shape)) };
  (loops[op.op] as (op: TrainingOp, read: (name: string) => Numbers, y: Numbers) => void)(op, read, y);
  return y;
}
