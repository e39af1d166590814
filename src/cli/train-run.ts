// One run from its flags to its last line: reports are shown, kept, and at the end weighed.

import { readFileSync } from "node:fs";
import { stat } from "node:fs/promises";
import { join } from "node:path";
import type { Command } from "commander";
import { UsageError } from "../errors.ts";
import type { Checkpoint } from "../run/checkpoint.ts";
import { RunFolder } from "../run/folder.ts";
import { Recorder, trainingState } from "../run/recorder.ts";
import { metricsOf } from "../training/metrics.ts";
import type { EpochReport, HeadReport, Report, Resume, StartReport, StepReport } from "../training/train.ts";
import { train } from "../training/train.ts";
import type { Json } from "../weights/metadata.ts";
import { readSafetensors } from "../weights/safetensors.ts";
import { stateDictFrom } from "../weights/state-dict.ts";
import { threadsOf } from "./network.ts";
import { counted, duration, rounded } from "./numbers.ts";
import { EXIT, type Session } from "./session.ts";
import { Teller } from "./teller.ts";
import { dryRun } from "./train-dry.ts";
import { beyondResume, type TrainFlags } from "./train-flags.ts";
import { configOf, type Plan, planIn } from "./train-plan.ts";
import { descriptionOf, type Prepared, preparedAgain, preparedNew } from "./train-prepare.ts";
import { TrainProgress } from "./train-progress.ts";
import { finished, interimReport, type Run } from "./train-result.ts";

const GRACE_MS = 10_000; // after an interrupt, for the step under way

export interface Asked {
  readonly place: string | undefined;
  readonly flags: TrainFlags;
  readonly command: Command;
}

/** A folder with a run in it already. */
interface Before {
  readonly folder: RunFolder;
  readonly plan: Plan;
  readonly config: Json;
  readonly path: string;
  readonly checkpoint: Checkpoint | null;
}

export async function trainData(session: Session, { place, flags, command }: Asked): Promise<number> {
  const teller = new Teller(session);
  if (flags.resume === undefined) {
    if (flags.out !== undefined && !flags.dryRun) await refuseTaken(flags.out);
    const prepared = await preparedNew(session, place, flags, teller);
    try {
      if (flags.dryRun) return await dryRun(session, prepared, flags);
      return await runTo(session, { flags, teller, prepared, before: null });
    } finally {
      await prepared.dispose();
    }
  }
  const wrong = beyondResume(command);
  if (wrong !== undefined) {
    throw new UsageError(wrong, "a run that goes on keeps its own. Begin a new one with --weights to change it.");
  }
  const path = flags.resume;
  const { folder, config, checkpoint } = await RunFolder.resume(path);
  try {
    const plan = planIn(config, join(path, "config.json"));
    if ("pruning" in plan) {
      throw new UsageError("--resume", `expected the folder of a training, got ${path}. Use effnet prune --resume.`);
    }
    const before = { folder, plan, config, path, checkpoint };
    const prepared = await preparedAgain(session, before, place, flags, teller);
    try {
      return await runTo(session, { flags, teller, prepared, before });
    } finally {
      await prepared.dispose();
    }
  } finally {
    await folder.close();
  }
}

interface Work {
  readonly flags: TrainFlags;
  readonly teller: Teller;
  readonly prepared: Prepared;
  readonly before: Before | null;
}

/** Trains to the end, or to an interrupt, which leaves a checkpoint. */
async function runTo(session: Session, work: Work): Promise<number> {
  const { flags, teller, prepared, before } = work;
  const { model, data } = prepared;
  const progress = new TrainProgress(session, prepared.plan);
  const interrupt = new Interrupt(session.signal);
  const reports = train(model, data, prepared.plan.recipe, {
    signal: interrupt.signal,
    onProgress: session.terminal.onProgress,
    ...(await resumeOf(before)),
  });
  let run: Run | null = null;
  try {
    for await (const report of reports) {
      if (report.kind === "start") run = await begun(work, report);
      if (run === null) continue;
      await run.recorder.take(report);
      tell(teller, progress, report);
      if (report.kind === "epoch") await run.folder.report(await interimReport(run, report));
      await teller.flush();
      if (report.kind !== "start") {
        interrupt.hasState();
        if (session.signal.aborted) await stopped(run, report, session);
      }
    }
    if (run === null) return EXIT.failed;
    return await finished(session, { ...run, flags, prepared });
  } catch (error) {
    if (run !== null && error !== session.signal.reason) teller.note(`${run.folder.path}: goes on with --resume.`);
    throw session.signal.aborted ? session.signal.reason : error;
  } finally {
    interrupt.dispose();
    await teller.flush().catch(() => {}); // what was to be said has been
    if (before === null) await run?.folder.close();
  }
}

/** The first report has come: the network is compiled, and the run gets its folder. */
async function begun(work: Work, report: StartReport): Promise<Run> {
  const { prepared, teller, before, flags } = work;
  const { model } = prepared;
  const plan = { ...prepared.plan, recipe: report.recipe };
  const config = before?.config ?? configOf(plan, version(), process.argv.slice(2));
  const folder =
    before?.folder ?? (await RunFolder.create(flags.out ?? (await freeFolder(model.architecture.name)), config));
  teller.attach(folder);
  const { height, width } = plan.transform;
  teller.note(
    [
      `${counted(prepared.data.train.samples, "picture")}, ${plan.data.classes.length} classes`,
      `${model.architecture.name} at ${height}×${width}`,
      `${rounded(report.learning)} of ${rounded(report.parameters)} parameters learn`,
      report.updates > 0 ? `${report.updates} updates of ${plan.batch}` : "head only",
      `${flags.backend}, ${counted(threadsOf(flags), "thread")}`,
      folder.path,
    ].join(" · "),
  );
  for (const notice of report.notices) teller.note(notice);
  const resumed = before?.checkpoint?.place;
  const recorder = new Recorder(folder, {
    description: descriptionOf(model, plan),
    top5: ({ logits, labels }) => metricsOf(logits, labels).top5,
    ...(resumed === undefined ? {} : { resumed }),
    ...(flags.checkpoint === undefined ? {} : { checkpointMs: flags.checkpoint * 60_000 }),
  });
  const findings = [...prepared.splits.findings.map(({ message }) => message), ...report.notices];
  return { folder, recorder, plan, config, findings };
}

/** What a resumed training starts from. */
async function resumeOf(before: Before | null): Promise<{ resume?: Resume }> {
  if (before === null || before.checkpoint === null) return {};
  const { tensors, place } = before.checkpoint;
  const state = trainingState(tensors, place);
  const bytes = state.place.best === null ? null : await before.folder.readBest();
  const best = bytes === null ? undefined : stateDictFrom(readSafetensors(bytes, "best.safetensors").tensors);
  return { resume: { state, ...(best === undefined ? {} : { best }) } };
}

function tell(teller: Teller, progress: TrainProgress, report: Report): void {
  if (report.kind === "start") progress.start(report);
  else if (report.kind === "step") progress.step(report);
  else teller.note(report.kind === "head" ? headLine(report) : progress.epoch(report));
}

function headLine({ pictures, loss, penalty, validation, milliseconds }: HeadReport): string {
  return [
    "head fitted",
    `${counted(pictures, "picture")}, loss ${loss.toFixed(3)}, penalty ${penalty}`,
    ...(validation === null ? [] : [`validation ${(validation.top1 * 100).toFixed(2)} %`]),
    duration(milliseconds),
  ].join(" · ");
}

/** After an interrupt: keeps everything, says how to go on, and ends by the signal's reason. */
async function stopped(run: Run, report: StepReport | EpochReport | HeadReport, session: Session): Promise<never> {
  if (report.kind === "step") await run.recorder.checkpoint(report);
  const at = report.kind === "head" ? "after its head was fitted" : `at update ${report.update}`;
  session.terminal.note(`stopped ${at}. Go on with: effnet train --resume ${run.folder.path}`);
  throw session.signal.reason;
}

/**
 * Turns an interrupt into an end with nothing lost: the step under way may end first, so that it can be kept. Where there
 * is nothing to keep yet, or it takes too long, the training is aborted at once.
 */
export class Interrupt {
  readonly #hard = new AbortController();
  readonly #soft: AbortSignal;
  #canWait = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(soft: AbortSignal) {
    this.#soft = soft;
    soft.addEventListener("abort", this.#onAbort);
  }

  get signal(): AbortSignal {
    return this.#hard.signal;
  }

  /** There is a state that would be lost. */
  hasState(): void {
    this.#canWait = true;
  }

  dispose(): void {
    this.#soft.removeEventListener("abort", this.#onAbort);
    clearTimeout(this.#timer);
  }

  readonly #onAbort = (): void => {
    this.#timer = setTimeout(() => this.#hard.abort(this.#soft.reason), this.#canWait ? GRACE_MS : 0);
  };
}

/** @throws UsageError early: nothing has been computed yet */
export async function refuseTaken(out: string): Promise<void> {
  if ((await stat(join(out, "config.json")).catch(() => null)) === null) return;
  throw new UsageError("--out", `${out} holds a run. Go on with it by --resume ${out}, or name another folder.`);
}

/** The first of `runs/NAME-1`, `runs/NAME-2`, … that is not there. */
export async function freeFolder(name: string): Promise<string> {
  for (let n = 1; ; n++) {
    const path = join("runs", `${name}-${n}`);
    if ((await stat(path).catch(() => null)) === null) return path;
  }
}

export function version(): string {
  return JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")).version;
}
