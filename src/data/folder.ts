// Folders of classes: which file belongs to which split and class, from the paths alone. Works on any list of files, so a
// page that was given a folder's Files has the same rules.

import { listed, UsageError } from "../errors.ts";
import type { PictureSource, Sample } from "./batch.ts";
import { inClassOrder } from "./classes.ts";
import {
  type Dataset,
  emptyClasses,
  type Finding,
  type SplitName,
  type SplitOptions,
  type Splits,
  splitNamed,
} from "./dataset.ts";
import { checkHoldout, DEFAULT_HOLDOUT, heldBack, holdOut } from "./holdout.ts";
import { fromSamples } from "./listed.ts";

/** A file or an empty folder below the dataset's own folder. */
export interface FolderEntry {
  /** Relative, with `/`: `train/dress/1.jpg`. */
  readonly path: string;
  /** Where its bytes are; null for a folder that holds nothing. */
  readonly source: PictureSource | null;
}

const PICTURE_ENDINGS = new Set(["jpg", "jpeg", "png", "webp", "gif", "tif", "tiff", "bmp", "avif"]);

/**
 * The splits of a folder: `train`, `validation` (`val`, `valid`) and `test` folders, each with a folder for every class;
 * or the class folders at once. What lies deeper belongs to the class above it. Hidden files are left out.
 *
 * Without a validation split a share of every class is held back from training; class folders without split folders are
 * all `train`, so that the same holds for them.
 * @param name what messages call the folder
 * @throws UsageError if there is no picture, or a class that is not one of the expected
 */
export function splitFolder(entries: readonly FolderEntry[], name: string, options: SplitOptions = {}): Splits {
  const { seed = 0, holdout = DEFAULT_HOLDOUT } = options;
  checkHoldout(holdout);
  const findings: Finding[] = [];
  const files = placed(entries, findings, name);
  if (!files.some(({ source }) => source !== null)) {
    throw new UsageError(
      name,
      "expected a folder for every class with pictures in it, found no picture. Check the path.",
    );
  }
  const classes = options.classes ?? inClassOrder(files.filter(inTrainIfAny(files)).map(({ label }) => label));
  const labels = new Map(classes.map((label, index) => [label, index]));
  const found = new Map<SplitName, Sample[]>();
  for (const { split, label, path, source } of files) {
    const index = labels.get(label);
    if (index === undefined) {
      const known = `the ${classes.length} classes (${listed(classes)})`;
      throw new UsageError(name, `${split}: class "${label}" is none of ${known}. Rename or remove its folder.`);
    }
    const samples = found.get(split) ?? found.set(split, []).get(split);
    if (source !== null) samples?.push({ name: path, label: index, source });
  }
  const dataset = (split: SplitName, samples = found.get(split)): Dataset | null =>
    samples === undefined || samples.length === 0 ? null : fromSamples(samples, classes, split);

  let [train, validation, test] = [dataset("train"), dataset("validation"), dataset("test")];
  if (train !== null && validation === null && holdout > 0) {
    const { kept, held } = holdOut(found.get("train") ?? [], classes.length, { share: holdout, seed });
    [train, validation] = [dataset("train", kept), dataset("validation", held)];
    findings.push(heldBack(name, train, validation, seed));
  }
  if (train !== null) findings.push(...emptyClasses(train));
  return { classes, train, validation, test, findings };
}

/** All pictures of a folder, of whatever classes: what is to be no class of another dataset. */
export function allOfFolder(entries: readonly FolderEntry[], name: string): Dataset {
  const samples = entries
    .filter(isVisible)
    .flatMap(({ path, source }) => (source === null || !isPictureName(path) ? [] : [{ name: path, label: 0, source }]))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  if (samples.length === 0) throw new UsageError(name, "expected pictures in it, found none. Check the path.");
  return fromSamples(samples, [name], name);
}

function isVisible({ path }: FolderEntry): boolean {
  return !path.split("/").some((part) => part.startsWith("."));
}

function isPictureName(path: string): boolean {
  return PICTURE_ENDINGS.has(path.slice(path.lastIndexOf(".") + 1).toLowerCase());
}

interface Placed {
  readonly split: SplitName;
  readonly label: string;
  readonly path: string;
  readonly source: PictureSource | null;
}

/** Every picture and every empty class folder with its split and class; what has no place becomes a finding. */
function placed(entries: readonly FolderEntry[], findings: Finding[], name: string): Placed[] {
  const visible = entries.filter(isVisible);
  const tops = new Set(visible.map(({ path }) => path.split("/")[0]));
  // A class may be called "test": split folders are meant where `train` is among them, or nothing else is there.
  const splits = [...tops].map(splitNamed);
  const hasSplits = splits.includes("train") || splits.every((split) => split !== undefined);
  const result: Placed[] = [];
  const lost: string[] = [];
  for (const { path, source } of visible.toSorted((a, b) => (a.path < b.path ? -1 : 1))) {
    const parts = path.split("/");
    const split = hasSplits ? splitNamed(parts[0]) : "train";
    const below = parts.slice(hasSplits ? 1 : 0);
    const label = below.length > (source === null ? 0 : 1) ? below[0] : undefined;
    const isWanted = source === null || isPictureName(path);
    if (split !== undefined && label !== undefined && isWanted) result.push({ split, label, path, source });
    else if (source !== null) lost.push(path);
  }
  if (lost.length > 0) {
    const files = `${lost.length} files are no pictures in a folder of a class and are left out`;
    findings.push({ kind: "ignored", message: `${name}: ${files}: ${listed(lost)}.` });
  }
  return result;
}

/** Keeps the files of the training split; all, where there is none. */
function inTrainIfAny(files: readonly Placed[]): (file: Placed) => boolean {
  const hasTrain = files.some(({ split }) => split === "train");
  return ({ split }) => !hasTrain || split === "train";
}
