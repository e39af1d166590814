// The loss of inner distillation (Aflalo et al. 2020, arXiv 2002.08258), its taps normalised, as what a training takes beside the
// network:
//
//   L = (1 − α)·CE + α·τ²·KL(softmax(t/τ) ‖ softmax(s/τ)) + γ·mean over taps of D
//   select: D = mean((s − T[kept])²)/σ²     linear: D = mean((M·s − T)²)/σ²
//
// s is the student's result at a tap, T the teacher's for the same pictures, σ² the mean over the compared channels of T's
// biased variance over the batch. A loss op compares with an input at a fixed weight, and σ changes with every batch: so both s
// and T are divided by it, the student's by a mask (one factor a picture, the same for all), and D is their mean squared error;
// likewise for τ. The divergence is a cross entropy but for the entropy of the teacher's answers, a constant. M is a 1×1
// convolution without bias, which learns along and is dropped with the training.

import type { ForwardOp, LossOp } from "../graph/training-ops.ts";
import type { StateDict, Tensor } from "../tensor.ts";
import type { Companion, CompanionInputs, CompanionParts } from "../training/companion.ts";
import { Moments } from "../training/moments.ts";
import type { Tap } from "./taps.ts";

export interface InnerDistillation {
  readonly taps: readonly Tap[];
  /** `linear`: taps that lost channels compare all of the teacher's through a learned map, as the authors do. */
  readonly comparison: "select" | "linear";
  /** Divides each tap's distance by σ². */
  readonly isNormalized: boolean;
  /** γ */
  readonly gamma: number;
  /** α */
  readonly alpha: number;
  /** τ */
  readonly temperature: number;
  /** `mse`: logits are a tap as any other. `kd`: they are compared as α says. */
  readonly logits: "kd" | "mse";
  /** Updates at the beginning in which no residual is dropped. */
  readonly quietUpdates: number;
}

/** The teacher's results at the taps, and `logits`, for a batch `[n, h, w, c]`. */
export type Teacher = (x: Tensor) => Promise<Readonly<Record<string, Tensor>>>;

const LOGITS = "logits";

export class InnerDistillationLoss implements Companion {
  readonly lossWeight: number;
  readonly taps: readonly string[];
  readonly parameters: StateDict;
  readonly #options: InnerDistillation;
  /** Those that are compared by distance. */
  readonly #compared: readonly Tap[];
  readonly #alpha: number;
  readonly #teacher: Teacher;

  /** @param classes of the network */
  constructor(teacher: Teacher, options: InnerDistillation, classes: number) {
    const { taps, gamma, alpha, logits } = options;
    const logitsTap: Tap = { name: LOGITS, width: classes, kept: null };
    this.#teacher = teacher;
    this.#options = options;
    this.#compared = gamma === 0 ? [] : [...taps, ...(logits === "mse" ? [logitsTap] : [])];
    this.#alpha = logits === "kd" ? alpha : 0;
    this.lossWeight = 1 - this.#alpha;
    this.taps = [...this.#compared.map(({ name }) => name), ...(this.#alpha === 0 ? [] : [LOGITS])];
    this.parameters = new Map(this.#compared.filter((tap) => this.#isMapped(tap)).map(embedding));
  }

  parts(n: number, shapeOf: (tap: string) => readonly number[]): CompanionParts {
    const parts: { inputs: CompanionParts["inputs"][number][]; ops: ForwardOp[]; losses: LossOp[] } = {
      inputs: [],
      ops: [],
      losses: [],
    };
    const { gamma, temperature } = this.#options;
    for (const tap of this.#compared) {
      const { name } = tap;
      const scaled = { op: "mask", x: name, mask: `${name}/scale`, y: `${name}/scaled` } as const;
      const mapped = this.#isMapped(tap) ? [mapOp(tap, scaled.y, shapeOf(name))] : [];
      const [{ y: x }] = [...mapped, scaled];
      const shape = [...shapeOf(name).slice(0, -1), this.#isMapped(tap) ? tap.width : (shapeOf(name).at(-1) as number)];
      parts.inputs.push({ name: scaled.mask, shape: [n] }, { name: `${name}/teacher`, shape });
      parts.ops.push(scaled, ...mapped);
      const weight = gamma / this.#compared.length;
      parts.losses.push({ op: "meanSquaredError", x, target: `${name}/teacher`, weight, y: `${name}/distance` });
    }
    if (this.#alpha > 0) {
      const [x, target] = ["logits/softened", "logits/probabilities"];
      parts.inputs.push({ name: "logits/temperature", shape: [n] }, { name: target, shape: shapeOf(LOGITS) });
      parts.ops.push({ op: "mask", x: LOGITS, mask: "logits/temperature", y: x });
      const weight = this.#alpha * temperature ** 2;
      parts.losses.push({ op: "crossEntropy", x, target, weight, y: "logits/divergence" });
    }
    return parts;
  }

  async inputs(x: Tensor): Promise<CompanionInputs> {
    if (this.taps.length === 0) return { inputs: {}, constant: 0 };
    const results = await this.#teacher(x);
    const [n] = x.shape;
    const inputs: Record<string, Tensor> = {};
    for (const tap of this.#compared) {
      const result = results[tap.name];
      const compared = this.#isMapped(tap) ? result : selected(result, tap.kept);
      const scale = this.#options.isNormalized ? inverseDeviation(compared) : 1;
      inputs[`${tap.name}/scale`] = filled(n, scale);
      inputs[`${tap.name}/teacher`] = { shape: compared.shape, data: compared.data.map((value) => value * scale) };
    }
    if (this.#alpha === 0) return { inputs, constant: 0 };
    const { temperature } = this.#options;
    const { probabilities, entropy } = softened(results[LOGITS], temperature);
    inputs["logits/temperature"] = filled(n, 1 / temperature);
    inputs["logits/probabilities"] = probabilities;
    return { inputs, constant: -this.#alpha * temperature ** 2 * entropy };
  }

  keepsResiduals(update: number): boolean {
    return update <= this.#options.quietUpdates;
  }

  #isMapped({ kept }: Tap): boolean {
    return this.#options.comparison === "linear" && kept !== null;
  }
}

function mapName({ name }: Tap): string {
  return `distill.${name}.weight`;
}

/** M `[teacher, student, 1, 1]` at first: 1 where a channel of the student is the teacher's, else 0. */
function embedding(tap: Tap): [name: string, matrix: Tensor] {
  const kept = tap.kept ?? [];
  const data = new Float32Array(tap.width * kept.length);
  kept.forEach((channel, k) => {
    data[channel * kept.length + k] = 1;
  });
  return [mapName(tap), { shape: [tap.width, kept.length, 1, 1], data }];
}

function mapOp(tap: Tap, x: string, shape: readonly number[]): ForwardOp {
  const common = { x, weight: mapName(tap), bias: null, activation: null, y: `${tap.name}/mapped` };
  if (shape.length === 2) return { op: "linear", ...common };
  const pads = { top: 0, bottom: 0, left: 0, right: 0 };
  return { op: "convolution", ...common, residual: null, kernel: [1, 1], stride: 1, pads };
}

/** Some channels of `[n, …, c]`. */
function selected(result: Tensor, kept: readonly number[] | null): Tensor {
  if (kept === null) return result;
  const { shape, data } = result;
  const channels = shape[shape.length - 1];
  const count = kept.length;
  const length = (data.length / channels) * count;
  const some = data instanceof Float64Array ? new Float64Array(length) : new Float32Array(length);
  for (let from = 0, to = 0; from < data.length; from += channels) {
    for (let k = 0; k < count; k++) some[to++] = data[from + kept[k]];
  }
  return { shape: [...shape.slice(0, -1), count], data: some };
}

/** 1/σ; 0 for a result that does not vary, which tells nothing. */
function inverseDeviation(result: Tensor): number {
  const moments = new Moments();
  moments.add(result);
  const { variance } = moments;
  const mean = variance.reduce((sum, value) => sum + value, 0) / variance.length;
  return mean > 0 ? 1 / Math.sqrt(mean) : 0;
}

/** softmax(x/τ), and −Σ p log p as a mean over the pictures. */
function softened({ shape, data }: Tensor, temperature: number): { probabilities: Tensor; entropy: number } {
  const [n, classes] = shape;
  const probabilities = new Float64Array(data.length);
  let entropy = 0;
  for (let from = 0; from < data.length; from += classes) {
    const row = Float64Array.from(data.subarray(from, from + classes), (value) => value / temperature);
    const most = row.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
    const logSum = most + Math.log(row.reduce((sum, value) => sum + Math.exp(value - most), 0));
    row.forEach((value, c) => {
      const probability = Math.exp(value - logSum);
      probabilities[from + c] = probability;
      entropy -= (probability * (value - logSum)) / n;
    });
  }
  return { probabilities: { shape, data: probabilities }, entropy };
}

function filled(n: number, value: number): Tensor {
  return { shape: [n], data: new Float64Array(n).fill(value) };
}
