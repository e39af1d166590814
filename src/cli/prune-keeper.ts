// Writes down what a pruning reports, and tells it.

import type { Model } from "../model/model.ts";
import { importanceToJson } from "../pruning/importance-json.ts";
import type { Plan } from "../pruning/plan.ts";
import { planToJson } from "../pruning/plan-json.ts";
import type { Solution } from "../pruning/problem.ts";
import type { PruneReport, Pruning, RecoveryStep } from "../pruning/prune.ts";
import { reliabilityOf } from "../pruning/scores.ts";
import { type Before, Recorder, trainingIndex } from "../run/recorder.ts";
import { metricsOf } from "../training/metrics.ts";
import type { Report, StartReport } from "../training/train.ts";
import type { Description } from "../weights/metadata.ts";
import { counted } from "./numbers.ts";
import { shownCost } from "./prune-budgets.ts";
import { bytesOf, KEPT, PLAN } from "./prune-resume.ts";
import type { Steps } from "./prune-steps.ts";
import type { Work } from "./prune-work.ts";
import type { Session } from "./session.ts";
import { descriptionOf } from "./train-prepare.ts";
import { TrainProgress } from "./train-progress.ts";

const RELIABLE = 0.8; // of scores, between the halves of their pictures

export class PruneKeeper {
  readonly #session: Session;
  readonly #work: Work;
  readonly #steps: Steps;
  #cut: { readonly pruning: Pruning; readonly student: Model } | null = null;
  #recorder: Recorder | null = null;
  #progress: TrainProgress | null = null;

  /** @param steps of the run so far */
  constructor(session: Session, work: Work, steps: Steps) {
    this.#session = session;
    this.#work = work;
    this.#steps = steps;
  }

  async take(report: PruneReport): Promise<void> {
    const { folder, teller } = this.#work;
    const { round } = report;
    switch (report.kind) {
      case "importance": {
        await folder.keep(KEPT.importance(round), importanceToJson(report.importance));
        const { samples, score } = report.importance;
        if (samples === 0) return;
        const { whole } = reliabilityOf(report.importance);
        const more = whole < RELIABLE ? ". That is little; more --samples would help" : "";
        teller.note(`${score} over ${counted(samples, "picture")} · reliability ${whole.toFixed(3)}${more}`);
        return;
      }
      case "plan":
        return this.#planned(round, report.plan, report.solution);
      case "recovery":
        if (report.evaluation !== null) await this.#step(titleOf(report.step, round), report.evaluation);
        return;
      case "cut": {
        this.#cut = { pruning: report.cut, student: report.student };
        const { resume } = this.#work;
        if (resume !== null && (round < resume.round || (round === resume.round && resume.cut !== undefined))) return;
        const bytes = bytesOf(report.cut, this.#description());
        await folder.keep(KEPT.cut(round), bytes);
        await folder.best(bytes);
        return;
      }
      case "training":
        return this.#trained(round, report.report);
      case "left":
        return folder.keep(KEPT.left(round), bytesOf(report.left, this.#description()));
    }
  }

  /** What is there at the end. */
  result(): { readonly student: Model; readonly plan: Plan; readonly steps: readonly (readonly [string, number])[] } {
    if (this.#cut === null) throw new Error("no cut was reported");
    return { student: this.#cut.student, plan: this.#cut.pruning.plan, steps: this.#steps.all };
  }

  /** After an interrupt: keeps everything, says how to go on, and ends by the signal's reason. */
  async stop(report: Exclude<Report, StartReport>): Promise<never> {
    if (report.kind === "step") await this.#recorder?.checkpoint(report);
    const at = report.kind === "head" ? "after its head was fitted" : `at update ${report.update}`;
    this.#session.terminal.note(`stopped ${at}. Go on with: effnet prune --resume ${this.#work.folder.path}`);
    throw this.#session.signal.reason;
  }

  async dispose(): Promise<void> {
    await this.#cut?.student.dispose();
  }

  async #planned(round: number, plan: Plan, { value, bound, costs }: Solution): Promise<void> {
    const { folder, teller, prepared } = this.#work;
    await folder.keep(PLAN, `${JSON.stringify(planToJson(plan), null, 2)}\n`);
    const shown = prepared.plan.pruning.budgets.map(({ unit }, i) => shownCost(unit, costs[i]));
    const short = (bound - value) / Math.max(Math.abs(bound), Number.MIN_VALUE);
    const gap =
      short > 1e-9 ? `within ${(short * 100).toPrecision(2)} % of what any plan could keep` : "no plan keeps more";
    teller.note(`${titleOf("plan", round)} · ${shown.join(", ")} · ${gap}`);
  }

  async #step(title: string, { top1, loss }: { readonly top1: number; readonly loss: number }): Promise<void> {
    await this.#steps.set(title, top1);
    this.#work.teller.note(`${title} · validation ${(top1 * 100).toFixed(2)} %, loss ${loss.toFixed(3)}`);
  }

  async #trained(round: number, report: Report): Promise<void> {
    const { teller, prepared } = this.#work;
    if (report.kind === "start") {
      this.#progress = new TrainProgress(this.#session, { ...prepared.plan, recipe: report.recipe });
      this.#progress.start(report);
      this.#recorder = await this.#recorderOf(round);
    }
    await this.#recorder?.take(report);
    if (report.kind === "step") this.#progress?.step(report);
    if (report.kind !== "epoch") return;
    teller.note(this.#progress?.epoch(report) ?? "");
    const evaluation = report.averageValidation ?? report.validation;
    // One step for all epochs of a round: its best.
    if (evaluation !== null && report.isBest) await this.#steps.set(titleOf("distilled", round), evaluation.top1);
  }

  async #recorderOf(round: number): Promise<Recorder> {
    const { folder, flags, checkpoint } = this.#work;
    const place = checkpoint?.place;
    const isOwn = place !== undefined && trainingIndex(place) === round && this.#work.resume?.round === round;
    return new Recorder(folder, {
      description: this.#description(),
      top5: ({ logits, labels }) => metricsOf(logits, labels).top5,
      ...(isOwn ? { resumed: place } : { before: await this.#before(round) }),
      ...(flags.checkpoint === undefined ? {} : { checkpointMs: flags.checkpoint * 60_000 }),
    });
  }

  async #before(round: number): Promise<Before> {
    const last = (await this.#work.folder.rows()).at(-1);
    return { trainings: round, epochs: Math.ceil(last?.epoch ?? 0), updates: last?.update ?? 0 };
  }

  #description(): Description {
    if (this.#cut === null) throw new Error("nothing is cut yet");
    const { student, pruning } = this.#cut;
    return { ...descriptionOf(student, this.#work.prepared.plan), plan: planToJson(pruning.plan) };
  }
}

function titleOf(step: RecoveryStep | "plan" | "distilled", round: number): string {
  return round === 0 ? step : `${step}, cut ${round + 1}`;
}
