// The options that mean the same in every command, and how their values are read.

import { type Command, InvalidArgumentError, Option } from "commander";
import type { SessionOptions } from "./session.ts";

/** Which network, with which weights, computed how. */
export interface NetworkFlags extends SessionOptions {
  readonly model?: string;
  readonly weights?: string;
  readonly backend: "wasm" | "reference" | "onnx" | "auto";
  readonly providers?: readonly string[];
  readonly threads?: number;
  readonly wide: boolean;
  readonly seed?: number;
}

/** How pictures are prepared, and where the answers go. */
export interface PictureFlags extends NetworkFlags {
  readonly batch?: number;
  readonly testSize?: true;
  readonly inputSize?: { readonly height: number; readonly width: number };
  readonly cropPct?: number;
  readonly cropMode?: "center" | "squash" | "border";
  readonly exif?: true;
  readonly out?: string;
  readonly json?: true;
}

/** `--quiet` and `--verbose`, which every command has. */
export function withSession(command: Command): Command {
  return command
    .optionsGroup("Talk (on stderr):")
    .option("-q, --quiet", "no progress, no last line; problems are told all the same")
    .option("--verbose", "errors with their stack");
}

const TRIAL = "without --weights: random weights from this seed instead of timm's, to try things out";

/** @param seed what `--seed` means */
export function withNetwork(command: Command, seed = TRIAL): Command {
  return command
    .optionsGroup("Network:")
    .option(
      "-m, --model <name>",
      "a network of the family, e.g. efficientnet_b0 or efficientnet_b0.ra_in1k (effnet list); a .json file (effnet scale); hf-hub:owner/name",
    )
    .option(
      "-w, --weights <place>",
      "safetensors or torch checkpoint, a path or URL; hf-hub:owner/name[@revision]; local-dir:FOLDER (default: timm's of that name, from the hub, kept in the cache)",
    )
    .addOption(
      new Option("--backend <name>", "what computes; onnx is onnxruntime, auto takes it where it is installed")
        .choices(["wasm", "reference", "onnx", "auto"])
        .default("wasm"),
    )
    .option("--providers <list>", "onnxruntime's execution providers, best first, e.g. cuda,cpu", list)
    .option("--wide", "256-bit vectors by an experimental pass of V8 (Node 24 and later): faster, the same bits", false)
    .option(
      "--threads <n>",
      "computing threads (default: one a core that the container or Slurm allows, at most 8)",
      whole(1, 256),
    )
    .option("--seed <n>", seed, whole(0));
}

export function withPictures(command: Command): Command {
  return withCrop(command)
    .option("--exif", "turn pictures upright by their EXIF tag (timm does not)")
    .option("--batch <n>", "pictures computed at a time; answers do not depend on it (default: 8)", whole(1, 1024));
}

/** Which part of a picture the network sees, and how large. */
export function withCrop(command: Command): Command {
  return command
    .optionsGroup("Pictures:")
    .option("--test-size", "the size and crop that the published accuracy was measured at")
    .option("--input-size <pixels>", "another input size: 224, or HEIGHTxWIDTH", pixels)
    .option("--crop-pct <share>", "share of the resized picture that is kept, e.g. 0.875", within(0.001, 10))
    .addOption(new Option("--crop-mode <mode>", "how it is kept").choices(["center", "squash", "border"]));
}

/** A whole number in a range. */
export function whole(least: number, most = Number.MAX_SAFE_INTEGER): (text: string) => number {
  return (text) => {
    const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
    if (value >= least && value <= most) return value;
    const range = most === Number.MAX_SAFE_INTEGER ? `of at least ${least}` : `from ${least} to ${most}`;
    throw new InvalidArgumentError(`Expected a whole number ${range}.`);
  };
}

/** A number in a range. */
export function within(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = text.trim() === "" ? Number.NaN : Number(text);
    if (value >= least && value <= most) return value;
    throw new InvalidArgumentError(`Expected a number from ${least} to ${most}.`);
  };
}

/** `5M`, `1.2G`, `400000`: a count with k, M or G. */
export function count(text: string): number {
  const [, digits, unit] = /^(\d+(?:\.\d+)?(?:e\d+)?)\s*([kMG]?)$/i.exec(text) ?? [];
  const value = Number(digits) * ({ k: 1e3, m: 1e6, g: 1e9 }[(unit ?? "").toLowerCase()] ?? 1);
  if (value > 0) return value;
  throw new InvalidArgumentError("Expected a count such as 5M, 1.2G or 400000.");
}

/** `a,b`: names. */
export function list(text: string): string[] {
  const names = text.split(",").map((name) => name.trim());
  if (names.every((name) => name !== "")) return names;
  throw new InvalidArgumentError("Expected names with commas between them.");
}

/** `8ms`, `8.5`, `0.2s`: milliseconds. */
export function milliseconds(text: string): number {
  const [, digits, unit] = /^(\d+(?:\.\d+)?)\s*(ms|s)?$/.exec(text.trim()) ?? [];
  const value = Number(digits) * (unit === "s" ? 1000 : 1);
  if (value > 0) return value;
  throw new InvalidArgumentError("Expected milliseconds such as 8ms, 8.5 or 0.2s.");
}

/** `224`, or `192x256`: height and width in pixels. */
export function pixels(text: string): { height: number; width: number } {
  const [, height, width] = /^(\d{1,5})(?:[x×](\d{1,5}))?$/.exec(text) ?? [];
  if (Number(height) >= 1 && Number(width ?? height) >= 1) {
    return { height: Number(height), width: Number(width ?? height) };
  }
  throw new InvalidArgumentError("Expected pixels such as 224, or HEIGHTxWIDTH such as 192x256.");
}
