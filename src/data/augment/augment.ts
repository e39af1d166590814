// One picture of training: timm's transforms up to the uint8 picture, in their order (timm/data/transforms_factory.py).

import type { Interpolation } from "../../image/filters.ts";
import { flipHorizontal, flipVertical } from "../../image/flip.ts";
import type { Picture } from "../../image/picture.ts";
import { crop } from "../../image/preprocess.ts";
import { cutReflected } from "../../image/reflect.ts";
import { cut, resize, type Size } from "../../image/resize.ts";
import { type CropRange, drawCropBox } from "./crop-box.ts";
import { type Draws, pick } from "./draws.ts";
import { type Jitter, jitter } from "./jitter.ts";
import { applyRandAugment, type RandAugment } from "./rand-augment.ts";

/** Which part of a picture is seen. */
export type Cropping =
  /** A box of random area, shape and place, resized: for photos. */
  | ({ readonly kind: "resized" } & CropRange)
  /** A box at most `pixels` away from the middle, the picture reflected beyond its borders: for pictures of 32 × 32. */
  | { readonly kind: "shifted"; readonly pixels: number }
  /** The middle, the shorter side resized to the size that is wanted. */
  | { readonly kind: "center" };

/** What is done to a picture: plain data, so that it travels to threads and into files. `augmentationFor` makes one. */
export interface PictureRecipe extends Size {
  readonly crop: Cropping;
  /** Filters of which one is drawn for each picture, and for each rotation, shear and translation. */
  readonly interpolations: readonly Interpolation[];
  /** That left and right, top and bottom are exchanged. */
  readonly horizontalFlip: number;
  readonly verticalFlip: number;
  readonly randAugment: RandAugment | null;
  readonly jitter: Jitter | null;
  /** RGB bytes of what comes in from outside when a picture is turned or moved: timm's mean colour. */
  readonly fill: readonly number[];
}

/**
 * The picture as training sees it this time: `recipe.width` × `recipe.height`, a new one or the source itself.
 * @param draws a stream for this picture and epoch alone
 */
export function augment(source: Picture, recipe: PictureRecipe, draws: Draws): Picture {
  let result = cropped(source, recipe, draws);
  if (isDrawn(recipe.horizontalFlip, draws)) result = flipHorizontal(result);
  if (isDrawn(recipe.verticalFlip, draws)) result = flipVertical(result);
  if (recipe.randAugment !== null) result = applyRandAugment(result, recipe.randAugment, recipe, draws);
  if (recipe.jitter !== null) result = jitter(result, recipe.jitter, draws);
  return result;
}

function cropped(source: Picture, recipe: PictureRecipe, draws: Draws): Picture {
  if (recipe.crop.kind === "resized") {
    const box = drawCropBox(source, recipe.crop, draws);
    return resize(cut(source, box), recipe.width, recipe.height, pick(recipe.interpolations, draws));
  }
  const { width, height } = recipe;
  const whole = source.width === width && source.height === height ? source : centered(source, recipe);
  if (recipe.crop.kind === "center") return whole;
  const { pixels } = recipe.crop;
  const top = draws.below(2 * pixels + 1) - pixels;
  const left = draws.below(2 * pixels + 1) - pixels;
  return cutReflected(whole, { left, top, width, height });
}

function centered(source: Picture, { width, height, interpolations: [interpolation] }: PictureRecipe): Picture {
  return crop(source, {
    width,
    height,
    cropPct: 1,
    cropMode: "center",
    interpolation,
    mean: [0, 0, 0],
    std: [1, 1, 1],
  });
}

/** Whether something of this probability happens; nothing is drawn for what never does. */
function isDrawn(probability: number, draws: Draws): boolean {
  return probability > 0 && draws.float() < probability;
}
