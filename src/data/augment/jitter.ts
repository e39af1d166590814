// Colour jitter as torchvision 0.14's ColorJitter.

import { adjustBrightness, adjustColor, adjustContrast } from "../../image/enhance.ts";
import { adjustHue } from "../../image/hue.ts";
import type { Picture } from "../../image/picture.ts";
import type { Draws } from "./draws.ts";

/** How far each adjustment goes, ≥ 0; 0 leaves it out. `hue` is at most 0.5 of the colour circle. */
export interface Jitter {
  readonly brightness: number;
  readonly contrast: number;
  readonly saturation: number;
  readonly hue: number;
}

/** The adjustments in a random order: factors uniform in max(0, 1 − v) … 1 + v, the hue's turn in −v … v. */
export function jitter(source: Picture, strengths: Jitter, draws: Draws): Picture {
  const factor = (v: number): number => draws.uniform(Math.max(0, 1 - v), 1 + v);
  const { brightness, contrast, saturation, hue } = strengths;
  const adjustments: ((picture: Picture) => Picture)[] = [];
  if (brightness > 0) adjustments.push(adjusting(adjustBrightness, factor(brightness)));
  if (contrast > 0) adjustments.push(adjusting(adjustContrast, factor(contrast)));
  if (saturation > 0) adjustments.push(adjusting(adjustColor, factor(saturation)));
  if (hue > 0) adjustments.push(adjusting(adjustHue, draws.uniform(-hue, hue)));
  let result = source;
  while (adjustments.length > 0) {
    const [adjust] = adjustments.splice(draws.below(adjustments.length), 1);
    result = adjust(result);
  }
  return result;
}

function adjusting(adjust: (picture: Picture, by: number) => Picture, by: number): (picture: Picture) => Picture {
  return (picture) => adjust(picture, by);
}
