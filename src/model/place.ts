// Where weights lie that a name asks for: a repository of the hub, a folder like one, or neither.

import { type ModelSource, parseModelName, type Resolved } from "../architecture/resolve.ts";
import { FileError, UnsupportedError, UsageError } from "../errors.ts";
import type { Place } from "../weights/hub/pretrained.ts";

/** Whether weights mean a repository or a folder in timm's words, rather than a file. */
export function isPlaceName(weights: unknown): weights is string {
  return typeof weights === "string" && /^(hf[-_]hub|local-dir):/.test(weights);
}

/**
 * Where the weights lie that a name and `weights` ask for together; null if they are the caller's own, or none.
 * @param source what the model's name is; null for none
 * @throws UsageError if both name a place, or neither does; UnsupportedError for a network without published weights
 */
export function placeOf(source: ModelSource | null, named: Resolved | null, weights: unknown): Place | null {
  if (source !== null && source.kind !== "family") {
    if (weights === undefined || weights === "pretrained") return source;
    throw new UsageError("weights", "expected none beside a name that brings its own. Leave one of them out.");
  }
  if (isPlaceName(weights)) return parseModelName(weights, "weights") as Place;
  if (weights !== "pretrained") return null;
  if (named === null) throw new UsageError("weights", '"pretrained" needs the name of a network.');
  if (named.hubId !== undefined) return { kind: "tag", hubId: named.hubId, url: named.url };
  const instead = "Leave weights out to initialise it from a seed, or pass a file of your own.";
  throw new UnsupportedError(`${named.name}: no weights were ever published. ${instead}`);
}

/** What was read at `source`; for a path that is not there and reads like a repository the error says how to write one. */
export async function elseHint<T>(source: unknown, reading: Promise<T>): Promise<T> {
  try {
    return await reading;
  } catch (error) {
    const isLike = typeof source === "string" && /^[\w.-]+\/[\w.-]+(@[\w./-]+)?$/.test(source) && !WEIGHTS.test(source);
    const isMissing = error instanceof FileError && (error.cause as { code?: string } | undefined)?.code === "ENOENT";
    if (!isLike || !isMissing) throw error;
    const what = `no such file. Check the path; for the hub's repository of that name write hf-hub:${source}.`;
    throw new FileError(source, what, { cause: error });
  }
}

const WEIGHTS = /\.(safetensors|pth|pt|tar|bin|ckpt|pkl|onnx)$/i;
