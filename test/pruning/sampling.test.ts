// Which pictures are scored: as many of each class as there are, none twice, shuffled, the same for the same seed.

import { describe, expect, test } from "vitest";
import type { Sample } from "#effnet/data/batch.js";
import type { Dataset } from "#effnet/data/dataset.js";
import { fromSamples } from "#effnet/data/listed.js";
import { UsageError } from "#effnet/errors.js";
import { scoringSamples } from "#effnet/pruning/sampling.js";

/** Classes one after the other, as in folders. */
function dataset(perClass: readonly number[]): Dataset {
  const samples = perClass.flatMap((count, label) =>
    Array.from({ length: count }, (_, i): Sample => ({ name: `${label}/${i}`, label, source: `${label}/${i}.png` })),
  );
  return fromSamples(
    samples,
    perClass.map((_, label) => String(label)),
    "pictures",
  );
}

async function picked(...args: Parameters<typeof scoringSamples>): Promise<Sample[]> {
  const samples: Sample[] = [];
  for await (const sample of scoringSamples(...args).samples()) samples.push(sample);
  return samples;
}

function countsOf(samples: readonly Sample[], classes: number): number[] {
  return Array.from({ length: classes }, (_, label) => samples.filter((sample) => sample.label === label).length);
}

describe("scored are", () => {
  test.each([
    [[10, 10, 10], 6, [2, 2, 2]],
    [[10, 10, 10], 8, [3, 3, 2]],
    [[1, 100, 7], 30, [1, 22, 7]],
    [[0, 5, 5], 4, [0, 2, 2]],
    [[3, 4, 5], 100, [3, 4, 5]],
    [[4, 4], 1, [1, 0]],
  ])("of classes of %j, %i pictures: %j", async (perClass, samples, expected) => {
    const found = await picked(dataset(perClass), { samples });
    expect(countsOf(found, perClass.length)).toEqual(expected);
    expect(new Set(found.map(({ name }) => name)).size).toBe(found.length);
    expect(scoringSamples(dataset(perClass), { samples }).perClass).toEqual(expected);
  });

  test("no more than 2,000 unless asked", async () => {
    expect((await picked(dataset([1500, 1500]))).length).toBe(2000);
  });

  test("shuffled, so that the first pictures are of all classes and not the first of theirs", async () => {
    const found = await picked(dataset([50, 50, 50]), { samples: 60 });
    expect(Math.min(...countsOf(found.slice(0, 15), 3))).toBeGreaterThan(1);
    expect(found.filter(({ name }) => Number(name.slice(2)) >= 20).length).toBeGreaterThan(20);
  });

  test("the same for the same seed, others for another", async () => {
    const of = (seed: number): Promise<Sample[]> => picked(dataset([50, 50]), { samples: 20, seed });
    expect(await of(4)).toEqual(await of(4));
    expect(await of(5)).not.toEqual(await of(4));
  });

  test("never a number that is none", () => {
    expect(() => scoringSamples(dataset([2]), { samples: 0 })).toThrow(UsageError);
  });
});
