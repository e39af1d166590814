// From the flags to a model; what stands in the way becomes one line and its exit code.

import type { Architecture } from "../architecture/architecture.ts";
import type { Resolved } from "../architecture/resolve.ts";
import { EffnetError, UsageError } from "../errors.ts";
import type { CreateOptions } from "../model/create.ts";
import type { Model } from "../model/model.ts";
import { cores } from "./cores.ts";
import { isNetworkFile, readNetworkFile } from "./network-file.ts";
import type { NetworkFlags } from "./options.ts";
import { type Session, Unavailable } from "./session.ts";

const MOST_THREADS = 8; // layers are too small to feed more

const HUB = "https://huggingface.co"; // where timm keeps its weights

/** The threads that will compute. */
export function threadsOf(flags: Pick<NetworkFlags, "threads">): number {
  return flags.threads ?? Math.min(cores(), MOST_THREADS);
}

/** What the command itself, not the user, wants of a model. */
export interface Wanted extends Pick<CreateOptions, "classes" | "labels" | "weights"> {
  /** Random weights are meant, and need no word. */
  readonly isScratch?: boolean;
}

/**
 * Creates the model that the flags describe.
 * @throws UsageError, UnsupportedError if the name is no network; Unavailable if there are no weights, or they cannot be
 * read or do not fit
 */
export async function openModel(
  { terminal, signal }: Session,
  flags: NetworkFlags,
  { isScratch = false, ...wanted }: Wanted = {},
): Promise<Model> {
  const network = await networkOf(flags.model);
  const weights = wanted.weights ?? flags.weights;
  if (weights === undefined && (flags.seed === undefined || network === null)) {
    throw new Unavailable(withoutWeights(flags.model, network));
  }
  if (weights === undefined && !isScratch) terminal.note("The weights are random, and so are the answers.");
  const { createModel } = await import("../model/create.ts");
  const options = {
    backend: flags.backend,
    ...(flags.providers === undefined ? {} : { onnx: { providers: flags.providers } }),
    wide: flags.wide,
    threads: threadsOf(flags),
    signal,
    onProgress: terminal.onProgress,
    onWarning: (line: string) => terminal.problem(line),
    ...(flags.seed === undefined ? {} : { seed: flags.seed }),
    ...wanted,
    ...(weights === undefined ? {} : { weights }),
  };
  try {
    if (network === null) return await createModel(options);
    return await ("stages" in network ? createModel(network, options) : createModel(flags.model as string, options));
  } catch (error) {
    if (error instanceof EffnetError && !(error instanceof UsageError)) {
      throw new Unavailable(error.message, { cause: error });
    }
    throw error;
  }
}

/** What `--model` means: one of the family, or the network in a file. */
async function networkOf(model: string | undefined): Promise<Resolved | Architecture | null> {
  if (model === undefined) return null;
  if (isNetworkFile(model)) return readNetworkFile(model);
  return (await import("../architecture/resolve.ts")).resolve(model);
}

/** One line for a network whose weights were not given. */
function withoutWeights(model: string | undefined, named: Resolved | Architecture | null): string {
  if (named === null) return "no weights. Give --weights FILE, with --model NAME unless effnet wrote the file.";
  const trial = "--seed 1 tries the network with random weights.";
  if ("stages" in named || named.hubId === undefined)
    return `${model}: no weights were published. Give --weights FILE, or ${trial}`;
  const file = `${HUB}/${named.hubId}/resolve/main/model.safetensors`;
  return `${model}: no weights. Download ${file} (fetching joins in a later version) and give --weights FILE; ${trial}`;
}
