// What there is to know about data before anybody trains on it: pictures that are broken, and pictures that are the same.

import { listed } from "../errors.ts";
import type { WaitOptions } from "../progress.ts";
import { inOrder } from "./ahead.ts";
import type { Sample } from "./batch.ts";
import { type Dataset, type Finding, SPLIT_NAMES, type SplitName, type Splits, sampleCount } from "./dataset.ts";
import type { Decoders } from "./decoders.ts";
import type { Broken } from "./loader.ts";

/** One place where a picture is. */
export interface Place {
  readonly split: SplitName;
  readonly name: string;
  /** Its class. */
  readonly label: string;
}

export interface Inspection {
  readonly classes: readonly string[];
  /** Readable pictures of each class, for the splits that there are. */
  readonly splits: readonly { readonly split: SplitName; readonly perClass: readonly number[] }[];
  readonly broken: readonly (Broken & { readonly split: SplitName })[];
  /** The places of every picture that has more than one, by equal pixels. */
  readonly repeated: readonly (readonly Place[])[];
}

const DEPTH = 32; // pictures on their way; enough to keep any decoder busy

/** Decodes every picture of every split once. @throws the signal's reason once it aborts */
export async function inspect(splits: Splits, decoders: Decoders, options: WaitOptions = {}): Promise<Inspection> {
  const { signal, onProgress } = options;
  const total = SPLIT_NAMES.reduce((sum, split) => sum + countOf(splits[split]), 0);
  const broken: (Broken & { split: SplitName })[] = [];
  const places = new Map<string, Place[]>();
  const counts = new Map<SplitName, number[]>();
  const fingerprint = async ({ split, sample }: { split: SplitName; sample: Sample }) => {
    const outcome = await decoders.run({ kind: "fingerprint", sample });
    return { split, sample, outcome };
  };
  let done = 0;
  for await (const { split, sample, outcome } of inOrder(allOf(splits, counts), DEPTH, fingerprint)) {
    signal?.throwIfAborted();
    onProgress?.({ stage: "inspecting", done: ++done, total, unit: "pictures" });
    if (outcome.kind === "broken") {
      broken.push({ split, name: sample.name, message: outcome.message });
      continue;
    }
    (counts.get(split) as number[])[sample.label]++;
    const found = places.get(outcome.fingerprint);
    const place: Place = { split, name: sample.name, label: splits.classes[sample.label] };
    if (found === undefined) places.set(outcome.fingerprint, [place]);
    else found.push(place);
  }
  return {
    classes: splits.classes,
    splits: Array.from(counts, ([split, perClass]) => ({ split, perClass })),
    broken,
    repeated: [...places.values()].filter(({ length }) => length > 1),
  };
}

/** Every sample of every split; opens a count for each split as it comes to it. */
async function* allOf(splits: Splits, counts: Map<SplitName, number[]>) {
  for (const split of SPLIT_NAMES) {
    const dataset = splits[split];
    if (dataset === null) continue;
    counts.set(split, new Array<number>(splits.classes.length).fill(0));
    for await (const sample of dataset.samples()) yield { split, sample };
  }
}

function countOf(dataset: Dataset | null): number {
  return dataset === null ? 0 : sampleCount(dataset);
}

/** What an inspection found, one line each; of repeated pictures the worst first: in two splits, then in two classes. */
export function findingsOf({ classes, splits, broken, repeated }: Inspection): Finding[] {
  const empty = splits.flatMap(({ split, perClass }) =>
    classes.filter((_, label) => perClass[label] === 0).map((label) => `${split}: class "${label}" has no pictures.`),
  );
  const worth = (places: readonly Place[]): number => (spread(places, "split") > 1 ? 0 : 1 / spread(places, "label"));
  return [
    ...empty.map((message): Finding => ({ kind: "empty class", message })),
    ...broken.map(({ message }): Finding => ({ kind: "broken", message })),
    ...repeated
      .toSorted((a, b) => worth(a) - worth(b))
      .map((places): Finding => ({ kind: "repeated", message: repetition(places) })),
  ];
}

/** In how many splits, or classes, a picture is. */
function spread(places: readonly Place[], by: "split" | "label"): number {
  return new Set(places.map((place) => place[by])).size;
}

function repetition(places: readonly Place[]): string {
  const all = (by: "split" | "label"): string => listed([...new Set(places.map((place) => place[by]))]);
  const inSplits = spread(places, "split") > 1 ? ` in ${all("split")}` : "";
  const inClasses = spread(places, "label") > 1 ? ` as ${all("label")}` : "";
  return `${listed(places.map(({ name }) => name))}: the same picture ${places.length} times${inSplits}${inClasses}.`;
}
