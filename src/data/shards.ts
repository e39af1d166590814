// WebDataset: tar shards as datasets, read as streams. Memory holds a bounded number of samples, however many there are.

import { UnsupportedError, UsageError } from "../errors.ts";
import type { WaitOptions } from "../progress.ts";
import { Random } from "../random.ts";
import {
  type Dataset,
  emptyClasses,
  type Finding,
  type SplitName,
  type SplitOptions,
  type Splits,
  splitNamed,
} from "./dataset.ts";
import { checkHoldout, DEFAULT_HOLDOUT, heldBack, holdoutRank } from "./holdout.ts";
import { bufferShuffled, shuffled } from "./shuffle.ts";
import { type Shard, type ShardItem, type ShardSample, shardSamples } from "./tar.ts";

/** timm's counts (timm/data/readers/reader_wds.py), and at most 256 MB of files. */
const SHUFFLE = { items: 8192, initial: 2048, bytes: 256 * 2 ** 20 };
const REPORT_EVERY = 1000; // pictures between two reports of the count

export interface ShardOptions extends SplitOptions, WaitOptions {}

/** The samples of some shards that belong to one split. */
interface Part {
  readonly shards: readonly Shard[];
  readonly isMember: (sample: ShardSample) => boolean;
}

/**
 * The splits of a set of shards. A shard's name says its split: the last of its parts that is one
 * (`cifar10-train-000003.tar`), else `train`. All are read once, to count.
 *
 * Without a validation split a share of the training samples is held back, chosen by a hash of their keys.
 * @param name what messages call the set
 * @throws UsageError if there is no sample, or a label beyond the classes; the signal's reason once it aborts
 */
export async function splitShards(shards: readonly Shard[], name: string, options: ShardOptions = {}): Promise<Splits> {
  const { seed = 0, holdout = DEFAULT_HOLDOUT } = options;
  checkHoldout(holdout);
  const parts = partsOf(shards, holdout, seed);
  const findings: Finding[] = [];
  const counts = await countLabels(parts, findings, options);

  const perShard = [...counts.values()].flatMap((shards) => [...shards.values()]);
  const labels = perShard.reduce((most, perClass) => Math.max(most, perClass.length), 0);
  if (labels === 0) throw new UsageError(name, "expected tar shards with pictures and labels, found none.");
  const classes = options.classes ?? Array.from({ length: labels }, (_, label) => String(label));
  if (labels > classes.length) {
    throw new UsageError(name, `expected labels 0 … ${classes.length - 1} for the classes, got ${labels - 1}.`);
  }
  const dataset = (split: SplitName): Dataset | null => {
    const [part, perShard] = [parts.get(split), counts.get(split) ?? new Map<Shard, number[]>()];
    if (part === undefined || perShard.size === 0) return null;
    const perClass = (shard: Shard): number[] => classes.map((_, label) => perShard.get(shard)?.[label] ?? 0);
    const tars = part.shards
      .toSorted((a, b) => (a.name < b.name ? -1 : 1))
      .map((shard) => fromPart({ ...part, shards: [shard] }, shard.name, classes, perClass(shard)));
    const all = classes.map((_, label) => tars.reduce((sum, tar) => sum + tar.perClass[label], 0));
    return { ...fromPart(part, split, classes, all), tars };
  };
  const [train, validation, test] = [dataset("train"), dataset("validation"), dataset("test")];
  if (parts.get("validation")?.shards === parts.get("train")?.shards) {
    findings.unshift(heldBack(name, train, validation, seed));
  }
  if (train !== null) findings.push(...emptyClasses(train));
  return { classes, train, validation, test, findings };
}

/** Which shards and which of their samples make each split. */
function partsOf(shards: readonly Shard[], holdout: number, seed: number): Map<SplitName, Part> {
  const parts = new Map<SplitName, Part>();
  for (const shard of shards) {
    const split = shard.split ?? splitOf(shard.name);
    parts.set(split, { shards: [...(parts.get(split)?.shards ?? []), shard], isMember: () => true });
  }
  const train = parts.get("train");
  if (train !== undefined && !parts.has("validation") && holdout > 0) {
    const isHeld = ({ key }: ShardSample): boolean => holdoutRank(key, seed) < holdout;
    parts.set("train", { shards: train.shards, isMember: (sample) => !isHeld(sample) });
    parts.set("validation", { shards: train.shards, isMember: isHeld });
  }
  return parts;
}

function splitOf(shard: string): SplitName {
  const words = shard.slice(shard.lastIndexOf("/") + 1).split(/[-_.]/);
  return words.map(splitNamed).findLast((split) => split !== undefined) ?? "train";
}

/** How often each shard of each split has each label. Shards that two splits share are read once. */
async function countLabels(
  parts: ReadonlyMap<SplitName, Part>,
  findings: Finding[],
  { signal, onProgress }: WaitOptions,
): Promise<Map<SplitName, Map<Shard, number[]>>> {
  const counts = new Map(Array.from(parts.keys(), (split) => [split, new Map<Shard, number[]>()]));
  let done = 0;
  for (const shards of new Set(Array.from(parts.values(), (part) => part.shards))) {
    for await (const { shard, item } of placedItems(shards)) {
      signal?.throwIfAborted();
      if ("error" in item) {
        findings.push({ kind: "broken", message: item.error.message });
        continue;
      }
      for (const [split, part] of parts) {
        if (part.shards !== shards || !part.isMember(item)) continue;
        const perShard = counts.get(split) ?? new Map<Shard, number[]>();
        const perClass = perShard.get(shard) ?? perShard.set(shard, []).get(shard) ?? [];
        perClass[item.label] = (perClass[item.label] ?? 0) + 1;
      }
      if (++done % REPORT_EVERY === 0) onProgress?.({ stage: "counting", done, unit: "pictures" });
    }
  }
  return counts;
}

function fromPart(part: Part, name: string, classes: readonly string[], perClass: readonly number[]): Dataset {
  return {
    name,
    classes,
    perClass,
    samples: (order) => {
      if (order === undefined) return membersOf(part, part.shards);
      if (order.isBalanced) {
        throw new UnsupportedError(
          "Balanced sampling needs a folder of pictures, not shards. Weigh the classes instead.",
        );
      }
      const shards = shuffled(part.shards, new Random(order.seed, "shard order", order.epoch));
      const random = new Random(order.seed, "shard buffer", order.epoch);
      return bufferShuffled(membersOf(part, shards), ({ source }) => source.length, random, SHUFFLE);
    },
  };
}

/** What is no sample was reported when the shards were counted. */
async function* membersOf(part: Part, shards: readonly Shard[]): AsyncGenerator<ShardSample, void, undefined> {
  for await (const { item } of placedItems(shards)) if (!("error" in item) && part.isMember(item)) yield item;
}

async function* placedItems(
  shards: readonly Shard[],
): AsyncGenerator<{ readonly shard: Shard; readonly item: ShardItem }, void, undefined> {
  for (const shard of shards) for await (const item of shardSamples(shard)) yield { shard, item };
}
