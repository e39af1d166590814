import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decode } from "#effnet/image/decode.node.js";
import { normalize } from "#effnet/image/normalize.js";
import { picture } from "#effnet/image/picture.js";
import { crop, type PreprocessConfig, resizeRule, type Transform, transformFor } from "#effnet/image/preprocess.js";
import { hasPhotos, photo, sha256, sumOf, type TransformCase, transforms } from "./golden.ts";
import { naiveCut, naiveResize } from "./naive.ts";

const withPhotos = test.skipIf(!hasPhotos());

describe("a photo becomes timm's crop and timm's floats (needs ../shared/photos)", () => {
  withPhotos.each(transforms.map((golden, index) => ({ golden, index })))(
    "case $index: $golden.file at $golden.inputSize, $golden.cropMode $golden.cropPct, $golden.interpolation",
    async ({ golden }) => {
      const decoded = await decode(photo(golden.file), { name: golden.file });
      expect([decoded.width, decoded.height]).toEqual(golden.decoded.size);
      expect([...decoded.data.subarray(0, golden.decoded.first.length)]).toEqual(golden.decoded.first);
      expect(sha256(decoded.data)).toBe(golden.decoded.sha256);

      const transform = transformOf(golden);
      const cropped = crop(decoded, transform);
      expect([cropped.height, cropped.width]).toEqual(golden.inputSize);
      expect([...cropped.data.subarray(0, golden.row0.length)]).toEqual(golden.row0);
      expect(golden.at.map((i) => cropped.data[i])).toEqual(golden.values);
      expect(sumOf(cropped.data)).toBe(golden.sum);
      expect(sha256(cropped.data)).toBe(golden.sha256);

      const tensor = normalize([cropped], transform.mean, transform.std);
      expect(tensor.shape).toEqual([1, ...golden.inputSize, 3]);
      expect(golden.at.map((i) => tensor.data[i])).toEqual(golden.normalized);
    },
  );

  test("all 44 cases are here", () => expect(transforms.length).toBe(44));
});

test.each(transforms)("$file ($decoded.size) is resized to $resized (h, w)", (golden) => {
  const [width, height] = golden.decoded.size.map((side) => side - 2 * golden.borderPixels);
  const { resized } = resizeRule({ width, height }, transformOf(golden));
  expect([resized.height, resized.width]).toEqual(golden.resized);
});

// The table of timm's sizes: picture w×h, input h×w, crop, mode → resized w×h.
// biome-ignore format: columns
test.each([
  [500, 375, 224, 224, 0.875, "center", 341, 256],
  [375, 500, 240, 240, 0.882, "center", 272, 362],
  [1546, 1213, 260, 260, 0.89, "center", 372, 292],
  [500, 333, 300, 300, 0.904, "center", 496, 331],
  [640, 427, 288, 288, 1, "center", 431, 288],
  [100, 80, 224, 224, 0.875, "center", 320, 256],
  [500, 375, 384, 384, 1, "squash", 384, 384],
  [500, 375, 240, 240, 0.9, "squash", 266, 266],
  [500, 375, 224, 224, 0.875, "border", 256, 192],
  [375, 500, 240, 240, 0.882, "border", 204, 272],
  [500, 375, 192, 256, 0.875, "center", 292, 219],
] as const)("%i×%i for %i×%i, crop %f, %s, is resized to %i×%i", (w, h, height, width, cropPct, cropMode, rw, rh) => {
  const { resized } = resizeRule({ width: w, height: h }, transformFor({}, { inputSize: { height, width }, cropPct, cropMode }));
  expect(resized).toEqual({ width: rw, height: rh });
});

test("halves are rounded to the even neighbour: (431 − 288) / 2 = 71.5 starts at 72, (219 − 192) / 2 = 13.5 at 14", () => {
  // Columns count upwards, and a crop of the size it already has copies them.
  const starts = (width: number, height: number, inputSize: { width: number; height: number }) => {
    const data = Uint8Array.from(
      { length: width * height * 3 },
      (_, i) => [(i / 3) % width, (i / 3 / width) | 0, 0][i % 3],
    );
    const cropped = crop(picture(width, height, data), transformFor({}, { inputSize, cropPct: 1 }));
    return [cropped.data[0], cropped.data[1]];
  };
  expect(starts(31, 8, { width: 8, height: 8 })).toEqual([12, 0]); // 11.5 → 12
  expect(starts(29, 8, { width: 8, height: 8 })).toEqual([10, 0]); // 10.5 → 10
  expect(starts(8, 31, { width: 8, height: 8 })).toEqual([0, 12]);
});

test("a non-square center crop is bilinear whatever was asked", () => {
  const source = noise(50, 40);
  const asked = { inputSize: { height: 12, width: 20 }, cropMode: "center" } as const;
  const bicubic = crop(source, transformFor({}, { ...asked, interpolation: "bicubic" }));
  expect(bicubic).toEqual(crop(source, transformFor({}, { ...asked, interpolation: "bilinear" })));
  const squashed = (interpolation: "bilinear" | "bicubic") =>
    crop(source, transformFor({}, { ...asked, cropMode: "squash", interpolation }));
  expect(squashed("bicubic")).not.toEqual(squashed("bilinear"));
});

test("border pads with round(255 · mean): 124, 116, 104 for ImageNet, 128 for ½", () => {
  const black = picture(30, 10, new Uint8Array(900));
  const corner = (mean?: number[]) => [
    ...crop(black, transformFor({}, { inputSize: 20, cropPct: 1, cropMode: "border", mean })).data.subarray(0, 3),
  ];
  expect(corner()).toEqual([124, 116, 104]);
  expect(corner([0.5])).toEqual([128, 128, 128]);
});

test("cropping equals resizing the whole picture, padding and cutting, for any picture and transform", () => {
  const side = fc.integer({ min: 1, max: 30 });
  const options = fc.record({
    height: side,
    width: side,
    isSquare: fc.boolean(),
    cropPct: fc.constantFrom(0.5, 0.875, 0.9, 1, 1.3),
    cropMode: fc.constantFrom("center" as const, "squash" as const, "border" as const),
    interpolation: fc.constantFrom("bilinear" as const, "bicubic" as const),
  });
  fc.assert(
    fc.property(side, side, options, (width, height, asked) => {
      const inputSize = { height: asked.isSquare ? asked.width : asked.height, width: asked.width };
      fc.pre(Math.min(inputSize.width, inputSize.height) >= 2); // ⌊1 / 1.3⌋ is refused
      const transform = transformFor({}, { ...asked, inputSize });
      const source = noise(width, height);
      const { resized, interpolation } = resizeRule(source, transform);
      fc.pre(resized.width >= 1 && resized.height >= 1);
      const whole = naiveResize(source, resized.width, resized.height, interpolation);
      const start = (size: number, wanted: number) => {
        if (size < wanted) return -Math.floor((wanted - size) / 2);
        const half = (size - wanted) / 2;
        return half % 2 === 0.5 ? half - 0.5 : Math.ceil(half); // to the even neighbour
      };
      const color = transform.cropMode === "border" ? [124, 116, 104] : [0, 0, 0];
      const box = {
        left: start(resized.width, inputSize.width),
        top: start(resized.height, inputSize.height),
        ...inputSize,
      };
      expect(crop(source, transform)).toEqual(naiveCut(whole, box, color));
    }),
    { seed: 3, numRuns: 300 },
  );
});

test("a sliver of 2 × 200,000 pixels is cropped without resizing all of it to 224 × 25,600,000", () => {
  const sliver = picture(2, 200_000, new Uint8Array(1_200_000).fill(90));
  const before = process.memoryUsage().arrayBuffers;
  const cropped = crop(sliver, transformFor({}));
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(16e6); // the whole would take 17 GB
  expect(cropped.data.every((byte) => byte === 90)).toBe(true);
});

test("a picture without a pixel left is refused with its size", () => {
  const thin = picture(100, 1, new Uint8Array(300));
  expect(() => crop(thin, transformFor({}, { inputSize: 8, cropPct: 1, cropMode: "border" }))).toThrow(
    'picture: 100×1 pixels leave no pixel of the shorter side in mode "border". Use "squash".',
  );
  expect(() => crop(thin, transformFor({}, { borderPixels: 4 }))).toThrow(
    "picture: expected more than 8 pixels a side to trim 4, got 100×1",
  );
});

describe("the numbers of a transform", () => {
  const config: PreprocessConfig = {
    inputSize: { height: 240, width: 240 },
    testInputSize: { height: 288, width: 288 },
    cropPct: 0.882,
    testCropPct: 1,
    cropMode: "squash",
    interpolation: "bilinear",
    mean: [0.1, 0.2, 0.3],
    std: [0.4, 0.5, 0.6],
  };

  test("come from the config", () => {
    expect(transformFor(config)).toEqual({
      height: 240,
      width: 240,
      cropPct: 0.882,
      cropMode: "squash",
      interpolation: "bilinear",
      mean: [0.1, 0.2, 0.3],
      std: [0.4, 0.5, 0.6],
      borderPixels: 0,
    });
  });

  test("are the test size and crop where asked for and present", () => {
    expect(transformFor(config, { useTestSize: true })).toMatchObject({ height: 288, width: 288, cropPct: 1 });
    const { testInputSize: _, testCropPct: __, ...without } = config;
    expect(transformFor(without, { useTestSize: true })).toEqual(transformFor(config));
    expect(transformFor({ ...without, testCropPct: 1 }, { useTestSize: true })).toMatchObject({
      height: 240,
      cropPct: 1,
    });
  });

  test("are the caller's first, even with the test size", () => {
    const asked = {
      inputSize: 200,
      cropPct: 0.5,
      cropMode: "border",
      interpolation: "bicubic",
      mean: [0.5],
      std: [1],
    } as const;
    expect(transformFor(config, { useTestSize: true, ...asked, borderPixels: 3 })).toEqual({
      height: 200,
      width: 200,
      cropPct: 0.5,
      cropMode: "border",
      interpolation: "bicubic",
      mean: [0.5, 0.5, 0.5],
      std: [1, 1, 1],
      borderPixels: 3,
    });
  });

  test("are timm's defaults where nothing says otherwise", () => {
    expect(transformFor({})).toEqual({
      height: 224,
      width: 224,
      cropPct: 0.875,
      cropMode: "center",
      interpolation: "bicubic",
      mean: [0.485, 0.456, 0.406],
      std: [0.229, 0.224, 0.225],
      borderPixels: 0,
    });
  });

  test.each([
    [{ inputSize: 0 }, "inputSize: expected whole pixels from 1 to 16384, got 0"],
    [{ inputSize: { height: 224, width: 22.5 } }, "inputSize: expected whole pixels from 1 to 16384, got 22.5"],
    [{ inputSize: 1e9 }, "inputSize: expected whole pixels from 1 to 16384, got 1000000000"],
    [{ cropPct: 0 }, "cropPct: expected a share such as 0.875 of at least 0.001, got 0"],
    [{ cropPct: Number.NaN }, "cropPct: expected a share such as 0.875 of at least 0.001, got NaN"],
    [{ cropPct: 500 }, "cropPct: expected a share such as 0.875 of at least 0.001, got 500"],
    [{ cropMode: "middle" as "center" }, "cropMode: expected center, squash, border, got middle"],
    [{ interpolation: "nearest" as "bicubic" }, "interpolation: expected bilinear, bicubic, got nearest"],
    [{ mean: [0.1, 0.2] }, "mean: expected 1 or 3 numbers, got [0.1, 0.2]"],
    [{ std: [0, 1, 1] }, "std: expected 1 or 3 numbers above 0, got [0, 1, 1]"],
    [{ borderPixels: -1 }, "borderPixels: expected whole pixels ≥ 0, got -1"],
  ])("refused: %o", (options, message) => {
    expect(() => transformFor(config, options)).toThrow(message);
  });
});

function transformOf(golden: TransformCase): Transform {
  const [height, width] = golden.inputSize;
  const { cropPct, cropMode, interpolation, mean, std, borderPixels } = golden;
  return transformFor({ cropPct, cropMode, interpolation, mean, std }, { inputSize: { height, width }, borderPixels });
}

function noise(width: number, height: number) {
  return picture(
    width,
    height,
    Uint8Array.from({ length: width * height * 3 }, (_, i) => Math.imul(i + 1, 0x9e3779b1) >>> 24),
  );
}
