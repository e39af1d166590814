import { describe, expect, test } from "vitest";
import { type AffineOptions, rotate, shearX, shearY, translateX, translateY } from "#effnet/image/affine.js";
import { adjustBrightness, adjustColor, adjustContrast, adjustSharpness } from "#effnet/image/enhance.js";
import type { Interpolation } from "#effnet/image/filters.js";
import { flipHorizontal, flipVertical } from "#effnet/image/flip.js";
import { adjustHue } from "#effnet/image/hue.js";
import type { Picture } from "#effnet/image/picture.js";
import { cut, resize } from "#effnet/image/resize.js";
import { autocontrast, equalize, invert, posterize, solarize, solarizeAdd } from "#effnet/image/tones.js";
import { formulaImages, formulaPicture, inputOf, type OpArguments, opCases } from "./augment-golden.ts";
import { sha256, sumOf } from "./golden.ts";

type Op = (source: Picture, args: OpArguments) => Picture;

const jitters: Readonly<Record<string, (source: Picture, factor: number) => Picture>> = {
  brightness: adjustBrightness,
  contrast: adjustContrast,
  saturation: adjustColor,
  hue: adjustHue,
};

const ops: Readonly<Record<string, Op>> = {
  AutoContrast: autocontrast,
  Equalize: equalize,
  Invert: invert,
  Posterize: (source, { bits }) => posterize(source, bits),
  Solarize: (source, { threshold }) => solarize(source, threshold),
  SolarizeAdd: (source, { add }) => solarizeAdd(source, add),
  Color: (source, { factor }) => adjustColor(source, factor),
  Contrast: (source, { factor }) => adjustContrast(source, factor),
  Brightness: (source, { factor }) => adjustBrightness(source, factor),
  Sharpness: (source, { factor }) => adjustSharpness(source, factor),
  Rotate: (source, args) => rotate(source, args.degrees, how(args)),
  ShearX: (source, args) => shearX(source, args.factor, how(args)),
  ShearY: (source, args) => shearY(source, args.factor, how(args)),
  TranslateXRel: (source, args) => translateX(source, args.pct, how(args)),
  TranslateYRel: (source, args) => translateY(source, args.pct, how(args)),
  "jitter.brightness": (source, { factor }) => adjustBrightness(source, factor),
  "jitter.contrast": (source, { factor }) => adjustContrast(source, factor),
  "jitter.saturation": (source, { factor }) => adjustColor(source, factor),
  "jitter.hue": (source, { factor }) => adjustHue(source, factor),
  "jitter.sequence": (source, { sequence }) =>
    sequence.reduce((result, [name, factor]) => jitters[name](result, factor), source),
  hflip: flipHorizontal,
  vflip: flipVertical,
  resized_crop: (source, args) => resize(cut(source, args), args.size, args.size, args.resample as Interpolation),
  chain: (source, { ops: links, fill }) =>
    links.reduce((result, [name, argument, resample = "nearest"]) => {
      const named = { degrees: argument, factor: argument, pct: argument, resample, fill };
      return ops[name](result, named as OpArguments);
    }, source),
};

function how({ resample, fill }: OpArguments): AffineOptions {
  return { sampling: resample, fill };
}

test.each(formulaImages)("the formula image $hash_name has the bytes that Pillow was given", (image) => {
  expect(sha256(formulaPicture(image).data)).toBe(image.sha256);
});

describe("every operation gives Pillow's bytes", () => {
  test.each(opCases)("$op of $image with $args", (golden) => {
    const source = inputOf(golden);
    const before = sha256(source.data);
    const result = ops[golden.op](source, golden.args);
    expect([result.width, result.height]).toEqual([golden.width, golden.height]);
    expect(sumOf(result.data)).toBe(golden.sum);
    expect(sha256(result.data)).toBe(golden.sha256);
    expect(sha256(source.data)).toBe(before); // the source stays
  });

  test("all 374 cases are here", () => expect(opCases.length).toBe(374));
});
