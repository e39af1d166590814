// A weights file as the command line sees it: its tensors, and the network that it says or that --model says it holds.

import type { Architecture } from "../architecture/architecture.ts";
import { EffnetError, UsageError } from "../errors.ts";
import type { StoredTensor } from "../weights/stored.ts";
import { type Session, Unavailable } from "./session.ts";

const LARGEST_BYTES = 8 * 2 ** 30; // four times the family's largest checkpoint

/** A file's tensors, whatever it was. */
export interface StoredFile {
  /** As messages call it. */
  readonly name: string;
  readonly bytes: number;
  readonly tensors: ReadonlyMap<string, StoredTensor>;
  readonly metadata: ReadonlyMap<string, string>;
}

/** A network with the config that belongs to its weights: preprocessing, and labels where there are some. */
export interface Described {
  readonly architecture: Architecture;
  readonly config: object;
}

/** Reads a path or URL. @throws Unavailable if it cannot be had or is no weights file */
export async function readStored({ terminal, signal }: Session, source: string): Promise<StoredFile> {
  const { readSource } = await import("#source");
  const { readWeights } = await import("../weights/read.ts");
  return unavailable(async () => {
    const onProgress = terminal.onProgress;
    const { bytes, name } = await readSource(source, { signal, onProgress, limitBytes: LARGEST_BYTES, stage: "read" });
    signal.throwIfAborted();
    const { tensors, metadata } = readWeights(bytes, name);
    return { name, bytes: bytes.length, tensors, metadata };
  });
}

/**
 * The network that a file holds, checked against its tensors: by its own metadata, else the family's `model` with as many
 * classes and input channels as the tensors have. null if neither says.
 * @throws UsageError, UnsupportedError if `model` is no network; Unavailable if the tensors do not fit
 */
export async function describe(file: StoredFile, model: string | undefined): Promise<Described | null> {
  const own = file.metadata.get("effnet.architecture");
  if (own === undefined && model === undefined) return null;
  const { adapt } = await import("../weights/adapt.ts");
  const { stateDictFrom } = await import("../weights/stored.ts");
  const described = model === undefined ? await ownNetwork(file, own as string) : await namedNetwork(file, model);
  await unavailable(async () => adapt(stateDictFrom(file.tensors), described.architecture, { file: file.name }));
  return described;
}

async function ownNetwork(file: StoredFile, json: string): Promise<Described> {
  const { parseArchitecture } = await import("../architecture/parse.ts");
  return unavailable(async () => ({
    architecture: parseArchitecture(parsed(json), file.name),
    config: (parsed(file.metadata.get("effnet.config") ?? "{}") ?? {}) as object,
  }));
}

async function namedNetwork(file: StoredFile, model: string): Promise<Described> {
  const { resolve } = await import("../architecture/resolve.ts");
  const { architectureOf } = await import("../architecture/build.ts");
  const { name, config } = resolve(model);
  const classes = file.tensors.get("classifier.weight")?.shape[0] ?? 0;
  const inChannels = file.tensors.get("conv_stem.weight")?.shape[1] ?? config.inputSize.channels;
  return { architecture: architectureOf(name, { classes, inChannels }), config: { ...config, classes } };
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return null; // what is no JSON is no architecture either, and is told as such
  }
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
