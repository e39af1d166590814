// From the flags to a model; what stands in the way becomes one line and its exit code.

import type { Architecture } from "../architecture/architecture.ts";
import type { ModelSource, Resolved } from "../architecture/resolve.ts";
import { EffnetError, UsageError } from "../errors.ts";
import type { CreateOptions } from "../model/create.ts";
import type { Model } from "../model/model.ts";
import { cores } from "./cores.ts";
import { isNetworkFile, readNetworkFile } from "./network-file.ts";
import type { NetworkFlags } from "./options.ts";
import { type Session, Unavailable } from "./session.ts";

const MOST_THREADS = 8; // layers are too small to feed more

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
  if (flags.providers !== undefined && flags.backend !== "onnx" && flags.backend !== "auto") {
    throw new UsageError(
      "--providers",
      `expected --backend onnx with it, got ${flags.backend}. They are onnxruntime's.`,
    );
  }
  const network = await networkOf(flags.model);
  const weights = wanted.weights ?? flags.weights ?? publishedFor(flags, network);
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

/** What `--model` means: one of the family, the network in a file, or what a hub or folder says it is. */
type Network = Resolved | Architecture | ModelSource;

async function networkOf(model: string | undefined): Promise<Network | null> {
  if (model === undefined) return null;
  if (isNetworkFile(model)) return readNetworkFile(model);
  const { parseModelName, resolve } = await import("../architecture/resolve.ts");
  const source = parseModelName(model, "--model");
  return source.kind === "family" ? resolve(model) : source;
}

/** The weights where none were given: timm's of that name; undefined, random ones, where a seed is given to try things out. */
function publishedFor({ model, seed }: NetworkFlags, network: Network | null): "pretrained" | undefined {
  if (network !== null && "kind" in network) return "pretrained";
  if (network !== null && seed !== undefined) return undefined;
  if (network !== null && "hubId" in network) return "pretrained";
  throw new Unavailable(withoutWeights(model, network));
}

/** One line for a network whose weights nobody has. */
function withoutWeights(model: string | undefined, network: Network | null): string {
  if (network === null) return "no weights. Give --weights FILE, with --model NAME unless effnet wrote the file.";
  return `${model}: no weights were published. Give --weights FILE, or --seed 1 tries the network with random weights.`;
}
