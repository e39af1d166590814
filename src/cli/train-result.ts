// The end of a run: the best weights are tried once more, their mistakes go into the report, and a line says what came of it.

import { join } from "node:path";
import type { SplitName } from "../data/dataset.ts";
import { evaluationBatches } from "../data/loader.ts";
import { resize } from "../image/resize.ts";
import { softmax } from "../model/predict.ts";
import type { RunFolder } from "../run/folder.ts";
import type { PruningSection } from "../run/pruning-section.ts";
import type { Recorder } from "../run/recorder.ts";
import { type Mistake, type ReportData, reportHtml } from "../run/report.ts";
import { type Evaluation, evaluate } from "../training/evaluate.ts";
import { type Metrics, metricsOf } from "../training/metrics.ts";
import type { EpochReport } from "../training/train.ts";
import type { Json } from "../weights/metadata.ts";
import { duration, grouped } from "./numbers.ts";
import { EXIT, type Session } from "./session.ts";
import type { TrainFlags } from "./train-flags.ts";
import type { Plan } from "./train-plan.ts";
import type { Prepared } from "./train-prepare.ts";

const MOST_MISTAKES = 24;
const THUMBNAIL = 144; // pixels of a mistake's longer side
const EVALUATION_BATCH = 16;

/** A run that keeps something. */
export interface Run {
  readonly folder: RunFolder;
  readonly recorder: Recorder;
  readonly plan: Plan;
  readonly config: Json;
  /** What was found about the data, one line each. */
  readonly findings: readonly string[];
}

interface Ended extends Omit<Run, "recorder"> {
  readonly flags: TrainFlags;
  readonly prepared: Pick<Prepared, "model" | "splits" | "plan" | "decoders" | "broken"> & {
    readonly data: Pick<Prepared["data"], "train">;
  };
  /** Where the network was pruned. */
  readonly pruning?: PruningSection;
  /** What JSON has besides. */
  readonly figures?: object;
}

/** The report as it stands after an epoch. */
export async function interimReport(run: Run, { validation, averageValidation }: EpochReport): Promise<string> {
  const evaluation = averageValidation ?? validation;
  const { classes } = run.plan.data;
  return reportHtml({
    ...(await common(run)),
    summary: evaluation === null ? [] : [["validation top-1", percent(evaluation.top1)]],
    evaluation:
      evaluation === null
        ? null
        : {
            split: "validation",
            classes,
            confusion: metricsOf(evaluation.logits, evaluation.labels).confusion,
            mistakes: [],
          },
  });
}

/** Reports on the best weights, which the model has by now. Validation chose them; a test split, where there is one, is looked at here and only here. */
export async function finished(session: Session, ended: Ended): Promise<number> {
  const { folder, prepared, flags, plan, pruning, figures: more } = ended;
  const { terminal } = session;
  const ms = folder.spentMs;
  const results = new Map<SplitName, { evaluation: Evaluation; metrics: Metrics }>();
  for (const split of ["validation", "test"] as const) {
    const evaluation = await evaluated(session, prepared, split);
    if (evaluation === null) continue;
    results.set(split, {
      evaluation,
      metrics: metricsOf(evaluation.logits, evaluation.labels, prepared.model.config.temperature),
    });
  }
  const [shown] = results;
  await folder.report(
    reportHtml({
      ...(await common(ended)),
      ...(pruning === undefined ? {} : { pruning }),
      summary: [
        ...Array.from(results, ([split, { metrics }]) => [`${split} top-1`, percent(metrics.top1)] as const),
        ["pictures", grouped(prepared.data.train.samples)],
        ["time", duration(ms)],
      ],
      evaluation:
        shown === undefined
          ? null
          : {
              split: shown[0],
              classes: plan.data.classes,
              confusion: shown[1].metrics.confusion,
              mistakes: await mistakesOf(prepared, shown[0], shown[1].evaluation),
            },
    }),
  );
  const path = join(folder.path, "best.safetensors");
  const scores = Array.from(results, ([split, { metrics }]) => {
    return `${split} ${percent(metrics.top1)} (${Math.round(metrics.top1 * metrics.count)} of ${metrics.count})`;
  });
  terminal.note([...scores, `${duration(ms)}${prepared.broken}`, path].join(" · "));
  const figures = Object.fromEntries(
    Array.from(results, ([split, { metrics }]) => [split, { ...metrics, confusion: undefined, perClass: undefined }]),
  );
  await terminal.result(
    flags.json
      ? `${JSON.stringify({ run: folder.path, best: path, broken: prepared.broken.count, seconds: ms / 1000, ...more, ...figures })}\n`
      : `${path}\n`,
  );
  return EXIT.fine;
}

async function common(run: Omit<Run, "recorder">): Promise<Pick<ReportData, "title" | "rows" | "config" | "findings">> {
  return { title: run.folder.path, rows: await run.folder.rows(), config: run.config, findings: run.findings };
}

async function evaluated(
  { signal, terminal }: Session,
  { model, splits, plan, decoders, broken }: Ended["prepared"],
  split: SplitName,
): Promise<Evaluation | null> {
  const dataset = splits[split];
  if (dataset === null) return null;
  const options = { batch: EVALUATION_BATCH, decoders, onBroken: broken.tell };
  const source = evaluationBatches(dataset, plan.transform, options);
  return evaluate(model, source, { signal, onProgress: terminal.onProgress });
}

/** Wrong answers, the most certain first, with their pictures. */
async function mistakesOf(prepared: Ended["prepared"], split: SplitName, evaluation: Evaluation): Promise<Mistake[]> {
  const { logits, labels, names } = evaluation;
  const { classes } = prepared.plan.data;
  const wrong = names
    .map((name, i) => {
      const row = logits.data.subarray(i * classes.length, (i + 1) * classes.length);
      const probabilities = softmax(row, prepared.model.config.temperature);
      const probability = Math.max(...probabilities);
      return { name, label: labels[i], answer: probabilities.indexOf(probability), probability };
    })
    .filter(({ label, answer }) => label !== answer)
    .sort((a, b) => b.probability - a.probability)
    .slice(0, MOST_MISTAKES);
  const pngs = await thumbnails(prepared, split, new Set(wrong.map(({ name }) => name)));
  return wrong.map(({ name, label, answer, probability }) => {
    return { name, label: classes[label], answer: classes[answer], probability, png: pngs.get(name) ?? null };
  });
}

async function thumbnails(
  { splits, decoders }: Ended["prepared"],
  split: SplitName,
  names: ReadonlySet<string>,
): Promise<Map<string, Uint8Array>> {
  const { encodePng } = await import("../image/encode.node.ts");
  const pngs = new Map<string, Uint8Array>();
  for await (const sample of splits[split]?.samples() ?? []) {
    if (!names.has(sample.name)) continue;
    const outcome = await decoders.run({ kind: "decode", sample });
    if (outcome.kind !== "picture") continue;
    const { width, height } = outcome.picture;
    const scale = Math.min(1, THUMBNAIL / Math.max(width, height));
    const [w, h] = [Math.max(1, Math.round(width * scale)), Math.max(1, Math.round(height * scale))];
    pngs.set(sample.name, await encodePng(resize(outcome.picture, w, h, "bicubic")));
  }
  return pngs;
}

function percent(share: number): string {
  return `${(share * 100).toFixed(2)} %`;
}
