// Whole networks on the wasm backend against timm: every mode, thread count and batch, and the same bits in all of them.

import { describe, expect, test } from "vitest";
import { compileWide } from "#effnet/backend/wasm/compiler.node.js";
import { isSupported } from "#effnet/backend/wasm/kernels.js";
import { type WasmOptions, wasmBackend } from "#effnet/backend/wasm/wasm.js";
import { buildGraph } from "#effnet/graph/build.js";
import { optimize } from "#effnet/graph/passes.js";
import { elements, type Tensor } from "#effnet/tensor.js";
import { difference } from "./compare.ts";
import { GOLDEN_MODELS, type GoldenModel, goldenModel } from "./golden-models.ts";

/** Of the largest logit: float32 against float64 through up to 80 layers. */
const TOLERANCE = 1e-4;

const MODES: readonly [mode: string, options: WasmOptions, isHere: boolean][] = [
  ["simd", { mode: "simd" }, isSupported("simd")],
  ["relaxed", { mode: "relaxed" }, isSupported("relaxed")],
  ["wide", { wide: true }, typeof compileWide() !== "string"],
];

describe.each(MODES)("mode %s", (mode, options, isHere) => {
  if (!isHere)
    console.warn(`skipped: Node ${process.versions.node} has no mode ${mode}; \`npm test\` runs it in Node 24`);

  test.skipIf(!isHere).each(GOLDEN_MODELS)(
    "%s: timm's logits within 1e-4 of the largest, with the same bits for 1 and 2 threads, alone and in any batch",
    async (name) => {
      const golden = goldenModel(name);
      const one = await logitsOf(golden, options, 1);
      const two = await logitsOf(golden, options, 2);
      expect(difference(one.asStored, golden.logits, { relative: TOLERANCE })).toBeNull();
      expect(two.asStored.data).toEqual(one.asStored.data);
      expect(one.alone.flatMap(({ data }) => [...data])).toEqual([...one.asStored.data]);
      expect(two.alone.flatMap(({ data }) => [...data])).toEqual([...one.asStored.data]);
      for (const { thrice } of [one, two]) {
        expect([...thrice.data]).toEqual([1, 2, 3].flatMap(() => [...one.alone[0].data]));
      }
    },
  );
});

interface Logits {
  /** The file's pictures in one batch. */
  readonly asStored: Tensor;
  /** Each picture in a batch of its own. */
  readonly alone: readonly Tensor[];
  /** The first picture three times in one batch. */
  readonly thrice: Tensor;
}

async function logitsOf(
  { architecture, parameters, input }: GoldenModel,
  options: WasmOptions,
  threads: number,
): Promise<Logits> {
  const weights = await wasmBackend({ ...options, onWarning: fail }).load(parameters, { threads });
  const [n, height, width] = input.shape;
  const run = async (x: Tensor): Promise<Tensor> => {
    const graph = buildGraph(architecture, { batch: x.shape[0], height, width, outputs: "logits" });
    const executable = await weights.compile(optimize(graph));
    return (await executable.run({ input: x }))["logits"];
  };
  try {
    const pictures = Array.from({ length: n }, (_, i) => pictureOf(input, i));
    const alone: Tensor[] = [];
    for (const picture of pictures) alone.push(await run(picture));
    return { asStored: await run(input), alone, thrice: await run(repeated(pictures[0], 3)) };
  } finally {
    await weights.dispose();
  }
}

function pictureOf({ shape, data }: Tensor, index: number): Tensor {
  const size = elements(shape.slice(1));
  return { shape: [1, ...shape.slice(1)], data: data.slice(index * size, (index + 1) * size) };
}

function repeated({ shape, data }: Tensor, times: number): Tensor {
  const all = new Float32Array(times * data.length);
  for (let i = 0; i < times; i++) all.set(data, i * data.length);
  return { shape: [times, ...shape.slice(1)], data: all };
}

/** A warning means that no worker could start: then 2 threads would be 1. */
function fail(message: string): never {
  throw new Error(message);
}
