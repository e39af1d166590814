// How much the network would lose with each channel: the sums over pictures that scores are made of.

import type { BatchSource } from "../data/batch.ts";
import { nearest, UsageError } from "../errors.ts";
import type { Model } from "../model/model.ts";
import { type DerivativeOptions, derivatives } from "./derivatives.ts";
import { type Along, drawsOf } from "./directions.ts";
import { energies } from "./energy.ts";
import { type ChannelGroup, groups } from "./groups.ts";
import { shapesHash } from "./plan.ts";
import { type Half, type Importance, SCORE_NAMES, type ScoreName, type Scores } from "./sums.ts";
import { randomScores, weightNorms, weightProducts } from "./weight-scores.ts";

export interface ImportanceOptions extends DerivativeOptions {
  /** Default `fisher`. */
  readonly score?: ScoreName;
}

/** A score that is made of gate derivatives d: along what, and what is summed. */
interface GateScore {
  readonly along: Along;
  readonly term: (d: number) => number;
}

const square = (d: number): number => d * d;
const gateScores: Readonly<Partial<Record<ScoreName, GateScore>>> = {
  fisher: { along: "draws", term: square },
  "gate-taylor": { along: "label", term: square },
  "second-order": { along: "label", term: (d) => (d * d) / 2 - d },
  first: { along: "label", term: (d) => d },
  feature: { along: "features", term: square },
};

/** Along what the score differentiates; null for scores that know no gates. */
export function alongOf(score: ScoreName): Along | null {
  return gateScores[score]?.along ?? null;
}

/**
 * Sums over at most `samples` pictures of the source, in its order: give it shuffled pictures of all classes, prepared as for
 * evaluation (`scoringSamples`). Neither their order nor their batches matter to the sums of both halves together.
 *
 * What is drawn for a picture depends on the seed and the picture's name.
 * @throws UsageError for a bad option, classes that are not the model's where labels count, or if no picture could be read
 */
export async function importance(
  model: Model,
  source: BatchSource,
  options: ImportanceOptions = {},
): Promise<Importance> {
  const { score = "fisher" } = options;
  checkScore(score);
  const { architecture } = model;
  const list = groups(architecture);
  const along = alongOf(score);
  const draws = along === null ? null : drawsOf(along, options.draws);
  const halves = await halvesOf(score, model, list, source, options);
  const named = list.filter(({ name }) => halves[0].sums.has(name));
  const samples = halves[0].samples + halves[1].samples;
  return {
    score,
    parent: shapesHash(architecture),
    draws,
    size: samples === 0 ? null : (source.size ?? null),
    samples,
    widths: new Map(named.map(({ name, width }) => [name, width])),
    halves,
  };
}

function checkScore(score: ScoreName): void {
  if (SCORE_NAMES.includes(score)) return;
  const suggested = nearest(score, SCORE_NAMES);
  const instead = suggested === undefined ? "" : ` Did you mean ${suggested}?`;
  throw new UsageError("score", `expected one of ${SCORE_NAMES.join(", ")}, got ${score}.${instead}`);
}

async function halvesOf(
  score: ScoreName,
  model: Model,
  list: readonly ChannelGroup[],
  source: BatchSource,
  options: ImportanceOptions,
): Promise<[Half, Half]> {
  const gateScore = gateScores[score];
  if (gateScore !== undefined) return gateSums(model, list, source, gateScore, options);
  if (score === "kp") return weightProducts(model, list, source, options);
  if (score === "energy") return energies(model, list, source, options);
  const scores = score === "l1" ? weightNorms(list, await model.stateDict()) : randomScores(list, options.seed ?? 0);
  return [unseen(scores), unseen(scores)];
}

/** Of a score that looks at no pictures. */
function unseen(sums: Scores): Half {
  return { samples: 0, sums };
}

async function gateSums(
  model: Model,
  list: readonly ChannelGroup[],
  source: BatchSource,
  { along, term }: GateScore,
  options: DerivativeOptions,
): Promise<[Half, Half]> {
  const zeros = (): Map<string, Float64Array> =>
    new Map(list.map(({ name, width }) => [name, new Float64Array(width)]));
  const sums = [zeros(), zeros()];
  let seen = 0;
  for await (const { from, weights, derivatives: found } of derivatives(model, list, source, along, options)) {
    seen = from + weights.length;
    for (const { name, width } of list) {
      const d = found.get(name) ?? [];
      weights.forEach((weight, n) => {
        const sum = sums[(from + n) % 2].get(name) as Float64Array;
        for (let c = 0; c < width; c++) sum[c] += weight * term(d[n * width + c]);
      });
    }
  }
  return [
    { samples: Math.ceil(seen / 2), sums: sums[0] },
    { samples: Math.floor(seen / 2), sums: sums[1] },
  ];
}
