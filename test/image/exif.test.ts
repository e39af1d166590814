import fc from "fast-check";
import sharp from "sharp";
import { describe, expect, test } from "vitest";
import { decode } from "#effnet/image/decode.node.js";
import { findOrientation, orient, setUpright } from "#effnet/image/exif.js";
import { picture } from "#effnet/image/picture.js";
import { goldenPng } from "./golden.ts";

const formats = [
  ["JPEG", "jpeg"],
  ["PNG", "png"],
  ["WebP", "webp"],
] as const;

describe.each(formats)("%s", (format, writer) => {
  const written = async (orientation: number) =>
    new Uint8Array(await sharp(goldenPng("14.png")).withMetadata({ orientation })[writer]().toBuffer());

  test.each([1, 2, 3, 4, 5, 6, 7, 8])(
    "orientation %i is found, and turning by it equals libvips",
    async (orientation) => {
      const file = await written(orientation);
      expect(findOrientation(file, format)?.value).toBe(orientation);
      const stored = await decode(file, { name: "x" });
      expect(orient(stored, orientation)).toEqual(await decode(file, { name: "x", exif: true }));
    },
  );

  test("a file set upright keeps its pixels and its length", async () => {
    const file = await written(6);
    const found = findOrientation(file, format);
    const upright = setUpright(file, found as NonNullable<typeof found>);
    expect(upright.length).toBe(file.length);
    expect(findOrientation(upright, format)?.value).toBe(1);
    if (format !== "PNG")
      expect(await decode(upright, { name: "x", exif: true })).toEqual(await decode(file, { name: "x" }));
  });

  test("files cut anywhere or with any byte changed are searched without an error", async () => {
    const file = (await written(6)).subarray(0, 600);
    fc.assert(
      fc.property(fc.nat(file.length), fc.nat(file.length - 1), fc.nat(255), (length, at, byte) => {
        const found = findOrientation(file.with(at, byte).subarray(0, length), format);
        if (found !== undefined) {
          expect(found.value).toBeGreaterThanOrEqual(1);
          expect(found.value).toBeLessThanOrEqual(8);
          expect(found.at + 2).toBeLessThanOrEqual(length);
        }
      }),
      { seed: 5, numRuns: 2000 },
    );
  });
});

test("files without EXIF, and formats that carry none, have no orientation", () => {
  expect(findOrientation(goldenPng("14.png"), "PNG")).toBeUndefined();
  expect(findOrientation(Uint8Array.of(0x47, 0x49, 0x46), "GIF")).toBeUndefined();
  expect(findOrientation(new Uint8Array(0), "JPEG")).toBeUndefined();
});

test("orientation 6 turns by a quarter clockwise: the left column becomes the top row, from bottom to top", () => {
  const gray = (values: number[]) => Uint8Array.from(values.flatMap((value) => [value, value, value]));
  const turned = orient(picture(3, 2, gray([1, 2, 3, 4, 5, 6])), 6);
  expect(turned).toEqual({ width: 2, height: 3, data: gray([4, 1, 5, 2, 6, 3]) });
});
