// The classifier alone, on features that are computed once: a convex problem, solved in seconds. Features are standardised
// with the training pictures' mean and deviation, and the solution is written in terms of features as they are.

import { assert } from "../errors.ts";
import type { StateDict } from "../tensor.ts";
import { type Criterion, type Evaluation, isBetter, joined, type Score, scoreOf } from "./evaluate.ts";
import type { NamedExamples } from "./features.ts";
import { minimize } from "./minimize.ts";
import { type Examples, NO_CLASS, regressionLogits, regressionLoss } from "./softmax-regression.ts";

/** How a head is fitted. */
export interface HeadRecipe {
  /**
   * λ of the penalty λ/2 · ‖W‖² on standardised features, largest first; the validation split chooses among several.
   * Null: 0.3, 0.1, 0.03 and 0.01, and without a validation split 0.1.
   */
  readonly penalties: readonly number[] | null;
  /** At most, for each penalty. */
  readonly iterations: number;
}

export interface HeadOptions {
  readonly classes: number;
  readonly classWeights: readonly number[] | null;
  readonly validation: NamedExamples | null;
  readonly best: Criterion;
  /** Of none of the classes: of these the head shall be unsure. */
  readonly others?: NamedExamples | null;
  /** Lets others run between two iterations; may throw to end. */
  readonly turn: () => Promise<void>;
}

export interface FittedHead {
  /** `classifier.weight` `[classes, d]` and `classifier.bias`. */
  readonly classifier: StateDict;
  readonly penalty: number;
  /** Of all penalties together. */
  readonly iterations: number;
  /** Mean cross entropy on the examples, without the penalty. */
  readonly loss: number;
  readonly validation: Evaluation | null;
}

// 3,068 photos, features of EfficientNetV2-B0: the best of validation lies in between
const PENALTIES = [0.3, 0.1, 0.03, 0.01];
const ALONE = [0.1];
const OTHERS_WEIGHT = 0.2; // CIFAR-10 beside photos of clothes: 0.1 to 0.3 cost 0.4 points and halve the sure ones
const TOLERANCE = 1e-4; // of the gradient's elements; as scikit-learn's lbfgs

/** Fits one head a penalty, each from the one before, and gives the best. */
export async function fitHead(examples: NamedExamples, recipe: HeadRecipe, options: HeadOptions): Promise<FittedHead> {
  const { classes, classWeights, validation, best: by, others = null, turn } = options;
  const { width } = examples;
  const scaling = scalingOf(examples);
  const known = { ...examples, features: standardise(examples, scaling) };
  const standardised = others === null ? known : beside(known, { ...others, features: standardise(others, scaling) });
  const othersWeight = others === null ? 0 : OTHERS_WEIGHT;
  const penalties = recipe.penalties ?? (validation === null ? ALONE : PENALTIES);
  let point: Float64Array = new Float64Array(classes * (width + 1));
  let iterations = 0;
  let best: { readonly fitted: Omit<FittedHead, "iterations">; readonly score: Score | null } | null = null;
  for (const penalty of penalties) {
    const objective = regressionLoss(standardised, { classes, penalty, classWeights, othersWeight });
    const found = await minimize(objective, point, { iterations: recipe.iterations, tolerance: TOLERANCE, turn });
    iterations += found.iterations;
    point = found.point;
    const classifier = classifierOf(point, classes, scaling);
    const evaluated = validation === null ? null : answersOf(classifier, validation, classes);
    const loss = answersOf(classifier, examples, classes).loss;
    const fitted = { classifier, penalty, loss, validation: evaluated };
    const score = evaluated === null ? null : scoreOf(evaluated, by);
    if (best === null || isBetter(score, best.score, by)) best = { fitted, score };
  }
  assert(best !== null, "there is a penalty at least");
  return { ...best.fitted, iterations };
}

function beside(known: Examples, others: Examples): Examples {
  const features = new Float32Array(known.features.length + others.features.length);
  features.set(known.features);
  features.set(others.features, known.features.length);
  const labels = new Int32Array(known.labels.length + others.labels.length).fill(NO_CLASS);
  labels.set(known.labels);
  return { features, labels, width: known.width };
}

/** Per feature: mean, and what to divide by. */
interface Scaling {
  readonly mean: Float64Array;
  readonly deviation: Float64Array;
}

function scalingOf({ features, labels, width }: NamedExamples): Scaling {
  const count = labels.length;
  const mean = new Float64Array(width);
  const deviation = new Float64Array(width);
  for (let i = 0; i < features.length; i++) mean[i % width] += features[i] / count;
  for (let i = 0; i < features.length; i++) deviation[i % width] += (features[i] - mean[i % width]) ** 2 / count;
  return { mean, deviation: deviation.map((variance) => (variance > 0 ? Math.sqrt(variance) : 1)) };
}

function standardise({ features, width }: NamedExamples, { mean, deviation }: Scaling): Float32Array {
  return features.map((value, i) => (value - mean[i % width]) / deviation[i % width]);
}

/** W·(x − mean)/deviation + b in terms of x. */
function classifierOf(point: Float64Array, classes: number, { mean, deviation }: Scaling): StateDict {
  const width = mean.length;
  const weight = new Float32Array(classes * width);
  const bias = new Float32Array(classes);
  for (let c = 0; c < classes; c++) {
    let shift = 0;
    for (let i = 0; i < width; i++) {
      const w = point[c * width + i] / deviation[i];
      weight[c * width + i] = w;
      shift += w * mean[i];
    }
    bias[c] = point[classes * width + c] - shift;
  }
  return new Map([
    ["classifier.weight", { shape: [classes, width], data: weight }],
    ["classifier.bias", { shape: [classes], data: bias }],
  ]);
}

/** What the network would answer with this classifier. */
function answersOf(classifier: StateDict, examples: NamedExamples, classes: number): Evaluation {
  const { labels, names } = examples;
  const parts = ["classifier.weight", "classifier.bias"].map((name) => classifier.get(name)?.data ?? []);
  const point = Float64Array.from([...parts[0], ...parts[1]]);
  const logits = regressionLogits(examples, classes, point);
  return joined([{ logits, labels, names }], classes);
}
