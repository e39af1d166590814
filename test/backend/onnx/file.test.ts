// The file itself, read back field by field.

import { expect, test } from "vitest";
import { alignedWidths } from "#effnet/backend/onnx/align.js";
import { lower } from "#effnet/backend/onnx/lower.js";
import { float, joined, text, whole, wholes } from "#effnet/backend/onnx/protobuf.js";
import { modelBytes } from "#effnet/backend/onnx/write.js";
import { resolveParameter } from "#effnet/backend/parameters.js";
import { FileError } from "#effnet/errors.js";
import { optimize } from "#effnet/graph/passes.js";
import { GraphMaker, type SmallGraph } from "../small-graphs.ts";
import { floats, type ReadModel, readOnnx } from "./read.ts";

const TITLE = { producer: "effnet", version: "1.2.3", name: "small", metadata: new Map([["labels", '["Ä"]']]) };
const plain = { kernel: 1, stride: 1, padding: "same", hasBias: false, activation: null, residual: null } as const;

/** Expand, depthwise with stride 2, se, project. */
function block(): SmallGraph {
  const maker = new GraphMaker("file");
  const x = maker.input([2, 7, 6, 3]);
  const expanded = maker.activate(maker.norm(maker.convolution(x, 20, plain)), "silu");
  const deep = maker.activate(maker.depthwise(expanded, { ...plain, kernel: 3, stride: 2 }), "relu6");
  const squeezed = maker.linear(maker.meanPool(deep), 5, { hasBias: true, activation: null, isMap: true });
  const gate = maker.linear(maker.activate(squeezed, "silu"), 20, { hasBias: true, activation: null, isMap: true });
  const gated = maker.gate(deep, maker.activate(gate, "sigmoid"));
  return maker.done(maker.linear(maker.meanPool(gated), 4, { hasBias: true, activation: null }));
}

async function written(
  { graph, parameters }: SmallGraph,
  { multiple = 1, size = "fixed" }: { multiple?: number; size?: "fixed" | "same" | "symmetric" } = {},
): Promise<ReadModel> {
  const optimized = optimize(graph);
  const widths = alignedWidths(optimized, multiple);
  const lowered = lower(optimized, { widths, layout: "nchw", batch: "any", size });
  return readOnnx(await modelBytes(lowered, parameters, TITLE));
}

test("the wire format is protocol buffers' own", () => {
  // Worked examples of https://protobuf.dev/programming-guides/encoding, a float, and a number above 2^32.
  expect([...joined(whole(1, 150))]).toEqual([0x08, 0x96, 0x01]);
  expect([...joined(text(2, "testing"))]).toEqual([0x12, 7, 0x74, 0x65, 0x73, 0x74, 0x69, 0x6e, 0x67]);
  expect([...joined(wholes(6, [3, 270, 86942]))]).toEqual([0x32, 6, 3, 0x8e, 2, 0x9e, 0xa7, 5]);
  expect([...joined(float(2, 1))]).toEqual([0x15, 0, 0, 0x80, 0x3f]);
  expect([...joined(whole(1, 2 ** 35))]).toEqual([0x08, 0x80, 0x80, 0x80, 0x80, 0x80, 1]);
});

test("opset 17, IR 8, the title, and any batch", async () => {
  const model = await written(block());
  expect(model).toMatchObject({ irVersion: 8, opset: 17, producer: "effnet", version: "1.2.3", graph: "small" });
  expect(model.metadata.get("labels")).toBe('["Ä"]');
  expect(model.inputs).toEqual([{ name: "x0", type: 1, dims: ["batch", 3, 7, 6] }]);
  expect(model.outputs).toEqual([{ name: model.outputs[0].name, type: 1, dims: ["batch", 4] }]);
});

test("each name is made once, before it is read, and no initializer is an input", async () => {
  for (const multiple of [1, 8]) {
    const { inputs, initializers, nodes, outputs } = await written(block(), { multiple });
    const made = new Set([...inputs.map(({ name }) => name), ...initializers.keys()]);
    expect(made.size).toBe(inputs.length + initializers.size);
    for (const node of nodes) {
      expect(node.inputs.filter((name) => !made.has(name))).toEqual([]);
      for (const name of node.outputs) {
        expect(made.has(name)).toBe(false);
        made.add(name);
      }
    }
    expect(outputs.filter(({ name }) => !made.has(name))).toEqual([]);
    const read = new Set(nodes.flatMap((node) => node.inputs));
    expect([...initializers.keys()].filter((name) => !read.has(name))).toEqual([]);
  }
});

test("batch norm is folded: no node for it, and weights are those that every backend starts from", async () => {
  const small = block();
  const { nodes, initializers } = await written(small);
  expect(nodes.map(({ op }) => op)).not.toContain("BatchNormalization");
  for (const { name, source } of optimize(small.graph).parameters) {
    const { shape, data } = resolveParameter(source, small.parameters);
    const tensor = initializers.get(name);
    expect(tensor?.dims).toEqual(shape);
    expect(tensor && floats(tensor)).toEqual(Float32Array.from(data));
  }
});

test("aligned weights are the same numbers with zeros after them, on every axis of channels", async () => {
  const small = block();
  const { initializers } = await written(small, { multiple: 8 });
  let padded = 0;
  for (const { name, source } of optimize(small.graph).parameters) {
    const { shape, data } = resolveParameter(source, small.parameters);
    const tensor = initializers.get(name);
    if (tensor === undefined) throw new Error(`${name} is missing`);
    if (tensor.dims.join() !== shape.join()) padded++;
    const values = floats(tensor);
    const [rows, columns = 1, ...kernel] = tensor.dims;
    const [trueRows, trueColumns = 1] = shape;
    const taps = kernel.reduce((product, size) => product * size, 1);
    for (let o = 0; o < rows; o++) {
      for (let i = 0; i < columns; i++) {
        for (let k = 0; k < taps; k++) {
          const isTrue = o < trueRows && i < trueColumns;
          const expected = isTrue ? Math.fround(data[(o * trueColumns + i) * taps + k]) : 0;
          if (values[(o * columns + i) * taps + k] !== expected) throw new Error(`${name}: [${o}, ${i}, ${k}]`);
        }
      }
    }
  }
  expect(padded).toBeGreaterThan(5);
});

test("a strided window is padded by the numbers of its size, or by the rule where the size may be any", async () => {
  const strided = async (size: "fixed" | "same" | "symmetric") => {
    const { nodes } = await written(block(), { size });
    return nodes
      .filter(({ attributes }) => String(attributes["strides"]) === "2,2")
      .map(({ attributes }) => attributes);
  };
  expect(await strided("fixed")).toMatchObject([{ pads: [1, 0, 1, 1] }]); // of 7 × 6
  const [same] = await strided("same");
  expect(same).toMatchObject({ auto_pad: "SAME_UPPER" });
  expect(same).not.toHaveProperty("pads");
});

test("a tensor that the state dict lacks is a FileError that names it", async () => {
  const small = block();
  small.parameters.delete("file/v0.weight");
  await expect(written(small)).rejects.toThrow(FileError);
  await expect(written(small)).rejects.toThrow('tensor "file/v0.weight"');
});
