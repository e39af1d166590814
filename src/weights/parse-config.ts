// The config of a set of weights from JSON, as our files carry it: hostile until every field has been looked at.

import type { PretrainedConfig } from "../architecture/architecture.ts";
import { FileError } from "../errors.ts";
import { quoted } from "./quoted.ts";

const LARGEST_SIDE = 2 ** 14; // pixels; l2, the largest published, takes 800
const MOST_CHANNELS = 2 ** 16;
const MOST_CLASSES = 2 ** 20;
const HOTTEST = 1000; // beyond it all answers are alike

/** Preprocessing and class count, and the classes' names where the file has them. */
export interface StoredConfig {
  readonly config: PretrainedConfig;
  /** One a class, in the order of the classifier's rows. */
  readonly labels: readonly string[] | undefined;
}

/**
 * `effnet.config`: the fields of `PretrainedConfig`, and `labels`. Unknown fields are left out.
 * @throws FileError that names the field, what was expected and what was found
 */
export function parseConfig(json: unknown, file: string): StoredConfig {
  const root = objectOf(json, "effnet.config", file);
  const read = { file, where: "effnet.config" };
  const classes = number(root, "classes", wholeTo(MOST_CLASSES, 0), read);
  const mean = numbers(root, "mean", () => true, read);
  const std = numbers(root, "std", (value) => value > 0, read);
  if (mean.length !== std.length) refuse("mean, std", "lists of one length", [mean.length, std.length], read);
  const config: PretrainedConfig = {
    inputSize: sizeOf(root["inputSize"], "inputSize", file),
    ...(root["testInputSize"] === undefined
      ? {}
      : { testInputSize: sizeOf(root["testInputSize"], "testInputSize", file) }),
    interpolation: oneOf(root, "interpolation", ["bilinear", "bicubic"], read),
    cropPct: number(root, "cropPct", isCrop, read),
    ...(root["testCropPct"] === undefined ? {} : { testCropPct: number(root, "testCropPct", isCrop, read) }),
    cropMode: oneOf(root, "cropMode", ["center", "squash", "border"], read),
    mean,
    std,
    classes,
    ...(root["temperature"] === undefined
      ? {}
      : { temperature: number(root, "temperature", (value) => value > 0 && value <= HOTTEST, read) }),
    ...(root["minProbability"] === undefined
      ? {}
      : { minProbability: number(root, "minProbability", (value) => value >= 0 && value <= 1, read) }),
  };
  return { config, labels: root["labels"] === undefined ? undefined : labelsOf(root["labels"], classes, read) };
}

type Fields = Readonly<Record<string, unknown>>;
interface Place {
  readonly file: string;
  readonly where: string;
}

/** Own fields only, on an object without a prototype. */
function objectOf(value: unknown, where: string, file: string): Fields {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) {
    return Object.assign(Object.create(null) as Fields, value);
  }
  throw new FileError(file, `${where}: expected an object, got ${shownValue(value)}.`);
}

function sizeOf(value: unknown, key: string, file: string): PretrainedConfig["inputSize"] {
  const read = { file, where: `effnet.config.${key}` };
  const fields = objectOf(value, read.where, file);
  return {
    channels: number(fields, "channels", wholeTo(MOST_CHANNELS, 1), read),
    height: number(fields, "height", wholeTo(LARGEST_SIDE, 1), read),
    width: number(fields, "width", wholeTo(LARGEST_SIDE, 1), read),
  };
}

function labelsOf(value: unknown, classes: number, read: Place): readonly string[] {
  const isList = Array.isArray(value) && value.every((label) => typeof label === "string");
  if (!isList) refuse("labels", "a list of names", value, read);
  if (value.length !== classes) refuse("labels", `${classes} names, one a class`, value.length, read);
  return value;
}

function wholeTo(most: number, least: number): (value: number) => boolean {
  return (value) => Number.isInteger(value) && value >= least && value <= most;
}

/** Of the picture's side; `border` and squash crops may exceed 1. */
function isCrop(value: number): boolean {
  return value > 0 && value <= 4;
}

function number(fields: Fields, key: string, fits: (value: number) => boolean, read: Place): number {
  const value = fields[key];
  if (typeof value !== "number" || !fits(value)) refuse(key, "a number in range", value, read);
  return value;
}

function numbers(fields: Fields, key: string, fits: (value: number) => boolean, read: Place): readonly number[] {
  const value: unknown = fields[key];
  const isList =
    Array.isArray(value) &&
    value.length > 0 &&
    value.length <= MOST_CHANNELS &&
    value.every((each) => typeof each === "number" && Number.isFinite(each) && fits(each));
  if (!isList) refuse(key, "a list of numbers in range", value, read);
  return value;
}

function oneOf<T extends string>(fields: Fields, key: string, allowed: readonly T[], read: Place): T {
  return allowed.find((each) => each === fields[key]) ?? refuse(key, allowed.join(", "), fields[key], read);
}

function refuse(key: string, expected: string, got: unknown, { file, where }: Place): never {
  throw new FileError(file, `${where}.${key}: expected ${expected}, got ${shownValue(got)}.`);
}

function shownValue(value: unknown): string {
  if (value === undefined) return "nothing";
  return typeof value === "string" ? quoted(value) : (JSON.stringify(value) ?? String(value)).slice(0, 60);
}
