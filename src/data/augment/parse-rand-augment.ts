// RandAugment's configuration strings, as `rand_augment_transform` in timm/data/auto_augment.py reads them.

import { UnsupportedError, UsageError } from "../../errors.ts";
import { LEVELS, type RandAugment } from "./rand-augment.ts";
import type { RandOpName } from "./rand-ops.ts";

const ANY = /^/;
const WHOLE = /^\d+$/;
const DECIMAL = /^\d+(\.\d*)?$/;

/** The keys of sections, and what may follow each. */
const SECTIONS: ReadonlyMap<string, RegExp> = new Map([
  ["m", WHOLE],
  ["n", WHOLE],
  ["p", DECIMAL],
  ["mstd", DECIMAL],
  ["mmax", WHOLE],
  ["inc", ANY],
  ["t", ANY],
]);

const UNIFORM_ABOVE = 100; // a greater standard deviation means uniform magnitudes

// biome-ignore format: columns
const PLAIN: readonly RandOpName[] = [
  "AutoContrast", "Equalize", "Invert", "Rotate", "Posterize", "Solarize", "SolarizeAdd",
  "Color", "Contrast", "Brightness", "Sharpness",
  "ShearX", "ShearY", "TranslateXRel", "TranslateYRel",
];

// biome-ignore format: columns
const INCREASING: readonly RandOpName[] = [
  "AutoContrast", "Equalize", "Invert", "Rotate", "PosterizeIncreasing", "SolarizeIncreasing", "SolarizeAdd",
  "ColorIncreasing", "ContrastIncreasing", "BrightnessIncreasing", "SharpnessIncreasing",
  "ShearX", "ShearY", "TranslateXRel", "TranslateYRel",
];

/** Of all ops together 10.1. */
// biome-ignore format: columns
const WEIGHTS: readonly (readonly [RandOpName, number])[] = [
  ["Rotate", 3], ["ShearX", 2], ["ShearY", 2], ["TranslateXRel", 1], ["TranslateYRel", 1],
  ["ColorIncreasing", 0.25], ["SharpnessIncreasing", 0.25], ["AutoContrast", 0.25],
  ["SolarizeIncreasing", 0.05], ["SolarizeAdd", 0.05], ["ContrastIncreasing", 0.05], ["BrightnessIncreasing", 0.05],
  ["Equalize", 0.05], ["PosterizeIncreasing", 0.05], ["Invert", 0.05],
];

/**
 * `rand` and sections after dashes: `mN` magnitude (10), `nN` ops a picture (2), `pX` probability of each (0.5), `mstdX`
 * standard deviation of the magnitude (0; above 100: uniform), `mmaxN` its bound (10), `incN` ops that grow with the
 * magnitude (even `inc0`), `tweights` ops by weight. Sections without a digit are ignored, as timm does.
 * @throws UsageError if a section is unknown, comes twice, or its value is no number
 * @throws UnsupportedError for the sets `t3a` and `t3aw`, for AutoAugment's policies and for AugMix
 */
export function parseRandAugment(text: string): RandAugment {
  const [kind, ...sections] = text.split("-");
  if (["original", "originalr", "v0", "v0r", "3a", "augmix"].includes(kind)) throw leftOut(text);
  if (kind !== "rand") throw new UsageError("aa", `expected a text such as rand-m9-mstd0.5, got "${text}"`);
  const values = readSections(sections);
  const number = (key: string, preset: number): number => Number(values.get(key) ?? preset);
  const layers = number("n", 2);
  const std = number("mstd", 0);
  return {
    ...opSet(text, values, layers),
    layers,
    probability: number("p", 0.5),
    magnitude: number("m", LEVELS),
    magnitudeStd: std > UNIFORM_ABOVE ? "uniform" : std,
    magnitudeMax: number("mmax", 0) || LEVELS,
  };
}

function readSections(sections: readonly string[]): Map<string, string> {
  const values = new Map<string, string>();
  for (const section of sections) {
    const [, key, value] = /^(t)(.*)$/.exec(section) ?? /^(\D*)(\d.*)$/.exec(section) ?? [];
    if (key === undefined) continue;
    const form = SECTIONS.get(key);
    if (form === undefined) {
      throw new UsageError("aa", `expected sections ${[...SECTIONS.keys()].join(", ")} with a value, got "${section}"`);
    }
    if (!form.test(value)) {
      throw new UsageError(
        "aa",
        `expected a ${form === WHOLE ? "whole number" : "number"} after ${key}, got "${section}"`,
      );
    }
    if (values.has(key))
      throw new UsageError("aa", `expected ${key} once, got ${key}${values.get(key)} and "${section}"`);
    values.set(key, value);
  }
  return values;
}

function opSet(
  text: string,
  values: ReadonlyMap<string, string>,
  layers: number,
): Pick<RandAugment, "ops" | "weights"> {
  const set = values.get("t");
  if (set === undefined) return { ops: values.has("inc") ? INCREASING : PLAIN, weights: null };
  if (set === "3a" || set === "3aw") throw leftOut(text);
  if (set !== "weights") throw new UsageError("aa", `expected tweights, got "t${set}"`);
  if (layers > WEIGHTS.length) {
    throw new UsageError("aa", `expected at most n${WEIGHTS.length}, as the ops of tweights are, got n${layers}`);
  }
  const sum = WEIGHTS.reduce((total, [, weight]) => total + weight, 0);
  return { ops: WEIGHTS.map(([name]) => name), weights: WEIGHTS.map(([, weight]) => weight / sum) };
}

function leftOut(text: string): UnsupportedError {
  return new UnsupportedError(`aa: "${text}" is left out. Use RandAugment's other ops, such as rand-m9-mstd0.5-inc1.`);
}
