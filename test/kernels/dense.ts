// A dense convolution laid out for the kernels: bordered input, gradient of its output, tables, packed weights.

import { panelIndex, roundUp8, type Workplace } from "./modes.ts";

export interface DenseShape {
  readonly pictures: number;
  readonly height: number;
  readonly width: number;
  readonly inputs: number;
  readonly outputs: number;
  readonly kernel: number;
  readonly stride: number;
  readonly pad: number;
  /** Channels side by side instead of at a pitch of 8: the stem's picture. */
  readonly isTight?: boolean;
}

// Around the tiles (1 to 8 rows, panels of 8 and 16), the blocks of 128 pixels, and the pitch.
const pointwise = (pixels: number, inputs: number, outputs: number): DenseShape => ({
  pictures: 1,
  height: 1,
  width: pixels,
  inputs,
  outputs,
  kernel: 1,
  stride: 1,
  pad: 0,
});
export const SHAPES: readonly DenseShape[] = [
  pointwise(1, 1, 8),
  pointwise(49, 2, 9),
  pointwise(127, 3, 16),
  pointwise(128, 7, 24),
  pointwise(129, 16, 12),
  pointwise(300, 19, 40),
  pointwise(35, 70, 21),
  { pictures: 2, height: 9, width: 8, inputs: 3, outputs: 32, kernel: 3, stride: 2, pad: 1, isTight: true },
  { pictures: 1, height: 11, width: 9, inputs: 13, outputs: 21, kernel: 3, stride: 1, pad: 1 },
  { pictures: 2, height: 13, width: 12, inputs: 8, outputs: 24, kernel: 5, stride: 2, pad: 2 },
  { pictures: 1, height: 8, width: 8, inputs: 20, outputs: 35, kernel: 3, stride: 2, pad: 0 },
];

export const nameOf = ({ pictures, height, width, inputs, outputs, kernel, stride, pad }: DenseShape): string =>
  `${pictures}·${height}·${width}, ${inputs} → ${outputs}, ${kernel}×${kernel}, stride ${stride}, pad ${pad}`;

/** The shape's values at their places, random; all that the true channels do not fill is 0. */
export function dense(place: Workplace, shape: DenseShape) {
  const { pictures, height, width, inputs, outputs, kernel, stride, pad } = shape;
  place.clear();
  const pitch = shape.isTight ? inputs : roundUp8(inputs);
  const channels = roundUp8(outputs);
  const [xHeight, xWidth] = [height + 2 * pad, width + 2 * pad];
  const [yHeight, yWidth] = [height, width].map((size) => Math.floor((size + 2 * pad - kernel) / stride) + 1);
  const pixels = pictures * yHeight * yWidth;
  const run = (kernel - 1) * pitch + inputs;
  const rows = kernel * run;
  const x = place.room(pictures * xHeight * xWidth * pitch, 0);
  const g = place.room(pixels * channels, 0);
  const w = place.room(rows * channels, 0);
  const xAt = (n: number, h: number, v: number): number => ((n * xHeight + h) * xWidth + v) * pitch;
  const xFloats = place.at(x, pictures * xHeight * xWidth * pitch);
  for (let n = 0; n < pictures; n++) {
    for (let h = 0; h < height; h++) {
      for (let v = 0; v < width; v++) {
        for (let c = 0; c < inputs; c++) xFloats[xAt(n, h + pad, v + pad) + c] = place.random();
      }
    }
  }
  const gFloats = place.at(g, pixels * channels);
  for (let m = 0; m < pixels; m++) for (let o = 0; o < outputs; o++) gFloats[m * channels + o] = place.random();
  const panel = place.kernels.panel();
  const index = (row: number, o: number): number => panelIndex(row, o, rows, outputs, panel);
  const wFloats = place.at(w, rows * channels);
  /** The row of a tap's first input channel. */
  const rowOf = (kh: number, kw: number): number => kh * run + kw * pitch;
  for (let kh = 0; kh < kernel; kh++) {
    for (let kw = 0; kw < kernel; kw++) {
      for (let c = 0; c < inputs; c++) {
        for (let o = 0; o < outputs; o++) wFloats[index(rowOf(kh, kw) + c, o)] = place.random();
      }
    }
  }
  /** The float of x under each output pixel's first tap. */
  const starts: number[] = [];
  for (let n = 0; n < pictures; n++) {
    for (let h = 0; h < yHeight; h++) for (let v = 0; v < yWidth; v++) starts.push(xAt(n, h * stride, v * stride));
  }
  return {
    ...{ x, g, w, xFloats, gFloats, wFloats, starts, pixels, channels, run, rows, index, rowOf },
    line: xWidth * pitch, // floats from kernel row to kernel row
    panels: Math.ceil(channels / panel),
    xTable: place.table(starts.map((start) => start * 4)),
    gTable: place.table(Array.from({ length: pixels }, (_, m) => m * channels * 4)),
  };
}
