// Curves as inline SVG: no script, no font and no file besides.

import { type Html, html } from "./html.ts";

export interface Series {
  readonly name: string;
  /** Class of the line in the page's style sheet: `a`, `b`, `c`. */
  readonly style: "a" | "b" | "c";
  readonly points: readonly (readonly [x: number, y: number])[];
  /** A dot at every point: for few points that are far apart. */
  readonly hasDots?: boolean;
}

export interface ChartOptions {
  readonly title: string;
  readonly x: string;
  /** Text of a tick; default: the number. */
  readonly shown?: (y: number) => string;
}

const [WIDTH, HEIGHT] = [560, 280]; // user units; the page scales them
const EDGE = { left: 56, right: 12, top: 34, bottom: 40 };
const TICKS = 5;
const GLYPH = 6.5; // width of a letter, near enough

/** A chart of one or more curves; what is not finite is left out. */
export function chart(series: readonly Series[], { title, x, shown = String }: ChartOptions): Html {
  const drawn = series
    .map((each) => ({ ...each, points: each.points.filter((point) => point.every(Number.isFinite)) }))
    .filter(({ points }) => points.length > 0);
  const points = drawn.flatMap(({ points }) => points);
  if (points.length === 0) return html`<figure><figcaption>${title}: nothing yet</figcaption></figure>`;
  const across = axis(points.map(([value]) => value));
  const up = axis(points.map(([, value]) => value));
  const atX = (value: number): string => place(value, across, EDGE.left, WIDTH - EDGE.right);
  const atY = (value: number): string => place(value, up, HEIGHT - EDGE.bottom, EDGE.top);
  const curves = drawn.map(({ style, points, hasDots }) => {
    const corners = points.map(([px, py]) => `${atX(px)},${atY(py)}`);
    const dots = hasDots
      ? points.map(([px, py]) => html`<circle class="${style}" cx="${atX(px)}" cy="${atY(py)}" r="3"/>`)
      : null;
    return html`<polyline class="${style}" points="${corners.join(" ")}"/>${dots}`;
  });
  const rows = up.ticks.map(
    (tick) => html`<line class="grid" x1="${EDGE.left}" x2="${WIDTH - EDGE.right}" y1="${atY(tick)}" y2="${atY(tick)}"/>
<text class="end" x="${EDGE.left - 6}" y="${atY(tick)}" dy="4">${shown(tick)}</text>`,
  );
  const columns = across.ticks.map(
    (tick) => html`<text class="middle" x="${atX(tick)}" y="${HEIGHT - EDGE.bottom + 16}">${tick}</text>`,
  );
  const legend = drawn.map(({ name, style }, i) => {
    const width = drawn.slice(i).reduce((sum, later) => sum + 30 + GLYPH * later.name.length, 0);
    const at = WIDTH - Math.round(width);
    return html`<line class="${style}" x1="${at}" x2="${at + 16}" y1="14" y2="14"/>
<text x="${at + 20}" y="18">${name}</text>`;
  });
  return html`<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${title}">
<text class="title" x="${EDGE.left}" y="18">${title}</text>
${rows}${columns}<text class="middle" x="${(EDGE.left + WIDTH) / 2}" y="${HEIGHT - 6}">${x}</text>
${curves}${legend}
</svg>`;
}

interface Axis {
  readonly from: number;
  readonly to: number;
  readonly ticks: readonly number[];
}

/** Ticks at 1, 2 or 5 times a power of ten; the axis ends with what there is to show. */
function axis(values: readonly number[]): Axis {
  const [least, most] = values.reduce(
    ([low, high], value) => [Math.min(low, value), Math.max(high, value)],
    [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY],
  );
  const [from, to] = most > least ? [least, most] : [least - 0.5, most + 0.5];
  const rough = (to - from) / TICKS;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 5].find((factor) => factor * power >= rough) ?? 10);
  const first = Math.ceil(from / step);
  const ticks = Array.from({ length: Math.floor(to / step) - first + 1 }, (_, i) => rounded((first + i) * step, step));
  return { from, to, ticks };
}

/** Without the noise of binary fractions: 0.30000000000000004 is 0.3. */
function rounded(value: number, step: number): number {
  return Number(value.toFixed(Math.max(0, 1 - Math.floor(Math.log10(step)))));
}

function place(value: number, { from, to }: Axis, start: number, end: number): string {
  return (start + ((value - from) / (to - from)) * (end - start)).toFixed(1);
}
