// A dataset whose samples are all known by name: files of a folder, files given to a page, pictures in memory.

import { UsageError } from "../errors.ts";
import { Random } from "../random.ts";
import type { PictureSource, Sample } from "./batch.ts";
import { byLabel, type Dataset, type Order } from "./dataset.ts";
import { shuffled } from "./shuffle.ts";

/** A picture and its class, by name. */
export interface Labelled {
  readonly label: string;
  readonly source: PictureSource;
  /** What messages call it. Default: a File's name, a path, or its place in the list. */
  readonly name?: string | undefined;
}

/**
 * Pictures at hand as a dataset.
 * @param classes every name a label may have, in the order of their indices
 * @throws UsageError if a label is none of `classes`
 */
export function fromPictures(
  pictures: readonly Labelled[],
  classes: readonly string[],
  options: { readonly name?: string } = {},
): Dataset {
  const name = options.name ?? "pictures";
  const indices = new Map(classes.map((label, index) => [label, index]));
  const samples = pictures.map((picture, index) => {
    const label = indices.get(picture.label);
    if (label === undefined) {
      throw new UsageError("label", `${name}[${index}]: "${picture.label}" is none of the ${classes.length} classes.`);
    }
    return { name: picture.name ?? sourceName(picture.source) ?? `${name}[${index}]`, label, source: picture.source };
  });
  return fromSamples(samples, classes, name);
}

/** Samples as a dataset; the list is kept, not copied. */
export function fromSamples(samples: readonly Sample[], classes: readonly string[], name: string): Dataset {
  const groups = byLabel(samples, classes.length);
  const inOrder = (order: Order): Sample[] => {
    if (order.isBalanced) return balanced(groups, samples.length, order);
    return shuffled(samples, new Random(order.seed, "order", order.epoch));
  };
  const perClass = groups.map((group) => group.length);
  return { name, classes, perClass, samples: (order) => (order === undefined ? samples : inOrder(order)) };
}

/** Every class with samples in turn, in a new order each round; a class's own samples go round in shuffled order. */
function balanced(groups: readonly Sample[][], count: number, { seed, epoch }: Order): Sample[] {
  const decks = groups
    .map((group, label) => shuffled(group, new Random(seed, "balanced order", epoch, label)))
    .filter((deck) => deck.length > 0);
  const turns = new Random(seed, "balanced turns", epoch);
  const result: Sample[] = [];
  for (let round = 0; result.length < count; round++) {
    for (const deck of shuffled(decks, turns)) result.push(deck[round % deck.length]);
  }
  return result.slice(0, count);
}

function sourceName(source: PictureSource): string | undefined {
  if (typeof source === "string") return source;
  return source instanceof Blob && "name" in source && typeof source.name === "string" ? source.name : undefined;
}
