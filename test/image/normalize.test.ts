import { expect, test } from "vitest";
import { normalize } from "#effnet/image/normalize.js";
import { picture } from "#effnet/image/picture.js";

const MEAN = [0.485, 0.456, 0.406];
const STD = [0.229, 0.224, 0.225];

test("bytes (1, 128, 255) with ImageNet's numbers are torchvision's floats, bit for bit", () => {
  const { shape, data } = normalize([picture(1, 1, Uint8Array.of(1, 128, 255))], MEAN, STD);
  expect(shape).toEqual([1, 1, 1, 3]);
  expect([...data]).toEqual([-2.1007792949676514, 0.20518219470977783, 2.640000104904175]);
});

test("every byte is rounded to float32 after the division, the difference and the quotient", () => {
  const every = picture(
    256,
    1,
    Uint8Array.from({ length: 768 }, (_, i) => Math.floor(i / 3)),
  );
  const { data } = normalize([every], MEAN, STD);
  const share = new Float32Array(1);
  for (let i = 0; i < 768; i++) {
    share[0] = Math.floor(i / 3) / 255;
    share[0] -= new Float32Array(MEAN)[i % 3];
    share[0] /= new Float32Array(STD)[i % 3];
    expect(data[i]).toBe(share[0]);
  }
});

test("a batch holds each picture as it stands alone, [n, h, w, c]", () => {
  const pictures = [3, 99, 250].map((start) =>
    picture(
      2,
      3,
      Uint8Array.from({ length: 18 }, (_, i) => (start + i) % 256),
    ),
  );
  const batch = normalize(pictures, MEAN, STD);
  expect(batch.shape).toEqual([3, 3, 2, 3]);
  for (const [index, one] of pictures.entries()) {
    expect(batch.data.slice(index * 18, (index + 1) * 18)).toEqual(normalize([one], MEAN, STD).data);
  }
});

test("pictures of two sizes, or none, are refused", () => {
  const pictures = [picture(2, 1, new Uint8Array(6)), picture(1, 2, new Uint8Array(6))];
  expect(() => normalize(pictures, MEAN, STD)).toThrow("pictures: expected 2×1 pixels as the first has, got 1×2 at 1");
  expect(() => normalize([], MEAN, STD)).toThrow("pictures: expected at least one, got none");
});
