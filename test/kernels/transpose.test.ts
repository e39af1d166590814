import { describe, expect, test } from "vitest";
import { dense, nameOf, SHAPES } from "./dense.ts";
import { panelIndex, roundUp8, workplaces } from "./modes.ts";

for (const place of await workplaces()) {
  const panel = place.kernels.panel();

  describe(`transpose, ${place.mode}`, () => {
    test.each(SHAPES.map((shape) => [nameOf(shape), shape] as const))("%s: every tap, turned by 180°", (_, shape) => {
      const { kernel, inputs, outputs } = shape;
      const { w, wFloats, rows, channels, index, rowOf } = dense(place, shape);
      const run = (kernel - 1) * channels + outputs;
      const tRows = kernel * run;
      const tall = roundUp8(inputs);
      const t = place.room(tRows * tall, 7); // 7: what lies between taps must stay
      const expected = new Float32Array(tRows * tall).fill(7);
      for (let kh = 0; kh < kernel; kh++) {
        for (let kw = 0; kw < kernel; kw++) {
          const to = (kernel - 1 - kh) * run + (kernel - 1 - kw) * channels;
          for (let o = 0; o < outputs; o++) {
            for (let c = 0; c < tall; c++) {
              const value = c < inputs ? wFloats[index(rowOf(kh, kw) + c, o)] : 0;
              expected[panelIndex(to + o, c, tRows, inputs, panel)] = value;
            }
          }
          const panels = Math.ceil(tall / panel);
          for (let share = 0; share < panels; share++) {
            place.kernels.transpose(w, rows, rowOf(kh, kw), outputs, t, tRows, to, inputs, share, share + 1);
          }
        }
      }
      expect(place.read(t, tRows * tall)).toEqual([...expected]);
    });
  });
}
