import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { drawCropBox } from "#effnet/data/augment/crop-box.js";
import { type EraseMode, erasePicture } from "#effnet/data/augment/erase.js";
import { placeMixes, targetsOf } from "#effnet/data/augment/mix.js";
import { mixPictures } from "#effnet/data/augment/mix-pictures.js";
import { parseRandAugment } from "#effnet/data/augment/parse-rand-augment.js";
import { RAND_OPS, type RandOpName } from "#effnet/data/augment/rand-ops.js";
import { UnsupportedError, UsageError } from "#effnet/errors.js";
import { picture } from "#effnet/image/picture.js";
import { units, words } from "../golden/formula.ts";
import { channelsFirst, channelsLast, GivenDraws, golden, type MixCase } from "./augment-golden.ts";

function sha256(values: Float32Array | Uint8Array): string {
  return createHash("sha256")
    .update(new Uint8Array(values.buffer, values.byteOffset, values.byteLength))
    .digest("hex");
}

describe("a random resized crop shows timm's box for the same draws", () => {
  test.each(golden.random_resized_crop)("$width×$height, scale $scale, ratio $ratio: $used draws", (golden) => {
    const draws = new GivenDraws(golden.draws);
    expect(drawCropBox(golden, golden, draws)).toEqual({
      top: golden.top,
      left: golden.left,
      height: golden.crop_height,
      width: golden.crop_width,
    });
    expect(draws.used).toBe(golden.used);
  });
});

describe("random erasing leaves timm's values for the same draws", () => {
  const SHAPE = [3, 20, 24] as const;

  test.each(golden.random_erasing.cases.map((golden, index) => ({ ...golden, index })))(
    "$mode, probability $probability, at most $max_count blocks, case $index",
    (golden) => {
      const input = Float32Array.from({ length: 3 * 20 * 24 }, (_, i) => units(7, "erase/input")(i));
      const values = channelsLast(input, SHAPE);
      const draws = new GivenDraws(golden.draws, noise(golden.index, golden.mode, golden.blocks));
      const erasing = { probability: golden.probability, mode: golden.mode, count: golden.max_count };
      erasePicture(values, { height: 20, width: 24 }, erasing, draws);
      const result = channelsFirst(values, SHAPE);
      let changed = 0;
      for (let pixel = 0; pixel < 20 * 24; pixel++) changed += result[pixel] === input[pixel] ? 0 : 1;
      expect(changed).toBe(golden.changed);
      expect(sha256(result)).toBe(golden.sha256);
      expect(draws.used).toBe(golden.draws.length);
    },
  );

  /** 2 · unit, in the order in which torch draws it: block by block, channel by channel. */
  function* noise(index: number, mode: EraseMode, blocks: readonly (readonly [number, number])[]): Generator<number> {
    for (const [block, [high, wide]] of blocks.entries()) {
      const unit = units(7, `erase/noise/${index}/${block}`);
      const count = { const: 0, rand: 3, pixel: 3 * high * wide }[mode];
      for (let i = 0; i < count; i++) yield 2 * unit(i);
    }
  }
});

describe("mixing does what timm's collate does for the same shares and draws", () => {
  const { batch, shape, labels, classes, smoothing, cases } = golden.mixup;
  const [, height, width] = shape;
  const values = 3 * height * width;

  function mixesOf(golden: MixCase) {
    const draws = new GivenDraws(golden.draws);
    const shares = golden.lam.map((lambda) => ({ lambda, isCut: golden.cutmix }));
    const rule = { mode: golden.mode, cutmixMinmax: golden.minmax };
    const mixes = placeMixes(shares, batch, { height, width }, rule, draws);
    expect(draws.used).toBe(golden.draws.length);
    return mixes;
  }

  test.each(cases)("$kind $mode, CutMix $cutmix, $minmax: the boxes and what is left of each share", (golden) => {
    const mixes = mixesOf(golden);
    expect(mixes.length).toBe(golden.out_batch);
    const distinct = { batch: mixes.slice(0, 1), pair: mixes.slice(0, 2), half: mixes, elem: mixes }[golden.mode];
    const boxes = distinct.flatMap(({ lambda, box }) =>
      box === null
        ? []
        : [{ box: [box.top, box.top + box.height, box.left, box.left + box.width], lam: Math.fround(lambda) }],
    );
    expect(boxes).toEqual(golden.boxes.map(({ box, lam }) => ({ box, lam: Math.fround(lam) })));
  });

  test.each(cases)("$kind $mode, CutMix $cutmix, $minmax: the targets", (golden) => {
    const targets = targetsOf(labels, classes, { mode: golden.mode, smoothing }, mixesOf(golden));
    expect(targets.shape).toEqual([golden.out_batch, classes]);
    expect(targets.data).toEqual(Float32Array.from(golden.targets.flat()));
  });

  test.each(cases.filter(({ kind }) => kind === "uint8"))("$mode, CutMix $cutmix, $minmax: the bytes", (golden) => {
    const word = words(7, "mix/u8");
    const bytes = Uint8Array.from({ length: batch * values }, (_, i) => word(i) >>> 24);
    const pictures = Array.from({ length: batch }, (_, n) =>
      picture(width, height, channelsLast(bytes.slice(n * values, (n + 1) * values), shape)),
    );
    const mixed = mixPictures(pictures, mixesOf(golden));
    const result = new Uint8Array(golden.out_batch * values);
    for (const [n, { data }] of mixed.entries()) result.set(channelsFirst(data as Uint8Array, shape), n * values);
    expect(sha256(result)).toBe(golden.sha256);
  });
});

describe("RandAugment strings mean what they mean to timm", () => {
  const fine = golden.randaugment_strings.filter(({ error, string }) => error === undefined && !/-t3a/.test(string));

  test.each(fine)("$string", (golden) => {
    const parsed = parseRandAugment(golden.string);
    expect(parsed.ops).toEqual(golden.ops);
    expect(parsed.layers).toBe(golden.num_layers);
    expect(parsed.probability).toBe(golden.prob);
    expect(parsed.magnitude).toBe(golden.magnitude);
    expect(parsed.magnitudeStd).toBe(golden.magnitude_std === "inf" ? "uniform" : golden.magnitude_std);
    expect(parsed.magnitudeMax).toBe(golden.magnitude_max ?? 10);
    expect(parsed.weights).toEqual(golden.weights);
    expect(JSON.parse(JSON.stringify(parsed))).toEqual(parsed);
  });

  test.each(golden.randaugment_strings.filter(({ error }) => error !== undefined))("$string is refused", (golden) => {
    expect(() => parseRandAugment(golden.string)).toThrow(UsageError);
  });

  test("the set of rand-m9-t3a is left out", () => {
    expect(golden.randaugment_strings.map(({ string }) => string)).toContain("rand-m9-t3a");
    expect(() => parseRandAugment("rand-m9-t3a")).toThrow(UnsupportedError);
  });
});

describe("every op's argument is timm's at every magnitude", () => {
  const left = ["Desaturate", "GaussianBlur"]; // of the set t3a alone

  test("the ops are timm's", () => {
    const known = Object.keys(golden.level_to_arg.ops).filter((name) => !left.includes(name));
    expect(
      Object.keys(RAND_OPS)
        .filter((name) => !["AutoContrast", "Equalize", "Invert"].includes(name))
        .sort(),
    ).toEqual(known.sort());
  });

  test.each(Object.entries(golden.level_to_arg.ops).filter(([name]) => !left.includes(name)))("%s", (name, rows) => {
    const { argument } = RAND_OPS[name as RandOpName];
    for (const { magnitude, keep, negate } of rows) {
      const at = (sign: number): number => argument(magnitude / 10, new GivenDraws([sign]));
      expect(at(0.5), `magnitude ${magnitude}`).toBe(keep);
      expect(at(0.500001), `magnitude ${magnitude}`).toBe(negate);
    }
  });
});
