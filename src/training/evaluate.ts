// A model on a source of batches: logits and labels of every picture, and the two numbers that training goes by.

import type { BatchSource } from "../data/batch.ts";
import { UsageError } from "../errors.ts";
import type { Model } from "../model/model.ts";
import type { WaitOptions } from "../progress.ts";
import type { Tensor } from "../tensor.ts";
import { fitTemperature, logLoss } from "./calibration.ts";

/** How good answers are. */
export interface Score {
  /** Mean of −log softmax(logits)[label]. */
  readonly loss: number;
  /** Share of pictures whose label has the largest logit. */
  readonly top1: number;
}

/** Pictures in the order of the source, broken ones left out. */
export interface Evaluation extends Score {
  /** `[n, classes]` */
  readonly logits: Tensor;
  /** `[n]` */
  readonly labels: Int32Array;
  readonly names: readonly string[];
}

/** `loss`: the least, which tells more of few pictures than the count of right answers. `top1`: the highest, then the least loss as it is. */
export type Criterion = "loss" | "top1";

/** Where the loss decides it is that at the temperature that fits best, and travels with the weights: being too sure is no fault then. */
export function scoreOf({ top1, loss, logits, labels }: Evaluation, by: Criterion): Score {
  return { top1, loss: by === "loss" ? logLoss(logits, labels, fitTemperature(logits, labels)) : loss };
}

/** Without scores, and of losses that are equal, the later. */
export function isBetter(later: Score | null, earlier: Score | null, by: Criterion): boolean {
  if (later === null || earlier === null) return true;
  if (by === "loss") return later.loss <= earlier.loss;
  return later.top1 > earlier.top1 || (later.top1 === earlier.top1 && later.loss < earlier.loss);
}

/**
 * Runs the model over one epoch of the source.
 * @throws UsageError if the source's classes are not the model's, or no picture could be read
 */
export async function evaluate(model: Model, source: BatchSource, options: WaitOptions = {}): Promise<Evaluation> {
  const parts = await answered(model, source, options);
  if (parts.length === 0) throw new UsageError("data", "no picture to evaluate could be read.");
  return joined(parts, model.architecture.classes);
}

/** `evaluate`, batch by batch; none where no picture can be read. @throws UsageError if the classes are not the model's */
export async function answered(
  model: Model,
  source: BatchSource,
  { signal, onProgress }: WaitOptions = {},
): Promise<Labelled[]> {
  checkClasses(model, source);
  const waiting = signal === undefined ? {} : { signal };
  const parts: Labelled[] = [];
  let done = 0;
  for await (const { x, labels, names } of source.epoch(0, waiting)) {
    parts.push({ logits: (await model.forward(x, waiting)).data, labels, names });
    done += labels.length;
    onProgress?.({ stage: "evaluation", done, total: source.samples, unit: "pictures" });
  }
  return parts;
}

/** What came of some pictures. */
export interface Labelled {
  readonly logits: Tensor["data"];
  readonly labels: Int32Array;
  readonly names: readonly string[];
}

export function joined(parts: readonly Labelled[], classes: number): Evaluation {
  const count = parts.reduce((sum, { labels }) => sum + labels.length, 0);
  const logits = { shape: [count, classes], data: new Float32Array(count * classes) };
  const labels = new Int32Array(count);
  let at = 0;
  for (const part of parts) {
    logits.data.set(part.logits, at * classes);
    labels.set(part.labels, at);
    at += part.labels.length;
  }
  const names = parts.flatMap((part) => part.names);
  return { logits, labels, names, loss: logLoss(logits, labels), top1: rightAnswers(logits, labels) / count };
}

/** Pictures whose label has the largest logit. */
export function rightAnswers({ shape, data }: Tensor, labels: Int32Array): number {
  const [n, classes] = shape;
  let right = 0;
  for (let i = 0; i < n; i++) {
    const row = data.subarray(i * classes, (i + 1) * classes);
    if (largestAt(row) === labels[i]) right++;
  }
  return right;
}

/** @throws UsageError if the source has other classes than the model, or has them in another order */
export function checkClasses({ architecture, labels }: Model, { classes }: BatchSource): void {
  const count = classes.length;
  if (architecture.classes !== count) {
    const what = `expected ${count}, as many as the data have, got a network with ${architecture.classes}.`;
    throw new UsageError("classes", `${what} Create the model with classes: ${count}.`);
  }
  // Networks without labels call their classes `class 0`, shards without names theirs `0`.
  const isNameless = (i: number): boolean => labels[i] === `class ${i}` || classes[i] === String(i);
  const other = labels.findIndex((label, i) => label !== classes[i] && !isNameless(i));
  if (other === -1) return;
  const what = `class ${other} is "${labels[other]}" to the model and "${classes[other]}" in the data.`;
  throw new UsageError("classes", `${what} Give both the same classes in the same order.`);
}

function largestAt(row: Tensor["data"]): number {
  let at = 0;
  for (let c = 1; c < row.length; c++) if (row[c] > row[at]) at = c;
  return at;
}
