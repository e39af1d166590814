// Batch norms that were folded into their layers are recognised, kept, or given statistics again.

import { beforeAll, describe, expect, test } from "vitest";
import { tensorSpecs } from "#effnet/architecture/tensors.js";
import type { StateDict, Tensor } from "#effnet/tensor.js";
import { evaluate } from "#effnet/training/evaluate.js";
import { meaninglessNorms, unfolded } from "#effnet/training/norms.js";
import { train } from "#effnet/training/train.js";
import { ofKind, reportsOf, toyModel, toyNetwork, toySource } from "./toy.ts";

const EPSILON = toyNetwork.norm.epsilon;
const validation = toySource({ count: 15, split: "validation", isWhole: false, batch: 4 });
const plain = toySource({ isWhole: false, batch: 5 });

/** Every norm's layer. */
const LAYERS = tensorSpecs(toyNetwork)
  .filter(({ role }) => role === "running_mean")
  .map(({ name }) => name.slice(0, -".running_mean".length));

/** The same function: convolutions carry the norms' scale, biases all the rest. */
function folded(stateDict: StateDict): StateDict {
  const all = new Map(Array.from(stateDict, ([name, { shape, data }]) => [name, { shape, data: data.slice() }]));
  const data = (name: string): Tensor["data"] => (all.get(name) as Tensor).data;
  const convolutions = [...all.keys()].filter((name) => /conv[^.]*\.weight$/.test(name) && !name.includes(".se."));
  LAYERS.forEach((norm, at) => {
    const weight = data(convolutions[at]);
    const [gamma, beta, mean, variance] = ["weight", "bias", "running_mean", "running_var"].map((role) =>
      data(`${norm}.${role}`),
    );
    for (let c = 0; c < gamma.length; c++) {
      const scale = gamma[c] / Math.sqrt(variance[c] + EPSILON);
      const row = weight.length / gamma.length;
      for (let i = c * row; i < (c + 1) * row; i++) weight[i] *= scale;
      beta[c] -= mean[c] * scale;
      [gamma[c], mean[c], variance[c]] = [Math.sqrt(1 + EPSILON), 0, 1];
    }
  });
  return all;
}

describe("a network that was trained and folded", () => {
  let trained: StateDict;
  beforeAll(async () => {
    const model = await toyModel();
    await reportsOf(train(model, { train: toySource() }, { start: "scratch", epochs: 4, rate: 0.05 }));
    trained = await model.stateDict();
  });

  test("is recognised, as is one that was never trained; a trained one is neither", async () => {
    expect(meaninglessNorms(toyNetwork, trained)).toEqual({ folded: [], fresh: [] });
    expect(meaninglessNorms(toyNetwork, folded(trained))).toEqual({ folded: LAYERS, fresh: [] });
    const fresh = await (await toyModel()).stateDict();
    expect(meaninglessNorms(toyNetwork, fresh)).toEqual({ folded: [], fresh: LAYERS });
  });

  test("computes the same after unfolding, and agrees with itself on the statistics of a batch", async () => {
    const model = await toyModel(toyNetwork, folded(trained));
    const before = await evaluate(model, validation);
    const stateDict = await unfolded(model, LAYERS, plain);
    expect(meaninglessNorms(toyNetwork, stateDict)).toEqual({ folded: [], fresh: [] });
    await model.replace(stateDict);
    const after = await evaluate(model, validation);
    before.logits.data.forEach((value, i) => {
      expect(after.logits.data[i]).toBeCloseTo(value, 5); // float32 weights
    });
    // The first norm sees the same in training and in evaluation.
    const norms = ["bn1.running_mean", "bn1.running_var"].map((name) => stateDict.get(name)?.data ?? []);
    const moved = await reportsOf(
      train(model, { train: toySource({ batch: 24 }) }, { start: "scratch", epochs: 1, rate: 0, smoothing: 0 }),
    );
    const now = await model.stateDict();
    for (const [i, name] of ["bn1.running_mean", "bn1.running_var"].entries()) {
      now.get(name)?.data.forEach((value, c) => {
        expect(Math.abs(value - norms[i][c])).toBeLessThan(0.02 * Math.max(...norms[1]));
      });
    }
    expect(ofKind(moved, "step").length).toBe(1);
  });

  const data = { train: toySource(), plain };
  test("keeps its statistics where norms run, and says so", async () => {
    const model = await toyModel(toyNetwork, folded(trained));
    const reports = await reportsOf(train(model, data, { epochs: 1 }));
    const [notice, ...others] = ofKind(reports, "start")[0].notices;
    expect(notice).toMatch(/^10 batch norms, such as bn1, were folded into their layers: they stay/);
    expect(others).toEqual([]);
    expect((await model.stateDict()).get("bn1.running_mean")?.data.every((mean) => mean === 0)).toBe(true);
  });

  test("is unfolded where norms take the batch's statistics, and refused where there is nothing to unfold on", async () => {
    const model = await toyModel(toyNetwork, folded(trained));
    const reports = await reportsOf(train(model, data, { epochs: 1, norms: "batch" }));
    expect(ofKind(reports, "start")[0].notices).toEqual([
      "10 batch norms that had been folded into their layers have statistics again.",
    ]);
    const running = reportsOf(
      train(await toyModel(toyNetwork, folded(trained)), { train: toySource() }, { epochs: 1, norms: "batch" }),
    );
    await expect(running).rejects.toMatchObject({ code: "usage", option: "norms" });
  });

  test("that never saw a picture is told to take the batch's statistics", async () => {
    const reports = await reportsOf(train(await toyModel(), data, { epochs: 1 }));
    expect(ofKind(reports, "start")[0].notices[0]).toMatch(/have never seen a picture.*norms "batch"\.$/);
  });
});
