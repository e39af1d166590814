// Augmentation as asked for, in timm's arguments and with its defaults, and as it is applied: resolved, plain data.

import { UsageError } from "../../errors.ts";
import { INTERPOLATIONS, type Interpolation } from "../../image/filters.ts";
import { colorByte, type Transform } from "../../image/preprocess.ts";
import type { Cropping, PictureRecipe } from "./augment.ts";
import type { EraseMode, Erasing } from "./erase.ts";
import type { Jitter } from "./jitter.ts";
import type { Mixing, MixMode } from "./mix.ts";
import { parseRandAugment } from "./parse-rand-augment.ts";

/** All of it: what each picture, the batch of pictures, and its normalised values undergo, in this order. */
export interface Augmentation {
  readonly picture: PictureRecipe;
  readonly mixing: Mixing | null;
  readonly erasing: Erasing | null;
}

/** The arguments of timm's train.py; its defaults where absent. */
export interface AugmentOptions {
  /** `shifted`: by up to `shift` pixels; for small pictures. `center`: the same part each time. Default `resized`. */
  readonly crop?: Cropping["kind"] | undefined;
  /** Share of the area that a resized crop shows. Default 0.08 … 1. */
  readonly scale?: readonly [number, number] | undefined;
  /** Width / height of a resized crop before it is resized. Default 3/4 … 4/3. */
  readonly ratio?: readonly [number, number] | undefined;
  /** Pixels. Default 4. */
  readonly shift?: number | undefined;
  /** Default `random`: bilinear or bicubic. */
  readonly interpolation?: Interpolation | "random" | undefined;
  /** Probability. Default 0.5. */
  readonly hflip?: number | undefined;
  /** Probability. Default 0. */
  readonly vflip?: number | undefined;
  /** Brightness, contrast and saturation alike, or these three and the hue. 0: none. Default 0.4, and 0 with `aa`. */
  readonly colorJitter?: number | readonly number[] | undefined;
  /** RandAugment, such as `rand-m9-mstd0.5-inc1`. Default none. */
  readonly aa?: string | null | undefined;
  /** Random erasing: probability (default 0), what with (`pixel`), blocks at most (1). */
  readonly reprob?: number | undefined;
  readonly remode?: EraseMode | undefined;
  readonly recount?: number | undefined;
  /** α of Mixup and of CutMix; 0: none. Default 0. */
  readonly mixup?: number | undefined;
  readonly cutmix?: number | undefined;
  /** `[least, greatest]` share of each side, instead of a share by α; turns CutMix on. */
  readonly cutmixMinmax?: readonly [number, number] | null | undefined;
  /** That a batch is mixed (default 1), and that it is CutMix where both are on (0.5). */
  readonly mixupProb?: number | undefined;
  readonly mixupSwitchProb?: number | undefined;
  /** Default `batch`. */
  readonly mixupMode?: MixMode | undefined;
  /** Epoch from which on nothing is mixed; 0: never. Default 0. */
  readonly mixupOffEpoch?: number | undefined;
  /** Of the targets of mixed batches. Default 0.1. */
  readonly smoothing?: number | undefined;
}

/** Few epochs over some thousand photos: mild, so that the network sees whole objects (measured with 0.4 … 1). */
export const FINE_TUNING: AugmentOptions = { scale: [0.35, 1], colorJitter: 0 };

/** Pictures of 32 × 32 from scratch: moved by up to 4 pixels and flipped, each in microseconds. */
export const SMALL_PICTURES: AugmentOptions = { crop: "shifted", shift: 4, colorJitter: 0 };

/**
 * What `options` mean for pictures of the transform's size and mean colour.
 * @throws UsageError if a number is out of its range or the `aa` text cannot be read
 * @throws UnsupportedError if `aa` names AutoAugment, AugMix or the ops of `3a`
 */
export function augmentationFor(transform: Transform, options: AugmentOptions = {}): Augmentation {
  return {
    picture: pictureRecipe(transform, options),
    mixing: mixingOf(options),
    erasing: erasingOf(options),
  };
}

function pictureRecipe({ height, width, mean }: Transform, options: AugmentOptions): PictureRecipe {
  const { interpolation = "random", hflip = 0.5, vflip = 0, aa = null } = options;
  if (interpolation !== "random" && !INTERPOLATIONS.includes(interpolation)) {
    throw new UsageError("interpolation", `expected ${INTERPOLATIONS.join(", ")} or random, got ${interpolation}`);
  }
  return {
    height,
    width,
    crop: cropping(options, Math.min(height, width)),
    interpolations: interpolation === "random" ? ["bilinear", "bicubic"] : [interpolation],
    horizontalFlip: probability("hflip", hflip),
    verticalFlip: probability("vflip", vflip),
    randAugment: aa === null ? null : parseRandAugment(aa),
    jitter: jitterOf(options.colorJitter ?? (aa === null ? 0.4 : 0)),
    fill: mean.map(colorByte),
  };
}

function cropping({ crop = "resized", scale, ratio, shift = 4 }: AugmentOptions, shorter: number): Cropping {
  if (crop === "center") return { kind: crop };
  if (crop === "shifted") {
    if (Number.isInteger(shift) && shift >= 0 && shift < shorter) return { kind: crop, pixels: shift };
    throw new UsageError("shift", `expected whole pixels from 0 to ${shorter - 1}, got ${shift}`);
  }
  if (crop !== "resized") throw new UsageError("crop", `expected resized, shifted or center, got ${crop}`);
  return {
    kind: crop,
    scale: range("scale", scale ?? [0.08, 1], 1),
    ratio: range("ratio", ratio ?? [3 / 4, 4 / 3], Infinity),
  };
}

function jitterOf(given: number | readonly number[]): Jitter | null {
  const values = typeof given === "number" ? [given, given, given] : given;
  const [brightness, contrast, saturation, hue = 0] = values;
  const areCounted = values.length === 3 || values.length === 4;
  if (!areCounted || !values.every((value) => value >= 0 && value < Infinity) || hue > 0.5) {
    throw new UsageError("colorJitter", `expected 1, 3 or 4 numbers ≥ 0, the fourth (hue) ≤ 0.5, got [${given}]`);
  }
  return values.some((value) => value > 0) ? { brightness, contrast, saturation, hue } : null;
}

function erasingOf({ reprob = 0, remode = "pixel", recount = 1 }: AugmentOptions): Erasing | null {
  probability("reprob", reprob);
  if (!["const", "rand", "pixel"].includes(remode)) {
    throw new UsageError("remode", `expected const, rand or pixel, got ${remode}`);
  }
  if (!Number.isInteger(recount) || recount < 1) throw new UsageError("recount", `expected ≥ 1, got ${recount}`);
  return reprob === 0 ? null : { probability: reprob, mode: remode, count: recount };
}

function mixingOf(options: AugmentOptions): Mixing | null {
  const { mixup = 0, cutmixMinmax = null, mixupMode = "batch", mixupOffEpoch = 0 } = options;
  const cutmix = cutmixMinmax === null ? (options.cutmix ?? 0) : 1; // as timm: the share that is drawn then counts no more
  for (const [name, alpha] of [
    ["mixup", mixup],
    ["cutmix", cutmix],
  ] as const) {
    if (!(alpha >= 0 && alpha < Infinity)) throw new UsageError(name, `expected a number ≥ 0, got ${alpha}`);
  }
  if (!["batch", "pair", "elem", "half"].includes(mixupMode)) {
    throw new UsageError("mixupMode", `expected batch, pair, elem or half, got ${mixupMode}`);
  }
  if (!Number.isInteger(mixupOffEpoch) || mixupOffEpoch < 0) {
    throw new UsageError("mixupOffEpoch", `expected an epoch ≥ 0, got ${mixupOffEpoch}`);
  }
  const mixing: Mixing = {
    mixup,
    cutmix,
    cutmixMinmax: cutmixMinmax === null ? null : range("cutmixMinmax", cutmixMinmax, 1),
    probability: probability("mixupProb", options.mixupProb ?? 1),
    switchProbability: probability("mixupSwitchProb", options.mixupSwitchProb ?? 0.5),
    mode: mixupMode,
    smoothing: probability("smoothing", options.smoothing ?? 0.1),
    offEpoch: mixupOffEpoch,
  };
  return mixup > 0 || cutmix > 0 ? mixing : null;
}

function probability(option: string, value: number): number {
  if (value >= 0 && value <= 1) return value;
  throw new UsageError(option, `expected a number from 0 to 1, got ${value}`);
}

function range(option: string, [least, greatest]: readonly [number, number], most: number): readonly [number, number] {
  if (least > 0 && least <= greatest && greatest <= most && greatest < Infinity) return [least, greatest];
  const bound = most === Infinity ? "" : ` ≤ ${most}`;
  throw new UsageError(option, `expected two numbers, 0 < least ≤ greatest${bound}, got ${least}, ${greatest}`);
}
