// 4.6, 12: scores of single channels against what removing each of them does to a trained network's answers.

import { afterAll, beforeAll, expect, test } from "vitest";
import { wasmBackend } from "#effnet/backend/wasm/wasm.js";
import { buildGraph } from "#effnet/graph/build.js";
import { optimize } from "#effnet/graph/passes.js";
import type { Model } from "#effnet/model/model.js";
import { softmax } from "#effnet/model/predict.js";
import { gated, gateInputs, type Openings } from "#effnet/pruning/gates.js";
import { type ChannelGroup, groups } from "#effnet/pruning/groups.js";
import { type ImportanceOptions, importance } from "#effnet/pruning/importance.js";
import { spearman } from "#effnet/pruning/rank-correlation.js";
import { reliabilityOf, scoresOf } from "#effnet/pruning/scores.js";
import { evaluate } from "#effnet/training/evaluate.js";
import { train } from "#effnet/training/train.js";
import { initialize } from "#effnet/weights/initialize.js";
import { DIGITS, digitNetwork, digits } from "./digits.ts";
import { modelOf, sourceOf } from "./parents.ts";

const SCORED = 120; // pictures
const channels = groups(digitNetwork).filter(({ kind }) => kind !== "block");
const scoring = digits(SCORED, "scoring");
const source = sourceOf(scoring.x, scoring.labels, { classes: DIGITS, batch: 60 });
let model: Model;
/** KL(parent ‖ without the channel), mean over pictures; all channels in one row. */
let losses: number[];

beforeAll(async () => {
  model = await modelOf(digitNetwork, initialize(digitNetwork, 3, { scheme: "torch" }), {
    backend: wasmBackend(),
    threads: 2,
  });
  const { x, labels } = digits(800, "train");
  const data = { train: sourceOf(x, labels, { classes: DIGITS, batch: 25 }) };
  for await (const _ of train(model, data, { start: "scratch", epochs: 12, seed: 2, rate: 0.1 }));
  losses = await leftOut();
});
afterAll(() => model?.dispose());

/** Pictures of a batch may lack different channels: each has gates of its own. */
async function leftOut(): Promise<number[]> {
  const [, height, width] = scoring.x.shape;
  const graph = buildGraph(digitNetwork, { batch: SCORED, height, width, outputs: ["logits"] });
  const { graph: withGates, sites } = gated(graph, groups(digitNetwork));
  const executable = await model.compile(optimize(withGates));
  const probabilities = async (open: Openings): Promise<Float64Array[]> => {
    const openings = Array.from({ length: SCORED }, () => open);
    const { logits } = await executable.run({ input: scoring.x, ...gateInputs(sites, openings) });
    return Array.from({ length: SCORED }, (_, n) => softmax(logits.data.subarray(n * DIGITS, (n + 1) * DIGITS)));
  };
  const parent = await probabilities(new Map());
  const found: number[] = [];
  for (const { name, width: count } of channels) {
    for (let channel = 0; channel < count; channel++) {
      const open = Float64Array.from({ length: count }, (_, c) => (c === channel ? 0 : 1));
      const without = await probabilities(new Map([[name, open]]));
      found.push(without.reduce((sum, q, n) => sum + divergence(parent[n], q), 0) / SCORED);
    }
  }
  return found;
}

/** KL(p ‖ q) */
function divergence(p: Float64Array, q: Float64Array): number {
  return p.reduce((sum, each, k) => sum + (each > 0 ? each * Math.log(each / q[k]) : 0), 0);
}

async function correlation(options: ImportanceOptions): Promise<number> {
  const scores = scoresOf(await importance(model, source, options));
  return spearman(
    channels.flatMap(({ name }: ChannelGroup) => [...(scores.get(name) ?? [])]),
    losses,
  );
}

test("the network has learned most of it, and not all", async () => {
  const { x, labels } = digits(200, "test");
  const { top1 } = await evaluate(model, sourceOf(x, labels, { classes: DIGITS, batch: 50 }));
  console.info(`accuracy ${top1}, ${losses.length} channels`);
  expect(top1).toBeGreaterThan(0.8);
});

test("fisher ranks single removals by what they do to the answers, labels do less well, weights alone do not", async () => {
  const [exact, drawn, labelled, feature, kp, l1, random] = [
    await correlation({ score: "fisher", draws: "exact" }),
    await correlation({ score: "fisher" }),
    await correlation({ score: "gate-taylor" }),
    await correlation({ score: "feature" }),
    await correlation({ score: "kp" }),
    await correlation({ score: "l1" }),
    await correlation({ score: "random" }),
  ];
  console.info({ exact, drawn, labelled, feature, kp, l1, random });
  expect(exact).toBeGreaterThan(0.95);
  expect(drawn).toBeGreaterThan(0.9);
  expect(labelled).toBeGreaterThan(0.85);
  for (const better of [exact, drawn, labelled]) expect(better).toBeGreaterThan(Math.max(kp, l1, random));
});

test("the halves of more pictures agree better, and the whole is better than its halves", async () => {
  const reliability = async (count: number) => {
    const { x, labels } = digits(count, "scoring");
    const pictures = sourceOf(x, labels, { classes: DIGITS, batch: 60 });
    return reliabilityOf(await importance(model, pictures, { score: "fisher", draws: "exact" }));
  };
  const [few, many] = [await reliability(60), await reliability(480)];
  expect(many.halves).toBeGreaterThan(few.halves);
  expect(many.whole).toBeGreaterThan(many.halves);
});
