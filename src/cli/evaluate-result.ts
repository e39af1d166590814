// What `evaluate` says, and `merge` of its parts: figures as a table or as JSON.

import { inPartOrder } from "../run/part.ts";
import type { Labelled } from "../training/evaluate.ts";
import { type Judgement, judged, type Metrics, metricsFrom } from "../training/metrics.ts";
import { counted } from "./numbers.ts";
import { type Paint, shownText } from "./style.ts";
import { type Align, table } from "./table.ts";

/** What the answers are answers to. */
export interface Evaluated {
  readonly data: string;
  readonly split: string;
  readonly network: string;
  readonly inputSize: { readonly height: number; readonly width: number };
  readonly temperature: number;
}

/** One picture's judgement, by its name. */
export interface NamedJudgement extends Judgement {
  readonly file: string;
}

/** By name, whatever the order they were computed in: sums then have the same last bit on one machine and on many. */
export function judgedByName(answers: readonly Labelled[], classes: number, temperature?: number): NamedJudgement[] {
  return answers
    .flatMap(({ logits, labels, names }) => {
      const judgements = judged({ shape: [labels.length, classes], data: logits }, labels, temperature);
      return judgements.map((judgement, i) => ({ file: names[i], ...judgement }));
    })
    .sort((a, b) => inPartOrder(a.file, b.file));
}

/** The result as it is written, and its last line's beginning. */
export function resultOf(
  evaluated: Evaluated,
  judgements: readonly Judgement[],
  labels: readonly string[],
  { broken, isJson, paint }: { readonly broken: number; readonly isJson: boolean; readonly paint: Paint },
): { readonly text: string; readonly summary: string } {
  const metrics = metricsFrom(judgements, labels.length);
  const right = Math.round(metrics.top1 * metrics.count);
  return {
    text: isJson
      ? `${JSON.stringify({ ...evaluated, broken, ...named(metrics, labels) })}\n`
      : shown(metrics, labels, paint),
    summary: `${counted(metrics.count, "picture")}, ${right} right`,
  };
}

/** With the classes' names, as JSON has it. */
function named({ perClass, ...metrics }: Metrics, labels: readonly string[]): object {
  return { ...metrics, perClass: perClass.map((each, index) => ({ label: labels[index], ...each })) };
}

function shown(metrics: Metrics, labels: readonly string[], paint: Paint): string {
  const { top1, top5, logLoss, reliability, count, perClass } = metrics;
  const whole = table([
    ["top-1", percent(top1), `${Math.round(top1 * count)} of ${count} right`],
    ...(labels.length > 5 ? [["top-5", percent(top5), ""]] : []),
    ["loss", logLoss.toFixed(4), "cross entropy, mean"],
    ["calibration", percent(reliability.expectedError), "expected error of the probabilities, 15 bins"],
  ]);
  const header = ["class", "pictures", "right", "precision", "recall"];
  const rows = perClass.flatMap((each, index) =>
    each.count === 0 && each.predicted === 0
      ? []
      : [
          [
            shownText(labels[index]),
            String(each.count),
            String(Math.round((each.recall ?? 0) * each.count)),
            each.precision === null ? "–" : percent(each.precision),
            each.recall === null ? "–" : percent(each.recall),
          ],
        ],
  );
  const aligns: Align[] = ["left", "right", "right", "right", "right"];
  const [head, ...lines] = table([header, ...rows], aligns).split("\n");
  return `${whole}\n${paint("dim", head)}\n${lines.join("\n")}`;
}

function percent(share: number): string {
  return `${(share * 100).toFixed(2)} %`;
}
