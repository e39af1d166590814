// Everything a run needs to go on, as one safetensors file: several state dicts, what the network is, and where the run was.

import { FileError } from "../errors.ts";
import type { StateDict, Tensor } from "../tensor.ts";
import { type Description, descriptionMetadata, type Json, readDescription } from "../weights/metadata.ts";
import { readSafetensors, writeSafetensors } from "../weights/safetensors.ts";
import { storedFrom } from "../weights/state-dict.ts";
import type { StoredTensor } from "../weights/stored.ts";

export interface Checkpoint {
  /** State dicts by what they are: `weights`, `average`, the optimizer's slots. All have timm's names. */
  readonly tensors: ReadonlyMap<string, StateDict>;
  readonly description: Description;
  /** Counters and the like, as their owner wants them back. */
  readonly place: Json;
}

const WEIGHTS = "weights"; // alone without a prefix: other readers find them under timm's names
const PLACE = "effnet.place";

/** The bytes of a checkpoint file. Tensors are `NAME` for weights, `KIND/NAME` for the rest; float64 stays float64. */
export function checkpointBytes({ tensors, description, place }: Checkpoint): Uint8Array<ArrayBuffer> {
  const named = new Map<string, StoredTensor>();
  for (const [kind, stateDict] of tensors) {
    for (const [name, stored] of storedFrom(stateDict)) named.set(kind === WEIGHTS ? name : `${kind}/${name}`, stored);
  }
  const metadata = descriptionMetadata(description).set(PLACE, JSON.stringify(place));
  return writeSafetensors(named, { metadata });
}

/** The opposite. @throws FileError if it is broken, or a weights file that is no checkpoint */
export function readCheckpoint(bytes: Uint8Array, file: string): Checkpoint {
  const { tensors: stored, metadata } = readSafetensors(bytes, file, { isKept: true });
  const place = metadata.get(PLACE);
  if (place === undefined) throw new FileError(file, "holds weights but no run to go on with. Pass it as weights.");
  const tensors = new Map<string, StateDict>([[WEIGHTS, new Map()]]);
  for (const [path, tensor] of stored) {
    const slash = path.indexOf("/");
    const [kind, name] = slash === -1 ? [WEIGHTS, path] : [path.slice(0, slash), path.slice(slash + 1)];
    const stateDict = tensors.get(kind) ?? new Map<string, Tensor>();
    tensors.set(kind, stateDict.set(name, withFloats(tensor)));
  }
  return { tensors, description: readDescription(metadata, file), place: parsed(place, file) };
}

/** Counters come back as float32; up to 2^24 batches they are exact. */
function withFloats({ shape, data }: StoredTensor): Tensor {
  if (data instanceof Float32Array || data instanceof Float64Array) return { shape, data };
  return { shape, data: Float32Array.from(data as ArrayLike<number | bigint>, Number) };
}

function parsed(json: string, file: string): Json {
  try {
    return JSON.parse(json) as Json;
  } catch (cause) {
    throw new FileError(file, `${PLACE}: is not JSON. Was the file edited?`, { cause });
  }
}
