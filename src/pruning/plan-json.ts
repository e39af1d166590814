// A plan as JSON and back: beside the weights, in a weights file's `effnet.plan`, or by hand, so hostile until looked at.

import { Fields } from "../architecture/fields.ts";
import { FileError } from "../errors.ts";
import type { Json } from "../weights/metadata.ts";
import type { BudgetUnit, Made, Plan } from "./plan.ts";

const UNITS: readonly BudgetUnit[] = ["macs", "params", "latency"];
const CHANNELS = /^(stem|head|blocks\.\d{1,4}\.stream|blocks\.\d{1,4}\.\d{1,4}\.(stream|expanded|squeeze))$/;
const BLOCK = /^blocks\.\d{1,4}\.\d{1,4}\.block$/;
const MOST_CHANNELS = 2 ** 16; // as in architectures

/** The plan as plain JSON, its fields in one order. */
export function planToJson({ version, parent, keep, removedBlocks, made }: Plan): Json {
  return {
    version,
    parent: { name: parent.name, shapes: parent.shapes },
    keep: { ...keep },
    removedBlocks,
    ...(made === undefined ? {} : { made: madeToJson(made) }),
  };
}

/**
 * The plan that `json` describes, with nothing but the known fields. Whether it is a certain network's is for `apply`.
 * @param file named in the errors
 * @throws FileError that names the field, what was expected and what was found
 */
export function planFromJson(json: unknown, file: string): Plan {
  const fields = new Fields(json, "plan", file);
  if (fields.value("version") !== 1) fields.fail("version", "1; a later effnet may read it", fields.value("version"));
  const parent = fields.object("parent");
  const shapes = parent.text("shapes");
  if (!/^[0-9a-f]{64}$/.test(shapes)) parent.fail("shapes", "64 hexadecimal digits", shapes);
  const made = fields.value("made") === undefined ? undefined : madeFrom(fields.object("made"), file);
  return {
    version: 1,
    parent: { name: parent.text("name"), shapes },
    keep: keepFrom(fields.object("keep"), file),
    removedBlocks: blocksFrom(fields),
    ...(made === undefined ? {} : { made }),
  };
}

function madeToJson({ solver, score, curve, seed, budget, predicted, value, bound }: Made): Json {
  const limits = budget.map(({ unit, limit }) => ({ unit, limit }));
  return { solver, score, curve, seed, budget: limits, predicted: { ...predicted }, value, bound };
}

function keepFrom(fields: Fields, file: string): Plan["keep"] {
  const keep = fields.keys().map((name): [string, readonly number[]] => {
    if (!CHANNELS.test(name)) throw new FileError(file, `plan.keep: expected names of groups, got ${quoted(name)}.`);
    const kept = fields.list(name);
    if (!isRising(kept)) fields.fail(name, "channels from 0 up, rising, at least one", kept);
    return [name, [...kept]];
  });
  return Object.fromEntries(keep);
}

function isRising(list: readonly unknown[]): list is readonly number[] {
  let last = -1;
  for (const channel of list) {
    if (!Number.isInteger(channel) || (channel as number) <= last || (channel as number) >= MOST_CHANNELS) return false;
    last = channel as number;
  }
  return last >= 0;
}

function blocksFrom(fields: Fields): readonly string[] {
  const names = fields.list("removedBlocks");
  const areBlocks = names.every((name) => typeof name === "string" && BLOCK.test(name));
  if (!areBlocks || new Set(names).size < names.length) {
    fields.fail("removedBlocks", "names of blocks, blocks.2.1.block, each once", names);
  }
  return [...(names as readonly string[])];
}

function madeFrom(fields: Fields, file: string): Made {
  return {
    solver: fields.text("solver"),
    score: fields.text("score"),
    curve: fields.text("curve"),
    seed: fields.whole("seed", 0, Number.MAX_SAFE_INTEGER),
    budget: fields.list("budget").map((each, i) => {
      const limit = new Fields(each, `plan.made.budget[${i}]`, file);
      return { unit: limit.oneOf("unit", UNITS), limit: finite(limit, "limit") };
    }),
    predicted: predictedFrom(fields.object("predicted")),
    value: finite(fields, "value"),
    bound: finite(fields, "bound"),
  };
}

function predictedFrom(fields: Fields): Made["predicted"] {
  const known = UNITS.filter((unit) => fields.value(unit) !== undefined);
  return Object.fromEntries(known.map((unit) => [unit, finite(fields, unit)]));
}

function finite(fields: Fields, key: string): number {
  return fields.between(key, -Number.MAX_VALUE, Number.MAX_VALUE);
}

function quoted(name: string): string {
  return JSON.stringify(name.slice(0, 60));
}
