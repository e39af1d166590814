// Mixup (Zhang et al. 2017) and CutMix (Yun et al. 2019) as timm/data/mixup.py does both while it collates a batch:
// on bytes, rounded. Picture i of n is mixed with picture n − 1 − i.

import type { Picture } from "../../image/picture.ts";
import type { Box, Size } from "../../image/resize.ts";
import type { Tensor } from "../../tensor.ts";
import { drawBeta } from "./beta.ts";
import type { Draws } from "./draws.ts";
import { type Mix, mixPictures } from "./mix-pictures.ts";
import { mixTargets } from "./mix-targets.ts";

/** One share for the `batch`, for each `pair`, for each `elem`ent; `half` does as `elem` and keeps the first half. */
export type MixMode = "batch" | "pair" | "elem" | "half";

export interface Mixing {
  /** α of Mixup's and of CutMix' share; 0: none of it. */
  readonly mixup: number;
  readonly cutmix: number;
  /** `[least, greatest]` share of each side that a box takes, instead of one by CutMix' share. */
  readonly cutmixMinmax: readonly [number, number] | null;
  /** That there is any mixing, and that it is CutMix where both are on. */
  readonly probability: number;
  readonly switchProbability: number;
  readonly mode: MixMode;
  /** What all classes together get of every target. */
  readonly smoothing: number;
  /** Epoch from which on nothing is mixed; 0: never. The targets stay soft and smoothed. */
  readonly offEpoch: number;
}

/** A share as drawn: λ of a picture itself, 1 − λ of its partner; 1 is no mixing. */
export interface Share {
  readonly lambda: number;
  readonly isCut: boolean;
}

export interface Mixed {
  /** New pictures; those that nothing happened to are the ones given. Half as many in mode `half`. */
  readonly pictures: readonly Picture[];
  /** `[n, classes]`, float32. */
  readonly targets: Tensor;
}

/** What holds in an epoch. */
export function mixingAt(epoch: number, mixing: Mixing): Mixing {
  return mixing.offEpoch > 0 && epoch >= mixing.offEpoch ? { ...mixing, probability: 0 } : mixing;
}

/**
 * A batch mixed.
 * @param pictures of one size
 * @param labels one class index a picture
 * @param draws a stream for this batch and epoch alone
 */
export function mix(
  pictures: readonly Picture[],
  labels: ArrayLike<number>,
  classes: number,
  mixing: Mixing,
  draws: Draws,
): Mixed {
  const mixes = placeMixes(drawShares(pictures.length, mixing, draws), pictures.length, pictures[0], mixing, draws);
  const targets = targetsOf(labels, classes, mixing, mixes);
  return { pictures: mixPictures(pictures, mixes), targets };
}

/** `[mixes, classes]`, of the arithmetic that timm has for the mode. */
export function targetsOf(
  labels: ArrayLike<number>,
  classes: number,
  { mode, smoothing }: Pick<Mixing, "mode" | "smoothing">,
  mixes: readonly Mix[],
): Tensor {
  const lambdas = mixes.map(({ lambda }) => lambda);
  return mixTargets(labels, classes, smoothing, lambdas, mode === "half" ? (value) => value : Math.fround);
}

/** The random part before any box. */
function drawShares(count: number, mixing: Mixing, draws: Draws): Share[] {
  const shares = { batch: 1, pair: Math.ceil(count / 2), half: Math.floor(count / 2), elem: count }[mixing.mode];
  return Array.from({ length: shares }, () => drawShare(mixing, draws));
}

function drawShare({ mixup, cutmix, probability, switchProbability }: Mixing, draws: Draws): Share {
  if (draws.float() >= probability) return { lambda: 1, isCut: false };
  const isCut = cutmix > 0 && (mixup === 0 || draws.float() < switchProbability);
  return { lambda: drawBeta(isCut ? cutmix : mixup, draws), isCut };
}

/**
 * What happens to each picture of a batch, given the shares that were drawn.
 * @returns one entry for each picture that leaves
 */
export function placeMixes(
  shares: readonly Share[],
  count: number,
  size: Size,
  { mode, cutmixMinmax }: Pick<Mixing, "mode" | "cutmixMinmax">,
  draws: Draws,
): Mix[] {
  const mixes = shares.map(({ lambda, isCut }): Mix => {
    // timm keeps the share of a batch as a double and those of pictures as float32.
    const share = mode === "batch" ? lambda : Math.fround(lambda);
    if (!isCut || share === 1) return { lambda: share, box: null };
    const box = cutmixMinmax === null ? drawBox(size, share, draws) : drawBoxBetween(size, cutmixMinmax, draws);
    const left = 1 - (box.width * box.height) / (size.width * size.height);
    return { lambda: mode === "batch" ? left : Math.fround(left), box };
  });
  if (mode === "batch") return new Array(count).fill(mixes[0]);
  if (mode === "pair") return Array.from({ length: count }, (_, i) => mixes[Math.min(i, count - 1 - i)]);
  return mixes;
}

/** CutMix: the box takes 1 − λ of the area around a place anywhere in the picture; what reaches outside is cut off. */
function drawBox({ height, width }: Size, lambda: number, draws: Draws): Box {
  const side = Math.sqrt(1 - lambda);
  const rows = spanAround(draws.below(height), Math.trunc(height * side), height);
  const columns = spanAround(draws.below(width), Math.trunc(width * side), width);
  return { top: rows.from, left: columns.from, height: rows.count, width: columns.count };
}

function spanAround(center: number, length: number, size: number): { from: number; count: number } {
  const half = Math.floor(length / 2);
  const from = Math.max(center - half, 0);
  return { from, count: Math.min(center + half, size) - from };
}

/** Sides of `least` … `greatest` share of the picture's, the greatest left out, always smaller than it. */
function drawBoxBetween({ height, width }: Size, [least, greatest]: readonly [number, number], draws: Draws): Box {
  const side = (size: number): number => {
    const from = Math.trunc(size * least);
    const drawn = from + draws.below(Math.max(Math.trunc(size * greatest) - from, 1));
    return Math.min(drawn, size - 1);
  };
  const [high, wide] = [side(height), side(width)];
  const top = draws.below(height - high);
  return { top, left: draws.below(width - wide), height: high, width: wide };
}
