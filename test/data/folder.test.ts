import { describe, expect, test } from "vitest";
import type { Sample } from "#effnet/data/batch.js";
import { type Dataset, sampleCount } from "#effnet/data/dataset.js";
import { splitFolder } from "#effnet/data/folder.js";

/** Entries for paths; a path that ends with `/` is an empty folder. */
const entries = (...paths: string[]) =>
  paths.map((path) =>
    path.endsWith("/") ? { path: path.slice(0, -1), source: null } : { path, source: `/d/${path}` },
  );

const names = (dataset: Dataset | null) =>
  [...((dataset?.samples() ?? []) as Iterable<Sample>)].map(({ name }) => name);
const many = (label: string, count: number) => Array.from({ length: count }, (_, i) => `${label}/${i}.jpg`);

describe("split folders", () => {
  const splits = splitFolder(
    entries("train/b/1.jpg", "train/a/2.PNG", "val/a/3.jpeg", "test/b/deep/4.webp", "test/a/.hidden.jpg", "notes.txt"),
    "d",
  );

  test("give splits and classes by name, deeper files to the class above", () => {
    expect(splits.classes).toEqual(["a", "b"]);
    expect(names(splits.train)).toEqual(["train/a/2.PNG", "train/b/1.jpg"]);
    expect(names(splits.validation)).toEqual(["val/a/3.jpeg"]);
    expect(names(splits.test)).toEqual(["test/b/deep/4.webp"]);
    expect(splits.test?.perClass).toEqual([0, 1]);
  });

  test("say which files are left out", () => {
    expect(splits.findings.map(({ message }) => message)).toEqual([
      "d: 1 files are no pictures in a folder of a class and are left out: notes.txt.",
    ]);
  });

  test("an empty class is kept and told", () => {
    const { classes, findings } = splitFolder(entries("train/a/1.jpg", "train/b/", "val/a/1.jpg"), "d");
    expect(classes).toEqual(["a", "b"]);
    expect(findings).toEqual([{ kind: "empty class", message: 'train: class "b" has no pictures.' }]);
  });

  test("a class that training does not know is refused", () => {
    expect(() => splitFolder(entries("train/a/1.jpg", "val/c/1.jpg"), "d")).toThrow(
      'd: validation: class "c" is none of the 1 classes (a). Rename or remove its folder.',
    );
  });

  test("a folder without pictures is refused", () => {
    expect(() => splitFolder(entries("a/1.txt"), "d")).toThrow("d: expected a folder for every class");
  });

  test("classes of a trained network keep their indices", () => {
    const { train } = splitFolder(entries("b/1.jpg"), "d", { classes: ["a", "b"], holdout: 0 });
    expect(train?.perClass).toEqual([0, 1]);
  });
});

describe("class folders alone", () => {
  const files = [...many("a", 100), ...many("b", 30), ...many("c", 2), ...many("d", 1)];
  const { train, validation, findings } = splitFolder(entries(...files), "d", { seed: 7 });

  test("hold a tenth of every class back, at least one, never the only one", () => {
    expect(validation?.perClass).toEqual([10, 3, 1, 0]);
    expect(train?.perClass).toEqual([90, 27, 1, 1]);
    expect(names(train).filter((name) => names(validation).includes(name))).toEqual([]);
    expect(findings.map(({ message }) => message)).toEqual([
      "d: no validation split: 14 of its 133 training pictures are held back as one (seed 7).",
    ]);
  });

  test("the same are held back whatever order the files come in, others for another seed", () => {
    const again = splitFolder(entries(...files.toReversed()), "d", { seed: 7 });
    expect(names(again.validation)).toEqual(names(validation));
    expect(names(splitFolder(entries(...files), "d", { seed: 8 }).validation)).not.toEqual(names(validation));
  });

  test("a new file moves at most one other between the parts", () => {
    const more = splitFolder(entries(...files, "a/new.jpg"), "d", { seed: 7 });
    expect(names(validation).filter((name) => !names(more.validation).includes(name)).length).toBeLessThanOrEqual(1);
  });

  test("one picture trains without a validation split, and that is told", () => {
    const one = splitFolder(entries("a/1.jpg"), "d");
    expect([sampleCount(one.train as Dataset), one.validation]).toEqual([1, null]);
    expect(one.findings.map(({ message }) => message)).toEqual([
      "d: no validation split: too few pictures of every class to hold any back.",
    ]);
  });

  test("a class may be called like a split", () => {
    expect(splitFolder(entries("test/1.jpg", "good/1.jpg"), "d").classes).toEqual(["good", "test"]);
  });

  test("a holdout that is no share is refused", () => {
    expect(() => splitFolder(entries("a/1.jpg"), "d", { holdout: 1 })).toThrow(
      "holdout: expected a share of 0 … 0.9, got 1.",
    );
  });
});
