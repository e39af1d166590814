// The golden cases of test/golden/preprocess, and the photos they speak of where those are at hand.

import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";

const PHOTOS = new URL("../../../shared/photos/", import.meta.url);

export interface TransformCase {
  readonly file: string;
  readonly decoded: {
    readonly size: [width: number, height: number];
    readonly sha256: string;
    readonly first: number[];
  };
  readonly inputSize: [height: number, width: number];
  readonly cropPct: number;
  readonly cropMode: "center" | "squash" | "border";
  readonly interpolation: "bilinear" | "bicubic";
  readonly borderPixels: number;
  readonly mean: number[];
  readonly std: number[];
  readonly resized: [height: number, width: number];
  readonly cropAt: [top: number, left: number];
  readonly sha256: string;
  readonly sha256HighByte?: string;
  readonly png: string | null;
  readonly sum: number;
  readonly row0: number[];
  readonly at: number[];
  readonly values: number[];
  readonly normalized: number[];
}

export interface ResizeCase {
  readonly pattern: "noise" | "checker" | "gradient";
  readonly from: [width: number, height: number];
  readonly to: [width: number, height: number];
  readonly interpolation: "bilinear" | "bicubic";
  readonly inputSha256: string;
  readonly sha256: string;
  readonly sum: number;
  readonly first: number[];
  readonly last: number[];
}

export const transforms = golden("transforms.json") as readonly TransformCase[];
export const resizes = golden("resizes.json") as readonly ResizeCase[];

/** Whether the photos are here; prints the reason of the skip where they are not. */
export function hasPhotos(): boolean {
  const here = existsSync(PHOTOS);
  if (!here) console.warn("skipped: the photos (../shared/photos) are not here");
  return here;
}

export function photo(file: string): Uint8Array {
  return readFileSync(new URL(file, PHOTOS));
}

/** Bytes of a golden PNG. */
export function goldenPng(name: string): Uint8Array {
  return readFileSync(new URL(`../golden/preprocess/${name}`, import.meta.url));
}

export function sha256(bytes: Uint8Array | Uint8ClampedArray): string {
  return createHash("sha256").update(bytes).digest("hex");
}

function golden(name: string): unknown {
  return JSON.parse(readFileSync(new URL(`../golden/preprocess/${name}`, import.meta.url), "utf8"));
}

export function sumOf(bytes: Iterable<number>): number {
  let sum = 0;
  for (const byte of bytes) sum += byte;
  return sum;
}
