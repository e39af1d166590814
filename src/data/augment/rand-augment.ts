// RandAugment (Cubuk et al. 2019) as timm draws it (timm/data/auto_augment.py).

import type { Interpolation } from "../../image/filters.ts";
import type { Picture } from "../../image/picture.ts";
import { type Draws, pick } from "./draws.ts";
import { RAND_OPS, type RandOp, type RandOpName } from "./rand-ops.ts";

/** What a string such as `rand-m9-mstd0.5` means; `parseRandAugment` reads it. */
export interface RandAugment {
  readonly ops: readonly RandOpName[];
  /** How likely each op is, in all 1; the ops drawn then differ. Null: all alike, and one may come twice. */
  readonly weights: readonly number[] | null;
  /** Ops drawn for a picture. */
  readonly layers: number;
  /** That a drawn op is applied. */
  readonly probability: number;
  readonly magnitude: number;
  /** Of the magnitude's normal distribution; or it is uniform in 0 … `magnitude`. */
  readonly magnitudeStd: number | "uniform";
  readonly magnitudeMax: number;
}

export interface RandAugmentOptions {
  /** Of rotations, shears and translations; one of them is drawn each time. */
  readonly interpolations: readonly Interpolation[];
  /** RGB bytes of what comes in from outside. */
  readonly fill: readonly number[];
}

export const LEVELS = 10; // a magnitude counts tenths of an op's range (`_LEVEL_DENOM`)

export function applyRandAugment(
  source: Picture,
  recipe: RandAugment,
  { interpolations, fill }: RandAugmentOptions,
  draws: Draws,
): Picture {
  let result = source;
  for (const name of drawOps(recipe, draws)) {
    if (draws.float() > recipe.probability) continue;
    const { argument, apply }: RandOp = RAND_OPS[name];
    const value = argument(drawMagnitude(recipe, draws) / LEVELS, draws);
    result = apply(result, value, { sampling: pick(interpolations, draws), fill });
  }
  return result;
}

function drawOps({ ops, weights, layers }: RandAugment, draws: Draws): RandOpName[] {
  if (weights === null) return Array.from({ length: layers }, () => pick(ops, draws));
  const left = ops.map((name, index) => ({ name, weight: weights[index] }));
  return Array.from({ length: layers }, () => left.splice(drawWeighted(left, draws), 1)[0].name);
}

/** The place of one item, as likely as its weight is of the sum. */
function drawWeighted(items: readonly { readonly weight: number }[], draws: Draws): number {
  let rest = draws.float() * items.reduce((sum, { weight }) => sum + weight, 0);
  let at = 0;
  while (at < items.length - 1 && rest >= items[at].weight) rest -= items[at++].weight;
  return at;
}

function drawMagnitude({ magnitude, magnitudeStd, magnitudeMax }: RandAugment, draws: Draws): number {
  if (magnitudeStd === 0) return clamp(magnitude, magnitudeMax);
  if (magnitudeStd === "uniform") return clamp(draws.uniform(0, magnitude), magnitudeMax);
  return clamp(magnitude + magnitudeStd * draws.normal(), magnitudeMax);
}

function clamp(magnitude: number, greatest: number): number {
  return Math.max(0, Math.min(magnitude, greatest));
}
