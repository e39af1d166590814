// The golden cases of test/golden/augment: formula images, and what Pillow and torchvision make of them.

import { readFileSync } from "node:fs";
import type { Sampling } from "#effnet/image/affine.js";
import { type Picture, picture } from "#effnet/image/picture.js";
import { words } from "../golden/formula.ts";

/** What each op takes; an op of the file that is not here is a type error in the test's table. */
export interface OpArguments {
  readonly bits: number;
  readonly threshold: number;
  readonly add: number;
  readonly factor: number;
  readonly degrees: number;
  readonly pct: number;
  readonly top: number;
  readonly left: number;
  readonly width: number;
  readonly height: number;
  readonly size: number;
  readonly resample: Sampling;
  readonly fill: readonly number[];
  readonly sequence: readonly (readonly [name: string, factor: number])[];
  readonly ops: readonly (readonly [name: string, argument: number, resample?: Sampling])[];
}

export interface OpCase {
  readonly op: string;
  readonly image: string;
  readonly args: OpArguments;
  readonly width: number;
  readonly height: number;
  readonly sha256: string;
  readonly sum: number;
}

interface FormulaImage {
  readonly hash_name: string;
  readonly width: number;
  readonly height: number;
  readonly kind: "full" | "low" | "noise" | "flat";
  readonly sha256: string;
}

const { cases, images } = JSON.parse(readFileSync(new URL("../golden/augment/ops.json", import.meta.url), "utf8")) as {
  cases: readonly OpCase[];
  images: Readonly<Record<string, FormulaImage>>;
};

export { cases as opCases };
export const formulaImages = Object.values(images);

/** The input that a case names. */
export function inputOf({ image }: OpCase): Picture {
  return formulaPicture(images[image]);
}

/** The pixels of the README's formulas. */
export function formulaPicture({ hash_name, width, height, kind }: FormulaImage): Picture {
  const word = words(7, hash_name);
  const data = new Uint8Array(width * height * 3);
  for (let i = 0; i < data.length; i++) {
    const c = i % 3;
    const x = Math.floor(i / 3) % width;
    const y = Math.floor(i / 3 / width);
    const ramp = [Math.floor((255 * x) / (width - 1)), Math.floor((255 * y) / (height - 1)), (7 * x + 11 * y) % 256][c];
    data[i] = {
      full: Math.min(255, ((7 * ramp) >> 3) + (word(i) >>> 27)),
      low: 70 + ((5 * ramp) >> 4) + (word(i) >>> 28),
      noise: word(i) >>> 24,
      flat: ((53 * Math.floor(x / 9) + 97 * Math.floor(y / 7) + 31 * c) % 8) * 36,
    }[kind];
  }
  return picture(width, height, data);
}
