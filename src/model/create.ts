// From a name, weights and options to a model: which network, which numbers, which backend.

import type { Architecture, PretrainedConfig } from "../architecture/architecture.ts";
import { type ArchitectureOptions, architectureOf } from "../architecture/build.ts";
import type { OwnName } from "../architecture/own.ts";
import { parseArchitecture } from "../architecture/parse.ts";
import { isModelName, parseModelName, type Resolved, resolve } from "../architecture/resolve.ts";
import type { ModelName } from "../architecture/rows.ts";
import type { ModelTag } from "../architecture/tags.ts";
import type { Backend } from "../backend/backend.ts";
import type { OnnxOptions } from "../backend/onnx/onnx.ts";
import { UnsupportedError, UsageError } from "../errors.ts";
import { transformFor } from "../image/preprocess.ts";
import type { WaitOptions } from "../progress.ts";
import type { StateDict } from "../tensor.ts";
import { adapt } from "../weights/adapt.ts";
import type { HubOptions } from "../weights/hub/hub.ts";
import type { Place } from "../weights/hub/pretrained.ts";
import { initialize, type Scheme } from "../weights/initialize.ts";
import type { Description, Json } from "../weights/metadata.ts";
import { labelsFor } from "./labels.ts";
import { Model, type ModelParts } from "./model.ts";
import { placeOf } from "./place.ts";
import type { Source } from "./source.ts";
import { readWeightsFile, type WeightsFile } from "./weights-file.ts";

/**
 * Every name that `createModel` knows: of a network, with or without timm's tag (`efficientnet_b0`,
 * `efficientnet_b0.ra_in1k`), of a repository in timm's format (`hf-hub:owner/name@revision`), of a folder with the files of
 * one (`local-dir:path`).
 */
export type ModelId = ModelName | ModelTag | OwnName | PlaceName;

/** A repository or folder; timm writes them so, too. */
export type PlaceName = `hf-hub:${string}/${string}` | `hf_hub:${string}/${string}` | `local-dir:${string}`;

export interface CreateOptions extends WaitOptions {
  /**
   * A safetensors file or torch checkpoint by path, URL, Blob or bytes; a state dict; `"pretrained"` for those that timm
   * publishes under the name; `hf-hub:owner/name` or `local-dir:path` for those of a repository or folder. What comes from
   * the hub is cached where Python caches it, in a page in its Cache Storage. Without weights the network is initialised
   * from `seed`; a repository's or folder's name brings its own.
   */
  readonly weights?: Source | StateDict | "pretrained" | undefined;
  /**
   * `wasm`, the default; `onnx`: onnxruntime, if it is installed; `auto`: `onnx` where it can be had, else `wasm`; or
   * `reference`: float64, slow, the meaning of every op.
   */
  readonly backend?: "wasm" | "onnx" | "auto" | "reference" | undefined;
  /** Of `onnx`: execution providers, and in a page where onnxruntime-web is. */
  readonly onnx?: OnnxOptions | undefined;
  /** Of `wasm`; default: `relaxed` where the JavaScript engine has it, else `simd`. */
  readonly mode?: "simd" | "relaxed" | undefined;
  /**
   * Widens `relaxed` to 256-bit vectors by an experimental pass of V8 (Node ≥ 24 on x64): the same bits, faster. Where that
   * cannot be had or fails its check, `onWarning` says why and nothing is widened. Default false.
   */
  readonly wide?: boolean | undefined;
  /** Computing threads of `wasm` and `onnx`; default: one a core, at most 8. */
  readonly threads?: number | undefined;
  /** Default: the weights' own. Another number starts the classifier anew; 0 leaves it out. */
  readonly classes?: number | undefined;
  /** Default: the weights' own. Another number folds or repeats the first convolution, as timm does. */
  readonly inChannels?: number | undefined;
  /** One name per class. */
  readonly labels?: readonly string[] | undefined;
  /** Of whatever no weights are given for. Default 0. */
  readonly seed?: number | undefined;
  /** Preprocessing where it differs from the tag's or the file's. */
  readonly config?: Partial<Omit<PretrainedConfig, "classes">> | undefined;
  /** Of weights from the hub: endpoint, token, cache; default: Python's environment variables. */
  readonly hub?: HubOptions | undefined;
  /** Where `worker.js` is served, if a bundler lost it. */
  readonly workerUrl?: string | URL | undefined;
  /** Told, in one line each, what is no error but worth knowing: an old name, a classifier that starts anew. */
  readonly onWarning?: ((message: string) => void) | undefined;
}

/**
 * Creates a model. A file of effnet's says which network it holds, so that it needs no name.
 * @param name a network of timm's, e.g. `efficientnet_b0`, or one set of its weights, e.g. `efficientnet_b0.ra_in1k`; a
 * repository or folder; or a network as a value, e.g. what `scale` gives
 * @throws UsageError for an unknown name or a bad option; UnsupportedError for a network that effnet leaves out, or that has
 * no published weights; FileError if the weights are broken or do not fit; HubError if the hub or their URL does not
 * answer; EngineError if the engine cannot start
 */
export function createModel(name: ModelId, options?: CreateOptions): Promise<Model>;
export function createModel(architecture: Architecture, options?: CreateOptions): Promise<Model>;
export function createModel(options: CreateOptions): Promise<Model>;
/** A name that is known only when the program runs. */
export function createModel<Name extends string>(
  name: string extends Name ? Name : never,
  options?: CreateOptions,
): Promise<Model>;
export async function createModel(
  first: string | Architecture | CreateOptions,
  second?: CreateOptions,
): Promise<Model> {
  const options = (typeof first === "string" || isArchitecture(first) ? second : first) ?? {};
  options.signal?.throwIfAborted();
  checkOptions(options);
  const origin = typeof first === "string" ? parseModelName(first) : null;
  const named = origin?.kind === "family" ? resolve(origin.name) : null;
  if (named?.deprecated !== undefined) options.onWarning?.(named.deprecated);
  const passed = isArchitecture(first) ? parseArchitecture(first, "architecture") : null;
  const place = placeOf(origin, named, options.weights);

  const reading = partsOf({ named, passed }, options, place);
  const parameters = reading.then((parts) => parts.parameters);
  parameters.catch(() => {}); // the backend may fail first
  const backend = await backendOf(options);
  // Its threads start while the file is read.
  const loading = given({ threads: options.threads, signal: options.signal });
  const weights = await backend.load(parameters, loading);
  return new Model({ ...(await reading), weights });
}

/** What the caller says of the network; both null: it is the file's. */
interface Asked {
  readonly named: Resolved | null;
  readonly passed: Architecture | null;
}

function isArchitecture(value: string | object | undefined): value is Architecture {
  return typeof value === "object" && value !== null && "stages" in value;
}

/** All of a model but its backend. */
async function partsOf(
  asked: Asked,
  options: CreateOptions,
  place: Place | null,
): Promise<Omit<ModelParts, "weights">> {
  const file = await fileOf(options, place);
  options.signal?.throwIfAborted();
  const network = networkOf(asked, file, options);
  const labels = labelsFor(network.architecture.classes, options.labels ?? network.labels);
  return { ...network, labels, parameters: numbersFor(network, file, options) };
}

/** What the weights are; null: there are none. */
async function fileOf(options: CreateOptions, place: Place | null): Promise<WeightsFile | null> {
  if (place === null) return options.weights === undefined ? null : readWeightsFile(options.weights, options);
  const { hub, signal, onProgress, onWarning } = options;
  const { readPretrained } = await import("./pretrained.ts");
  return readPretrained(place, { ...hub, ...given({ signal, onProgress, onWarning }) });
}

const BACKENDS = ["wasm", "onnx", "auto", "reference"];
const MODES = ["simd", "relaxed"];
const MOST = 2 ** 20; // classes or channels; more is a slip of the hand

function checkOptions({ backend, mode, classes, inChannels, seed }: CreateOptions): void {
  if (backend !== undefined) oneOf("backend", backend, BACKENDS);
  if (mode !== undefined) oneOf("mode", mode, MODES);
  if (classes !== undefined) whole("classes", classes, 0, MOST);
  if (inChannels !== undefined) whole("inChannels", inChannels, 1, MOST);
  if (seed !== undefined) whole("seed", seed, 0, Number.MAX_SAFE_INTEGER);
}

/** A backend is loaded when it is chosen, so that a page never carries the others. */
async function backendOf(options: CreateOptions): Promise<Backend> {
  const { backend = "wasm", mode, wide, workerUrl, onWarning } = options;
  if (backend === "reference") return (await import("../backend/reference/reference.ts")).referenceBackend;
  if (backend !== "wasm") {
    const { isOnnxInstalled, onnxBackend } = await import("../backend/onnx/onnx.ts");
    if (backend === "onnx") return onnxBackend(options.onnx);
    if (isOnnxInstalled(options.onnx)) return elseWasm(onnxBackend(options.onnx), { ...options, backend: "wasm" });
  }
  const { wasmBackend } = await import("../backend/wasm/wasm.ts");
  return wasmBackend(given({ mode, wide, workerUrl, onWarning }));
}

/** `first`, or wasm where it does not start, which is then told. */
function elseWasm(first: Backend, options: CreateOptions): Backend {
  return {
    name: first.name,
    load: async (parameters, loading) => {
      try {
        return await first.load(parameters, loading);
      } catch (error) {
        if (!(error instanceof UnsupportedError)) throw error;
        options.onWarning?.(`${error.message} It computes instead.`);
        return (await backendOf(options)).load(parameters, loading);
      }
    },
  };
}

interface Network {
  readonly architecture: Architecture;
  readonly config: PretrainedConfig;
  readonly labels: readonly string[] | undefined;
  readonly tag: string | null;
  readonly plan: Json | null;
  readonly scheme: Scheme;
}

/** timm's defaults, for networks that are not timm's and files that say nothing (timm/data/config.py). */
const DEFAULT_CONFIG: PretrainedConfig = {
  inputSize: { channels: 3, height: 224, width: 224 },
  interpolation: "bicubic",
  cropPct: 0.875,
  cropMode: "center",
  mean: [0.485, 0.456, 0.406],
  std: [0.229, 0.224, 0.225],
  classes: 1000,
};

/** What the file says of itself goes before what the name says, the caller's options before both. */
function networkOf({ named, passed }: Asked, file: WeightsFile | null, options: CreateOptions): Network {
  const own: Description = file?.description ?? {};
  const published = named ?? publishedAs(own.architecture ?? passed ?? undefined);
  const rowed = named === null ? null : architectureOf(named.row, shapeIn(file, named.config));
  const base = passed ?? own.architecture ?? rowed;
  if (base === null) throw nameless(file);
  const asked = passed?.name ?? named?.name ?? base.name;
  if ((own.architecture ?? base).name !== asked) {
    throw new UsageError("model", `expected ${own.architecture?.name}, which ${file?.name} holds, got ${asked}.`);
  }
  const classes = options.classes ?? base.classes;
  const inChannels = options.inChannels ?? base.inChannels;
  const config = { ...(own.config ?? published?.config ?? DEFAULT_CONFIG), ...given(options.config ?? {}) };
  if (inChannels === 3) transformFor(config); // refuses numbers that make no sense
  return {
    architecture: { ...base, classes, inChannels },
    config: { ...config, inputSize: { ...config.inputSize, channels: inChannels }, classes },
    labels: classes === (own.config ?? published?.config)?.classes ? own.labels : undefined,
    tag: own.config === undefined ? (published?.tag ?? null) : (file?.tag ?? null),
    plan: own.plan ?? null,
    scheme: published?.row.prunedFrom === undefined ? "timm" : "torch", // timm rebuilds the pruned trio's layers
  };
}

/** The network of the family that a file of ours began as. */
function publishedAs(architecture: Architecture | undefined): Resolved | null {
  return architecture !== undefined && isModelName(architecture.name) ? resolve(architecture.name) : null;
}

/** The classes and channels that a file has numbers for; of another network, or without, the tag's. */
function shapeIn(file: WeightsFile | null, { classes, inputSize }: PretrainedConfig): Required<ArchitectureOptions> {
  const classifier = file?.stateDict.get("classifier.weight")?.shape;
  const stem = file?.stateDict.get("conv_stem.weight")?.shape;
  return {
    classes: classifier?.length === 2 ? classifier[0] : classes,
    inChannels: stem?.length === 4 ? stem[1] : inputSize.channels,
  };
}

function nameless(file: WeightsFile | null): UsageError {
  if (file === null)
    return new UsageError("model", "expected the name of a network, or weights that say what they are.");
  return new UsageError("model", `${file.name} does not say which network it holds. Pass the network's name, too.`);
}

/** The caller's state dict is the file's, adapted, or drawn from the seed. */
function numbersFor(network: Network, file: WeightsFile | null, options: CreateOptions): StateDict {
  const { architecture, scheme } = network;
  const { seed = 0, classes, onWarning } = options;
  if (file === null) return initialize(architecture, seed, { scheme });
  return adapt(file.stateDict, architecture, {
    file: file.name,
    scheme,
    seed: classes === undefined ? undefined : seed, // only who asks for other classes gets an untrained classifier
    onAdapt: (line) => onWarning?.(`${file.name}: ${line}.`),
  });
}

/** Without the keys whose value is undefined: they mean the same as absent ones. */
function given<T extends object>(options: T): { [Key in keyof T]?: Exclude<T[Key], undefined> } {
  const entries = Object.entries(options).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as { [Key in keyof T]?: Exclude<T[Key], undefined> };
}

function oneOf(option: string, value: string, allowed: readonly string[]): void {
  if (!allowed.includes(value)) throw new UsageError(option, `expected ${allowed.join(" or ")}, got ${value}.`);
}

function whole(option: string, value: number, least: number, most: number): void {
  if (!Number.isInteger(value) || value < least || value > most) {
    throw new UsageError(option, `expected a whole number from ${least} to ${most}, got ${value}.`);
  }
}
