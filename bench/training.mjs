// One training step: the graph that effnet's backend takes and the layers that its rivals build from, numbers to begin
// with, a batch, an optimizer, and the losses of the first steps.

import { architectureOf, layers, tensorSpecs } from "effnet/architecture";
import { buildGraph } from "../dist/graph/build.js";
import { trainingGraph } from "../dist/graph/training.js";

/** AdamW, the average of the weights, and the share of a batch in the running statistics. */
export const RECIPE = {
  rate: 1e-4,
  weightDecay: 0.01,
  beta1: 0.9,
  beta2: 0.999,
  epsilon: 1e-8,
  averageDecay: 0.99,
  momentum: 0.1,
};

export function stepOf({ network, side, batch }) {
  const inference = buildGraph(architectureOf(network), { batch, height: side, width: side, outputs: ["logits"] });
  return trainingGraph(inference, {
    losses: [{ op: "crossEntropy", x: "logits", target: "target", weight: 1, y: "loss" }],
    learns: () => true,
    takesBatch: () => true,
    momentum: RECIPE.momentum,
    masks: new Map(),
  });
}

/** What a rival trains: effnet's layers at that size, and the names of tensors that learn and of those that run along. */
export function layersOf({ network, side }) {
  const architecture = architectureOf(network);
  const isRunning = ({ role }) => role === "running_mean" || role === "running_var";
  const specs = tensorSpecs(architecture).filter(({ role }) => role !== "num_batches_tracked");
  return {
    list: layers(architecture, { height: side, width: side }),
    learning: specs.filter((spec) => !isRunning(spec)).map(({ name }) => name),
    running: specs.filter(isRunning).map(({ name }) => name),
  };
}

/** He-like numbers: no denormals, no infinities. */
export function initialised(network) {
  let state = 1;
  const random = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 31 - 1;
  };
  return new Map(
    tensorSpecs(architectureOf(network)).map(({ name, shape }) => {
      const size = shape.reduce((all, side) => all * side, 1);
      const fan = shape.length > 1 ? size / shape[0] : 1;
      const isOne = name.endsWith("running_var") || (shape.length === 1 && name.endsWith(".weight"));
      const data = Float32Array.from({ length: size }, () =>
        shape.length > 1 ? random() * Math.sqrt(6 / fan) : isOne ? 1 : 0,
      );
      return [name, { shape, data }];
    }),
  );
}

export function batchOf({ batch, side }) {
  const data = Float32Array.from({ length: batch * side * side * 3 }, (_, i) => 2 * Math.sin(12.9898 * i));
  const classes = 1000;
  const target = new Float32Array(batch * classes);
  for (let n = 0; n < batch; n++) target[n * classes + ((n * 37) % classes)] = 1;
  return {
    input: { shape: [batch, side, side, 3], data },
    target: { shape: [batch, classes], data: target },
  };
}

/** AdamW and a running average, over everything that learns. */
export function optionsFor(graph) {
  const { weightDecay, beta1, beta2, epsilon } = RECIPE;
  return {
    groups: [{ parameters: [...graph.gradients.keys()], weightDecay }],
    optimizer: { rule: "adam", beta1, beta2, epsilon, isDecoupled: true },
    clip: null,
    hasAverage: true,
  };
}

/**
 * Takes a contestant's first steps, which touch fresh memory, and refuses it where they are not the steps of the others.
 * @param run one step; the answer is its loss
 * @param losses what effnet's float64 backend gives, where the row says it
 */
export async function takeFirstSteps(run, { runner, losses = [undefined] }) {
  for (const [step, expected] of losses.entries()) {
    const loss = await run();
    const isRight = expected === undefined ? Number.isFinite(loss) : Math.abs(loss - expected) <= 1e-3;
    if (!isRight)
      throw new Error(`${runner}: loss of step ${step + 1}: expected ${expected ?? "a number"}, got ${loss}.`);
  }
}
