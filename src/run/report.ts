// `report.html`: a run on one page that needs no other file: curves, confusions, the worst mistakes, the recipe.

import type { Json } from "../weights/metadata.ts";
import { chart } from "./chart.ts";
import { type Html, html } from "./html.ts";
import type { Column, MetricsRow } from "./metrics-csv.ts";
import { type PruningSection, pruningSection } from "./pruning-section.ts";
import { REPORT_STYLE } from "./report-style.ts";

/** A picture that the network got wrong. */
export interface Mistake {
  readonly name: string;
  readonly label: string;
  readonly answer: string;
  /** Of the answer, 0 … 1. */
  readonly probability: number;
  /** A small PNG; null if it could not be read again. */
  readonly png: Uint8Array | null;
}

/** How the best weights did on a split. */
export interface ReportEvaluation {
  readonly split: string;
  readonly classes: readonly string[];
  /** Pictures by true class, then by answer. */
  readonly confusion: readonly ArrayLike<number>[];
  /** Most certain first. */
  readonly mistakes: readonly Mistake[];
}

export interface ReportData {
  readonly title: string;
  /** What there is to say in a line: name and value. */
  readonly summary: readonly (readonly [name: string, value: string])[];
  readonly rows: readonly MetricsRow[];
  readonly evaluation: ReportEvaluation | null;
  /** Where the network was pruned. */
  readonly pruning?: PruningSection | undefined;
  /** Everything needed to repeat the run. */
  readonly config: Json;
  /** What was found about the data. */
  readonly findings: readonly string[];
}

const MOST_CELLS = 40; // classes whose matrix fits on a page
const MOST_PAIRS = 12;

export function reportHtml({ title, summary, rows, evaluation, pruning, config, findings }: ReportData): string {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<style>${REPORT_STYLE}</style>
</head>
<body>
<h1>${title}</h1>
<dl>${summary.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>
${pruning === undefined ? null : pruningSection(pruning)}
<div class="charts">${curves(rows)}</div>
${evaluation === null ? null : confusions(evaluation)}
${evaluation === null ? null : worst(evaluation)}
${findings.length === 0 ? null : html`<h2>Data</h2>\n<ul>${findings.map((line) => html`<li>${line}</li>`)}</ul>`}
<h2>Recipe</h2>
<pre>${JSON.stringify(config, null, 2)}</pre>
</body>
</html>
`.text;
}

function curves(rows: readonly MetricsRow[]): Html[] {
  const stretches = rows.filter(({ eval_loss, eval_top1 }) => eval_loss === undefined && eval_top1 === undefined);
  const epochs = rows.filter((row) => !stretches.includes(row));
  const points = (from: readonly MetricsRow[], column: Column) =>
    from.flatMap((row) =>
      row[column] === undefined || row.epoch === undefined ? [] : [[row.epoch, row[column]] as const],
    );
  return [
    chart(
      [
        { name: "training", style: "a", points: points(stretches, "train_loss") },
        { name: "validation", style: "b", points: points(epochs, "eval_loss"), hasDots: true },
        { name: "average", style: "c", points: points(epochs, "average_loss"), hasDots: true },
      ],
      { title: "loss", x: "epoch" },
    ),
    chart(
      [
        { name: "top-5", style: "a", points: points(epochs, "eval_top5"), hasDots: true },
        { name: "top-1", style: "b", points: points(epochs, "eval_top1"), hasDots: true },
        { name: "average's top-1", style: "c", points: points(epochs, "average_top1"), hasDots: true },
      ],
      { title: "validation accuracy", x: "epoch", shown: percent },
    ),
    chart([{ name: "rate", style: "a", points: points(stretches, "rate") }], { title: "learning rate", x: "epoch" }),
  ];
}

/** The matrix where it fits, and the pairs that are confused most. */
function confusions({ split, classes, confusion }: ReportEvaluation): Html {
  const pairs = classes
    .flatMap((label, i) => classes.map((answer, j) => ({ label, answer, count: i === j ? 0 : confusion[i][j] })))
    .filter(({ count }) => count > 0)
    .sort((a, b) => b.count - a.count)
    .slice(0, MOST_PAIRS);
  const worstPairs = html`<ol>${pairs.map(
    ({ label, answer, count }) => html`<li><b>${label}</b> taken for <b>${answer}</b>: ${count}</li>`,
  )}</ol>`;
  const rows = classes.map((label, i) => {
    const total = classes.reduce((sum, _, j) => sum + confusion[i][j], 0);
    const cells = classes.map((answer, j) => cell({ label, answer, count: confusion[i][j], total, isRight: i === j }));
    return html`<tr><th>${label}</th>${cells}<td class="recall">${total === 0 ? "" : percent(confusion[i][i] / total)}</td></tr>\n`;
  });
  const matrix = html`<div class="wide"><table class="confusion">
<tr><th>is ↓ said →</th>${classes.map((label) => html`<th><span>${label}</span></th>`)}<th>right</th></tr>
${rows}</table></div>`;
  return html`<h2>Confusions (${split})</h2>
${classes.length <= MOST_CELLS ? matrix : null}
${pairs.length === 0 ? html`<p>None: every picture is right.</p>` : worstPairs}`;
}

interface Cell {
  readonly label: string;
  readonly answer: string;
  readonly count: number;
  readonly total: number;
  readonly isRight: boolean;
}

function cell({ label, answer, count, total, isRight }: Cell): Html {
  const share = total === 0 ? 0 : count / total;
  const title = `${label} taken for ${answer}: ${count} of ${total}`;
  return html`<td class="${isRight ? "right" : "wrong"}" style="--share:${share.toFixed(3)}" title="${title}">${count || ""}</td>`;
}

function worst({ split, mistakes }: ReportEvaluation): Html | null {
  if (mistakes.length === 0) return null;
  const figures = mistakes.map(({ name, label, answer, probability, png }) => {
    const source = png === null ? null : `data:image/png;base64,${Buffer.from(png).toString("base64")}`;
    const picture = source === null ? html`<div class="missing"></div>` : html`<img src="${source}" alt="${name}">`;
    return html`<figure title="${name}">${picture}<figcaption>is <b>${label}</b><br>said ${answer}, ${percent(probability)}<br><small>${name}</small></figcaption></figure>\n`;
  });
  return html`<h2>Worst mistakes (${split})</h2>
<div class="mistakes">${figures}</div>`;
}

function percent(share: number): string {
  return `${Number((share * 100).toFixed(1))} %`;
}
