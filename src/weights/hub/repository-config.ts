// `config.json` of a repository in timm's format: which network, which classes, which preprocessing. Hostile until read.

import type { Architecture, PretrainedConfig } from "../../architecture/architecture.ts";
import { architectureOf } from "../../architecture/build.ts";
import { Fields } from "../../architecture/fields.ts";
import { parseArchitecture } from "../../architecture/parse.ts";
import { resolve } from "../../architecture/resolve.ts";
import { EffnetError, FileError } from "../../errors.ts";
import { quoted } from "../quoted.ts";

export interface RepositoryConfig {
  /** The network of the family, with the repository's classes and input channels. */
  readonly architecture: Architecture;
  readonly config: PretrainedConfig;
  /** timm's, e.g. `ra_in1k`. */
  readonly tag: string | null;
  /** One a class; undefined where the repository does not name them. */
  readonly labels: readonly string[] | undefined;
}

const MOST_CLASSES = 2 ** 20;
const MOST_CHANNELS = 2 ** 10;
const LARGEST_SIDE = 2 ** 14; // pixels
/** Arguments of timm's constructor that change no answer. */
const HARMLESS = ["drop_rate", "drop_path_rate"];

/**
 * Today's form, with `pretrained_cfg`, and the older one, whose keys all lie at the top. What is missing has timm's
 * defaults (timm/data/config.py).
 * @param file as errors call it
 * @throws FileError that names the key, what was expected and what was found
 */
export function parseRepositoryConfig(text: string, file: string): RepositoryConfig {
  const top = new Fields(jsonOf(text, file), "config.json", file);
  const inner = known(top, "pretrained_cfg") === undefined ? top : top.object("pretrained_cfg");
  const args = known(top, "model_args") === undefined ? undefined : top.object("model_args");
  const channels = channelsIn(args, inner);
  const classes = classesIn(top, inner);
  const tag = optional(inner, "tag", (fields, key) => fields.text(key)) ?? null;
  refuseForeign(inner);
  return {
    architecture: { ...networkIn(top, file), classes, inChannels: channels },
    config: { ...preprocessingIn(inner, channels), classes },
    tag: tag === "" ? null : tag,
    labels: labelsIn(top, classes) ?? (inner === top ? undefined : labelsIn(inner, classes)),
  };
}

function jsonOf(text: string, file: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new FileError(file, "expected JSON as timm writes it.", { cause });
  }
}

/** Null means not said, as in timm. */
function known(fields: Fields, key: string): unknown {
  return fields.value(key) ?? undefined;
}

function optional<T>(fields: Fields, key: string, read: (fields: Fields, key: string) => T): T | undefined {
  return known(fields, key) === undefined ? undefined : read(fields, key);
}

/** By its name, or written out where effnet exported one that has none (`effnet_architecture`). */
function networkIn(top: Fields, file: string): Architecture {
  const own = known(top, "effnet_architecture");
  if (own !== undefined) return parseArchitecture(own, file);
  const name = top.text("architecture");
  try {
    return architectureOf(resolve(name).row);
  } catch (cause) {
    if (!(cause instanceof EffnetError)) throw cause;
    const what = `config.json.architecture: ${quoted(name)} is no network that effnet knows`;
    throw new FileError(file, `${what}. Run "effnet list" for the family.`, { cause });
  }
}

/** `model_args` go before `pretrained_cfg`. */
function channelsIn(args: Fields | undefined, inner: Fields): number {
  for (const key of args?.keys() ?? []) {
    if (key !== "in_chans" && !HARMLESS.includes(key))
      args?.fail(key, `none but in_chans, ${HARMLESS.join(", ")}`, known(args, key));
  }
  const asked = args === undefined ? undefined : optional(args, "in_chans", (a, key) => a.whole(key, 1, MOST_CHANNELS));
  return asked ?? optional(inner, "input_size", sizeAt)?.channels ?? 3;
}

/** The top goes before `pretrained_cfg`. */
function classesIn(top: Fields, inner: Fields): number {
  const read = (fields: Fields): number | undefined =>
    optional(fields, "num_classes", (f, key) => f.whole(key, 0, MOST_CLASSES));
  return read(top) ?? read(inner) ?? 1000;
}

function preprocessingIn(inner: Fields, channels: number): Omit<PretrainedConfig, "classes"> {
  const test = optional(inner, "test_input_size", sizeAt);
  const testCrop = optional(inner, "test_crop_pct", cropAt);
  return {
    inputSize: { ...(optional(inner, "input_size", sizeAt) ?? { height: 224, width: 224 }), channels },
    ...(test === undefined ? {} : { testInputSize: { ...test, channels } }),
    interpolation: optional(inner, "interpolation", (f, key) => f.oneOf(key, ["bilinear", "bicubic"])) ?? "bicubic",
    cropPct: optional(inner, "crop_pct", cropAt) ?? 0.875,
    ...(testCrop === undefined ? {} : { testCropPct: testCrop }),
    cropMode: optional(inner, "crop_mode", (f, key) => f.oneOf(key, ["center", "squash", "border"])) ?? "center",
    mean: optional(inner, "mean", (f, key) => perChannel(f, key, channels, 0)) ?? [0.485, 0.456, 0.406],
    std: optional(inner, "std", (f, key) => perChannel(f, key, channels, 1e-6)) ?? [0.229, 0.224, 0.225],
  };
}

/** `[channels, height, width]` */
function sizeAt(fields: Fields, key: string): PretrainedConfig["inputSize"] {
  const sides = fields.list(key);
  const [channels, height, width] = sides;
  const isSize =
    sides.length === 3 &&
    isWhole(channels, MOST_CHANNELS) &&
    isWhole(height, LARGEST_SIDE) &&
    isWhole(width, LARGEST_SIDE);
  return isSize ? { channels, height, width } : fields.fail(key, "[channels, height, width]", JSON.stringify(sides));
}

function isWhole(value: unknown, most: number): value is number {
  return typeof value === "number" && Number.isInteger(value) && value >= 1 && value <= most;
}

function cropAt(fields: Fields, key: string): number {
  return fields.between(key, 1e-3, 4);
}

/** One value stands for all channels. */
function perChannel(fields: Fields, key: string, channels: number, least: number): number[] {
  const value = known(fields, key);
  const values: readonly unknown[] = Array.isArray(value) ? value : [value];
  const isRight = (each: unknown): each is number => typeof each === "number" && each >= least && each <= 1e6;
  if (values.length === 1 && isRight(values[0])) return Array.from({ length: channels }, () => values[0] as number);
  const isList = values.every(isRight) && values.length <= MOST_CHANNELS && values.length > 0;
  return isList ? [...values] : fields.fail(key, `numbers of at least ${least}`, JSON.stringify(value));
}

/** What would change the weights on their way in; no published network of the family has it. */
function refuseForeign(inner: Fields): void {
  const offset = known(inner, "label_offset");
  if (offset !== undefined && offset !== 0 && offset !== false) inner.fail("label_offset", "none", offset);
  const custom = known(inner, "custom_load");
  if (custom !== undefined && custom !== false && custom !== "") inner.fail("custom_load", "false", custom);
}

/** A list, or an object from class numbers to names; older files call it `labels`. Synsets are told by their descriptions. */
function labelsIn(fields: Fields, classes: number): readonly string[] | undefined {
  const key = known(fields, "label_names") === undefined ? "labels" : "label_names";
  const value = known(fields, key);
  if (value === undefined) return undefined;
  const names = Array.isArray(value) ? listed(fields, key, value, classes) : numbered(fields, key, classes);
  const descriptions =
    known(fields, "label_descriptions") === undefined ? undefined : fields.object("label_descriptions");
  if (descriptions === undefined || !names.every((name) => /^n\d{8}$/.test(name))) return names;
  return names.map((name) => {
    const text = descriptions.value(name);
    return typeof text === "string" && text !== "" ? text : name;
  });
}

function listed(fields: Fields, key: string, names: readonly unknown[], classes: number): readonly string[] {
  if (names.length !== classes) fields.fail(key, `${classes} names, one a class`, names.length);
  return names.every((name) => typeof name === "string") ? names : fields.fail(key, "a list of names", names);
}

/** Classes without a name keep their number. */
function numbered(fields: Fields, key: string, classes: number): readonly string[] {
  const names = fields.object(key);
  const labels = Array.from({ length: classes }, (_, index) => `class ${index}`);
  for (const number of names.keys()) {
    const index = /^\d{1,7}$/.test(number) ? Number(number) : classes;
    if (index >= classes) fields.fail(key, `class numbers below ${classes}`, number);
    labels[index] = names.text(number);
  }
  return labels;
}
