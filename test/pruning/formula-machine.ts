// A backend whose ops take what a formula says, on a clock of its own.

import type { Backend, Executable, Weights } from "#effnet/backend/backend.js";
import type { Graph } from "#effnet/graph/ops.js";
import type { LatencyKey } from "#effnet/pruning/units.js";

/** ms of an op. `area`: pixels read × kernel²; `inputs` 1 where an output reads one channel. */
export type Formula = (op: { readonly area: number; readonly inputs: number; readonly outputs: number }) => number;

export interface FormulaMachine {
  readonly backend: Backend;
  /** ms; runs move it. */
  readonly now: () => number;
}

/** A run takes `fixedMs` + `factor` · the sum of its ops. */
export function formulaMachine(
  formula: Formula,
  { fixedMs, factor }: { readonly fixedMs: number; readonly factor: number },
): FormulaMachine {
  let clock = 0;
  const compiled = (graph: Graph): Executable => ({
    times: async () => timesOf(graph, formula),
    run: async () => {
      clock += fixedMs + factor * timesOf(graph, formula).reduce((sum, ms) => sum + ms, 0);
      return {};
    },
    dispose: async () => {},
  });
  const weights: Weights = {
    engine: { backend: "formula", mode: "exact", threads: 3, build: "f0", pitch: 8 },
    compile: async (graph) => compiled(graph),
    compileTraining: async () => {
      throw new Error("a formula does not train");
    },
    replace: async () => {},
    dispose: async () => {},
  };
  return { backend: { name: "formula", load: async () => weights }, now: () => clock };
}

/** What the formula takes of a layer at widths; the numbers stand in the table's key. */
export function partsOf(key: LatencyKey, inputs: number, outputs: number): Parameters<Formula>[0] {
  const { op, height, width, kernel, isTied } = key;
  const area = op === "linear" ? 1 : height * width * kernel ** 2;
  const tied = op === "convolution" || op === "linear" ? outputs : 1; // what reads one channel has no inputs of its own
  return { area, inputs: isTied ? tied : inputs, outputs };
}

function timesOf({ inputs, values, ops }: Graph, formula: Formula): Float64Array {
  const shapes = new Map([...inputs, ...values.values()].map(({ name, shape }) => [name, shape]));
  return Float64Array.from(ops, (op) => {
    const x = shapes.get(op.x) as readonly number[];
    const y = shapes.get(op.y) as readonly number[];
    const kernel = "kernel" in op ? op.kernel[0] : 1;
    const area = x.length === 4 ? x[1] * x[2] * kernel ** 2 : 1;
    const readsAll = op.op === "convolution" || op.op === "linear";
    return formula({ area, inputs: readsAll ? x[x.length - 1] : 1, outputs: y[y.length - 1] });
  });
}
