// Real photos, real weights, from the command line: timm's own answers.

import { existsSync, readFileSync } from "node:fs";
import { basename } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { json } from "./effnet.ts";

const shared = fileURLToPath(new URL("../../../shared", import.meta.url));
const TOO_CLOSE = 2e-3; // logits: below this the rounding of float32 may swap the two best
const TOLERANCE = 1e-3; // of probabilities

interface Expected {
  readonly photos: Readonly<
    Record<
      string,
      { readonly margin: number; readonly top5: readonly { readonly index: number; readonly probability: number }[] }
    >
  >;
}

interface Row {
  readonly file: string;
  readonly predictions: readonly { readonly index: number; readonly probability: number }[];
}

test("200 photos at the test size get timm's classes, and its probabilities within 1e-3", async (context) => {
  if (!existsSync(shared)) context.skip("../shared is not here");
  const weights = `${shared}/weights/tf_efficientnetv2_b0.safetensors`;
  const network = ["--model", "tf_efficientnetv2_b0", "--weights", weights, "--test-size"];
  const rows = await json<Row[]>(["classify", `${shared}/photos/nips2017`, ...network, "--top-k", "1000", "--json"]);
  const { photos } = JSON.parse(readFileSync(`${shared}/golden/photos/v2b0-200-top5.json`, "utf8")) as Expected;
  expect(rows.map(({ file }) => basename(file)).sort()).toEqual(Object.keys(photos).sort());

  const wrong: string[] = [];
  let largest = 0;
  for (const { file, predictions } of rows) {
    const { margin, top5 } = photos[basename(file)];
    if (margin >= TOO_CLOSE && predictions[0].index !== top5[0].index) wrong.push(basename(file));
    const got = new Map(predictions.map(({ index, probability }) => [index, probability]));
    for (const { index, probability } of top5) {
      largest = Math.max(largest, Math.abs((got.get(index) ?? Number.NaN) - probability));
    }
  }
  expect(wrong).toEqual([]);
  expect(largest).toBeLessThanOrEqual(TOLERANCE);
  console.log(`largest difference of a probability: ${largest.toExponential(1)}`);
}, 300_000);
