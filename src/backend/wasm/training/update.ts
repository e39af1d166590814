// One update of all parameters that learn, a thread's share: the norm in fixed parts, clipping, the optimizer over each group's
// range of memory, the average.

import type { Clip, Optimizer, TrainerOptions, Update, Updated } from "../../trainer.ts";
import { PITCH, roundUp } from "../layout.ts";
import { NORM_PARTS } from "./compile.ts";
import type { TrainingKernels } from "./kernels.ts";
import type { GroupRange, ParameterPlace, Parameters } from "./parameters.ts";

const NORM_EPSILON = 1e-6; // torch's clip_grad_norm_
const LEAST_WEIGHT_NORM = 1e-3; // timm's adaptive_clip_grad: a unit near zero may still move
const LEAST_GRADIENT_NORM = 1e-6;
const UNIT_BYTES = 64;

export interface UpdateParts {
  readonly kernels: TrainingKernels;
  readonly options: TrainerOptions;
  readonly parameters: Parameters;
  /** Shared by the threads, one for each fixed part of the gradients. */
  readonly sums: Float64Array;
  readonly thread: number;
  readonly threads: number;
  readonly wait: () => void;
  readonly update: Update;
  readonly batches: number;
}

export function updateOf(parts: UpdateParts): Updated {
  const { options, wait, batches } = parts;
  const { clip } = options;
  let scale = 1 / batches;
  let gradientNorm: number | null = null;
  if (clip?.kind === "norm") {
    gradientNorm = normOf(parts) / batches;
    scale *= Math.min(1, clip.limit / (gradientNorm + NORM_EPSILON));
  } else if (clip !== null) {
    clipEach(parts, clip, scale);
    wait(); // what one thread has clipped another updates
    scale = 1;
  }
  optimize(parts, scale);
  wait();
  return { gradientNorm };
}

/** Of all gradients as they are added up. The parts, and their order, are fixed. */
function normOf({ kernels, parameters: { regions }, sums, thread, threads, wait }: UpdateParts): number {
  const part = roundUp(Math.ceil(regions.learningBytes / NORM_PARTS), UNIT_BYTES);
  for (let i = thread; i < NORM_PARTS; i += threads) {
    const from = Math.min(i * part, regions.learningBytes);
    const to = Math.min(from + part, regions.learningBytes);
    sums[i] = kernels.squares(regions.gradients + from, to - from) as number;
  }
  wait();
  let squares = 0;
  for (let i = 0; i < NORM_PARTS; i++) squares += sums[i];
  return Math.sqrt(squares);
}

/** Parameters are dealt to threads one by one. */
function clipEach(parts: UpdateParts, clip: Exclude<Clip, { kind: "norm" }>, scale: number): void {
  const { kernels, parameters, thread, threads } = parts;
  const learning = parameters.places.filter(({ gradient }) => gradient !== null);
  for (let i = thread; i < learning.length; i += threads) {
    const place = learning[i];
    const gradient = place.gradient as number;
    if (clip.kind !== "adaptive") kernels.clamp(gradient, place.bytes, scale, clip.limit);
    else if (clip.exempt.includes(place.name)) kernels.clamp(gradient, place.bytes, scale, Number.POSITIVE_INFINITY);
    else clipUnits(kernels, place, scale, clip.limit);
  }
}

/** Units are outputs: lanes of a panel, channels of taps, or a vector as a whole. */
function clipUnits(
  kernels: TrainingKernels,
  { form, bytes, weights, gradient }: ParameterPlace,
  scale: number,
  limit: number,
) {
  const g = gradient as number;
  const factors = [scale, limit, LEAST_WEIGHT_NORM, LEAST_GRADIENT_NORM] as const;
  if (form.kind === "vector") {
    kernels.clipVector(weights, g, bytes, ...factors);
  } else if (form.kind === "taps") {
    kernels.clipUnits(weights, g, form.taps, bytes / form.taps, ...factors);
  } else {
    const rows = form.kernelHeight * form.run;
    const outputs = roundUp(form.outputs, PITCH);
    for (let first = 0; first < outputs; first += form.panel) {
      const at = first * rows * 4;
      kernels.clipUnits(weights + at, g + at, rows, Math.min(form.panel, outputs - first) * 4, ...factors);
    }
  }
}

function optimize(parts: UpdateParts, scale: number): void {
  const { options, parameters, thread, threads, update, wait } = parts;
  const { groups, regions } = parameters;
  const share = (range: { from: number; to: number }): { from: number; to: number } => {
    const units = (range.to - range.from) / UNIT_BYTES;
    const end = (of: number): number => range.from + Math.floor((units * of) / threads) * UNIT_BYTES;
    return { from: end(thread), to: end(thread + 1) };
  };
  groups.forEach((group, i) => {
    const own = { ...share(group), weightDecay: group.weightDecay };
    if (own.from < own.to) optimizeRange(parts, own, update.rates[i], scale);
  });
  // What is in no group does not move, but its gradient starts anew, and it has an average.
  const learningEnd = groups.at(-1)?.to ?? 0;
  const loose = share({ from: learningEnd, to: regions.learningBytes });
  if (loose.from < loose.to) parts.kernels.clamp(regions.gradients + loose.from, loose.to - loose.from, 0, 1);
  if (regions.average === null) return;
  const isAveraged = options.optimizer.rule === "adam"; // in the same pass
  if (!isAveraged) wait(); // shares of all are not shares of the groups
  const rest = share({ from: isAveraged ? learningEnd : 0, to: regions.bytes });
  if (rest.from === rest.to) return;
  const bytes = rest.to - rest.from;
  parts.kernels.average(regions.average + rest.from, regions.weights + rest.from, bytes, update.averageDecay);
}

function optimizeRange(parts: UpdateParts, { from, to, weightDecay }: GroupRange, rate: number, scale: number): void {
  const { options, kernels, update } = parts;
  const { optimizer } = options;
  const coupled = optimizer.isDecoupled ? 0 : weightDecay;
  const keep = optimizer.isDecoupled ? 1 - rate * weightDecay : 1;
  const { weights, gradients, average, slots } = parts.parameters.regions;
  const p = weights + from;
  const g = gradients + from;
  const bytes = to - from;
  const slot = (name: "momentum" | "firstMoment" | "secondMoment"): number => (slots.get(name) as number) + from;
  const rules: { readonly [Name in Optimizer["rule"]]: (optimizer: Extract<Optimizer, { rule: Name }>) => void } = {
    sgd: ({ momentum, isNesterov }) => {
      if (momentum === 0) kernels.plain(p, g, bytes, scale, coupled, keep, rate);
      else {
        const [ofG, ofB] = isNesterov ? [rate, rate * momentum] : [0, rate];
        kernels.momentum(p, g, slot("momentum"), bytes, scale, coupled, keep, momentum, 1, ofG, ofB);
      }
    },
    adam: ({ beta1, beta2, epsilon }) => {
      const step = rate / (1 - beta1 ** update.step);
      const root = 1 / Math.sqrt(1 - beta2 ** update.step);
      const a = average === null ? 0 : average + from;
      const factors = [scale, coupled, keep, beta1, beta2, step, root, epsilon, update.averageDecay] as const;
      kernels.adam(p, g, slot("firstMoment"), slot("secondMoment"), a, bytes, ...factors);
    },
    rmsproptf: ({ decay, epsilon, momentum, isCentered, isRateInMomentum }) => {
      const v = slot("secondMoment");
      const factors = [bytes, scale, coupled, 1 - decay, epsilon] as const;
      if (isCentered) kernels.rootMeanSquareCentered(p, g, slot("firstMoment"), v, ...factors);
      else kernels.rootMeanSquare(p, g, v, ...factors);
      if (momentum === 0) kernels.plain(p, g, bytes, 1, 0, keep, rate);
      else {
        const [take, ofB] = isRateInMomentum ? [rate, 1] : [1, rate];
        kernels.momentum(p, g, slot("momentum"), bytes, 1, 0, keep, momentum, take, 0, ofB);
      }
    },
  };
  (rules[optimizer.rule] as (optimizer: Optimizer) => void)(optimizer);
}
