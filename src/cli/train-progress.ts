// What a training shows while it runs: a line that moves, and one that stays for every epoch.

import type { EpochReport, StartReport, StepReport } from "../training/train.ts";
import { duration } from "./numbers.ts";
import type { Session } from "./session.ts";
import type { Plan } from "./train-plan.ts";

const SMOOTHING = 0.95; // of the loss that is shown: about the last twenty updates

export class TrainProgress {
  readonly #session: Session;
  readonly #plan: Plan;
  /** When the first step began. */
  #startMs: number | null = null;
  #start: StartReport | null = null;
  /** Updates that this process has done, in all and in the epoch. */
  #updates = 0;
  #updatesInEpoch = 0;
  #loss: number | null = null;
  #epochMs = 0;
  #waitedMs = 0;
  #pictures = 0;

  constructor(session: Session, plan: Plan) {
    this.#session = session;
    this.#plan = plan;
  }

  start(report: StartReport): void {
    this.#start = report;
  }

  step({ epoch, update, loss, top1, milliseconds, waitedMs, pictures }: StepReport): void {
    const { updates, updatesPerEpoch, recipe } = this.#start as StartReport;
    const nowMs = performance.now();
    this.#startMs ??= nowMs - milliseconds;
    this.#updates++;
    this.#updatesInEpoch++;
    this.#epochMs += milliseconds;
    this.#waitedMs += waitedMs;
    this.#pictures += pictures;
    this.#loss = this.#loss === null ? loss : SMOOTHING * this.#loss + (1 - SMOOTHING) * loss;
    const inEpoch = update - epoch * updatesPerEpoch;
    const each = (nowMs - this.#startMs) / this.#updates;
    const right = top1 === null ? "" : `, ${(top1 * 100).toFixed(0)} % right`;
    const perUpdate = this.#plan.batch * recipe.accumulation;
    this.#session.terminal.onProgress({
      stage: `epoch ${epoch + 1} of ${recipe.epochs}`,
      done: this.#updatesInEpoch * perUpdate,
      total: (this.#updatesInEpoch + updatesPerEpoch - inEpoch) * perUpdate,
      unit: "pictures",
      detail: `loss ${this.#loss.toFixed(3)}${right} · ${duration((updates - update) * each)} in all`,
    });
  }

  /** The line of an epoch. */
  epoch({ epoch, loss, validation, averageValidation, isBest, milliseconds }: EpochReport): string {
    const { recipe } = this.#start as StartReport;
    const counts = averageValidation ?? validation;
    const of = averageValidation === null ? "" : " of the average";
    const line = [
      `epoch ${epoch + 1} of ${recipe.epochs}`,
      `loss ${loss.toFixed(3)}`,
      ...(counts === null
        ? []
        : [
            `validation${of} ${(counts.top1 * 100).toFixed(2)} %, loss ${counts.loss.toFixed(3)}${isBest ? ", the best" : ""}`,
          ]),
      ...(this.#epochMs > 0
        ? [
            `${Number(((this.#pictures / this.#epochMs) * 1000).toPrecision(3))} pictures/s`,
            `${((this.#waitedMs / this.#epochMs) * 100).toFixed(1)} % waiting`,
          ]
        : []),
      duration(milliseconds),
    ].join(" · ");
    [this.#updatesInEpoch, this.#epochMs, this.#waitedMs, this.#pictures] = [0, 0, 0, 0];
    return line;
  }
}
