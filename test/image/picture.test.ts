import { expect, test } from "vitest";
import { fromPixels, picture } from "#effnet/image/picture.js";

test("gray is repeated, alpha is dropped without blending", () => {
  expect([...fromPixels(Uint8Array.of(7, 200), 2, 1, 1).data]).toEqual([7, 7, 7, 200, 200, 200]);
  expect([...fromPixels(Uint8Array.of(7, 0, 200, 255), 2, 1, 2).data]).toEqual([7, 7, 7, 200, 200, 200]);
  expect([...fromPixels(Uint8Array.of(1, 2, 3, 0, 4, 5, 6, 128), 1, 2, 4).data]).toEqual([1, 2, 3, 4, 5, 6]);
});

test("RGB is taken as it is, without a copy", () => {
  const data = new Uint8ClampedArray(12);
  expect(fromPixels(data, 2, 2, 3).data).toBe(data);
  expect(picture(2, 2, data).data).toBe(data);
});

test.each([
  [() => picture(2, 2, new Uint8Array(11)), "picture: expected 12 bytes for 2×2 RGB, got 11"],
  [() => picture(0, 2, new Uint8Array(0)), "picture: expected whole sides ≥ 1, got 0×2"],
  [() => picture(1.5, 2, new Uint8Array(9)), "picture: expected whole sides ≥ 1, got 1.5×2"],
  [() => fromPixels(new Uint8Array(12), 2, 2, 4), "picture: expected 16 bytes for 2×2 RGBA, got 12"],
  [
    () => fromPixels(new Uint8Array(20), 2, 2, 5),
    "channels: expected 1 (gray), 2 (gray, alpha), 3 (RGB) or 4 (RGBA), got 5",
  ],
])("pixels that do not fit are refused: %#", (make, message) => {
  expect(make).toThrow(message);
});
