import { describe, expect, test } from "vitest";
import { augment, type PictureRecipe } from "#effnet/data/augment/augment.js";
import { drawBeta } from "#effnet/data/augment/beta.js";
import { erase } from "#effnet/data/augment/erase.js";
import { jitter } from "#effnet/data/augment/jitter.js";
import { type Mixing, mix, mixingAt } from "#effnet/data/augment/mix.js";
import { parseRandAugment } from "#effnet/data/augment/parse-rand-augment.js";
import { applyRandAugment } from "#effnet/data/augment/rand-augment.js";
import { type AugmentOptions, augmentationFor, SMALL_PICTURES } from "#effnet/data/augment/recipe.js";
import { UnsupportedError, UsageError } from "#effnet/errors.js";
import { rotate, shearX, translateX } from "#effnet/image/affine.js";
import { adjustBrightness, adjustColor, adjustContrast } from "#effnet/image/enhance.js";
import { flipHorizontal, flipVertical } from "#effnet/image/flip.js";
import { type Picture, picture } from "#effnet/image/picture.js";
import { transformFor } from "#effnet/image/preprocess.js";
import { cut, resize } from "#effnet/image/resize.js";
import { solarize } from "#effnet/image/tones.js";
import { Random } from "#effnet/random.js";
import { tensor } from "#effnet/tensor.js";
import { GivenDraws } from "./augment-golden.ts";

const TRANSFORM = transformFor({}, { inputSize: { height: 24, width: 20 } });

function noise(width: number, height: number, key: string | number = 0): Picture {
  const random = new Random(1, "picture", key);
  return picture(
    width,
    height,
    Uint8Array.from({ length: width * height * 3 }, () => random.below(256)),
  );
}

function recipe(options: AugmentOptions): PictureRecipe {
  return augmentationFor(TRANSFORM, options).picture;
}

describe("a picture is augmented in timm's order", () => {
  const source = noise(61, 47);
  // Area 0.5 of 2867, square: 38 × 38, at top 5 of 0 … 9 and left 12 of 0 … 23; then the second filter.
  const crop = [(0.5 - 0.08) / 0.92, 0.5, 0.55, 0.51, 0.9];
  const cropped = resize(cut(source, { top: 5, left: 12, width: 38, height: 38 }), 20, 24, "bicubic");

  test("crop, left and right, top and bottom, colours", () => {
    const draws = new GivenDraws([...crop, 0.3, 0.1, 0.5, 0.75, 0.25, 0.4, 0.9, 0.1]);
    const options = { vflip: 0.2, colorJitter: [0.4, 0.2, 0.8] };
    const flipped = flipVertical(flipHorizontal(cropped));
    // Of [brightness 1, contrast 1.1, saturation 0.6] the second, then of the rest the second, then the last.
    const expected = adjustBrightness(adjustColor(adjustContrast(flipped, 1.1), 0.6), 1);
    expect(augment(source, recipe(options), draws)).toEqual(expected);
    expect(draws.used).toBe(13);
  });

  test("with RandAugment instead of colours, outside the mean colour", () => {
    // Fifteen ops: 3 is Rotate, 5 Solarize. Half of the draws of a probability ≤ 0.5 are done.
    const draws = new GivenDraws([...crop, 0.6, 3.5 / 15, 5.5 / 15, 0.5, 0.4, 0.1, 0.2, 0.7]);
    const turned = rotate(cropped, 27, { sampling: "bilinear", fill: [124, 116, 104] });
    expect(augment(source, recipe({ aa: "rand-m9" }), draws)).toEqual(solarize(turned, 230));
  });

  test("an op whose draw is above its probability is left out", () => {
    const draws = new GivenDraws([...crop, 0.6, 3.5 / 15, 5.5 / 15, 0.51, 0.9]);
    expect(augment(source, recipe({ aa: "rand-m9" }), draws)).toEqual(cropped);
  });

  test("the filter that is asked for serves crops and turns, and none is drawn", () => {
    const draws = new GivenDraws([...crop.slice(0, 4), 0.6, 3.5 / 15, 5.5 / 15, 0.5, 0.4, 0.9]);
    const straight = resize(cut(source, { top: 5, left: 12, width: 38, height: 38 }), 20, 24, "bilinear");
    const turned = rotate(straight, 27, { sampling: "bilinear", fill: [124, 116, 104] });
    const options: AugmentOptions = { aa: "rand-m9", interpolation: "bilinear" };
    expect(augment(source, recipe(options), draws)).toEqual(turned);
    expect(draws.used).toBe(10);
  });

  test("the centre shows the same in every epoch", () => {
    const still = recipe({ crop: "center", hflip: 0, colorJitter: 0 });
    const shown = augment(source, still, new GivenDraws([]));
    expect([shown.width, shown.height]).toEqual([20, 24]);
    expect(augment(source, still, new Random(3))).toEqual(shown);
  });
});

describe("small pictures are moved and flipped", () => {
  // Each pixel says where it is: red the column, green the row.
  const source = picture(
    5,
    4,
    Uint8Array.from({ length: 60 }, (_, i) => [Math.floor(i / 3) % 5, Math.floor(i / 15), 7][i % 3]),
  );
  const transform = transformFor({}, { inputSize: { height: 4, width: 5 } });
  const small = augmentationFor(transform, { ...SMALL_PICTURES, shift: 2 }).picture;
  const columns = ({ data }: Picture): number[] => [0, 1, 2, 3, 4].map((x) => data[x * 3]);
  const rows = ({ data }: Picture): number[] => [0, 1, 2, 3].map((y) => data[y * 15 + 1]);

  test("what lies outside is reflected, the border not repeated", () => {
    const upLeft = augment(source, small, new GivenDraws([0, 0.2, 0.5]));
    expect([rows(upLeft), columns(upLeft)]).toEqual([
      [2, 1, 0, 1],
      [1, 0, 1, 2, 3],
    ]);
    const downRight = augment(source, small, new GivenDraws([0.6, 0.99, 0.5]));
    expect([rows(downRight), columns(downRight)]).toEqual([
      [1, 2, 3, 2],
      [2, 3, 4, 3, 2],
    ]);
  });

  test("flips come after", () => {
    expect(columns(augment(source, small, new GivenDraws([0.5, 0.2, 0.49])))).toEqual([3, 2, 1, 0, 1]);
  });

  test("in the middle nothing changes", () => {
    expect(augment(source, small, new GivenDraws([0.5, 0.5, 0.9]))).toEqual(source);
  });

  test("a picture of another size is brought to the size that is wanted", () => {
    const shown = augment(noise(50, 9), small, new Random(0));
    expect([shown.width, shown.height]).toEqual([5, 4]);
  });
});

describe("what is drawn comes from the stream alone", () => {
  const options: AugmentOptions = { aa: "rand-m9-mstd0.5-inc1", vflip: 0.5, colorJitter: [0.4, 0.4, 0.4, 0.1] };

  test("the same key gives the same picture, another key another one", () => {
    const seen = [7, 7, 8].map((index) => augment(noise(61, 47), recipe(options), new Random(5, "augment", 0, index)));
    expect(seen[1]).toEqual(seen[0]);
    expect(seen[2]).not.toEqual(seen[0]);
  });

  test("a recipe that went through a file or to a thread does the same", () => {
    for (const aa of ["rand-m9-mstd0.5-inc1", "rand-m5-n3-mstd101-tweights"]) {
      const before = augmentationFor(TRANSFORM, { ...options, aa, mixup: 0.2, reprob: 0.25 });
      const after = JSON.parse(JSON.stringify(before)) as typeof before;
      expect(after).toEqual(before);
      expect(structuredClone(before)).toEqual(before);
      const shown = [before, after].map(({ picture: rule }) => augment(noise(61, 47), rule, new Random(5)));
      expect(shown[1]).toEqual(shown[0]);
    }
  });

  test("the source stays as it is", () => {
    for (let key = 0; key < 40; key++) {
      const source = noise(30, 26);
      augment(source, recipe({ ...options, interpolation: "bilinear" }), new Random(key));
      expect(source).toEqual(noise(30, 26));
    }
  });
});

describe("RandAugment", () => {
  const options = { interpolations: ["bilinear"], fill: [0, 0, 0] } as const;

  test("weighted ops never come twice", () => {
    const parsed = parseRandAugment("rand-m9-n2-p1-tweights");
    const shown = applyRandAugment(noise(30, 26), parsed, options, new GivenDraws([0, 0, 0, 0.6, 0, 0.6]));
    // Rotate has the first 3 of 10.1; without it ShearX comes first.
    const plain = { sampling: "bilinear", fill: [0, 0, 0] } as const;
    expect(shown).toEqual(shearX(rotate(noise(30, 26), -27, plain), -0.27, plain));
    const all = parseRandAugment("rand-m0-n15-p1-tweights");
    expect(() => applyRandAugment(noise(8, 8), all, options, new Random(0))).not.toThrow();
    expect(() => parseRandAugment("rand-n16-tweights")).toThrow(UsageError);
  });

  test("magnitudes are normal, or uniform, and end at 0 and at mmax", () => {
    // p1, TranslateXRel is 13 of 15: share = 0.045 · magnitude; a sign ≤ 0.5 keeps it.
    const moved = (text: string, floats: readonly number[], normals: readonly number[] = []): Picture =>
      applyRandAugment(
        noise(30, 26),
        parseRandAugment(text),
        options,
        new GivenDraws([13.5 / 15, 0, ...floats, 0.2], normals),
      );
    const by = (magnitude: number): Picture =>
      translateX(noise(30, 26), (magnitude / 10) * 0.45, { sampling: "bilinear", fill: [0, 0, 0] });
    expect(moved("rand-n1-p1-m4", [])).toEqual(by(4));
    expect(moved("rand-n1-p1-m4-mstd0.5", [], [2])).toEqual(by(5));
    expect(moved("rand-n1-p1-m9-mstd1", [], [2])).toEqual(by(10));
    expect(moved("rand-n1-p1-m9-mstd1-mmax20", [], [2])).toEqual(by(11));
    expect(moved("rand-n1-p1-m1-mstd1", [], [-2])).toEqual(by(0));
    expect(moved("rand-n1-p1-m8-mstd101", [0.25])).toEqual(by(2));
  });
});

test("colour jitter draws only what is on, and leaves factors inside their bounds", () => {
  const source = noise(9, 9);
  const only = { brightness: 0, contrast: 0, saturation: 0.5, hue: 0 };
  expect(jitter(source, only, new GivenDraws([0, 0.9]))).toEqual(adjustColor(source, 0.5));
  const strong = { ...only, saturation: 1.5 };
  expect(jitter(source, strong, new GivenDraws([0, 0.9]))).toEqual(adjustColor(source, 0));
});

describe("mixing", () => {
  const pictures = Array.from({ length: 6 }, (_, i) => noise(16, 12, i));
  const labels = [0, 1, 2, 1, 0, 1];
  const mixing = (options: AugmentOptions): Mixing => {
    const { mixing: resolved } = augmentationFor(TRANSFORM, options);
    if (resolved === null) throw new Error("nothing is mixed");
    return resolved;
  };

  test("without any α there is none", () => {
    expect(augmentationFor(TRANSFORM, {}).mixing).toBe(null);
  });

  test("of probability 0 leaves pictures as they are and targets smoothed", () => {
    const mixed = mix(pictures, labels, 3, mixing({ mixup: 0.2, mixupProb: 0 }), new Random(0));
    expect(mixed.pictures).toEqual(pictures);
    const [on, off] = [1 - 0.1 + 0.1 / 3, 0.1 / 3].map(Math.fround);
    expect(Array.from(mixed.targets.data.subarray(0, 6))).toEqual([on, off, off, off, on, off]);
  });

  test("ends with its last epoch", () => {
    const rule = mixing({ mixup: 0.2, mixupOffEpoch: 5 });
    expect(mixingAt(4, rule).probability).toBe(1);
    expect(mixingAt(5, rule).probability).toBe(0);
    expect(mixingAt(500, mixing({ mixup: 0.2 })).probability).toBe(1);
  });

  test.each(["batch", "pair", "elem", "half"] as const)(
    "mode %s: pictures carry what their targets say",
    (mixupMode) => {
      for (let key = 0; key < 20; key++) {
        const options: AugmentOptions = { cutmix: 1, smoothing: 0, mixupMode };
        const mixed = mix(pictures, labels, 3, mixing(options), new Random(key));
        expect(mixed.pictures.length).toBe(mixupMode === "half" ? 3 : 6);
        for (const [i, { data }] of mixed.pictures.entries()) {
          let foreign = 0;
          for (let p = 0; p < 16 * 12; p++) {
            const bytes = data.subarray(p * 3, p * 3 + 3).join();
            const own = pictures[i].data.subarray(p * 3, p * 3 + 3).join();
            expect([own, pictures[5 - i].data.subarray(p * 3, p * 3 + 3).join()]).toContain(bytes);
            foreign += bytes === own ? 0 : 1;
          }
          expect(mixed.targets.data[i * 3 + labels[i]]).toBeCloseTo(1 - foreign / (16 * 12), 6);
        }
      }
    },
  );

  test("where both are on, CutMix comes as often as asked", () => {
    const cuts = (mixupSwitchProb: number): number => {
      let count = 0;
      for (let key = 0; key < 200; key++) {
        const rule = mixing({ mixup: 1, cutmix: 1, mixupSwitchProb });
        const [{ data }] = mix(pictures, labels, 3, rule, new Random(key)).pictures;
        count += data.every((byte, i) => byte === pictures[0].data[i] || byte === pictures[5].data[i]) ? 1 : 0;
      }
      return count;
    };
    expect(cuts(0)).toBe(0);
    expect(cuts(1)).toBe(200);
    expect(Math.abs(cuts(0.5) - 100)).toBeLessThan(25); // 3.5 standard deviations
  });

  test("boxes between bounds stay inside pictures of any size", () => {
    for (const size of [1, 2, 3, 9]) {
      const tiny = [noise(size, size), noise(size, size, 1)];
      const rule = mixing({ cutmixMinmax: [0.9, 1] });
      for (let key = 0; key < 20; key++) expect(mix(tiny, [0, 1], 2, rule, new Random(key)).pictures.length).toBe(2);
    }
  });
});

test.each([0.1, 0.2, 0.8, 1, 4])("shares of Beta(%d, %d) have its mean and variance", (alpha) => {
  const random = new Random(0, "beta", alpha);
  const shares = Array.from({ length: 20_000 }, () => drawBeta(alpha, random));
  const mean = shares.reduce((sum, share) => sum + share, 0) / shares.length;
  const variance = shares.reduce((sum, share) => sum + (share - mean) ** 2, 0) / shares.length;
  expect(Math.min(...shares)).toBeGreaterThanOrEqual(0);
  expect(Math.max(...shares)).toBeLessThanOrEqual(1);
  expect(Math.abs(mean - 0.5)).toBeLessThan(4 * Math.sqrt(0.25 / shares.length)); // 4 standard errors at most
  expect(variance).toBeCloseTo(1 / (4 * (2 * alpha + 1)), 2);
});

describe("erasing", () => {
  test("changes each picture of a batch on its own, as often as asked, one rectangle in all channels", () => {
    const [n, h, w] = [400, 12, 10];
    const x = tensor(new Float32Array(n * h * w * 3).fill(9), [n, h, w, 3]);
    erase(x, { probability: 0.25, mode: "const", count: 1 }, new Random(0));
    let erased = 0;
    for (let i = 0; i < n; i++) {
      const values = x.data.subarray(i * h * w * 3, (i + 1) * h * w * 3);
      const at = [...values.keys()].filter((p) => values[p] === 0);
      if (at.length === 0) continue;
      erased++;
      const rows = new Set(at.map((p) => Math.floor(p / 3 / w)));
      const columns = new Set(at.map((p) => Math.floor(p / 3) % w));
      expect(at.length).toBe(rows.size * columns.size * 3);
    }
    expect(Math.abs(erased - 100)).toBeLessThan(35); // 4 standard deviations
  });

  test("writes one colour or noise of mean 0 and deviation 1", () => {
    const x = (): Float32Array => new Float32Array(64 * 64 * 3).fill(9);
    const erased = (mode: "rand" | "pixel"): number[] => {
      const values = x();
      erase(tensor(values, [1, 64, 64, 3]), { probability: 1, mode, count: 1 }, new Random(2));
      return [...values].filter((value) => value !== 9);
    };
    expect(new Set(erased("rand")).size).toBe(3);
    const noises = erased("pixel");
    const mean = noises.reduce((sum, value) => sum + value, 0) / noises.length;
    const variance = noises.reduce((sum, value) => sum + value ** 2, 0) / noises.length;
    expect(Math.abs(mean)).toBeLessThan(4 / Math.sqrt(noises.length));
    expect(Math.abs(variance - 1)).toBeLessThan(4 * Math.sqrt(2 / noises.length));
  });
});

describe("an option that makes no sense is refused by name", () => {
  test.each([
    ["crop", { crop: "zoom" }],
    ["scale", { scale: [0.5, 0.2] }],
    ["scale", { scale: [0.5, 1.2] }],
    ["ratio", { ratio: [0, 1] }],
    ["shift", { crop: "shifted", shift: 20 }],
    ["interpolation", { interpolation: "lanczos" }],
    ["hflip", { hflip: 1.5 }],
    ["vflip", { vflip: Number.NaN }],
    ["colorJitter", { colorJitter: [0.1, 0.2] }],
    ["colorJitter", { colorJitter: [0.1, 0.2, 0.3, 0.6] }],
    ["colorJitter", { colorJitter: -1 }],
    ["aa", { aa: "rand-m9-m8" }],
    ["aa", { aa: "rand-tnone" }],
    ["aa", { aa: "" }],
    ["reprob", { reprob: 2 }],
    ["remode", { remode: "black" }],
    ["recount", { recount: 0 }],
    ["mixup", { mixup: -0.1 }],
    ["cutmix", { cutmix: Infinity }],
    ["cutmixMinmax", { cutmixMinmax: [0.5, 1.5] }],
    ["mixupProb", { mixup: 1, mixupProb: -1 }],
    ["mixupMode", { mixup: 1, mixupMode: "row" }],
    ["mixupOffEpoch", { mixup: 1, mixupOffEpoch: 0.5 }],
    ["smoothing", { mixup: 1, smoothing: 1.1 }],
  ])("%s: %j", (option, options) => {
    const made = (): unknown => augmentationFor(TRANSFORM, options as AugmentOptions);
    expect(made).toThrow(UsageError);
    expect(made).toThrow(new RegExp(`^${option}: .*got `));
  });

  test.each(["original", "v0r-mstd0.5", "augmix-m3-w3", "3a", "rand-m9-t3aw"])("%s is known and left out", (aa) => {
    expect(() => augmentationFor(TRANSFORM, { aa })).toThrow(UnsupportedError);
  });
});
