import { describe, expect, test } from "vitest";
import { type Picture, picture } from "#effnet/image/picture.js";
import { crop, seenBox, type Transform, type TransformOptions, transformFor } from "#effnet/image/preprocess.js";

/** Red says the column, green the row, in 0 … 250. */
function gradient(width: number, height: number): Picture {
  const data = new Uint8Array(width * height * 3);
  for (let i = 0; i < width * height; i++) {
    data[i * 3] = ((i % width) / width) * 250;
    data[i * 3 + 1] = (Math.floor(i / width) / height) * 250;
  }
  return picture(width, height, data);
}

describe("the box that a crop shows", () => {
  test.each<[string, TransformOptions, object]>([
    // Shorter side 300 → 219, of which 192 are kept: the scale is 300/219.
    ["of a landscape", { inputSize: 192 }, { left: 94, top: 18.5, width: 263, height: 263 }],
    ["of the whole, squashed", { cropPct: 1, cropMode: "squash" }, { left: 0, top: 0, width: 451, height: 300 }],
    ["of less after trimming", { cropPct: 1, cropMode: "squash", borderPixels: 10 }, { left: 10, width: 431, top: 10 }],
    ["of more than all, padded", { cropPct: 1, cropMode: "border" }, { left: 0, top: -75.5, height: 451 }],
  ])("%s", (_, options, expected) => {
    const box = seenBox({ width: 451, height: 300 }, transformFor({}, options));
    for (const [side, pixels] of Object.entries(expected)) {
      expect(Math.abs(box[side as keyof typeof box] - pixels), side).toBeLessThan(1.5); // sides were rounded to pixels
    }
  });

  test.each<[string, TransformOptions]>([
    ["center", { inputSize: { height: 64, width: 64 } }],
    ["center, wide", { inputSize: { height: 64, width: 128 } }],
    ["squash", { inputSize: 64, cropMode: "squash", cropPct: 0.8 }],
    ["border", { inputSize: 64, cropMode: "border", cropPct: 0.7 }],
    ["trimmed", { inputSize: 64, borderPixels: 30 }],
  ])("is where the crop's pixels come from: %s", (_, options) => {
    const [width, height] = [500, 400];
    const transform: Transform = transformFor({}, options);
    const shown = crop(gradient(width, height), transform);
    const box = seenBox({ width, height }, transform);
    const middle = (Math.floor(shown.height / 2) * shown.width + Math.floor(shown.width / 2)) * 3;
    const quarter = (Math.floor(shown.height / 2) * shown.width + Math.floor(shown.width / 4)) * 3;
    const at = (share: number): number => ((box.left + share * box.width) / width) * 250;
    expect(Math.abs(shown.data[middle] - at(0.5))).toBeLessThan(4);
    expect(Math.abs(shown.data[quarter] - at(0.25))).toBeLessThan(4);
    expect(Math.abs(shown.data[middle + 1] - ((box.top + box.height / 2) / height) * 250)).toBeLessThan(5);
  });
});
