import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Picture, picture } from "#effnet/image/picture.js";
import { cut, resize } from "#effnet/image/resize.js";
import { type ResizeCase, resizes, sha256, sumOf } from "./golden.ts";
import { naiveCut, naiveResize } from "./naive.ts";

describe("a formula image resized is Pillow's, byte for byte", () => {
  test.each(resizes)("$pattern $from → $to, $interpolation", (golden) => {
    const source = formulaImage(golden);
    expect(sha256(source.data)).toBe(golden.inputSha256);
    const resized = resize(source, golden.to[0], golden.to[1], golden.interpolation);
    expect([resized.width, resized.height]).toEqual(golden.to);
    expect([...resized.data.subarray(0, golden.first.length)]).toEqual(golden.first);
    expect([...resized.data.subarray(-golden.last.length)]).toEqual(golden.last);
    expect(sumOf(resized.data)).toBe(golden.sum);
    expect(sha256(resized.data)).toBe(golden.sha256);
  });

  test("all 19 cases are here", () => expect(resizes.length).toBe(19));
});

const side = fc.integer({ min: 1, max: 40 });
const interpolation = fc.constantFrom("bilinear" as const, "bicubic" as const);
/** Mostly black and white, where sums are largest and clipping happens. */
const byte = fc.oneof(fc.constantFrom(0, 255), fc.integer({ min: 0, max: 255 }));
const randomPicture = fc
  .tuple(side, side)
  .chain(([width, height]) =>
    fc
      .array(byte, { minLength: width * height * 3, maxLength: width * height * 3, size: "max" })
      .map((bytes) => picture(width, height, Uint8Array.from(bytes))),
  );

test("any size to any size equals the plain algorithm with unlimited integers", () => {
  fc.assert(
    fc.property(randomPicture, side, side, interpolation, (source, width, height, filter) => {
      const expected = naiveResize(source, width, height, filter);
      expect(resize(source, width, height, filter)).toEqual(expected);
    }),
    { seed: 1, numRuns: 300 },
  );
});

test("a box gives the bytes that cutting the whole result gives", () => {
  const share = fc.double({ min: 0, max: 1, noNaN: true });
  fc.assert(
    fc.property(randomPicture, side, side, interpolation, share, share, share, share, (source, w, h, filter, ...at) => {
      const left = Math.floor(at[0] * (w - 1));
      const top = Math.floor(at[1] * (h - 1));
      const box = {
        left,
        top,
        width: 1 + Math.floor(at[2] * (w - 1 - left)),
        height: 1 + Math.floor(at[3] * (h - 1 - top)),
      };
      const whole = resize(source, w, h, filter);
      const expected = naiveCut(whole, box, [0, 0, 0]);
      expect(resize(source, w, h, filter, box)).toEqual(expected);
      expect(cut(whole, box)).toEqual(expected);
    }),
    { seed: 2, numRuns: 300 },
  );
});

test.each([
  [1, 5000, 3, 7],
  [5000, 1, 7, 3],
  [2, 3, 101, 99],
  [997, 2, 1, 1],
])("extreme sides (%i×%i → %i×%i) equal the plain algorithm", (w, h, width, height) => {
  const source = picture(
    w,
    h,
    Uint8Array.from({ length: w * h * 3 }, (_, i) => (i * 37 + (i >> 3) * 101) % 256),
  );
  for (const filter of ["bilinear", "bicubic"] as const) {
    expect(resize(source, width, height, filter)).toEqual(naiveResize(source, width, height, filter));
  }
});

test("clamped arrays and views into larger buffers resize like plain arrays", () => {
  const bytes = Uint8Array.from({ length: 9 * 7 * 3 }, (_, i) => (i * 91) % 256);
  const expected = resize(picture(9, 7, bytes), 5, 11, "bicubic");
  const surrounded = new Uint8ClampedArray(bytes.length + 8).fill(77);
  surrounded.set(bytes, 5);
  expect(resize(picture(9, 7, surrounded.subarray(5, 5 + bytes.length)), 5, 11, "bicubic")).toEqual(expected);
});

test("the source is left as it was", () => {
  const source = picture(
    4,
    4,
    Uint8Array.from({ length: 48 }, (_, i) => i),
  );
  const same = resize(source, 4, 4, "bicubic");
  same.data.fill(0);
  resize(source, 3, 5, "bicubic").data.fill(0);
  expect([...source.data]).toEqual(Array.from({ length: 48 }, (_, i) => i));
});

/** As test/golden/preprocess/README.md says. */
function formulaImage({ pattern, from: [width, height] }: ResizeCase): Picture {
  const data = new Uint8Array(width * height * 3);
  const key = mix(fnv1a(`resize.${width}x${height}`) ^ 7);
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      for (let c = 0; c < 3; c++, i++) {
        if (pattern === "gradient") data[i] = (x * (3 + c) + y * (5 - c)) % 256;
        else if (pattern === "checker") data[i] = (Math.floor(x / (c + 1)) + Math.floor(y / (c + 1))) % 2 ? 255 : 0;
        else {
          const word = mix((key + Math.imul(i, 0x9e3779b9)) | 0);
          data[i] = Math.floor((((word >>> 8) - 2 ** 23) / 2 ** 23) * 128 + 128);
        }
      }
    }
  }
  return picture(width, height, data);
}

function fnv1a(name: string): number {
  let h = 0x811c9dc5;
  for (const b of new TextEncoder().encode(name)) h = Math.imul(h ^ b, 0x01000193);
  return h;
}

function mix(x: number): number {
  let y = Math.imul(x ^ (x >>> 16), 0x7feb352d);
  y = Math.imul(y ^ (y >>> 15), 0x846ca68b);
  return y ^ (y >>> 16);
}
