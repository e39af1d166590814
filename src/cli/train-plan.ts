// Everything that decides a run, as the plain data of `config.json`: a resumed run has nothing else to go by.

import type { Augmentation } from "../data/augment/recipe.ts";
import { SPLIT_NAMES, type SplitName, type Splits, sampleCount } from "../data/dataset.ts";
import { FileError, UsageError } from "../errors.ts";
import type { Transform } from "../image/preprocess.ts";
import type { Recipe } from "../training/recipe.ts";
import type { Json } from "../weights/metadata.ts";
import type { NetworkFlags } from "./options.ts";

export interface Plan {
  readonly data: {
    /** An absolute path, or an address. */
    readonly place: string;
    readonly classes: readonly string[];
    /** Pictures of each split, broken ones included. */
    readonly pictures: Readonly<Partial<Record<SplitName, number>>>;
    readonly holdout: number;
    readonly isBalanced: boolean;
    /** What decoded pictures may take in memory. */
    readonly keepBytes: number;
    /** A folder of pictures of no class; an absolute path. */
    readonly others?: string;
  };
  readonly network: {
    readonly model: string | null;
    /** An absolute path, an address, a repository, or `pretrained`; null: random weights. */
    readonly weights: string | null;
    readonly backend: NetworkFlags["backend"];
  };
  readonly seed: number;
  readonly batch: number;
  readonly transform: Transform;
  readonly augmentation: Augmentation;
  readonly recipe: Recipe;
}

/** Pictures of each split that is there. */
export function picturesOf(splits: Splits): Plan["data"]["pictures"] {
  const counts = SPLIT_NAMES.flatMap((name) => {
    const dataset = splits[name];
    return dataset === null ? [] : [[name, sampleCount(dataset)]];
  });
  return Object.fromEntries(counts);
}

/** The plan as a run's `config.json`. */
export function configOf(plan: Plan, version: string, command: readonly string[]): Json {
  const made = { effnet: version, node: process.version, command, begun: new Date().toISOString() };
  return { ...made, ...plan } as unknown as Json;
}

/** The opposite. @throws FileError if it is not one of ours */
export function planIn(config: Json, file: string): Plan {
  const plan = (config ?? {}) as unknown as Plan;
  const parts = [plan.data, plan.network, plan.transform, plan.augmentation, plan.recipe];
  const isWhole = parts.every((part) => typeof part === "object" && part !== null) && plan.batch >= 1;
  if (!isWhole) throw new FileError(file, "does not say all that a run needs. Was the file edited?");
  return plan;
}

/** @throws UsageError if the data are not those that the run began with */
export function requirePictures(splits: Splits, { data }: Plan, path: string): void {
  const found = picturesOf(splits);
  for (const name of SPLIT_NAMES) {
    const [got, expected] = [found[name] ?? 0, data.pictures[name] ?? 0];
    if (got === expected) continue;
    const what = `expected the ${expected} ${name} pictures that ${path} began with, got ${got}`;
    throw new UsageError("data", `${what}. Give the same data, or begin anew with its best weights.`);
  }
}
