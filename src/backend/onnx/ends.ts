// What may stand before and after a network in its ONNX model: pixels made into numbers, logits made into probabilities.

import type { Lowered } from "./lower.ts";
import type { Initializer, Node } from "./model.ts";

/**
 * The model takes `pixels`, uint8 [n, h, w, c], instead of `input`, and normalises them: (v / 255 − mean) / std, each step
 * rounded to float32.
 * @param mean one number a channel, of 0 … 1
 * @param std one number a channel, above 0
 */
export function withPixels(lowered: Lowered, mean: readonly number[], std: readonly number[]): Lowered {
  const [{ name, dims }] = lowered.inputs;
  const [batch, channels, height, width] = dims;
  const nodes: Node[] = [
    node("Transpose", ["pixels"], "pixels/nchw", { perm: [0, 3, 1, 2] }),
    node("Cast", ["pixels/nchw"], "pixels/float", { to: 1 }),
    node("Div", ["pixels/float", "pixels/largest"], "pixels/share"),
    node("Sub", ["pixels/share", "pixels/mean"], "pixels/centred"),
    node("Div", ["pixels/centred", "pixels/std"], name),
  ];
  return {
    ...lowered,
    inputs: [{ name: "pixels", type: "uint8", dims: [batch, height, width, channels] }],
    nodes: [...nodes, ...lowered.nodes],
    constants: [
      ...lowered.constants,
      floats("pixels/largest", [], [255]),
      floats("pixels/mean", [mean.length, 1, 1], mean),
      floats("pixels/std", [std.length, 1, 1], std),
    ],
  };
}

/** The model gives `probabilities`, [n, classes], instead of its logits: softmax(logits / temperature). */
export function withProbabilities(lowered: Lowered, temperature: number): Lowered {
  const [{ name, type, dims }] = lowered.outputs;
  const isScaled = temperature !== 1;
  const scaled = `${name}/scaled`;
  const softmax = node("Softmax", [isScaled ? scaled : name], "probabilities", { axis: 1 });
  return {
    ...lowered,
    outputs: [{ name: "probabilities", type, dims }],
    nodes: [...lowered.nodes, ...(isScaled ? [node("Div", [name, "temperature"], scaled)] : []), softmax],
    constants: [...lowered.constants, ...(isScaled ? [floats("temperature", [], [temperature])] : [])],
  };
}

function node(op: string, inputs: readonly string[], output: string, attributes: Node["attributes"] = {}): Node {
  return { op, inputs, output, attributes };
}

function floats(name: string, dims: readonly number[], values: readonly number[]): Initializer {
  return { name, type: "float32", dims, data: new Uint8Array(Float32Array.from(values).buffer) };
}
