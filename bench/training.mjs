// One training step as effnet's backend takes it: the graph, numbers to begin with, a batch, and an optimizer.

import { architectureOf, tensorSpecs } from "effnet/architecture";
import { buildGraph } from "../dist/graph/build.js";
import { trainingGraph } from "../dist/graph/training.js";

export function stepOf({ network, side, batch }) {
  const inference = buildGraph(architectureOf(network), { batch, height: side, width: side, outputs: ["logits"] });
  return trainingGraph(inference, {
    losses: [{ op: "crossEntropy", x: "logits", target: "target", weight: 1, y: "loss" }],
    learns: () => true,
    takesBatch: () => true,
    momentum: 0.1,
    masks: new Map(),
  });
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
  return {
    groups: [{ parameters: [...graph.gradients.keys()], weightDecay: 0.01 }],
    optimizer: { rule: "adam", beta1: 0.9, beta2: 0.999, epsilon: 1e-8, isDecoupled: true },
    clip: null,
    hasAverage: true,
  };
}
