// Networks as ONNX files: what onnxruntime makes of them is what the network gives here.

import { describe, expect, test } from "vitest";
import { architectureOf } from "#effnet/architecture/build.js";
import { ROWS } from "#effnet/architecture/rows.js";
import { scale } from "#effnet/architecture/scale.js";
import { referenceBackend } from "#effnet/backend/reference/reference.js";
import { UsageError } from "#effnet/errors.js";
import { buildGraph } from "#effnet/graph/build.js";
import { normalize } from "#effnet/image/normalize.js";
import { createModel, softmax } from "#effnet/index.js";
import { exportOnnx, type NetworkParts } from "#effnet/onnx.js";
import type { Tensor } from "#effnet/tensor.js";
import { initialize } from "#effnet/weights/initialize.js";
import { difference } from "../backend/compare.ts";
import { type GoldenModel, goldenModel } from "../backend/golden-models.ts";
import { check, pythonWithOnnx } from "../backend/onnx/checker.ts";
import { configOf, goldenFile, outputOf, plainAndAligned } from "../backend/onnx/golden-files.ts";
import { readOnnx } from "../backend/onnx/read.ts";
import { onnxruntime, Ran, toNchw } from "../backend/onnx/runtime.ts";
import { formulaInput } from "../golden/formula.ts";
import { cutNetwork } from "../pruning/cut.ts";
import { TINY } from "../pruning/tiny.ts";

const ort = await onnxruntime();
const python = pythonWithOnnx();

/** Of the largest logit: float32 against float64 through up to 80 layers, as for every backend. */
const TOLERANCE = { relative: 1e-4 };
/** Of the largest logit: the same sums, in onnxruntime's other kernels. */
const APART = { relative: 1e-5 };
/** Of the largest logit, for weights rounded to 11 bits. */
const HALF = { relative: 1e-2 };

// The others run in export-onnx.slow.test.ts.
const GOLDEN = ["efficientnet_b1_pruned-97x131", "efficientnet_b0-classes10", "efficientnet_b0-in1"];

describe.skipIf(ort === undefined)("in onnxruntime", () => {
  const here = ort as NonNullable<typeof ort>;

  test.each(GOLDEN)("%s: timm's logits, plain and aligned, and the two within 1e-5", async (name) => {
    const { plain, aligned, golden } = await plainAndAligned(here, name);
    expect(difference(plain, golden.logits, TOLERANCE)).toBeNull();
    expect(difference(aligned, golden.logits, TOLERANCE)).toBeNull();
    expect(difference(aligned, plain, APART)).toBeNull();
  });

  test("one file for any batch and any size: 1 to 9 pictures of two sizes, odd ones too", async () => {
    for (const padding of ["same", "symmetric"] as const) {
      const small = parts("test_efficientnet");
      const network = { ...small, architecture: { ...small.architecture, padding } };
      const ran = await Ran.open(here, await exportOnnx(network, { inputSize: "any" }));
      for (const [height, width] of [
        [97, 66],
        [64, 64],
      ]) {
        const nine = formulaInput(3, [9, height, width, 3]);
        const expected = await inReference(network, nine);
        for (const batch of height === 64 ? [1, 2, 3, 4, 5, 6, 7, 8, 9] : [9]) {
          const { logits } = await ran.run(...nchw(firstOf(nine, batch)));
          expect(difference(logits, firstOf(expected, batch), TOLERANCE)).toBeNull();
        }
      }
      await ran.close();
    }
  });

  test("a scaled network, and networks whose channels and blocks a plan removed", async () => {
    const scaled = scale(ROWS.test_efficientnet, { width: 1.3, depth: 1.5 });
    const networks = [
      { architecture: scaled, stateDict: initialize(scaled, 1, { scheme: "timm" }) },
      ...TINY.flatMap((name) => ["all", "block"].map((plan) => cutNetwork(name, plan))),
    ];
    for (const network of networks) {
      const { inChannels } = network.architecture;
      const input = formulaInput(6, [2, 37, 29, inChannels]);
      const expected = await inReference(network, input);
      for (const align of ["none", 8, 16] as const) {
        const file = await exportOnnx(network, { align, inputSize: "any" });
        expect(difference(await outputOf(here, file, input), expected, TOLERANCE)).toBeNull();
      }
    }
  });

  test("float16 weights: half the bytes, logits within 1e-2 of the largest", async () => {
    const golden = goldenModel(GOLDEN[0]);
    const [whole, half] = [await goldenFile(golden, {}), await goldenFile(golden, { half: true })];
    expect(half.length / whole.length).toBeLessThan(0.55);
    expect(difference(await outputOf(here, half, golden.input), golden.logits, HALF)).toBeNull();
  });

  test("bytes in: the file normalises them as the package does", async () => {
    const network = parts("test_efficientnet");
    const config = { ...networkConfig(network, 48, 40), mean: [0.5, 0.4, 0.3], std: [0.2, 0.3, 0.25] };
    const pictures = [1, 2].map((seed) => {
      return { width: 40, height: 48, data: Uint8Array.from({ length: 48 * 40 * 3 }, (_, i) => (i * i * seed) % 256) };
    });
    const ran = await Ran.open(here, await exportOnnx({ ...network, config }, { preprocess: true }));
    const bytes = Uint8Array.from(pictures.flatMap(({ data }) => [...data]));
    const { logits } = await ran.run(bytes, [2, 48, 40, 3]);
    await ran.close();
    const expected = await inReference(network, normalize(pictures, config.mean, config.std));
    expect(difference(logits, expected, TOLERANCE)).toBeNull();
  });

  test("probabilities out: the softmax at the temperature of the config", async () => {
    const network = parts("test_efficientnet", 10);
    const config = { ...networkConfig(network, 32, 32), temperature: 1.7 };
    const input = formulaInput(5, [3, 32, 32, 3]);
    const probabilities = await outputOf(here, await exportOnnx({ ...network, config }, { softmax: true }), input);
    const logits = await inReference(network, input);
    const rows = [0, 1, 2].flatMap((n) => [...softmax(logits.data.subarray(n * 10, n * 10 + 10), 1.7)]);
    expect(difference(probabilities, { shape: [3, 10], data: Float64Array.from(rows) }, { absolute: 1e-5 })).toBeNull();
  });

  test("embeddings and feature maps have their true widths, padded or not", async () => {
    const golden = goldenModel(GOLDEN[0]);
    const { architecture, parameters, input } = golden;
    const one = firstOf(input, 1);
    const [, height, width] = one.shape;
    for (const output of ["embedding", "features"] as const) {
      const ran = await Ran.open(here, await goldenFile(golden, { output, align: 16 }));
      const results = await ran.run(...nchw(one));
      await ran.close();
      const weights = await referenceBackend.load(parameters);
      const graph = buildGraph(architecture, { batch: 1, height, width, outputs: output });
      const expected = await (await weights.compile(graph)).run({ input: one });
      expect(Object.keys(results)).toEqual(Object.keys(expected));
      for (const [name, tensor] of Object.entries(expected)) {
        const turned = tensor.shape.length === 4 ? asNchw(tensor) : tensor;
        expect(difference(results[name], turned, TOLERANCE)).toBeNull();
      }
    }
  });
});

test.skipIf(python === undefined)("onnx's own checker and shape inference accept every kind of file", async () => {
  const network = parts("test_efficientnet", 10);
  const config = networkConfig(network, 64, 48);
  const files: Record<string, Uint8Array> = {};
  const variants = {
    plain: { align: "none" },
    aligned: { align: 16 },
    any: { inputSize: "any" },
    fixed: { batch: 2, inputSize: { height: 33, width: 65 } },
    ends: { preprocess: true, softmax: true },
    anyEnds: { preprocess: true, softmax: true, inputSize: "any", half: true },
    embedding: { output: "embedding" },
    features: { output: "features", align: 16, inputSize: "any" },
  } as const;
  for (const [name, options] of Object.entries(variants)) {
    files[name] = await exportOnnx({ ...network, config: { ...config, temperature: 2 } }, options);
  }
  for (const name of ["tf_efficientnet_lite0", "efficientnet_b1_pruned", "tf_efficientnetv2_b0"] as const) {
    files[name] = await exportOnnx(parts(name), { inputSize: 64 });
  }
  check(python as string, files);
});

test("the metadata says what the network is, how pictures are prepared, and what the classes are called", async () => {
  const labels = ["tabby", "größer"];
  const model = await createModel("test_efficientnet", { seed: 1, backend: "reference", classes: 2, labels });
  const { metadata, graph, producer, version } = readOnnx(await exportOnnx(model, { version: "9.8.7" }));
  expect({ graph, producer, version }).toEqual({ graph: "test_efficientnet", producer: "effnet", version: "9.8.7" });
  expect(metadata.get("producer")).toBe("effnet");
  expect(metadata.get("architecture")).toBe("test_efficientnet");
  expect(JSON.parse(metadata.get("effnet.architecture") ?? "")).toEqual(model.architecture);
  expect(JSON.parse(metadata.get("labels") ?? "")).toEqual(labels);
  expect(JSON.parse(metadata.get("preprocess") ?? "")).toEqual({
    size: [160, 160],
    crop_pct: model.config.cropPct,
    crop_mode: "center",
    interpolation: "bicubic",
    mean: [0.485, 0.456, 0.406],
    std: [0.229, 0.224, 0.225],
    normalized_in_graph: false,
  });
  await model.dispose();
});

test("two exports of one network are the same bytes", async () => {
  const network = parts("test_efficientnet");
  expect(Buffer.compare(await exportOnnx(network), await exportOnnx(network))).toBe(0);
});

describe("is refused in one line", () => {
  const network = parts("test_efficientnet", 3);
  const wrong: [what: string, network: NetworkParts, options: object, line: RegExp][] = [
    ["another alignment", network, { align: 7 }, /align: expected auto, none, 8 or 16, got 7/],
    ["another output", network, { output: "maps" }, /output: expected logits, embedding or features/],
    ["softmax of an embedding", network, { softmax: true, output: "embedding" }, /softmax: .*got embedding/],
    ["softmax without classes", parts("test_efficientnet", 0), { softmax: true }, /softmax: .*got 0 classes/],
    ["half a picture", network, { batch: 0.5 }, /batch: expected any, or a whole number/],
    ["a size of no pixels", network, { inputSize: 0 }, /inputSize/],
    ["bytes of one channel", parts("test_efficientnet", 3, 1), { preprocess: true }, /preprocess: .*got 1/],
  ];
  test.each(wrong)("%s", async (_, parts, options, line) => {
    await expect(exportOnnx(parts, options)).rejects.toThrow(line);
    await expect(exportOnnx(parts, options)).rejects.toThrow(UsageError);
  });

  test("weights of another network", async () => {
    const other = parts("test_efficientnet", 4);
    await expect(exportOnnx({ ...network, stateDict: other.stateDict })).rejects.toThrow('tensor "classifier.weight"');
  });

  test("a weight that float16 does not hold", async () => {
    const stateDict = new Map(network.stateDict);
    stateDict.set("classifier.weight", { shape: [3, 256], data: new Float32Array(3 * 256).fill(1e5) });
    await expect(exportOnnx({ ...network, stateDict }, { half: true })).rejects.toThrow(/half: .*65504/);
  });

  test("an aborted signal ends the work with its reason", async () => {
    const reason = new Error("changed my mind");
    await expect(exportOnnx(network, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  });
});

function parts(name: Parameters<typeof architectureOf>[0], classes = 7, inChannels = 3): NetworkParts {
  const architecture = architectureOf(name, { classes, inChannels });
  return { architecture, stateDict: initialize(architecture, 1, { scheme: "timm" }) };
}

function networkConfig({ architecture }: NetworkParts, height: number, width: number) {
  const input = { shape: [1, height, width, architecture.inChannels], data: new Float32Array(0) };
  return configOf({ architecture, input } as unknown as GoldenModel);
}

async function inReference({ architecture, stateDict }: NetworkParts, input: Tensor): Promise<Tensor> {
  const [batch, height, width] = input.shape;
  const weights = await referenceBackend.load(stateDict);
  const graph = buildGraph(architecture, { batch, height, width, outputs: "logits" });
  return (await (await weights.compile(graph)).run({ input }))["logits"];
}

function firstOf({ shape: [n, ...rest], data }: Tensor, count: number): Tensor {
  return { shape: [count, ...rest], data: data.slice(0, (data.length / n) * count) };
}

function asNchw(tensor: Tensor): Tensor {
  const { shape, data } = toNchw(tensor);
  return { shape, data };
}

function nchw(tensor: Tensor): [Float32Array, number[]] {
  const { shape, data } = toNchw(tensor);
  return [data, shape];
}
