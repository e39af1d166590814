// What a pruning has to show in its report: how wide every block was and is, what it cost and costs, and what each step of
// the recovery brought back.

import { type Html, html } from "./html.ts";

export interface PruningSection {
  readonly blocks: readonly PrunedBlock[];
  readonly costs: readonly PrunedCost[];
  /** Accuracy on the validation split after each step, 0 … 1, in order. */
  readonly steps: readonly (readonly [step: string, top1: number])[];
  /** What `cost` of a block counts: `ms`, `M MACs`, … */
  readonly unit: string;
}

/** Widths and cost before and after; 0 after for what was removed. */
export interface PrunedBlock {
  /** `stem`, `blocks.2.1`, `head`. */
  readonly name: string;
  /** Channels inside (expanded) where there are any, and channels that leave. */
  readonly inner: Change | null;
  readonly outer: Change;
  readonly cost: Change;
}

export interface Change {
  readonly before: number;
  readonly after: number;
}

export interface PrunedCost {
  /** With its unit: `MACs`, `parameters`, `latency, ms`. */
  readonly name: string;
  readonly before: number;
  readonly budget: number | null;
  readonly predicted: number | null;
  readonly measured: number | null;
}

const [ROW, BAR, TOP] = [22, 12, 30]; // user units
const COLUMNS = [
  { title: "channels inside", at: 110, width: 190 },
  { title: "channels out", at: 320, width: 110 },
  { title: "cost", at: 450, width: 190 },
] as const;
const WIDTH = 700;

export function pruningSection({ blocks, costs, steps, unit }: PruningSection): Html {
  return html`<h2>Pruning</h2>
<div class="wide"><table class="figures">
<tr><th></th><th>before</th><th>budget</th><th>predicted</th><th>measured</th></tr>
${costs.map(
  ({ name, before, budget, predicted, measured }) =>
    html`<tr><th>${name}</th>${[before, budget, predicted, measured].map((value) => html`<td>${shown(value)}</td>`)}</tr>\n`,
)}</table></div>
<div class="wide">${bars(blocks, unit)}</div>
${steps.length === 0 ? null : html`<h2>Recovery</h2>\n<div class="wide"><table class="figures">${steps.map(([step, top1]) => html`<tr><th>${step}</th><td>${(top1 * 100).toFixed(2)} %</td></tr>\n`)}</table></div>`}`;
}

/** A row a block: what was as an outline, what is filled. */
function bars(blocks: readonly PrunedBlock[], unit: string): Html {
  const most = COLUMNS.map((_, i) => Math.max(1e-12, ...blocks.map((block) => changesOf(block)[i]?.before ?? 0)));
  const rows = blocks.map((block, row) => {
    const y = TOP + row * ROW;
    const columns = changesOf(block).map((change, i) => {
      if (change === null) return null;
      const { at, width } = COLUMNS[i];
      const long = (value: number): string => ((value / most[i]) * width).toFixed(1);
      return html`<rect class="was" x="${at}" y="${y}" width="${long(change.before)}" height="${BAR}"/><rect class="is" x="${at}" y="${y}" width="${long(change.after)}" height="${BAR}"><title>${shown(change.before)} → ${shown(change.after)}</title></rect>`;
    });
    return html`<text class="end" x="100" y="${y + BAR - 2}">${block.name}</text>${columns}\n`;
  });
  const titles = COLUMNS.map(
    ({ title, at }, i) =>
      html`<text class="title" x="${at}" y="16">${i === COLUMNS.length - 1 ? `${title}, ${unit}` : title}</text>`,
  );
  return html`<svg class="bars" viewBox="0 0 ${WIDTH} ${TOP + blocks.length * ROW}" role="img" aria-label="widths before and after">
${titles}
${rows}</svg>`;
}

function changesOf({ inner, outer, cost }: PrunedBlock): readonly (Change | null)[] {
  return [inner, outer, cost];
}

function shown(value: number | null): string {
  if (value === null) return "–";
  return Number.isInteger(value) ? value.toLocaleString("en-US") : String(Number(value.toPrecision(4)));
}
