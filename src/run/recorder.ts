// From the reports of a training to what its folder keeps: rows, the best weights, and checkpoints.

import type { Evaluation } from "../training/evaluate.ts";
import type { EpochReport, HeadReport, Place, Report, Snapshot, StepReport, TrainingState } from "../training/train.ts";
import { type Description, descriptionMetadata, type Json } from "../weights/metadata.ts";
import { writeSafetensors } from "../weights/safetensors.ts";
import { storedFrom } from "../weights/state-dict.ts";
import type { RunFolder } from "./folder.ts";

const ROWS_PER_EPOCH = 50; // enough for a curve
const CHECKPOINT_MS = 10 * 60_000; // within an epoch; what a kill may cost

/** Updates that have no row yet. */
interface Stretch {
  readonly updates: number;
  readonly pictures: number;
  /** Losses added up over pictures. */
  readonly loss: number;
  readonly milliseconds: number;
  readonly waitedMs: number;
}

const EMPTY: Stretch = { updates: 0, pictures: 0, loss: 0, milliseconds: 0, waitedMs: 0 };

/** What a checkpoint's `place` holds. */
interface Kept {
  readonly training: Place;
  readonly stretch: Stretch;
  /** Absent in checkpoints of the first version. */
  readonly before?: Before;
}

/** What earlier trainings of a run did. */
export interface Before {
  readonly trainings: number;
  readonly epochs: number;
  readonly updates: number;
}

const NOTHING: Before = { trainings: 0, epochs: 0, updates: 0 };

export interface RecorderOptions {
  /** What the weights are, as their files carry it. */
  readonly description: Description;
  /** Share of pictures whose label is among the five best answers. */
  readonly top5: (evaluation: Evaluation) => number;
  /** `place` of the checkpoint that the run goes on from. */
  readonly resumed?: Json | undefined;
  /** Trainings of the same run before this one: theirs are the first epochs and updates of its tables. */
  readonly before?: Before | undefined;
  /** Between two checkpoints within an epoch. Default: ten minutes. */
  readonly checkpointMs?: number | undefined;
}

export class Recorder {
  readonly #folder: RunFolder;
  readonly #options: RecorderOptions;
  readonly #before: Before;
  #updatesPerEpoch = 1;
  #stretch: Stretch;
  #checkpointedMs = performance.now();

  constructor(folder: RunFolder, options: RecorderOptions) {
    this.#folder = folder;
    this.#options = options;
    const kept = options.resumed === undefined ? null : keptIn(options.resumed);
    this.#stretch = kept?.stretch ?? EMPTY;
    this.#before = kept?.before ?? options.before ?? NOTHING;
  }

  /** Keeps what a report says before the next is asked for. @throws FileError, e.g. if the disk is full */
  async take(report: Report): Promise<void> {
    if (report.kind === "start") {
      this.#updatesPerEpoch = report.updatesPerEpoch;
      for (const notice of report.notices) await this.#folder.log(notice);
    } else if (report.kind === "step") {
      await this.#step(report);
    } else {
      await this.#end(report);
    }
  }

  /** Everything up to this report. */
  async checkpoint(report: Snapshot): Promise<void> {
    const { tensors, place } = await report.state();
    const kept: Kept = { training: place, stretch: this.#stretch, before: this.#before };
    const { description } = this.#options;
    await this.#folder.checkpoint({ tensors, description, place: kept as unknown as Json });
    this.#checkpointedMs = performance.now();
  }

  async #step(report: StepReport): Promise<void> {
    const { updates, pictures, loss, milliseconds, waitedMs } = this.#stretch;
    this.#stretch = {
      updates: updates + 1,
      pictures: pictures + report.pictures,
      loss: loss + report.loss * report.pictures,
      milliseconds: milliseconds + report.milliseconds,
      waitedMs: waitedMs + report.waitedMs,
    };
    const updatesPerRow = Math.max(1, Math.round(this.#updatesPerEpoch / ROWS_PER_EPOCH));
    if (this.#stretch.updates >= updatesPerRow) await this.#row(report);
    const { checkpointMs = CHECKPOINT_MS } = this.#options;
    if (performance.now() - this.#checkpointedMs >= checkpointMs) await this.checkpoint(report);
  }

  async #end(report: EpochReport | HeadReport): Promise<void> {
    if (report.kind === "epoch" && this.#stretch.updates > 0) await this.#row(report);
    await this.#folder.measure({
      ...(report.kind === "epoch"
        ? { ...this.#at(report.update, report.epoch + 1), rate: report.rate, ...this.#columns(report) }
        : { ...this.#at(0, 0), ...this.#columns(report) }),
      train_loss: report.loss,
    });
    // The best weights first: a kill between the two repeats what led to them.
    if (report.isBest) await this.#folder.best(bestFile(await report.best(), this.#options.description, report));
    await this.checkpoint(report);
  }

  async #row({ update, rate }: StepReport | EpochReport): Promise<void> {
    const { pictures, loss, milliseconds, waitedMs } = this.#stretch;
    await this.#folder.measure({
      ...this.#at(update, update / this.#updatesPerEpoch),
      rate,
      train_loss: loss / pictures,
      pictures_per_second: (pictures / milliseconds) * 1000,
      waited: waitedMs / milliseconds,
    });
    this.#stretch = EMPTY;
  }

  /** Where in the run. */
  #at(update: number, epoch: number): { readonly update: number; readonly epoch: number } {
    return { update: this.#before.updates + update, epoch: this.#before.epochs + epoch };
  }

  #columns(report: EpochReport | HeadReport): object {
    const { validation } = report;
    const average = report.kind === "epoch" ? report.averageValidation : null;
    const { top5 } = this.#options;
    return {
      ...(validation && { eval_loss: validation.loss, eval_top1: validation.top1, eval_top5: top5(validation) }),
      ...(average && { average_loss: average.loss, average_top1: average.top1, average_top5: top5(average) }),
    };
  }
}

/** A weights file that needs no other flag. */
function bestFile(
  stateDict: Awaited<ReturnType<Snapshot["best"]>>,
  { config, ...description }: Description,
  { temperature }: Pick<EpochReport, "temperature">,
): Uint8Array {
  const calibrated = config && { ...config, ...(temperature === null ? {} : { temperature }) };
  return writeSafetensors(storedFrom(stateDict), {
    metadata: descriptionMetadata({ ...description, config: calibrated }),
  });
}

/** A training's state out of a checkpoint that a recorder wrote. */
export function trainingState(tensors: ReadonlyMap<string, unknown>, place: Json): TrainingState {
  return { tensors: tensors as TrainingState["tensors"], place: keptIn(place).training };
}

/** Which training of its run a checkpoint belongs to, from 0. */
export function trainingIndex(place: Json): number {
  return keptIn(place).before?.trainings ?? 0;
}

function keptIn(place: Json): Kept {
  return place as unknown as Kept;
}
