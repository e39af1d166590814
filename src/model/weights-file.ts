// What `weights` may be, read into one form: named float32 tensors, and what a file of ours says of itself.

import { readSource } from "#source";
import { UsageError } from "../errors.ts";
import type { WaitOptions } from "../progress.ts";
import type { StateDict, Tensor } from "../tensor.ts";
import { type Description, readDescription } from "../weights/metadata.ts";
import { readWeights } from "../weights/read.ts";
import { stateDictFrom } from "../weights/state-dict.ts";
import { elseHint } from "./place.ts";
import { isSource, plainRoom, type Source } from "./source.ts";

export interface WeightsFile {
  /** How errors call it. */
  readonly name: string;
  readonly stateDict: StateDict;
  /** Empty but for files of ours, and what a repository says of its weights. */
  readonly description: Description;
  /** timm's, where a repository says it. */
  readonly tag?: string | null;
}

const LIMIT_BYTES = 4e9; // what one buffer holds in Node 20; l2, the largest network published, takes 1.9 GB

/**
 * Reads a weights file, or takes a state dict as it is.
 * @param called how errors call it; default: as it was named
 * @throws FileError if it is broken or no weights file; HubError if a URL does not answer; UsageError if it is neither a
 * source nor a map of tensors
 */
export async function readWeightsFile(
  weights: Source | StateDict,
  waiting: WaitOptions,
  called?: string,
): Promise<WeightsFile> {
  if (weights instanceof Map) {
    for (const [name, tensor] of weights) checkTensor(name, tensor);
    return { name: "weights", stateDict: weights, description: {} };
  }
  if (!isSource(weights)) {
    const kind = Object.prototype.toString.call(weights).slice("[object ".length, -1);
    throw new UsageError("weights", `expected a path, URL, Blob, bytes or a state dict (a Map), got ${kind}.`);
  }
  const isGiven = weights instanceof Uint8Array || weights instanceof ArrayBuffer; // the caller may write to them
  const options = { ...waiting, limitBytes: LIMIT_BYTES, stage: "weights", allocate: sharedRoom };
  const { bytes, name: found } = await elseHint(weights, readSource(weights, options));
  const name = called ?? found;
  const { tensors, metadata } = readWeights(bytes, name, { isKept: !isGiven });
  return { name, stateDict: stateDictFrom(tensors), description: readDescription(metadata, name) };
}

/** Shared memory where the platform has it: threads then take the tensors over without a copy. */
function sharedRoom(bytes: number): Uint8Array {
  return typeof SharedArrayBuffer === "undefined" ? plainRoom(bytes) : new Uint8Array(new SharedArrayBuffer(bytes));
}

function checkTensor(name: unknown, tensor: Tensor | undefined): void {
  const isTensor =
    Array.isArray(tensor?.shape) && (tensor.data instanceof Float32Array || tensor.data instanceof Float64Array);
  if (!isTensor) throw new UsageError("weights", `"${name}": expected { shape, data } with float data.`);
}
