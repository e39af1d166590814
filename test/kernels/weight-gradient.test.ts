import { describe, expect, test } from "vitest";
import { dense, nameOf, SHAPES } from "./dense.ts";
import { apart, TOLERANCE, workplaces } from "./modes.ts";

for (const place of await workplaces()) {
  const { weightGradient } = place.kernels;

  describe(`weight gradient, ${place.mode}`, () => {
    test.each(SHAPES.map((shape) => [nameOf(shape), shape] as const))("%s equals plain loops", (_, shape) => {
      const { xFloats, gFloats, starts, line, run, rows, channels, pixels, index, panels, ...at } = dense(place, shape);
      const expected = new Float64Array(rows * channels);
      for (let m = 0; m < pixels; m++) {
        for (let row = 0; row < rows; row++) {
          const value = xFloats[starts[m] + Math.floor(row / run) * line + (row % run)];
          for (let o = 0; o < channels; o++) expected[index(row, o)] += value * gFloats[m * channels + o];
        }
      }
      const result = place.room(rows * channels);
      const call = (adds: number, rowFrom: number, rowTo: number, panelFrom: number, panelTo: number): void => {
        const operands = [
          at.x,
          at.xTable,
          line * 4,
          shape.kernel,
          run,
          at.g,
          at.gTable,
          result,
          pixels,
          channels,
          adds,
        ];
        weightGradient(...operands, rowFrom, rowTo, panelFrom, panelTo);
      };
      call(0, 0, rows, 0, panels);
      const whole = place.read(result, rows * channels);
      expect(apart(whole, expected, TOLERANCE)).toBeNull();

      // Shares of any size, as threads take them, and pixels one after the other: the same bits.
      place.at(result, rows * channels).fill(Number.NaN);
      for (let panel = 0; panel < panels; panel++) {
        for (let row = 0; row < rows; row += 7) call(0, row, Math.min(row + 7, rows), panel, panel + 1);
      }
      expect(place.read(result, rows * channels)).toEqual(whole);
      expect(place.read(result + rows * channels * 4, 8)).toEqual(Array(8).fill(Number.NaN));

      call(1, 0, rows, 0, panels);
      const twice = expected.map((value) => 2 * value);
      expect(apart(place.read(result, rows * channels), twice, TOLERANCE)).toBeNull();
    });

    test("pixels that lie in one piece and pixels by table give the same bits", () => {
      const shape = SHAPES[5];
      const { x, g, xTable, gTable, xFloats, run, rows, channels, pixels, panels } = dense(place, shape);
      const [even, odd] = [place.room(rows * channels), place.room(rows * channels)];
      // Every second pixel 8 floats further on.
      const pitch = xFloats.length / pixels;
      const spread = place.room(pixels * (pitch + 8), 0);
      const starts = Array.from({ length: pixels }, (_, m) => m * (pitch + 8) + (m % 2) * 8);
      const last = place.at(spread, pixels * (pitch + 8));
      for (let m = 0; m < pixels; m++) last.set(xFloats.subarray(m * pitch, m * pitch + run), starts[m]);
      const table = place.table(starts.map((start) => start * 4));
      weightGradient(x, xTable, 0, 1, run, g, gTable, even, pixels, channels, 0, 0, rows, 0, panels);
      weightGradient(spread, table, 0, 1, run, g, gTable, odd, pixels, channels, 0, 0, rows, 0, panels);
      expect(place.read(odd, rows * channels)).toEqual(place.read(even, rows * channels));
    });
  });
}
