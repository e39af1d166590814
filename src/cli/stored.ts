// A weights file as the command line sees it: its tensors, and the network that it says or that --model says it holds.

import { EffnetError, UsageError } from "../errors.ts";
import type { Description } from "../weights/metadata.ts";
import type { StoredTensor } from "../weights/stored.ts";
import { type Session, Unavailable } from "./session.ts";

const LARGEST_BYTES = 4e9; // what one buffer holds in Node 20; l2, the largest network published, takes 1.9 GB

/** A file's tensors, whatever it was. */
export interface StoredFile {
  /** As messages call it. */
  readonly name: string;
  readonly bytes: number;
  readonly tensors: ReadonlyMap<string, StoredTensor>;
  readonly metadata: ReadonlyMap<string, string>;
  /** What it says of itself; its architecture has been checked against the tensors. */
  readonly description: Description;
}

/**
 * Reads a path, a URL, or a repository's or folder's weights. `model` names the network where the file does not, or knows better: as many classes and input
 * channels as the tensors have.
 * @throws Unavailable if it cannot be had, is no weights file, or its tensors do not fit; UsageError, UnsupportedError if
 * `model` is no network
 */
export async function readStored(session: Session, source: string, model: string | undefined): Promise<StoredFile> {
  const { readWeights } = await import("../weights/read.ts");
  const { readDescription } = await import("../weights/metadata.ts");
  const { signal } = session;
  const file = await unavailable(async () => {
    const { bytes, name, describe } = await bytesOf(session, source);
    signal.throwIfAborted();
    const { tensors, metadata } = readWeights(bytes, name);
    return { name, bytes: bytes.length, tensors, metadata, description: describe(readDescription(metadata, name)) };
  });
  const description = model === undefined ? file.description : await described(file, model);
  await unavailable(() => check(file, description));
  return { ...file, description };
}

/**
 * A file of other tensors, described by a file of effnet's: its network, preprocessing and classes, as after a training
 * elsewhere. What was fitted to the older weights is left out: their temperature, and how they were trained.
 * @throws Unavailable if the tensors do not fit; UsageError if `like` does not say which network it holds
 */
export async function describedLike(file: StoredFile, like: StoredFile): Promise<StoredFile> {
  const { architecture, config, labels, plan } = like.description;
  if (architecture === undefined || config === undefined) {
    throw new UsageError("--like", `${like.name} does not say which network it holds. Name one with --model.`);
  }
  const { temperature: _, ...preprocessing } = config;
  const description = { architecture, config: preprocessing, labels, plan };
  await unavailable(() => check(file, description));
  return { ...file, description };
}

interface Bytes {
  readonly bytes: Uint8Array;
  readonly name: string;
  /** From what a file says of itself to what is said of it. */
  readonly describe: (own: Description) => Description;
}

/** Of a path, a URL, or what `hf-hub:` and `local-dir:` name. */
async function bytesOf({ signal, terminal }: Session, source: string): Promise<Bytes> {
  const { readSource } = await import("#source");
  const { elseHint, isPlaceName, placeOf } = await import("../model/place.ts");
  const { onProgress } = terminal;
  const options = { signal, onProgress, limitBytes: LARGEST_BYTES, stage: "read" };
  const place = isPlaceName(source) ? placeOf(null, null, source) : null;
  if (place === null) return { ...(await elseHint(source, readSource(source, options))), describe: (own) => own };
  const { openHub } = await import("#hub");
  const { findPretrained } = await import("../weights/hub/pretrained.ts");
  const { describedBy } = await import("../model/pretrained.ts");
  const hub = await openHub({ signal, onProgress, onWarning: (line) => terminal.problem(line) });
  const { weights, config } = await findPretrained(hub, place);
  const { bytes } = await readSource(weights.source, options);
  return { bytes, name: weights.name, describe: (own) => describedBy(own, config, place) };
}

/** The file's description with the family's network in it. */
async function described({ tensors, description }: StoredFile, model: string): Promise<Description> {
  const { resolve } = await import("../architecture/resolve.ts");
  const { architectureOf } = await import("../architecture/build.ts");
  const { row, config } = resolve(model);
  const classes = tensors.get("classifier.weight")?.shape[0] ?? 0;
  const channels = tensors.get("conv_stem.weight")?.shape[1] ?? config.inputSize.channels;
  return {
    ...description,
    architecture: architectureOf(row, { classes, inChannels: channels }),
    config: description.config ?? { ...config, inputSize: { ...config.inputSize, channels }, classes },
  };
}

/** @throws FileError if the tensors are not those of the architecture */
async function check({ name, tensors }: StoredFile, { architecture }: Description): Promise<void> {
  if (architecture === undefined) return;
  const { adapt } = await import("../weights/adapt.ts");
  const { stateDictFrom } = await import("../weights/state-dict.ts");
  adapt(stateDictFrom(tensors), architecture, { file: name });
}

/** Runs what reads weights; its errors mean that there are none. */
async function unavailable<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof EffnetError && !(error instanceof UsageError)) {
      throw new Unavailable(error.message, { cause: error });
    }
    throw error;
  }
}
