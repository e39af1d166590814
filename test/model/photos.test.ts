// Real photos, real weights: timm's answers, on `wasm`.

import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createModel } from "#effnet/model/create.js";
import type { Model } from "#effnet/model/model.js";

interface LogitsRun {
  readonly config: { readonly input_size: readonly [channels: number, height: number, width: number] };
  /** Float64 sum of each photo's normalised input. */
  readonly inputSum: readonly number[];
  /** `[photos][classes]` */
  readonly logits: readonly (readonly number[])[];
}

interface TopFive {
  readonly top5: readonly { readonly index: number; readonly probability: number }[];
  /** Between the two largest logits. */
  readonly margin: number;
}

const NAME = "tf_efficientnetv2_b0";
const shared = (path: string): string => fileURLToPath(new URL(`../../../shared/${path}`, import.meta.url));
const golden = <T>(file: string): T => JSON.parse(readFileSync(shared(`golden/photos/${file}`), "utf8"));
const photo = (name: string): string => shared(`photos/nips2017/${name}`);
const weights = shared(`weights/${NAME}.safetensors`);
const isHere = existsSync(weights);
if (!isHere) console.warn("skipped: the photos and weights (../shared) are not here");

describe.skipIf(!isHere)("timm's answers on photos", { timeout: 300_000 }, () => {
  let model: Model;

  beforeAll(async () => {
    model = await createModel(NAME, { weights, threads: 2 });
  });

  afterAll(() => model.dispose());

  test("all 1,000 logits of 16 photos at 192 and 224 pixels are within 1e-3, their inputs the same", async () => {
    const { photos, runs } = golden<{ photos: readonly string[]; runs: readonly LogitsRun[] }>("v2b0-16-photos.json");
    expect(runs).toHaveLength(2);
    for (const { config, inputSum, logits } of runs) {
      const [, height, width] = config.input_size;
      let most = 0;
      for (const [i, name] of photos.entries()) {
        const x = await model.prepare(photo(name), { inputSize: { height, width } });
        const sum = [...x.data].reduce((all, value) => all + value, 0);
        expect(sum, name).toBeCloseTo(inputSum[i], 6); // order of 150,528 float64 sums
        const { data } = await model.forward(x);
        for (const [at, expected] of logits[i].entries()) most = Math.max(most, Math.abs(data[at] - expected));
      }
      console.log(`${height}×${width}: largest difference of 16 × 1,000 logits: ${most.toExponential(2)}`);
      expect(most).toBeLessThanOrEqual(1e-3);
    }
  });

  test("the best class of all 200 photos at the test size is timm's, probabilities within 1e-3", async () => {
    const { photos } = golden<{ photos: Readonly<Record<string, TopFive>> }>("v2b0-200-top5.json");
    const names = Object.keys(photos);
    expect(names).toHaveLength(200);
    const answers = await model.classify(names.map(photo), { testSize: true, topK: 1000 });
    for (const [i, name] of names.entries()) {
      const probabilityOf = new Map(answers[i].map(({ index, probability }) => [index, probability]));
      for (const { index, probability } of photos[name].top5) {
        expect(Math.abs((probabilityOf.get(index) as number) - probability), name).toBeLessThanOrEqual(1e-3);
      }
      if (photos[name].margin >= 2e-3) expect(answers[i][0].index, name).toBe(photos[name].top5[0].index);
    }
  });
});
