// Dense layers of a pruned network learn from their teacher by least squares, front to back: what a layer gave with all of its
// channels it is to give with those that are left, as far as a linear map of them can.
//
// x: the student's input of the layer at some positions of every picture, with the layers before it refitted already (walk.ts).
// y: the teacher's output before its batch norm at the same positions, sampled for all layers in one pass before. Ridge
// regression from the sliced weights (normal-equations.ts); a shift of the mean goes to the norm behind, or the layer's own bias.
// Memory: the samples of y, 4 to 8 bytes times the ten positions a channel times the layers' weights, besides the walk's.

import type { BatchSource } from "../data/batch.ts";
import { UsageError } from "../errors.ts";
import type { Model } from "../model/model.ts";
import type { WaitOptions } from "../progress.ts";
import type { StateDict, Tensor } from "../tensor.ts";
import { Moments } from "../training/moments.ts";
import { type Consumer, consumersOf } from "./consumers.ts";
import { Walk } from "./front-to-back.ts";
import { type Fit, normalEquations, ridge, type Samples } from "./normal-equations.ts";
import { sizeOf } from "./pictures.ts";
import type { Plan } from "./plan.ts";
import { isNorm, like, statisticsOf } from "./recalibrate.ts";
import { positionsOf, Sampled } from "./sampled.ts";
import { Turns } from "./turns.ts";

export interface RefitOptions extends WaitOptions {
  /** ρ: weight of staying with the sliced weights, as a share of the inputs' mean variance. Default 1e-3. */
  readonly rho?: number | undefined;
  /**
   * Batch norms have the teacher's variances, or statistics of what they see as they are reached, so that later layers are
   * fitted to what comes of it. Default `keep`.
   */
  readonly norms?: "keep" | "recalibrate" | undefined;
  /** Positions that a layer is fitted on, at least, as a multiple of its inputs. Default 10. */
  readonly positions?: number | undefined;
  /** Of the positions. Default 0. */
  readonly seed?: number | undefined;
  /** As of `recalibrate`. */
  readonly budgetBytes?: number | undefined;
  /** Told of every layer. */
  readonly onLayer?: ((layer: RefittedLayer) => void) | undefined;
}

export interface RefittedLayer extends Pick<Fit, "rho" | "errorBefore" | "errorAfter"> {
  /** Module path. */
  readonly name: string;
  /** Numbers that one of its outputs reads. */
  readonly inputs: number;
  readonly positions: number;
}

const RHO = 1e-3;
const POSITIONS = 10;
/** Of inputs; k×k layers with more stay as they are. */
const MOST_INPUTS = 4608;
/** Positions for each input; layers with fewer (a classifier has one a picture) would learn the pictures by heart. */
const LEAST_POSITIONS = 2;

/**
 * The student's weights with its dense layers refitted. Until it is done neither model must be used for anything else; then
 * both are as they were. Batch norms must still have the teacher's statistics: recalibrate after a refit, never before.
 * @param student what the plan made of the teacher
 * @param source pictures as evaluation prepares them, all of one size
 * @throws UsageError for a number out of its range, or if no picture could be read
 */
export async function refit(
  student: Model,
  teacher: Model,
  plan: Plan,
  source: BatchSource,
  options: RefitOptions = {},
): Promise<StateDict> {
  const { signal, onProgress, budgetBytes, norms = "keep", rho = RHO } = options;
  if (!(rho >= 0 && rho < Number.POSITIVE_INFINITY)) throw new UsageError("rho", `expected a number ≥ 0, got ${rho}.`);
  const size = await sizeOf(source, signal);
  const walk = await Walk.open(student, source, size, { signal, budgetBytes });
  try {
    const consumers = consumersOf(walk.graph, teacher.architecture, plan).filter(({ inputs }) => inputs <= MOST_INPUTS);
    const positions = new Map(consumers.map((consumer) => [consumer, positionsFor(consumer, source, options)]));
    const total = consumers.length;
    onProgress?.({ stage: "refit", done: 0, total, unit: "steps", detail: "the teacher's outputs" });
    const outputs = await teacherOutputs(teacher, source, size, positions, options);
    let done = 0;
    for (const op of walk.graph.ops) {
      const consumer = consumers.find((each) => each.op === op);
      if (consumer !== undefined) {
        const y = outputs.get(consumer) as Samples;
        outputs.delete(consumer);
        await refitLayer(walk, consumer, positions.get(consumer) as Positions, y, rho, options);
        onProgress?.({ stage: "refit", done: ++done, total, unit: "steps", detail: consumer.name });
      } else if (norms === "recalibrate" && isNorm(op)) {
        const moments = new Moments();
        await walk.visit([op.x], (values) => moments.add(values.get(op.x) as Tensor));
        await walk.set(statisticsOf(op, moments, walk.stateDict));
      }
    }
    return walk.stateDict;
  } finally {
    await walk.dispose();
  }
}

type Positions = ReturnType<typeof positionsOf>;

/** As many of each picture as make enough of all. */
function positionsFor(
  { name, inputs }: Consumer,
  { samples }: BatchSource,
  { positions = POSITIONS, seed = 0 }: RefitOptions,
): Positions {
  return positionsOf({ seed, name }, Math.ceil((positions * inputs) / samples));
}

async function teacherOutputs(
  teacher: Model,
  source: BatchSource,
  size: { readonly height: number; readonly width: number },
  positions: ReadonlyMap<Consumer, Positions>,
  { signal }: RefitOptions,
): Promise<Map<Consumer, Samples>> {
  const walk = await Walk.open(teacher, source, size, { signal, budgetBytes: 0 });
  try {
    const sampled = new Map(
      Array.from(positions, ([consumer, of]) => {
        const width = consumer.kept?.length ?? (walk.shapeOf(consumer.teacherResult).at(-1) as number);
        return [consumer, new Sampled(width, of)];
      }),
    );
    const names = [...positions.keys()].map(({ teacherResult }) => teacherResult);
    await walk.visit(names, (values) => {
      for (const [{ teacherResult, kept }, rows] of sampled) rows.addOutputs(values.get(teacherResult) as Tensor, kept);
    });
    return new Map(Array.from(sampled, ([consumer, rows]) => [consumer, rows.samples]));
  } finally {
    await walk.dispose();
  }
}

async function refitLayer(
  walk: Walk,
  { name, op, inputs, centre }: Consumer,
  positions: Positions,
  y: Samples,
  rho: number,
  { signal, onLayer }: RefitOptions,
): Promise<void> {
  if (y.data.length / y.width < LEAST_POSITIONS * inputs) return;
  const rows = new Sampled(inputs, positions);
  await walk.visit([op.x], (values) => rows.addInputs(values.get(op.x) as Tensor, op, walk.shapeOf(op.y)));
  const turns = new Turns(signal);
  const tensorOf = (tensor: string): Tensor => walk.stateDict.get(tensor) as Tensor;
  const [weight, mean] = [tensorOf(op.weight), tensorOf(centre.tensor)];
  const equations = await normalEquations(rows.samples, y, turns);
  const fit = await ridge(equations, Float64Array.from(weight.data), rho, turns);
  // y has the teacher's bias in it, where there is one: then E[W·x] + bias = E[y].
  const centred = fit.meanShift.map((by, o) => (centre.role === "bias" ? -by : mean.data[o] + by));
  await walk.set(
    new Map([
      [op.weight, like(weight, fit.weight)],
      [centre.tensor, like(mean, centred)],
    ]),
  );
  const { rho: chosen, errorBefore, errorAfter } = fit;
  onLayer?.({ name, inputs, positions: equations.rows, rho: chosen, errorBefore, errorAfter });
}
