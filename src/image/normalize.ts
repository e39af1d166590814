// From uint8 crops to the float32 tensor that a network takes, with timm's three roundings.

import { ShapeError } from "../errors.ts";
import { type Tensor, tensor } from "../tensor.ts";
import type { Picture } from "./picture.ts";

/**
 * Pictures of one size as one batch: `[n, h, w, 3]`, (v / 255 − mean) / std.
 *
 * Each step is rounded to float32, mean and std too, as torchvision's `ToTensor` and `Normalize`; a byte of 1 with
 * ImageNet's numbers gives −2.1007792949676514 in the red channel.
 * @param mean three numbers, of 0 … 1
 * @param std three numbers above 0
 * @throws ShapeError if there is no picture, or one differs in size from the first
 */
export function normalize(pictures: readonly Picture[], mean: readonly number[], std: readonly number[]): Tensor {
  if (pictures.length === 0) throw new ShapeError("pictures", "expected at least one, got none");
  const { width, height } = pictures[0];
  const [red, green, blue] = [0, 1, 2].map((channel) => valueOfByte(mean[channel], std[channel]));
  const data = new Float32Array(pictures.length * height * width * 3);
  let o = 0;
  for (const [index, picture] of pictures.entries()) {
    if (picture.width !== width || picture.height !== height) {
      const got = `${picture.width}×${picture.height}`;
      throw new ShapeError("pictures", `expected ${width}×${height} pixels as the first has, got ${got} at ${index}`);
    }
    const bytes = picture.data;
    for (let i = 0; i < bytes.length; i += 3) {
      data[o + i] = red[bytes[i]];
      data[o + i + 1] = green[bytes[i + 1]];
      data[o + i + 2] = blue[bytes[i + 2]];
    }
    o += bytes.length;
  }
  return tensor(data, [pictures.length, height, width, 3]); // [n, h, w, c]
}

/** The float32 value of each byte 0 … 255. A double rounded after each step is the float32 result of that step. */
function valueOfByte(mean: number, std: number): Float32Array {
  const values = new Float32Array(256);
  for (let v = 0; v < 256; v++) {
    const share = Math.fround(v / 255);
    values[v] = Math.fround(share - Math.fround(mean)) / Math.fround(std);
  }
  return values;
}
