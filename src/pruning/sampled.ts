// Some positions of every picture's map: what a fit of a layer needs of its inputs and outputs.

import type { Convolution, Linear } from "../graph/ops.ts";
import { Random } from "../random.ts";
import type { Tensor } from "../tensor.ts";
import type { Samples } from "./normal-equations.ts";

/** Rows of samples in the making; the next picture is the one after those that were added. */
export class Sampled {
  readonly #positions: (picture: number, of: number) => readonly number[];
  readonly #width: number;
  readonly #parts: Tensor["data"][] = [];
  #pictures = 0;

  /** @param positions which of so many output positions of a picture are taken */
  constructor(width: number, positions: (picture: number, of: number) => readonly number[]) {
    this.#width = width;
    this.#positions = positions;
  }

  /** Outputs at the positions. @param kept which channels; null for all */
  addOutputs({ shape, data }: Tensor, kept: readonly number[] | null): void {
    const channels = shape[shape.length - 1];
    const pixels = data.length / channels / shape[0];
    this.#each(data, shape[0], pixels, (row, n, position) => {
      const from = (n * pixels + position) * channels;
      for (let o = 0; o < row.length; o++) row[o] = data[from + (kept === null ? o : kept[o])];
    });
  }

  /** What the op reads for its output at each position, in the order of a row of its weight: channel, row, column. */
  addInputs({ shape, data }: Tensor, op: Convolution | Linear, output: readonly number[]): void {
    const channels = shape[shape.length - 1];
    if (op.op === "linear") {
      this.#each(data, shape[0], 1, (row, n) => row.set(data.subarray(n * channels, n * channels + channels)));
      return;
    }
    const { kernel, stride, pads } = op;
    const [, height, width] = shape;
    const [, rows, columns] = output;
    const taps = kernel[0] * kernel[1];
    this.#each(data, shape[0], rows * columns, (row, n, position) => {
      const top = Math.floor(position / columns) * stride - pads.top;
      const left = (position % columns) * stride - pads.left;
      for (let tap = 0; tap < taps; tap++) {
        const [y, x] = [top + Math.floor(tap / kernel[1]), left + (tap % kernel[1])];
        if (y < 0 || y >= height || x < 0 || x >= width) continue; // zeros of the padding
        const from = ((n * height + y) * width + x) * channels;
        for (let c = 0; c < channels; c++) row[c * taps + tap] = data[from + c];
      }
    });
  }

  get samples(): Samples {
    const length = this.#parts.reduce((sum, part) => sum + part.length, 0);
    const data = this.#parts[0] instanceof Float64Array ? new Float64Array(length) : new Float32Array(length);
    let at = 0;
    for (const part of this.#parts) {
      data.set(part, at);
      at += part.length;
    }
    return { width: this.#width, data };
  }

  /** Fills a row of zeros for each position of so many pictures more, as precise as what it is filled from. */
  #each(
    { BYTES_PER_ELEMENT: bytes }: Tensor["data"],
    count: number,
    pixels: number,
    fill: (row: Tensor["data"], n: number, position: number) => void,
  ): void {
    const width = this.#width;
    for (let n = 0; n < count; n++) {
      const positions = this.#positions(this.#pictures++, pixels);
      const length = positions.length * width;
      const part = bytes === Float64Array.BYTES_PER_ELEMENT ? new Float64Array(length) : new Float32Array(length);
      positions.forEach((position, i) => {
        fill(part.subarray(i * width, i * width + width), n, position);
      });
      this.#parts.push(part);
    }
  }
}

/**
 * `count` of `of` positions, all if there are no more, rising: a pure function of the seed, what they are for, and the picture
 * (Floyd's algorithm).
 */
export function positionsOf(key: { readonly seed: number; readonly name: string }, count: number) {
  return (picture: number, of: number): readonly number[] => {
    if (count >= of) return Array.from({ length: of }, (_, position) => position);
    const random = new Random(key.seed, "refit", key.name, picture);
    const chosen = new Set<number>();
    for (let last = of - count; last < of; last++) {
      const position = random.below(last + 1);
      chosen.add(chosen.has(position) ? last : position);
    }
    return [...chosen].sort((a, b) => a - b);
  };
}
