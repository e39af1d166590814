// A training under way: head, epochs, validation, and which weights are the best. `train` is its door.

import type { Batch } from "../data/batch.ts";
import { DivergedError, UsageError } from "../errors.ts";
import type { Model } from "../model/model.ts";
import type { WaitOptions } from "../progress.ts";
import type { StateDict } from "../tensor.ts";
import { fitTemperature } from "./calibration.ts";
import { checkClasses, type Evaluation, evaluate, isBetter, rightAnswers, scoreOf } from "./evaluate.ts";
import { featuresOf } from "./features.ts";
import { fitHead, type HeadRecipe } from "./head.ts";
import { meaninglessNorms, unfolded } from "./norms.ts";
import { type Recipe, type RecipeOptions, recipeFor } from "./recipe.ts";
import type {
  Best,
  EpochReport,
  HeadReport,
  Place,
  Report,
  Resume,
  Snapshot,
  StartReport,
  StepReport,
  TrainingData,
  TrainOptions,
} from "./reports.ts";
import { epochsOf, rateAt } from "./schedule.ts";
import { Session } from "./session.ts";

const START: Place = { epoch: 0, next: 0, update: 0, lossSum: 0, right: 0, pictures: 0, best: null };

export class Training {
  readonly #model: Model;
  readonly #data: TrainingData;
  readonly #recipe: Recipe;
  readonly #waiting: WaitOptions;
  readonly #session: Session;
  readonly #notices: readonly string[];
  readonly #hasHead: boolean;
  #place: Place;
  #best: StateDict | null;
  /** Reports so far: a snapshot belongs to the latest. */
  #reports = 0;

  static async begin(
    model: Model,
    data: TrainingData,
    options: RecipeOptions,
    waiting: WaitOptions,
    { resume, companion }: Pick<TrainOptions, "resume" | "companion">,
  ): Promise<Training> {
    waiting.signal?.throwIfAborted();
    const { train, plain, validation } = data;
    for (const source of [train, plain, validation]) if (source !== undefined) checkClasses(model, source);
    const { batch, batches } = train;
    const recipe = recipeFor(options, { batch, batches, hasPlain: plain !== undefined });
    checkFit(model, data, recipe);
    const session = await Session.open(model, recipe, resume?.state.tensors ?? null, companion);
    try {
      const notices = resume === undefined ? await settleNorms(model, data, session, waiting) : [];
      const { size } = train;
      if (recipe.epochs > 0 && size !== undefined) {
        await session.prepare([batch, size.height, size.width, model.architecture.inChannels]);
      }
      return new Training(model, data, waiting, session, resume, [...notices, ...partNotices(session.recipe)]);
    } catch (error) {
      await session.dispose();
      throw error;
    }
  }

  private constructor(
    model: Model,
    data: TrainingData,
    waiting: WaitOptions,
    session: Session,
    resume: Resume | undefined,
    notices: readonly string[],
  ) {
    this.#model = model;
    this.#data = data;
    this.#recipe = session.recipe;
    this.#waiting = waiting;
    this.#session = session;
    this.#notices = notices;
    this.#hasHead = resume !== undefined; // no state is older than the head
    this.#place = resume?.state.place ?? START;
    this.#best = resume?.best ?? null;
    if (this.#place.best !== null && this.#best === null) {
      throw new UsageError("resume", "expected the best weights beside the state, got none. Pass them as best.");
    }
  }

  async *reports(): AsyncGenerator<Report, void, undefined> {
    yield this.#start();
    if (this.#recipe.head !== null && !this.#hasHead) yield await this.#fitHead(this.#recipe.head);
    while (this.#place.epoch < this.#epochs) {
      const startedMs = performance.now();
      yield* this.#steps();
      yield await this.#endEpoch(startedMs);
    }
  }

  /** Leaves the model with the best weights. */
  async end(): Promise<void> {
    this.#reports++;
    await this.#session.dispose();
    if (this.#best === null) return;
    await this.#model.replace(this.#best);
    this.#model.calibrate(this.#temperature ?? 1);
  }

  get #temperature(): number | null {
    return this.#place.best?.temperature ?? null;
  }

  get #epochs(): number {
    const { schedule, epochs } = this.#recipe;
    return epochs === 0 ? 0 : epochsOf(schedule, epochs);
  }

  get #updatesPerEpoch(): number {
    return Math.ceil(this.#data.train.batches / this.#recipe.accumulation);
  }

  #start(): StartReport {
    const recipe = this.#recipe;
    return {
      kind: "start",
      recipe,
      updates: this.#epochs * this.#updatesPerEpoch,
      updatesPerEpoch: this.#updatesPerEpoch,
      ...this.#session.counts(),
      notices: this.#notices,
    };
  }

  async #fitHead(recipe: HeadRecipe): Promise<HeadReport> {
    const startedMs = performance.now();
    const { plain, validation, others } = this.#data;
    const examples = await featuresOf(this.#model, plain as NonNullable<typeof plain>, this.#waiting);
    const held = validation === undefined ? null : await featuresOf(this.#model, validation, this.#waiting);
    const unknown = others === undefined ? null : await featuresOf(this.#model, others, this.#waiting);
    const fitted = await fitHead(examples, recipe, {
      classes: this.#model.architecture.classes,
      classWeights: this.#recipe.classWeights,
      validation: held,
      others: unknown,
      best: this.#recipe.best,
      turn: () => this.#turn(),
    });
    await this.#session.begin(fitted.classifier);
    const isBest = await this.#judge({ epochs: 0, isAverage: false }, fitted.validation);
    return {
      kind: "head",
      pictures: examples.labels.length + (held?.labels.length ?? 0) + (unknown?.labels.length ?? 0),
      penalty: fitted.penalty,
      iterations: fitted.iterations,
      loss: fitted.loss,
      validation: fitted.validation,
      isBest,
      temperature: this.#temperature,
      milliseconds: performance.now() - startedMs,
      ...this.#snapshot(),
    };
  }

  /** The updates that are left of the epoch under way. */
  async *#steps(): AsyncGenerator<StepReport, void, undefined> {
    const { epoch, next } = this.#place;
    const { signal } = this.#waiting;
    const stream = this.#data.train.epoch(epoch, { from: next, ...(signal && { signal }) })[Symbol.asyncIterator]();
    let [waitedMs, endedMs] = [0, performance.now()];
    let group = EMPTY;
    try {
      for (let isOver = false; !isOver; ) {
        signal?.throwIfAborted();
        const askedMs = performance.now();
        const { done, value } = await stream.next();
        waitedMs += performance.now() - askedMs;
        isOver = done === true;
        if (!isOver) group = await this.#added(group, value as Batch);
        if (group.batches === 0 || (group.batches < this.#recipe.accumulation && !isOver)) continue;
        const updated = await this.#update(group);
        const milliseconds = performance.now() - endedMs;
        yield { ...updated, milliseconds, waitedMs, ...this.#snapshot() };
        [waitedMs, endedMs, group] = [0, performance.now(), EMPTY];
      }
    } finally {
      await stream.return?.();
    }
  }

  /** One batch more before the update. */
  async #added(group: Group, batch: Batch): Promise<Group> {
    const update = this.#place.update + 1;
    const { loss, logits } = await this.#session.accumulate(batch, { update, pass: group.batches });
    const count = batch.labels.length;
    if (!Number.isFinite(loss)) throw this.#diverged(`the loss became ${loss}`);
    const right = batch.targets === undefined ? rightAnswers(logits, batch.labels) : Number.NaN;
    return {
      batches: group.batches + 1,
      pictures: group.pictures + count,
      lossSum: group.lossSum + loss * count,
      right: group.right + right,
      next: batch.next,
    };
  }

  async #update({ pictures, lossSum, right, next }: Group): Promise<StepNumbers> {
    const place = this.#place;
    const rate = this.#rateAt(place);
    const gradientNorm = await this.#session.update(place.update + 1, rate);
    if (gradientNorm !== null && !Number.isFinite(gradientNorm)) {
      throw this.#diverged(`the gradients' norm became ${gradientNorm}`);
    }
    this.#place = {
      ...place,
      next,
      update: place.update + 1,
      lossSum: place.lossSum + lossSum,
      right: place.right === null || Number.isNaN(right) ? null : place.right + right,
      pictures: place.pictures + pictures,
    };
    return {
      kind: "step",
      epoch: place.epoch,
      update: place.update + 1,
      loss: lossSum / pictures,
      top1: Number.isNaN(right) ? null : right / pictures,
      rate,
      gradientNorm,
      pictures,
    };
  }

  async #endEpoch(startedMs: number): Promise<EpochReport> {
    const { epoch, update, lossSum, right, pictures } = this.#place;
    if (pictures === 0) throw new UsageError("data", "no batch of the epoch could be read. Are the pictures broken?");
    const validation = await this.#validated("weights");
    const averageValidation = this.#recipe.average === null ? null : await this.#validated("average");
    this.#place = { ...this.#place, epoch: epoch + 1, next: 0, lossSum: 0, right: 0, pictures: 0 };
    const isAverage = this.#recipe.average !== null;
    const isBest = await this.#judge({ epochs: epoch + 1, isAverage }, isAverage ? averageValidation : validation);
    return {
      kind: "epoch",
      epoch,
      update,
      loss: lossSum / pictures,
      top1: right === null ? null : right / pictures,
      rate: this.#rateAt({ epoch, update: update - 1 }),
      pictures,
      validation,
      averageValidation,
      isBest,
      temperature: this.#temperature,
      milliseconds: performance.now() - startedMs,
      ...this.#snapshot(),
    };
  }

  #rateAt(place: Pick<Place, "epoch" | "update">): number {
    const { schedule, rate, epochs } = this.#recipe;
    return rateAt(schedule, { rate, epochs, updatesPerEpoch: this.#updatesPerEpoch }, place);
  }

  /** The model answers by these weights from here on. */
  async #validated(kind: "weights" | "average"): Promise<Evaluation | null> {
    const source = this.#data.validation;
    if (source === undefined) return null;
    await this.#model.replace(await this.#session.weights(kind));
    const evaluation = await evaluate(this.#model, source, this.#waiting);
    if (!Number.isFinite(evaluation.loss)) throw this.#diverged(`the validation's loss became ${evaluation.loss}`);
    return evaluation;
  }

  /** Keeps the weights if they are the best so far. */
  async #judge(candidate: Pick<Best, "epochs" | "isAverage">, evaluation: Evaluation | null): Promise<boolean> {
    const { best } = this.#place;
    const { best: by } = this.#recipe;
    const score = evaluation === null ? null : scoreOf(evaluation, by);
    if (best !== null && !isBetter(score, best.score, by)) return false;
    const temperature = evaluation === null ? null : fitTemperature(evaluation.logits, evaluation.labels);
    this.#best = await this.#session.weights(candidate.isAverage ? "average" : "weights");
    this.#place = { ...this.#place, best: { ...candidate, score, temperature } };
    return true;
  }

  #snapshot(): Snapshot {
    const report = ++this.#reports;
    const place = this.#place;
    const current = <T>(give: () => Promise<T>): Promise<T> => {
      if (report === this.#reports) return give();
      throw new UsageError("report", "a later one has been asked for. Take its state before you ask for the next.");
    };
    return {
      state: () => current(async () => ({ tensors: await this.#session.tensors(), place })),
      best: () => current(async () => this.#best ?? this.#session.weights("weights")),
    };
  }

  #diverged(what: string): DivergedError {
    const { epoch, update, best } = this.#place;
    const kept = best === null ? "The weights are as they came" : `The weights after ${best.epochs} epochs are kept`;
    const advice = "Lower the rate, clip the gradients, or lengthen the warm-up";
    return new DivergedError(`training: ${what} at update ${update + 1}, epoch ${epoch + 1}. ${kept}. ${advice}.`);
  }

  async #turn(): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, 0));
    this.#waiting.signal?.throwIfAborted();
  }
}

/** Batches since the last update. */
interface Group {
  readonly batches: number;
  readonly pictures: number;
  /** Over pictures. */
  readonly lossSum: number;
  /** Right answers; NaN where pictures were mixed. */
  readonly right: number;
  /** `from` after them. */
  readonly next: number;
}

const EMPTY: Group = { batches: 0, pictures: 0, lossSum: 0, right: 0, next: 0 };

type StepNumbers = Omit<StepReport, "milliseconds" | "waitedMs" | keyof Snapshot>;

function checkFit(model: Model, { train, plain }: TrainingData, { head, epochs, classWeights }: Recipe): void {
  const { classes } = model.architecture;
  if (classes === 0) throw new UsageError("classes", "expected a network with a classifier, got 0 classes.");
  if (head !== null && plain === undefined) {
    throw new UsageError("head", "expected data.plain, the pictures that a head is fitted on, got none.");
  }
  if (epochs > 0 && train.batches === 0) {
    throw new UsageError("batch", `expected at most ${train.samples} pictures, got ${train.batch}. Lower it.`);
  }
  if (classWeights !== null && classWeights.length !== classes) {
    throw new UsageError("classWeights", `expected ${classes}, one a class, got ${classWeights.length}.`);
  }
}

function partNotices({ parts, norms }: Recipe): string[] {
  if (parts === 1) return [];
  const seen = norms === "batch" ? " Batch norms take the statistics of a part." : "";
  return [`Every batch goes through the network in ${parts} parts.${seen}`];
}

/** Makes norms whose statistics mean nothing fit for what the recipe asks of them, or says what they are. */
async function settleNorms(
  model: Model,
  { plain }: TrainingData,
  session: Session,
  waiting: WaitOptions,
): Promise<string[]> {
  const { norms, epochs } = session.recipe;
  const { folded, fresh } = meaninglessNorms(model.architecture, await model.stateDict());
  if (epochs === 0 || folded.length + fresh.length === 0) return [];
  if (norms === "running") {
    const layers = (names: readonly string[]): string => `${names.length} batch norms, such as ${names[0]},`;
    return [
      ...(folded.length === 0 ? [] : [`${layers(folded)} were folded into their layers: they stay as they are.`]),
      ...(fresh.length === 0
        ? []
        : [`${layers(fresh)} have never seen a picture and keep such statistics. Take the batch's: norms "batch".`]),
    ];
  }
  if (folded.length === 0) return [];
  if (plain === undefined) {
    const what = `${folded.length} batch norms, such as ${folded[0]}, were folded into their layers: the batch's statistics`;
    throw new UsageError("norms", `${what} would destroy what the network knows. Pass data.plain, or norms "running".`);
  }
  await session.begin(await unfolded(model, folded, plain, waiting));
  return [`${folded.length} batch norms that had been folded into their layers have statistics again.`];
}
