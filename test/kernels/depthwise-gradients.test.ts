import { describe, expect, test } from "vitest";
import { apart, TOLERANCE, type Workplace, workplaces } from "./modes.ts";

interface Shape {
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  readonly kernel: number;
  readonly stride: number;
  /** Before and after the map, both axes. */
  readonly pads: readonly [before: number, after: number];
}

/** Symmetric padding and both of `same` at stride 2, widths around groups of 3, 4, 7 and 8 pixels, other kernels. */
const shapes: readonly Shape[] = [
  ...[1, 3, 7, 13].map((width) => ({ height: 5, width, channels: 8, kernel: 3, stride: 1, pads: [1, 1] as const })),
  ...[5, 14, 23].map((width) => ({ height: 6, width, channels: 24, kernel: 5, stride: 1, pads: [2, 2] as const })),
  ...[2, 8, 9, 14, 15, 22, 30].flatMap((width) => [
    { height: 7, width, channels: 16, kernel: 3, stride: 2, pads: [1, 1] as const },
    { height: 8, width, channels: 8, kernel: 3, stride: 2, pads: [0, 1] as const },
    { height: 9, width, channels: 8, kernel: 5, stride: 2, pads: [2, 2] as const },
    { height: 8, width: width + 1, channels: 24, kernel: 5, stride: 2, pads: [1, 2] as const },
  ]),
  { height: 9, width: 15, channels: 8, kernel: 7, stride: 2, pads: [3, 3] },
  { height: 9, width: 9, channels: 16, kernel: 7, stride: 1, pads: [3, 3] },
  { height: 9, width: 10, channels: 8, kernel: 3, stride: 3, pads: [1, 1] },
];
const nameOf = ({ height, width, channels, kernel, stride, pads }: Shape): string =>
  `${height}·${width}, ${channels} channels, ${kernel}×${kernel}, stride ${stride}, pads ${pads.join(" and ")}`;

/** Rows (columns alike) of zeros that the taps reach around g: as the kernel's file says. */
function borderOf(size: number, outputs: number, { kernel, stride, pads: [before] }: Shape) {
  return {
    before: Math.max(0, Math.floor((kernel - 1 - before) / stride)),
    after: Math.max(0, Math.floor((size - 1 + before) / stride) - (outputs - 1)),
  };
}

/** The values at their places, random; g has exactly the border of zeros that it needs, and NaN around it. */
function depthwise(place: Workplace, shape: Shape) {
  const { height, width, channels, kernel, stride, pads } = shape;
  place.clear();
  const outputsOf = (size: number): number => Math.floor((size + pads[0] + pads[1] - kernel) / stride) + 1;
  const [gHeight, gWidth] = [outputsOf(height), outputsOf(width)];
  const [down, across] = [borderOf(height, gHeight, shape), borderOf(width, gWidth, shape)];
  const xLine = (width + pads[0] + pads[1]) * channels;
  const gLine = (across.before + gWidth + across.after + 2) * channels;
  const gRows = down.before + gHeight + down.after + 2;
  const x = place.room((height + pads[0] + pads[1]) * xLine, 0);
  const g = place.room(gRows * gLine);
  const taps = kernel * kernel * channels;
  const xAt = (h: number, v: number): number => (h + pads[0]) * xLine + (v + pads[0]) * channels;
  const gAt = (h: number, v: number): number => (h + down.before + 1) * gLine + (v + across.before + 1) * channels;
  const xFloats = place.at(x, (height + pads[0] + pads[1]) * xLine);
  const gFloats = place.at(g, gRows * gLine);
  for (let h = 0; h < height; h++) {
    for (let v = 0; v < width; v++) for (let c = 0; c < channels; c++) xFloats[xAt(h, v) + c] = place.random();
  }
  for (let h = -down.before; h < gHeight + down.after; h++) {
    for (let v = -across.before; v < gWidth + across.after; v++) {
      const isInside = h >= 0 && v >= 0 && h < gHeight && v < gWidth;
      for (let c = 0; c < channels; c++) gFloats[gAt(h, v) + c] = isInside ? place.random() : 0;
    }
  }
  const weight = place.room(taps);
  const wFloats = place.at(weight, taps).map(() => place.random());
  place.at(weight, taps).set(wFloats);
  const gradients = { x: new Float64Array(height * width * channels), weight: new Float64Array(taps) };
  for (let h = 0; h < gHeight; h++) {
    for (let v = 0; v < gWidth; v++) {
      for (let kh = 0; kh < kernel; kh++) {
        for (let kw = 0; kw < kernel; kw++) {
          const [p, q] = [h * stride + kh - pads[0], v * stride + kw - pads[0]];
          if (p < 0 || q < 0 || p >= height || q >= width) continue;
          for (let c = 0; c < channels; c++) {
            const tap = (kh * kernel + kw) * channels + c;
            gradients.x[(p * width + q) * channels + c] += gFloats[gAt(h, v) + c] * wFloats[tap];
            gradients.weight[tap] += gFloats[gAt(h, v) + c] * xFloats[xAt(p, q) + c];
          }
        }
      }
    }
  }
  const pitch = channels * 4;
  return {
    ...{ gradients, weight, taps, gHeight, gWidth, pitch },
    input: [x, xLine * 4, pitch] as const, // from the first tap of output pixel (0, 0)
    gradient: [g + gAt(0, 0) * 4, gLine * 4, pitch] as const, // from pixel (0, 0)
  };
}

for (const place of await workplaces()) {
  describe(`depthwise gradients, ${place.mode}`, () => {
    test.each(shapes.map((shape) => [nameOf(shape), shape] as const))(
      "of the input equals plain loops: %s",
      (_, shape) => {
        const { height, width, channels, kernel, stride, pads } = shape;
        const { gradients, weight, gradient, pitch } = depthwise(place, shape);
        const zeros = place.room(channels, 0);
        const count = height * width * channels;
        const result = place.room(count);
        const call = (rowFrom: number, rowTo: number, from: number, to: number): void => {
          const y = [result, width * pitch, pitch, width, kernel, kernel, stride, pads[0], pads[0]];
          place.kernels.depthwiseInputGradient(...gradient, weight, zeros, pitch, ...y, rowFrom, rowTo, from, to);
        };
        call(0, height, 0, pitch);
        const whole = place.read(result, count);
        expect(apart(whole, gradients.x, TOLERANCE)).toBeNull();

        place.at(result, count).fill(Number.NaN);
        for (let row = 0; row < height; row++) for (let at = 0; at < pitch; at += 32) call(row, row + 1, at, at + 32);
        expect(place.read(result, count)).toEqual(whole);
        expect(place.read(result + count * 4, 8)).toEqual(Array(8).fill(Number.NaN));
      },
    );

    test.each(shapes.map((shape) => [nameOf(shape), shape] as const))(
      "of the weights equals plain loops: %s",
      (_, shape) => {
        const { gradients, taps, input, gradient, pitch, gHeight, gWidth } = depthwise(place, shape);
        const { kernel, stride } = shape;
        const result = place.room(taps);
        const call = (adds: number, rowFrom: number, rowTo: number, from: number, to: number): void => {
          const sizes = [gWidth, kernel, kernel, stride, adds, rowFrom, rowTo, from, to];
          place.kernels.depthwiseWeightGradient(...input, ...gradient, result, pitch, ...sizes);
        };
        call(0, 0, gHeight, 0, pitch);
        const whole = place.read(result, taps);
        expect(apart(whole, gradients.weight, TOLERANCE)).toBeNull();

        // Channels and rows in shares, in order: the same bits.
        place.at(result, taps).fill(Number.NaN);
        for (let at = 0; at < pitch; at += 32) {
          for (let row = 0; row < gHeight; row++) call(row === 0 ? 0 : 1, row, row + 1, at, at + 32);
        }
        expect(place.read(result, taps)).toEqual(whole);
        expect(place.read(result + taps * 4, 8)).toEqual(Array(8).fill(Number.NaN));
      },
    );
  });
}
