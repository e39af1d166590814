// A file's tensors made to fit a network, as timm does it: another classifier, other input channels; all else must match.

import type { Architecture } from "../architecture/architecture.ts";
import type { TensorSpec } from "../architecture/layers.ts";
import { tensorSpecs } from "../architecture/tensors.ts";
import { FileError, listed, shown } from "../errors.ts";
import { elements, type StateDict, type Tensor } from "../tensor.ts";
import { initializeClassifier, type Scheme } from "./initialize.ts";
import { networksOf } from "./networks-of.ts";
import { nameForError } from "./quoted.ts";

export interface AdaptOptions {
  /** How errors name where the tensors come from. */
  readonly file: string;
  /** Of the classifier that replaces one for another number of classes; without, such a file is refused. */
  readonly seed?: number | undefined;
  /** How that classifier is initialised; default `timm`, the pruned networks take `torch`. */
  readonly scheme?: Scheme | undefined;
  /** Told, one line each, what was changed to fit. */
  readonly onAdapt?: ((line: string) => void) | undefined;
}

/**
 * The state dict of `a` in timm's order, made from `stored`; tensors that fit are shared, not copied.
 *
 * - A classifier for another number of classes is dropped and initialised anew; for 0 classes it is dropped.
 * - A stem for 3 input channels is summed for 1, and repeated and scaled by 3/c for c channels.
 * - Batch counters may be missing, as torch allows for files older than they are.
 * @throws FileError that names the first tensor that does not fit, and counts the others
 */
export function adapt(stored: StateDict, a: Architecture, options: AdaptOptions): StateDict {
  const fitted = new Map(stored);
  fitClassifier(fitted, a, options);
  fitStem(fitted, a, options);
  const specs = tensorSpecs(a);
  refuseMisfits(fitted, specs, a, options.file);
  return new Map(
    specs.map(({ name, shape }) => [name, { shape, data: fitted.get(name)?.data ?? new Float32Array(1) }]),
  );
}

/** timm's `load_pretrained`: another class count than the file's removes both tensors. */
function fitClassifier(stored: StateDict, a: Architecture, { seed, scheme = "timm", onAdapt }: AdaptOptions): void {
  const classes = stored.get("classifier.weight")?.shape[0];
  if (classes === undefined || classes === a.classes || (seed === undefined && a.classes > 0)) return;
  stored.delete("classifier.weight");
  stored.delete("classifier.bias");
  if (a.classes === 0) {
    onAdapt?.(`the classifier for ${classes} classes was left out`);
    return;
  }
  for (const [name, tensor] of initializeClassifier(a, seed as number, { scheme })) stored.set(name, tensor);
  onAdapt?.(`the classifier for ${classes} classes was replaced by an untrained one for ${a.classes}`);
}

function fitStem(stored: StateDict, a: Architecture, { onAdapt }: AdaptOptions): void {
  const stem = stored.get("conv_stem.weight");
  if (stem === undefined || stem.shape.length !== 4 || stem.shape[1] !== 3 || a.inChannels === 3) return;
  stored.set("conv_stem.weight", withInputs(stem, a.inChannels));
  onAdapt?.(
    `the first convolution was ${a.inChannels === 1 ? "summed" : "repeated"} from 3 to ${a.inChannels} channels`,
  );
}

/**
 * A stem for `channels` inputs from one for three, in float32; timm's `adapt_input_conv`.
 *
 * One channel: w₀ + w₁ + w₂. c channels: w[i mod 3] · 3/c.
 * @param stem `[out, 3, k, k]`
 */
function withInputs({ shape: [out, , height, width], data }: Tensor, channels: number): Tensor {
  const area = height * width;
  const fitted = new Float32Array(out * channels * area);
  const factor = Math.fround(3 / channels);
  for (let o = 0; o < out; o++) {
    for (let c = 0; c < channels; c++) {
      for (let i = 0; i < area; i++) {
        const at = o * 3 * area + i;
        fitted[(o * channels + c) * area + i] =
          channels === 1
            ? Math.fround(data[at] + data[at + area]) + data[at + 2 * area]
            : Math.fround(data[at + (c % 3) * area]) * factor;
      }
    }
  }
  return { shape: [out, channels, height, width], data: fitted };
}

function refuseMisfits(stored: StateDict, specs: readonly TensorSpec[], a: Architecture, file: string): void {
  const known = new Set(specs.map(({ name }) => name));
  const missing = specs.filter(({ name, role }) => !stored.has(name) && role !== "num_batches_tracked");
  const misshapen = specs.filter(({ name, shape }) => stored.has(name) && !fits(stored.get(name) as Tensor, shape));
  const unexpected = [...stored.keys()].filter((name) => !known.has(name));
  const first = misshapen[0] ?? missing[0];
  if (first === undefined && unexpected.length === 0) return;

  const name = first?.name ?? unexpected[0];
  const expected = first === undefined ? `no such tensor in ${a.name}` : `${shown(first.shape)} for ${a.name}`;
  const got = stored.has(name) ? shown((stored.get(name) as Tensor).shape) : "none";
  const counts = [
    count("of another shape", misshapen.map(nameOf)),
    count("missing", missing.map(nameOf)),
    count("unexpected", unexpected),
  ];
  const all = counts.filter((each) => each !== "").join("; ");
  const twins = networksOf(stored).filter((network) => network !== a.name);
  const advice =
    twins.length > 0 ? `These are the tensors of ${listed(twins)}: ask for that.` : "Is it another network's file?";
  throw new FileError(file, `expected ${expected}, got ${got}. In all ${all}. ${advice}`, {
    tensor: nameForError(name),
  });
}

/** Shapes agree; a scalar may come as a vector of one, as torch lets it. */
function fits({ shape, data }: Tensor, expected: readonly number[]): boolean {
  const isEqual = shape.length === expected.length && shape.every((size, axis) => size === expected[axis]);
  const isScalar = expected.length === 0 && shape.length === 1 && shape[0] === 1;
  return (isEqual || isScalar) && data.length === elements(expected);
}

function nameOf({ name }: TensorSpec): string {
  return name;
}

function count(what: string, names: readonly string[]): string {
  return names.length === 0 ? "" : `${names.length} ${what} (${listed(names.map(nameForError))})`;
}
