// The operations of RandAugment: what each makes of a magnitude, and of a picture (timm/data/auto_augment.py).

import { type AffineOptions, rotate, shearX, shearY, translateX, translateY } from "../../image/affine.ts";
import { adjustBrightness, adjustColor, adjustContrast, adjustSharpness } from "../../image/enhance.ts";
import type { Picture } from "../../image/picture.ts";
import { autocontrast, equalize, invert, posterize, solarize, solarizeAdd } from "../../image/tones.ts";
import type { Draws } from "./draws.ts";

export interface RandOp {
  /** The number that `apply` takes, of the level L = magnitude / 10; may draw a sign. */
  readonly argument: (level: number, draws: Draws) => number;
  readonly apply: (source: Picture, argument: number, options: AffineOptions) => Picture;
}

const factor = (level: number): number => level * 1.8 + 0.1; // 1, no change, at magnitude 5
const increasingFactor = (level: number, draws: Draws): number => Math.max(0.1, 1 + signed(level * 0.9, draws));
const bits = (level: number): number => Math.trunc(level * 4);
const threshold = (level: number): number => Math.min(256, Math.trunc(level * 256));
const addend = (level: number): number => Math.min(128, Math.trunc(level * 110));
const slope = (level: number, draws: Draws): number => signed(level * 0.3, draws);
const share = (level: number, draws: Draws): number => signed(level * 0.45, draws);
const nothing = (): number => 0;

/** Without "Increasing" a greater magnitude may do less: Posterize and Solarize work backwards, factors pass 1 at 5. */
// biome-ignore format: columns
export const RAND_OPS = {
  AutoContrast:         { argument: nothing,                                         apply: autocontrast },
  Equalize:             { argument: nothing,                                         apply: equalize },
  Invert:               { argument: nothing,                                         apply: invert },
  Rotate:               { argument: (level, draws) => signed(level * 30, draws),     apply: rotate },
  Posterize:            { argument: bits,                                            apply: posterize },
  PosterizeIncreasing:  { argument: (level) => 4 - bits(level),                      apply: posterize },
  Solarize:             { argument: threshold,                                       apply: solarize },
  SolarizeIncreasing:   { argument: (level) => 256 - threshold(level),               apply: solarize },
  SolarizeAdd:          { argument: addend,                                          apply: solarizeAdd },
  Color:                { argument: factor,                                          apply: adjustColor },
  ColorIncreasing:      { argument: increasingFactor,                                apply: adjustColor },
  Contrast:             { argument: factor,                                          apply: adjustContrast },
  ContrastIncreasing:   { argument: increasingFactor,                                apply: adjustContrast },
  Brightness:           { argument: factor,                                          apply: adjustBrightness },
  BrightnessIncreasing: { argument: increasingFactor,                                apply: adjustBrightness },
  Sharpness:            { argument: factor,                                          apply: adjustSharpness },
  SharpnessIncreasing:  { argument: increasingFactor,                                apply: adjustSharpness },
  ShearX:               { argument: slope,                                           apply: shearX },
  ShearY:               { argument: slope,                                           apply: shearY },
  TranslateXRel:        { argument: share,                                           apply: translateX },
  TranslateYRel:        { argument: share,                                           apply: translateY },
} as const satisfies Readonly<Record<string, RandOp>>;

export type RandOpName = keyof typeof RAND_OPS;

/** The value, or with a draw above ½ its negative. */
function signed(value: number, draws: Draws): number {
  return draws.float() > 0.5 ? -value : value;
}
