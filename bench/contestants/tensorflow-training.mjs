// A training step of TensorFlow.js's on its cpu backend: plain JavaScript, one thread. The wasm backend lacks the gradients
// of convolutions, and tfjs-node does not run on Node ≥ 23.

import { logitsOf } from "../network.mjs";
import { tensorflow } from "../tensorflow.mjs";
import { batchOf, initialised, layersOf, RECIPE, takeFirstSteps } from "../training.mjs";

const tf = await tensorflow();
const { rate, weightDecay, beta1, beta2, epsilon, averageDecay, momentum } = RECIPE;

export async function open(row) {
  await tf.setBackend("cpu");
  const { list, learning, running } = layersOf(row);
  const numbers = initialised(row.network);
  const variables = new Map(
    [...learning, ...running].map((name) => [name, tf.variable(placed(name, numbers.get(name)))]),
  );
  const weights = learning.map((name) => variables.get(name));
  const averages = weights.map((weight) => tf.variable(weight, false));
  const optimizer = tf.train.adam(rate, beta1, beta2, epsilon);
  const { input, target } = batchOf(row);
  const x = tf.tensor(input.data, input.shape);
  const labels = tf.tensor(target.data, target.shape);
  const rules = rulesOver((name) => variables.get(name));

  const run = async () =>
    tf.tidy(() => {
      const lossOf = () => tf.losses.softmaxCrossEntropy(labels, logitsOf(list, rules, x));
      const { value, grads } = tf.variableGrads(lossOf, weights);
      for (const weight of weights) weight.assign(weight.mul(1 - rate * weightDecay)); // tf.train has Adam, not AdamW
      optimizer.applyGradients(grads);
      weights.forEach((weight, i) => {
        follow(averages[i], weight, 1 - averageDecay);
      });
      return value.dataSync()[0];
    });
  await takeFirstSteps(run, row);
  return { version: tf.version_core, run };
}

/** A tensor in TensorFlow's order: HWIO, depthwise HWCM, a classifier `[in, out]`. */
function placed(name, { shape, data }) {
  const tensor = tf.tensor(data, shape);
  if (name.endsWith("conv_dw.weight")) return tensor.transpose([2, 3, 0, 1]);
  return shape.length === 4 ? tensor.transpose([2, 3, 1, 0]) : tensor.transpose();
}

/** @param tensor the variable of a name */
function rulesOver(tensor) {
  const activate = {
    silu: (x) => x.mul(tf.sigmoid(x)),
    relu: tf.relu,
    relu6: tf.relu6,
    sigmoid: tf.sigmoid,
  };
  return {
    keep: (x) => x,

    convolution: ({ name, stride, padding: [top, bottom, left, right], isDepthwise }, x) => {
      const convolve = isDepthwise ? tf.depthwiseConv2d : tf.conv2d;
      // biome-ignore format: an axis each
      const pads = [[0, 0], [top, bottom], [left, right], [0, 0]];
      return convolve(x, tensor(`${name}.weight`), stride, pads);
    },

    norm: ({ name, epsilon, activation }, x) => {
      const { mean, variance } = tf.moments(x, [0, 1, 2]); // [c]
      const values = x.size / mean.size;
      follow(tensor(`${name}.running_mean`), mean, momentum);
      follow(tensor(`${name}.running_var`), variance.mul(values / (values - 1)), momentum);
      const y = tf.batchNorm(x, mean, variance, tensor(`${name}.bias`), tensor(`${name}.weight`), epsilon);
      return activation === null ? y : activate[activation](y);
    },

    squeeze: (_, x) => tf.mean(x, [1, 2], true), // [n, h, w, c] → [n, 1, 1, c]
    se: ({ name, activation }, x) =>
      activate[activation](tf.conv2d(x, tensor(`${name}.weight`), 1, "valid").add(tensor(`${name}.bias`))),
    gate: (_, gate, map) => map.mul(gate),
    add: (_, x, entering) => x.add(entering),
    pool: (_, x) => tf.mean(x, [1, 2]), // [n, h, w, c] → [n, c]
    linear: ({ name }, x) => tf.matMul(x, tensor(`${name}.weight`)).add(tensor(`${name}.bias`)),
  };
}

/** average ← (1 − share)·average + share·value */
function follow(average, value, share) {
  average.assign(average.mul(1 - share).add(value.mul(share)));
}
