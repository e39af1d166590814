// The onnx backend: the suite of every backend, and what is its own.

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { architectureOf } from "#effnet/architecture/build.js";
import { onnxBackend } from "#effnet/backend/onnx/onnx.js";
import { DisposedError, EngineError, UnsupportedError, UsageError } from "#effnet/errors.js";
import { createModel, type Model } from "#effnet/index.js";
import { initialize } from "#effnet/weights/initialize.js";
import { formulaInput } from "../golden/formula.ts";
import { onnxruntime } from "./onnx/runtime.ts";
import { onnxConformance } from "./onnx/suite.ts";

const ort = await onnxruntime();

if (ort !== undefined) onnxConformance(8); // without padding in onnx.slow.test.ts

describe.skipIf(ort === undefined)("a model on the onnx backend", () => {
  let model: Model;
  beforeAll(async () => {
    model = await createModel("efficientnet_b0", { seed: 1, backend: "onnx", threads: 1 });
  });
  afterAll(() => model?.dispose());

  test("the caller's event loop turns while the network is compiled and runs", async () => {
    const input = formulaInput(1, [2, 224, 224, 3]);
    for (const what of ["compiles and runs", "runs"]) {
      const running = model.forward(input);
      let isRunning = true;
      running.finally(() => {
        isRunning = false;
      });
      let turns = 0;
      for (; isRunning; turns++) await new Promise((resolve) => setImmediate(resolve));
      expect(turns, what).toBeGreaterThan(20); // a blocked loop turns once or twice
      expect((await running).shape).toEqual([2, 1000]);
    }
  });

  test("other weights answer from the next call on, in every executable", async () => {
    const network = architectureOf("test_efficientnet", { classes: 5 });
    const [one, two] = [1, 2].map((seed) => initialize(network, seed, { scheme: "timm" }));
    const changing = await createModel(network, { weights: one, backend: "onnx", threads: 1 });
    const steady = await createModel(network, { weights: two, backend: "onnx", threads: 1 });
    const input = formulaInput(2, [1, 32, 32, 3]);
    const before = await changing.forward(input);
    await changing.replace(two);
    expect(await changing.forward(input)).toEqual(await steady.forward(input));
    expect(await changing.forward(input)).not.toEqual(before);
    await changing.dispose();
    await steady.dispose();
  });

  test("batches and outputs of one network do not hold each other up, and each answers", async () => {
    const small = await createModel("test_efficientnet", { seed: 1, backend: "onnx", threads: 1 });
    const reference = await createModel("test_efficientnet", { seed: 1, backend: "reference" });
    const input = formulaInput(2, [3, 33, 47, 3]);
    const one = { shape: [1, 33, 47, 3], data: input.data.slice(0, 33 * 47 * 3) };
    const [three, alone, features] = await Promise.all([small.forward(input), small.forward(one), small.features(one)]);
    expect(three.shape).toEqual([3, 1000]);
    expect([...alone.data]).toEqual([...three.data.slice(0, 1000)]);
    const expected = await reference.features(one);
    expect(features.map(({ map }) => map.shape)).toEqual(expected.map(({ map }) => map.shape));
    await small.dispose();
    await reference.dispose();
  });

  test("training is refused with the backend that trains", async () => {
    const weights = await onnxBackend().load(new Map());
    const refused = weights.compileTraining({} as never, {} as never);
    await expect(refused).rejects.toThrow(UnsupportedError);
    await expect(refused).rejects.toThrow('Use backend "wasm"');
    await weights.dispose();
  });

  test("a provider that is not there is an EngineError that says which", async () => {
    const other = await createModel("test_efficientnet", { seed: 1, backend: "onnx", onnx: { providers: ["tpu"] } });
    const refused = other.forward(formulaInput(2, [1, 32, 32, 3]));
    await expect(refused).rejects.toThrow(EngineError);
    await expect(refused).rejects.toThrow(/tpu/);
    await other.dispose();
  });

  test("auto takes onnx where it is installed: its model disposes and answers alike", async () => {
    const auto = await createModel("test_efficientnet", { seed: 1, backend: "auto", threads: 1 });
    const onnx = await createModel("test_efficientnet", { seed: 1, backend: "onnx", threads: 1 });
    const input = formulaInput(2, [1, 32, 32, 3]);
    expect(await auto.forward(input)).toEqual(await onnx.forward(input));
    await Promise.all([auto.dispose(), onnx.dispose(), onnx.dispose()]);
    await expect(auto.forward(input)).rejects.toThrow(DisposedError);
  });
});

test("a bad number of threads is refused before a worker starts", async () => {
  await expect(onnxBackend().load(new Map(), { threads: 0 })).rejects.toThrow(UsageError);
});
