// The meaning of the ops against timm: whole networks in float64.

import { expect, test } from "vitest";
import { referenceBackend } from "#effnet/backend/reference/reference.js";
import { buildGraph } from "#effnet/graph/build.js";
import { difference } from "./compare.ts";
import { featureResult, GOLDEN_MODELS, goldenModel, runGolden, sampleDifference } from "./golden-models.ts";

/** Both sides are float64 and add in other orders; values are of order 1 to 100. */
const TOLERANCE = 1e-9;

test.each(GOLDEN_MODELS)(
  "%s: reference gives timm's logits, embeddings, features and blocks within 1e-9",
  async (name) => {
    const golden = goldenModel(name);
    const results = await runGolden(golden, referenceBackend);
    expect(difference(results["logits"], golden.logits, { absolute: TOLERANCE })).toBeNull();
    const far = [...golden.samples]
      .map(([output, sample]) => [output, sampleDifference(results[output], sample)] as const)
      .concat(
        [...golden.features].map(([module, sample]) => {
          return [module, sampleDifference(results[featureResult(module, golden.architecture)], sample)] as const;
        }),
      )
      .filter(([, by]) => !(by <= TOLERANCE));
    expect(far).toEqual([]);
  },
);

test("nothing fused, the network gives the same features under their stages' names", async () => {
  const { architecture, parameters, input, features } = goldenModel("efficientnet_b1_pruned-97x131");
  const [batch, height, width] = input.shape;
  const weights = await referenceBackend.load(parameters);
  const executable = await weights.compile(buildGraph(architecture, { batch, height, width, outputs: "features" }));
  const maps = await executable.run({ input });
  expect(Object.keys(maps)).toEqual([...features.keys()]);
  for (const [module, sample] of features)
    expect(sampleDifference(maps[module], sample)).toBeLessThanOrEqual(TOLERANCE);
});
