// float16, bfloat16 and 8-bit floats: every one of them, and the rounding between them.

import { describe, expect, test } from "vitest";
import { Random } from "#effnet/random.js";
import { narrowToBfloat16, narrowToFloat8, narrowToFloat16 } from "#effnet/weights/half.js";
import { readElements } from "#effnet/weights/stored.js";

const ALL = Uint16Array.from({ length: 2 ** 16 }, (_, bits) => bits);

function widened(dtype: "F16" | "BF16" | "F8_E4M3" | "F8_E5M2", bits: Uint16Array | Uint8Array): Float32Array {
  return readElements(dtype, new Uint8Array(bits.buffer, bits.byteOffset, bits.byteLength)) as Float32Array;
}

describe.each([
  { dtype: "F16", narrow: narrowToFloat16, fractionBits: 10 },
  { dtype: "BF16", narrow: narrowToBfloat16, fractionBits: 7 },
] as const)("$dtype", ({ dtype, narrow, fractionBits }) => {
  const values = widened(dtype, ALL);

  test("all 65,536 come back from float32 with their bits", () => {
    const back = narrow(values);
    const changed = [...ALL].filter((bits) => back[bits] !== bits);
    expect(changed).toEqual([]);
  });

  test("the number halfway between any two neighbours goes to the even one, one float32 beside it to the nearer", () => {
    // Positive finite neighbours; between bits and bits + 1.
    const infinity = narrow(Float32Array.of(Number.POSITIVE_INFINITY))[0];
    for (let bits = 0; bits + 1 < infinity; bits++) {
      const halfway = Math.fround((values[bits] + values[bits + 1]) / 2);
      if (halfway === values[bits] || halfway === values[bits + 1]) continue; // below float32's own steps
      const even = bits % 2 === 0 ? bits : bits + 1;
      const around = Float32Array.of(halfway, above(halfway), -halfway, below(halfway));
      const got = [...narrow(around)];
      const want = [even, bits + 1, even + 0x8000, bits];
      if (got.join() !== want.join()) expect(got, `around ${halfway}`).toEqual(want);
    }
  });

  test("a million random float32 go to the nearest", () => {
    const random = new Random(8, "half", dtype);
    const bits = Uint32Array.from({ length: 1_000_000 }, () => random.word());
    const floats = new Float32Array(bits.buffer);
    const narrowed = narrow(floats);
    const rounded = widened(dtype, narrowed);
    let wrong = 0;
    for (const [i, x] of floats.entries()) {
      if (Number.isNaN(x)) wrong += Number.isNaN(rounded[i]) ? 0 : 1;
      else if (Number.isFinite(rounded[i])) {
        const distance = Math.abs(rounded[i] - x);
        const neighbours = [values[narrowed[i] ^ 1], values[Math.max(narrowed[i] - 1, 0)], values[narrowed[i] + 1]];
        if (neighbours.some((y) => Math.abs(y - x) < distance)) wrong++;
        if (x !== 0 && rounded[i] !== 0 && Math.abs(x) > 2 ** -14 && distance > Math.abs(x) * 2 ** -(fractionBits + 1))
          wrong++;
      }
    }
    expect(wrong).toBe(0);
  });
});

test("float16 ends at 65504: 65519.99 rounds to it, 65520 is infinite", () => {
  expect([...widened("F16", narrowToFloat16(Float32Array.of(65519.99, 65520, -1e30)))]).toEqual([
    65504,
    Number.POSITIVE_INFINITY,
    Number.NEGATIVE_INFINITY,
  ]);
});

test("a NaN whose payload lies in the bits cut off stays a NaN", () => {
  const nan = new Float32Array(Uint32Array.of(0x7f800001, 0xff800001).buffer);
  expect([...widened("F16", narrowToFloat16(nan)), ...widened("BF16", narrowToBfloat16(nan))]).toEqual(
    Array(4).fill(Number.NaN),
  );
});

test.each(["F8_E4M3", "F8_E5M2"] as const)(
  "all 256 of %s come back from float32, and nothing between them is taken",
  (dtype) => {
    const bytes = Uint8Array.from({ length: 256 }, (_, byte) => byte);
    const values = widened(dtype, bytes);
    const back = narrowToFloat8(dtype, values) as Uint8Array;
    const again = widened(dtype, back);
    expect(values.every((x, i) => Object.is(x, again[i]))).toBe(true);
    expect(narrowToFloat8(dtype, Float32Array.of(0.3))).toBe(null);
  },
);

function above(x: number): number {
  const bits = new Uint32Array(Float32Array.of(x).buffer);
  bits[0]++;
  return new Float32Array(bits.buffer)[0];
}

function below(x: number): number {
  const bits = new Uint32Array(Float32Array.of(x).buffer);
  bits[0]--;
  return new Float32Array(bits.buffer)[0];
}
