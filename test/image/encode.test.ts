import { expect, test } from "vitest";
import { decode } from "#effnet/image/decode.node.js";
import { encodePng } from "#effnet/image/encode.node.js";
import { picture } from "#effnet/image/picture.js";
import { Random } from "#effnet/random.js";

test.each([
  [1, 1],
  [17, 5],
  [64, 200],
])("a PNG of %i×%i pixels holds every one of them", async (width, height) => {
  const random = new Random(0, width, height);
  const data = Uint8Array.from({ length: width * height * 3 }, () => random.below(256));
  const bytes = await encodePng(picture(width, height, data));
  expect(Array.from(bytes.subarray(1, 4), (byte) => String.fromCharCode(byte)).join("")).toBe("PNG");
  const { data: decoded, ...size } = await decode(bytes, { name: "made.png" });
  expect(size).toEqual({ width, height });
  expect(Uint8Array.from(decoded)).toEqual(data);
});
