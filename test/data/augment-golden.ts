// The cases of test/golden/augment/random.json, and draws that are given.

import { readFileSync } from "node:fs";
import type { Draws } from "#effnet/data/augment/draws.js";
import type { MixMode } from "#effnet/data/augment/mix.js";

export interface CropCase {
  readonly width: number;
  readonly height: number;
  readonly scale: readonly [number, number];
  readonly ratio: readonly [number, number];
  readonly draws: readonly number[];
  readonly used: number;
  readonly top: number;
  readonly left: number;
  readonly crop_height: number;
  readonly crop_width: number;
}

export interface EraseCase {
  readonly mode: "const" | "rand" | "pixel";
  readonly probability: number;
  readonly max_count: number;
  readonly draws: readonly number[];
  readonly blocks: readonly (readonly [height: number, width: number])[];
  readonly changed: number;
  readonly sha256: string;
  readonly sum: number;
}

export interface MixCase {
  readonly kind: "float" | "uint8";
  readonly mode: MixMode;
  readonly cutmix: boolean;
  readonly minmax: readonly [number, number] | null;
  readonly lam: readonly number[];
  readonly draws: readonly number[];
  readonly boxes: readonly { readonly box: readonly [y0: number, y1: number, x0: number, x1: number]; lam: number }[];
  readonly out_batch: number;
  readonly sha256: string;
  readonly targets: readonly (readonly number[])[];
}

export interface StringCase {
  readonly string: string;
  readonly ops?: readonly string[];
  readonly num_layers: number;
  readonly prob: number;
  readonly magnitude: number;
  readonly magnitude_std: number | "inf";
  readonly magnitude_max: number | null;
  readonly weights: readonly number[] | null;
  readonly error?: string;
}

interface Golden {
  readonly random_resized_crop: readonly CropCase[];
  readonly random_erasing: { readonly cases: readonly EraseCase[] };
  readonly mixup: {
    readonly batch: number;
    readonly shape: readonly [channels: number, height: number, width: number];
    readonly labels: readonly number[];
    readonly classes: number;
    readonly smoothing: number;
    readonly cases: readonly MixCase[];
  };
  readonly randaugment_strings: readonly StringCase[];
  readonly level_to_arg: {
    readonly ops: Readonly<
      Record<string, readonly { magnitude: number; keep: number | null; negate: number | null }[]>
    >;
  };
}

export const golden = JSON.parse(
  readFileSync(new URL("../golden/augment/random.json", import.meta.url), "utf8"),
) as Golden;

/** Draws with the given numbers in [0, 1), by the rules of the golden README; `used` counts them. */
export class GivenDraws implements Draws {
  readonly #floats: readonly number[];
  readonly #normals: Iterator<number>;
  used = 0;

  constructor(floats: readonly number[], normals: Iterable<number> = []) {
    this.#floats = floats;
    this.#normals = normals[Symbol.iterator]();
  }

  float(): number {
    if (this.used === this.#floats.length) throw new Error(`only ${this.used} draws are given`);
    return this.#floats[this.used++];
  }

  uniform(from: number, to: number): number {
    return from + (to - from) * this.float();
  }

  below(count: number): number {
    return Math.floor(this.float() * count);
  }

  normal(): number {
    const { done, value } = this.#normals.next();
    if (done) throw new Error("no more normal numbers are given");
    return value;
  }
}

/** `[c, h, w]` → `[h, w, c]`. */
export function channelsLast<T extends Float32Array | Uint8Array>(
  values: T,
  [c, h, w]: readonly [c: number, h: number, w: number],
): T {
  return reordered(values, (i) => (i % c) * h * w + Math.floor(i / c));
}

/** `[h, w, c]` → `[c, h, w]`. */
export function channelsFirst<T extends Float32Array | Uint8Array>(
  values: T,
  [c, h, w]: readonly [c: number, h: number, w: number],
): T {
  return reordered(values, (i) => (i % (h * w)) * c + Math.floor(i / (h * w)));
}

function reordered<T extends Float32Array | Uint8Array>(values: T, from: (i: number) => number): T {
  const result = values.slice() as T;
  for (let i = 0; i < values.length; i++) result[i] = values[from(i)];
  return result;
}
