// What the comparison has found by now, as a picture:  node bench/pruning/picture.mjs half docs/pictures/prunings.svg
// A panel a budget, a line an arm: from the accuracy before any training (hollow, the mean) to that after it (a dot a seed).

import { found, mean, tests } from "./found.mjs";
import { RESULTS, writeWhole } from "./store.mjs";

const [parent = "half", file = "docs/pictures/prunings.svg", folder = RESULTS] = process.argv.slice(2);
const { whole, budgets } = found(parent, folder);

const NAMES = 150; // user units, as all of these
const PANEL = { width: 200, gap: 32, top: 46 };
const LINE = 22;
const TICK = 10; // percent
const MOST = 90;

const before = (cells) => tests(cells, "refit, recalibrate");
const after = (cells) => [...tests(cells, "distilled, select"), ...(cells[0]?.after ? [] : tests(cells, "fine-tuned"))];

const names = budgets.at(-1).arms.map(({ arm }) => arm); // the deepest budget has the most
const all = budgets.flatMap(({ arms }) => arms.flatMap(({ cells }) => [...before(cells), ...after(cells)]));
const least = Math.floor((100 * Math.min(...all)) / TICK) * TICK;
const height = PANEL.top + LINE * names.length + 34;
const width = NAMES + budgets.length * (PANEL.width + PANEL.gap);
const atY = (line) => PANEL.top + LINE * (line + 0.5);
const bottom = PANEL.top + LINE * names.length;

const labels = names.map((name, i) => `<text class="end" x="${NAMES - 12}" y="${atY(i) + 4}">${name}</text>`);
const panels = budgets.map(({ fewer, arms }, i) => panel(fewer, arms, NAMES + i * (PANEL.width + PANEL.gap)));
const STYLE = `text { font: 12px system-ui, sans-serif; fill: #687076; } .title { font-weight: 600; font-size: 13px; fill: #1c2024; }
.end { text-anchor: end; } .middle { text-anchor: middle; } .grid { stroke: #e2e5e8; } .parent { stroke: #1c2024; stroke-dasharray: 3 3; }
.way { stroke: #b9d2ee; stroke-width: 3; } .before { fill: #fff; stroke: #8a94a0; stroke-width: 1.5; } .after { fill: #0b68cb; fill-opacity: 0.6; }`;
const title = "test accuracy (%) after the refit (hollow) and after training (dots: seeds); dashed: the parent";
writeWhole(
  file,
  `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="img" aria-label="${title}">
<style>${STYLE}</style><rect width="100%" height="100%" fill="#fff"/>
${[...labels, ...panels].join("\n")}
<text class="middle" x="${(NAMES + width - PANEL.gap) / 2}" y="${height - 4}">${title}</text>
</svg>
`,
);

function panel(fewer, arms, left) {
  const atX = (share) => (left + ((100 * share - least) / (MOST - least)) * PANEL.width).toFixed(1);
  const ticks = Array.from({ length: (MOST - least) / TICK + 1 }, (_, i) => least + i * TICK).map((tick, i) => {
    const x = atX(tick / 100);
    const number = i % 2 === 0 ? `<text class="middle" x="${x}" y="${bottom + 14}">${tick}</text>` : "";
    return `<line class="grid" x1="${x}" x2="${x}" y1="${PANEL.top}" y2="${bottom}"/>${number}`;
  });
  const x = atX(mean(whole.map(({ test }) => test)));
  const lines = arms.map((each) => line(each, atX, atY(names.indexOf(each.arm)), left));
  return `<text class="title" x="${left}" y="30">${fewer} % fewer MACs</text>
${ticks.join("")}<line class="parent" x1="${x}" x2="${x}" y1="${PANEL.top}" y2="${bottom}"/>
${lines.join("\n")}`;
}

function line({ cells, reason }, atX, y, left) {
  if (cells.length === 0)
    return reason === undefined ? "" : `<text x="${left + 8}" y="${y + 4}">cannot reach it</text>`;
  const dots = after(cells).map((test) => `<circle class="after" cx="${atX(test)}" cy="${y}" r="4"/>`);
  if (before(cells).length === 0) return dots.join("");
  const [from, to] = [before, after].map((of) => atX(mean(of(cells))));
  return `<line class="way" x1="${from}" x2="${to}" y1="${y}" y2="${y}"/><circle class="before" cx="${from}" cy="${y}" r="4"/>${dots.join("")}`;
}
