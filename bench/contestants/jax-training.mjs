// A training step of jax-js's, forward, backward and update in one jit: WebAssembly on one thread, because Node has no
// global Worker, which its threads need.

import { readFileSync } from "node:fs";
import { init, jit, lax, nn, numpy as np, tree, valueAndGrad } from "@jax-js/jax";
import { logitsOf } from "../network.mjs";
import { batchOf, initialised, layersOf, RECIPE, takeFirstSteps } from "../training.mjs";

const { rate, weightDecay, beta1, beta2, epsilon, averageDecay, momentum } = RECIPE;

export async function open(row) {
  await init("wasm");
  const { list, learning, running } = layersOf(row);
  const numbers = initialised(row.network);
  const loaded = (names) => Object.fromEntries(names.map((name) => [name, arrayOf(numbers.get(name))]));
  const zeros = () => Object.fromEntries(learning.map((name) => [name, np.zeros([...numbers.get(name).shape])]));
  let state = {
    weights: loaded(learning),
    average: loaded(learning),
    running: loaded(running),
    first: zeros(),
    second: zeros(),
  };
  const { input, target } = batchOf(row);
  const x = np.transpose(arrayOf(input), [0, 3, 1, 2]); // its convolution takes NCHW
  const labels = arrayOf(target);

  const advance = jit(stepOver(list));
  let step = 0;
  const run = async () => {
    step++;
    const [next, loss] = advance(state, x.ref, labels.ref, 1 - beta1 ** step, 1 - beta2 ** step);
    state = next;
    const [value] = await loss.data();
    return value;
  };
  await takeFirstSteps(run, row);
  const { version } = JSON.parse(readFileSync(new URL("../node_modules/@jax-js/jax/package.json", import.meta.url)));
  return { version, run };
}

function arrayOf({ shape, data }) {
  return np.array(data, { shape: [...shape] });
}

/** One step as a function of everything that changes. Every use of an array but its last is a `.ref`. */
function stepOver(list) {
  const lossOf = (weights, x, labels) => {
    const statistics = {};
    const logits = logitsOf(list, rulesOver(weights, statistics), x);
    const perPicture = nn.logSoftmax(logits, -1).mul(labels).sum(-1);
    return [np.mean(perPicture).neg(), statistics];
  };
  return (state, x, labels, bias1, bias2) => {
    const gradientsOf = valueAndGrad(lossOf, { hasAux: true });
    const [[loss, statistics], gradients] = gradientsOf(tree.ref(state.weights), x, labels);
    const next = { weights: {}, average: {}, running: {}, first: {}, second: {} };
    for (const [name, g] of Object.entries(gradients)) {
      const first = follow(state.first[name], g.ref, 1 - beta1);
      const second = follow(state.second[name], np.square(g), 1 - beta2);
      const mean = first.ref.div(bias1.ref);
      const deviation = np.sqrt(second.ref.div(bias2.ref));
      const weight = state.weights[name].mul(1 - rate * weightDecay).sub(mean.div(deviation.add(epsilon)).mul(rate));
      next.average[name] = follow(state.average[name], weight.ref, 1 - averageDecay);
      next.weights[name] = weight;
      next.first[name] = first;
      next.second[name] = second;
    }
    for (const [name, value] of Object.entries(statistics)) {
      next.running[name] = follow(state.running[name], value, momentum);
    }
    bias1.dispose();
    bias2.dispose();
    return [next, loss];
  };
}

/** @param statistics takes each norm's mean and variance, under the running ones' names */
function rulesOver(weights, statistics) {
  const activate = { silu: nn.silu, relu: nn.relu, relu6: nn.relu6, sigmoid: nn.sigmoid };
  const convolve = (x, weight, stride, pads, groups) =>
    lax.convGeneralDilated(x, weight, [stride, stride], pads, { featureGroupCount: groups });
  const perChannel = (vector) => vector.reshape([-1, 1, 1]);
  return {
    keep: (x) => x.ref,

    convolution: ({ name, stride, padding: [top, bottom, left, right], isDepthwise, input }, x) => {
      // biome-ignore format: an axis each
      const pads = [[top, bottom], [left, right]];
      return convolve(x, weights[`${name}.weight`], stride, pads, isDepthwise ? input.channels : 1);
    },

    norm: ({ name, epsilon, activation, output: { channels } }, x) => {
      const values = x.size / channels;
      const over = [[0, 2, 3], { keepdims: true }];
      const mean = np.mean(x.ref, ...over); // [1, c, 1, 1]
      const centred = x.sub(mean.ref);
      const variance = np.mean(np.square(centred.ref), ...over);
      statistics[`${name}.running_mean`] = lax.stopGradient(mean.reshape([channels]));
      const unbiased = variance.ref.reshape([channels]).mul(values / (values - 1));
      statistics[`${name}.running_var`] = lax.stopGradient(unbiased);
      const scale = perChannel(weights[`${name}.weight`]).div(np.sqrt(variance.add(epsilon)));
      const y = centred.mul(scale).add(perChannel(weights[`${name}.bias`]));
      return activation === null ? y : activate[activation](y);
    },

    squeeze: (_, x) => np.mean(x, [2, 3], { keepdims: true }), // [n, c, h, w] → [n, c, 1, 1]
    se: ({ name, activation }, x) => {
      const y = convolve(x, weights[`${name}.weight`], 1, "VALID", 1);
      return activate[activation](y.add(perChannel(weights[`${name}.bias`])));
    },
    gate: (_, gate, map) => map.mul(gate),
    add: (_, x, entering) => x.add(entering),
    pool: (_, x) => np.mean(x, [2, 3]), // [n, c, h, w] → [n, c]
    linear: ({ name }, x) => np.matmul(x, weights[`${name}.weight`].transpose()).add(weights[`${name}.bias`]),
  };
}

/** (1 − share)·average + share·value */
function follow(average, value, share) {
  return average.mul(1 - share).add(value.mul(share));
}
