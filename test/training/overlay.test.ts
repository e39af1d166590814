import { describe, expect, test } from "vitest";
import { type Picture, picture } from "#effnet/image/picture.js";
import { tensor } from "#effnet/tensor.js";
import { overlay } from "#effnet/training/overlay.js";

function gray(width: number, height: number): Picture {
  return picture(width, height, new Uint8Array(width * height * 3).fill(100));
}

function pixel({ data, width }: Picture, x: number, y: number): number[] {
  return Array.from(data.subarray((y * width + x) * 3, (y * width + x) * 3 + 3));
}

const map = tensor(Float32Array.from([0, 1, 0, 0]), [2, 2]); // warm at the upper right

describe("an overlay", () => {
  const whole = { map, box: { left: 0, top: 0, width: 40, height: 20 } };

  test("is warm where the class is seen and leaves the photo elsewhere", () => {
    const shown = overlay(gray(40, 20), whole);
    expect([shown.width, shown.height]).toEqual([40, 20]);
    // 0.7 of yellow (255, 235, 70) over 0.3 of 100, halves to even.
    expect(pixel(shown, 39, 0)).toEqual([208, 194, 79]);
    expect(pixel(shown, 0, 0)).toEqual([100, 100, 100]);
    expect(pixel(shown, 39, 19)).toEqual([100, 100, 100]);
  });

  test("is bilinear between the middles of the map's places", () => {
    const shown = overlay(gray(4, 4), { map, box: { left: 0, top: 0, width: 4, height: 4 } });
    // Columns lie at 0, 0.25, 0.75 and 1 of the way: heat 0.25 is a quarter of three steps from violet towards red.
    const color = [70, 20, 120].map((from, c) => from + ([215, 40, 70][c] - from) * 0.75);
    const expected = color.map((value) => Math.round(100 * (1 - 0.175) + value * 0.175));
    expect(pixel(shown, 1, 0)).toEqual(expected);
    expect(pixel(shown, 3, 0)).toEqual([208, 194, 79]);
  });

  test("darkens what the network did not see, to the pixel", () => {
    const shown = overlay(gray(40, 20), { map, box: { left: 10, top: 0, width: 20, height: 20 } });
    expect([9, 10, 29, 30].map((x) => pixel(shown, x, 19)[0])).toEqual([45, 100, 100, 45]);
  });

  test("of a padded picture has nothing dark", () => {
    const shown = overlay(gray(10, 10), { map, box: { left: -5, top: -5, width: 20, height: 20 } });
    expect(pixel(shown, 0, 9)).toEqual([100, 100, 100]);
  });

  test("of a large photo is smaller, its parts where they were", () => {
    const shown = overlay(
      gray(400, 200),
      { map, box: { left: 100, top: 0, width: 200, height: 200 } },
      { longestSide: 40 },
    );
    expect([shown.width, shown.height]).toEqual([40, 20]);
    expect([9, 10, 29, 30].map((x) => pixel(shown, x, 19)[0])).toEqual([45, 100, 100, 45]);
    const sliver = overlay(gray(3000, 1), { ...whole, box: { left: 0, top: 0, width: 3000, height: 1 } });
    expect([sliver.width, sliver.height]).toEqual([1024, 1]);
  });

  test("leaves the photo as it was", () => {
    const photo = gray(40, 20);
    overlay(photo, whole);
    expect(photo).toEqual(gray(40, 20));
  });
});
