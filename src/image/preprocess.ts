// timm's evaluation transform: which numbers hold for a picture, and the uint8 crop they give (timm/data/transforms_factory.py).

import { ShapeError, UsageError } from "../errors.ts";
import { INTERPOLATIONS, type Interpolation } from "./filters.ts";
import { type Picture, picture } from "./picture.ts";
import { type Box, cut, resize, type Size } from "./resize.ts";
import { roundHalfEven } from "./round.ts";

/** `center`: shorter side to the scale size, then cut. `squash`: both sides. `border`: longer side, then padded. */
export type CropMode = "center" | "squash" | "border";

/** How a picture becomes the network's input. Sizes in pixels. */
export interface Transform {
  readonly height: number;
  readonly width: number;
  /** The crop's share of the resized picture: sides are resized to ⌊side / cropPct⌋. */
  readonly cropPct: number;
  readonly cropMode: CropMode;
  readonly interpolation: Interpolation;
  /** Per channel, in 0 … 1. */
  readonly mean: readonly number[];
  readonly std: readonly number[];
  /** Pixels cut off each side first; 0 if absent. */
  readonly borderPixels?: number;
}

/** The part of a tag's config that preprocessing reads. What is absent falls back to timm's defaults. */
export interface PreprocessConfig {
  readonly inputSize?: Size;
  readonly testInputSize?: Size;
  readonly cropPct?: number;
  readonly testCropPct?: number;
  readonly cropMode?: CropMode;
  readonly interpolation?: Interpolation;
  readonly mean?: readonly number[];
  readonly std?: readonly number[];
}

/** What the caller wants instead of the config's numbers. */
export interface TransformOptions {
  /** Takes the config's test size and test crop where it has them. */
  readonly useTestSize?: boolean | undefined;
  /** One number: a square. */
  readonly inputSize?: number | Size | undefined;
  readonly cropPct?: number | undefined;
  readonly cropMode?: CropMode | undefined;
  readonly interpolation?: Interpolation | undefined;
  /** One value holds for all channels. */
  readonly mean?: readonly number[] | undefined;
  readonly std?: readonly number[] | undefined;
  readonly borderPixels?: number | undefined;
}

const IMAGENET_MEAN = [0.485, 0.456, 0.406]; // timm/data/constants.py
const IMAGENET_STD = [0.229, 0.224, 0.225];
const DEFAULT_SIZE = { height: 224, width: 224 }; // timm/data/config.py, with the crop below
const DEFAULT_CROP_PCT = 0.875;
const CROP_MODES: readonly CropMode[] = ["center", "squash", "border"];
const LARGEST_SIDE = 16384; // of an input; its float tensor would hold 3 GB. More is a slip of the hand.

/**
 * The transform of a config, as `resolve_data_config` in timm/data/config.py.
 *
 * Each number is the caller's, else the test number if asked for and present, else the config's, else timm's default
 * (224, 0.875, center, bicubic, ImageNet's mean and std).
 * @throws UsageError if a size is not a whole number of pixels, or a crop, mode, filter, mean or std makes no sense
 */
export function transformFor(config: PreprocessConfig, options: TransformOptions = {}): Transform {
  const testSize = options.useTestSize ? config.testInputSize : undefined;
  const testCropPct = options.useTestSize ? config.testCropPct : undefined;
  const asked = options.inputSize;
  const size = typeof asked === "number" ? { height: asked, width: asked } : asked;
  const { height, width } = size ?? testSize ?? config.inputSize ?? DEFAULT_SIZE;
  const transform: Transform = {
    height,
    width,
    cropPct: options.cropPct ?? testCropPct ?? config.cropPct ?? DEFAULT_CROP_PCT,
    cropMode: options.cropMode ?? config.cropMode ?? "center",
    interpolation: options.interpolation ?? config.interpolation ?? "bicubic",
    mean: perChannel(options.mean ?? config.mean ?? IMAGENET_MEAN),
    std: perChannel(options.std ?? config.std ?? IMAGENET_STD),
    borderPixels: options.borderPixels ?? 0,
  };
  check(transform);
  return transform;
}

/**
 * The network's uint8 input: trimmed, resized, padded where too small, cut at the centre. Exactly `height` × `width`.
 *
 * The same bytes as timm's transform over Pillow 9.4 and torchvision 0.14. Only pixels that survive the crop are
 * computed, so a sliver of 1 × 100,000 pixels costs no more than a square.
 * @throws ShapeError if trimming or `border` would leave a side without pixels (Pillow refuses such pictures too)
 */
export function crop(source: Picture, transform: Transform): Picture {
  const trimmed = trim(source, transform.borderPixels ?? 0);
  const { resized, interpolation } = resizeRule(trimmed, transform);
  if (resized.width < 1 || resized.height < 1) {
    const sides = `${trimmed.width}×${trimmed.height}`;
    throw new ShapeError(
      "picture",
      `${sides} pixels leave no pixel of the shorter side in mode "border". Use "squash".`,
    );
  }
  const left = cropStart(resized.width, transform.width);
  const top = cropStart(resized.height, transform.height);
  // What the crop and the resized picture share; less than the crop only where it has to be padded.
  const box = {
    left: Math.max(left, 0),
    top: Math.max(top, 0),
    width: Math.min(transform.width, resized.width),
    height: Math.min(transform.height, resized.height),
  };
  const kept = resize(trimmed, resized.width, resized.height, interpolation, box);
  if (box.width === transform.width && box.height === transform.height) return kept;
  const color = transform.cropMode === "border" ? transform.mean.map(colorByte) : [0, 0, 0];
  return pad(kept, transform, Math.max(-left, 0), Math.max(-top, 0), color);
}

/**
 * What part of a picture the crop shows, in the picture's own pixels: fractions of them, and beyond its sides where the
 * crop is padded.
 */
export function seenBox(source: Size, transform: Transform): Box {
  const { borderPixels: border = 0 } = transform;
  const trimmed = { width: source.width - 2 * border, height: source.height - 2 * border };
  const { resized } = resizeRule(trimmed, transform);
  const [x, y] = [trimmed.width / resized.width, trimmed.height / resized.height];
  return {
    left: border + cropStart(resized.width, transform.width) * x,
    top: border + cropStart(resized.height, transform.height) * y,
    width: transform.width * x,
    height: transform.height * y,
  };
}

/**
 * The size a picture is resized to before the crop, and the filter that does it. T = ⌊side / cropPct⌋ per axis.
 *
 * @returns a side may be 0 in mode `border` for pictures longer than 2 T : 1
 */
export function resizeRule(source: Size, transform: Transform): { resized: Size; interpolation: Interpolation } {
  const { cropMode, cropPct, interpolation } = transform;
  const target = { height: Math.floor(transform.height / cropPct), width: Math.floor(transform.width / cropPct) };
  if (cropMode === "squash") return { resized: target, interpolation };
  if (cropMode === "center" && target.height === target.width) {
    const [short, long] = [Math.min(source.width, source.height), Math.max(source.width, source.height)];
    const longer = Math.trunc((target.width * long) / short);
    const isPortrait = source.height > source.width;
    const [width, height] = isPortrait ? [target.width, longer] : [longer, target.width];
    return { resized: { height, width }, interpolation };
  }
  const ratios = [source.height / target.height, source.width / target.width];
  const ratio = cropMode === "border" ? Math.max(...ratios) : Math.min(...ratios);
  const resized = { height: roundHalfEven(source.height / ratio), width: roundHalfEven(source.width / ratio) };
  // timm passes no filter to ResizeKeepRatio in mode `center`, whose default is bilinear.
  return { resized, interpolation: cropMode === "center" ? "bilinear" : interpolation };
}

/** First pixel of the centred crop; negative where the picture is smaller: then it is what padding puts before. */
function cropStart(size: number, wanted: number): number {
  return size < wanted ? -Math.floor((wanted - size) / 2) : roundHalfEven((size - wanted) / 2);
}

function trim(source: Picture, border: number): Picture {
  if (border === 0) return source;
  const [width, height] = [source.width - 2 * border, source.height - 2 * border];
  if (width < 1 || height < 1) {
    const sides = `${source.width}×${source.height}`;
    throw new ShapeError("picture", `expected more than ${2 * border} pixels a side to trim ${border}, got ${sides}`);
  }
  return cut(source, { left: border, top: border, width, height });
}

function pad(source: Picture, size: Size, left: number, top: number, color: readonly number[]): Picture {
  const data = new Uint8Array(size.height * size.width * 3);
  for (let i = 0; i < data.length; i++) data[i] = color[i % 3];
  for (let y = 0; y < source.height; y++) {
    const row = source.data.subarray(y * source.width * 3, (y + 1) * source.width * 3);
    data.set(row, ((top + y) * size.width + left) * 3);
  }
  return picture(size.width, size.height, data);
}

/** The byte of a mean of 0 … 1: what fills the places of which a picture says nothing. */
export function colorByte(mean: number): number {
  return Math.min(Math.max(roundHalfEven(255 * mean), 0), 255);
}

function perChannel(values: readonly number[]): readonly number[] {
  return values.length === 1 ? [values[0], values[0], values[0]] : values;
}

function check(transform: Transform): void {
  const { height, width, cropPct, cropMode, interpolation, mean, std, borderPixels = 0 } = transform;
  for (const side of [height, width]) {
    if (!Number.isInteger(side) || side < 1 || side > LARGEST_SIDE) {
      throw new UsageError("inputSize", `expected whole pixels from 1 to ${LARGEST_SIDE}, got ${side}`);
    }
  }
  // The upper bound keeps resized sides exact in doubles.
  if (!(cropPct >= 1e-3) || Math.floor(Math.min(height, width) / cropPct) < 1) {
    throw new UsageError("cropPct", `expected a share such as 0.875 of at least 0.001, got ${cropPct}`);
  }
  if (!CROP_MODES.includes(cropMode)) {
    throw new UsageError("cropMode", `expected ${CROP_MODES.join(", ")}, got ${cropMode}`);
  }
  if (!INTERPOLATIONS.includes(interpolation)) {
    throw new UsageError("interpolation", `expected ${INTERPOLATIONS.join(", ")}, got ${interpolation}`);
  }
  if (mean.length !== 3 || !mean.every(Number.isFinite)) {
    throw new UsageError("mean", `expected 1 or 3 numbers, got [${mean.join(", ")}]`);
  }
  if (std.length !== 3 || !std.every((value) => Number.isFinite(value) && value > 0)) {
    throw new UsageError("std", `expected 1 or 3 numbers above 0, got [${std.join(", ")}]`);
  }
  if (!Number.isInteger(borderPixels) || borderPixels < 0) {
    throw new UsageError("borderPixels", `expected whole pixels ≥ 0, got ${borderPixels}`);
  }
}
