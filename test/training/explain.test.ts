import { afterAll, describe, expect, test } from "vitest";
import { architectureOf } from "#effnet/architecture/build.js";
import { UsageError } from "#effnet/errors.js";
import { buildGraph } from "#effnet/graph/build.js";
import { optimize } from "#effnet/graph/passes.js";
import { type Picture, picture } from "#effnet/image/picture.js";
import { createModel } from "#effnet/model/create.js";
import { Random } from "#effnet/random.js";
import { type Tensor, tensor } from "#effnet/tensor.js";
import { createExplainer, type ExplainerOptions, type ExplainOptions } from "#effnet/training/explain.js";
import { tailOf } from "#effnet/training/tail.js";

const LABELS = ["cat", "dog", "7", "espresso"];
const SIZE = { height: 64, width: 96 };
const model = await createModel("test_efficientnet", { backend: "reference", seed: 4, classes: 4, labels: LABELS });
afterAll(() => model.dispose());

const photo = noise(150, 100);

function noise(width: number, height: number): Picture {
  const random = new Random(2, "photo");
  return picture(
    width,
    height,
    Uint8Array.from({ length: width * height * 3 }, () => random.below(256)),
  );
}

async function explained(options: ExplainOptions = {}, how: ExplainerOptions = {}) {
  await using explainer = await createExplainer(model, { inputSize: SIZE, ...how });
  return await explainer.explain(photo, options);
}

/** Some of the network's results for the photo. */
async function resultsOf(...outputs: string[]): Promise<Record<string, Tensor>> {
  const graph = buildGraph(model.architecture, { batch: 1, ...SIZE, outputs });
  const executable = await model.compile(optimize(graph));
  return executable.run({ input: await model.prepare(photo, { inputSize: SIZE }) });
}

/** max(0, Σ weight · A) / maximum. */
function camOf(activations: Tensor, weights: ArrayLike<number>): number[] {
  const sums = Array.from({ length: activations.data.length / weights.length }, (_, place) => {
    let sum = 0;
    for (let k = 0; k < weights.length; k++) sum += weights[k] * activations.data[place * weights.length + k];
    return Math.max(sum, 0);
  });
  return sums.map((sum) => sum / Math.max(...sums));
}

function near(got: ArrayLike<number>, expected: readonly number[]): void {
  expect(got.length).toBe(expected.length);
  for (const [i, value] of expected.entries()) expect(got[i], `place ${i}`).toBeCloseTo(value, 5);
}

describe("an explanation", () => {
  test.each([0, 1, 2, 3])("of class %i weighs the last map by the classifier's row, as CAM", async (index) => {
    const { map } = await resultsOf("map");
    const channels = map.shape[3];
    const classifier = (await model.stateDict()).get("classifier.weight") as Tensor;
    const row = classifier.data.subarray(index * channels, (index + 1) * channels);
    const explanation = await explained({ class: index });
    expect(explanation.map.shape).toEqual([2, 3]);
    near(explanation.map.data, camOf(map, row));
    expect(Math.max(...explanation.map.data)).toBe(1);
  });

  test.each(["blocks.1", "blocks.3", "blocks.4.0.bn2"])(
    "at %s weighs by central differences of the logit",
    async (layer) => {
      const results = await resultsOf(layer, "logits");
      const activations = results[layer];
      const graph = buildGraph(model.architecture, { batch: 1, ...SIZE, outputs: [layer, "logits"] });
      const tail = await model.compile(optimize(tailOf(graph, layer)));
      const logitAt = async (channel: number, change: number): Promise<number> => {
        const channels = activations.shape[3];
        const data = activations.data.map((value, i) => (i % channels === channel ? value + change : value));
        const { logits } = await tail.run({ [layer]: tensor(data, activations.shape) });
        return logits.data[1];
      };
      expect(await logitAt(0, 0)).toBeCloseTo(results["logits"].data[1], 10);
      const weights: number[] = [];
      for (let k = 0; k < activations.shape[3]; k++) {
        weights.push((await logitAt(k, 1e-5)) - (await logitAt(k, -1e-5))); // times what all have in common
      }
      near((await explained({ class: 1 }, { layer })).map.data, camOf(activations, weights));
    },
  );

  test("is of the most probable class, and says how probable it is", async () => {
    const [best] = await model.classify(photo, { inputSize: SIZE, topK: 1 });
    const { index, label, probability } = await explained();
    expect([index, label]).toEqual([best.index, best.label]);
    expect(probability).toBeCloseTo(best.probability, 12);
    expect((await explained({ class: best.index })).map).toEqual((await explained()).map);
  });

  test("is the same on wasm", async () => {
    const weights = await model.stateDict();
    await using wasm = await createModel("test_efficientnet", { weights, labels: LABELS, threads: 2 });
    for (const layer of ["map", "blocks.1"]) {
      await using explainer = await createExplainer(wasm, { inputSize: SIZE, layer });
      const { map, index } = await explainer.explain(photo);
      const expected = await explained({ class: index }, { layer });
      expect(map.shape).toEqual(expected.map.shape);
      for (const [i, heat] of expected.map.data.entries()) expect(Math.abs(map.data[i] - heat)).toBeLessThan(1e-4);
    }
  });

  test("says what part of the picture was seen", async () => {
    // The shorter side, 100 pixels, becomes ⌊64 / 0.875⌋ = 73 and 150 becomes 110, of which 96 are kept: 109.5 as timm.
    const { box } = await explained({}, { cropPct: 1, cropMode: "squash" });
    expect(box).toEqual({ left: 0, top: 0, width: 150, height: 100 });
  });

  test("of a class that nothing speaks for is zero everywhere", async () => {
    const weights = await model.stateDict();
    const { shape } = weights.get("classifier.weight") as Tensor;
    weights.set("classifier.weight", tensor(new Float32Array(shape[0] * shape[1]), shape));
    const silent = await createModel("test_efficientnet", { backend: "reference", weights, labels: LABELS });
    await using explainer = await createExplainer(silent, { inputSize: SIZE });
    const { map, probability } = await explainer.explain(photo);
    expect(Array.from(map.data)).toEqual([0, 0, 0, 0, 0, 0]);
    expect(probability).toBeCloseTo(0.25, 12);
    await silent.dispose();
  });
});

describe("a class is asked for", () => {
  test.each([
    ["espresso", 3],
    ["DOG", 1],
    ["7", 2],
    ["3", 3],
    [0, 0],
  ])("as %j", async (asked, index) => {
    expect((await explained({ class: asked })).index).toBe(index);
  });

  test.each([
    ["expresso", /expected a label or an index from 0 to 3, got expresso\. Did you mean espresso\?/],
    [4, /from 0 to 3, got 4/],
    [-1, /got -1/],
    [1.5, /got 1\.5/],
  ])("wrongly as %j", async (asked, message) => {
    await expect(explained({ class: asked })).rejects.toThrow(UsageError);
    await expect(explained({ class: asked })).rejects.toThrow(message);
  });
});

describe("a layer that cannot be explained is refused", () => {
  test.each([
    ["blocks.3.0.se.conv_reduce", /layer: expected a map that all of the network goes through/],
    ["embedding", /layer: expected a map/],
    ["blocks.77", /layer: expected names of results, got "blocks.77"/],
  ])("%s", async (layer, message) => {
    await expect(explained({}, { layer })).rejects.toThrow(UsageError);
    await expect(explained({}, { layer })).rejects.toThrow(message);
  });

  test("and one that a skip passes by", () => {
    const graph = buildGraph(architectureOf("efficientnet_b0"), { batch: 1, ...SIZE, outputs: ["logits"] });
    expect(() => tailOf(graph, "blocks.1.1.conv_pw")).toThrow(
      /layer: expected a map that all of the network goes through/,
    );
    expect(tailOf(graph, "blocks.1.0.bn3").inputs[0].shape).toEqual([1, 16, 24, 24]);
  });

  test("and a network without a classifier", async () => {
    const headless = await createModel("test_efficientnet", { backend: "reference", seed: 4, classes: 0 });
    await expect(createExplainer(headless)).rejects.toThrow(/classes: expected a network with a classifier/);
    await headless.dispose();
  });
});
