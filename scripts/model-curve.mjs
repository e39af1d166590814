// Draws models/NAME.svg, how the built-in network learned, from models/NAME.csv, the epochs of its run's metrics.csv.
//   node scripts/model-curve.mjs effnet_cifar10 [runs/cifar10/metrics.csv …]
// With the tables of its runs, each going on from the one before, it first takes their rows, one an epoch, into models/NAME.csv.

import { readFileSync, writeFileSync } from "node:fs";
import { chart } from "../dist/run/chart.js";
import { METRICS_HEADER, metricsLine, parseMetrics } from "../dist/run/metrics-csv.js";

const [name, ...tables] = process.argv.slice(2);
const file = (suffix) => new URL(`../models/${name}.${suffix}`, import.meta.url);

if (tables.length > 0) {
  const rows = [];
  for (const table of tables) {
    const { epoch = 0, update = 0 } = rows.at(-1) ?? {};
    const own = parseMetrics(readFileSync(table, "utf8")).filter((row) => row.eval_loss !== undefined);
    rows.push(...own.map((row) => ({ ...row, epoch: row.epoch + epoch, update: row.update + update })));
  }
  writeFileSync(file("csv"), METRICS_HEADER + rows.map(metricsLine).join(""));
}
const rows = parseMetrics(readFileSync(file("csv"), "utf8"));
const points = (column) => rows.flatMap((row) => (row[column] === undefined ? [] : [[row.epoch, row[column]]]));
const percent = (share) => `${Number((share * 100).toFixed(1))} %`;
const { text } = chart(
  [
    { name: "weights", style: "a", points: points("eval_top1") },
    { name: "their average", style: "b", points: points("average_top1") },
  ],
  { title: "validation accuracy", x: "epoch", shown: percent },
);

const STYLE = `<style>
text { font: 12px system-ui, sans-serif; fill: #687076; } .title { font-weight: 600; font-size: 13px; fill: #1c2024; }
.end { text-anchor: end; } .middle { text-anchor: middle; } line, polyline { fill: none; stroke-width: 2; }
.grid { stroke: #e2e5e8; stroke-width: 1; } .a { stroke: #8a94a0; } .b { stroke: #0b68cb; }
</style><rect width="100%" height="100%" fill="#fff"/>`;
const alone = text.replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ').replace(">", `>${STYLE}`);
writeFileSync(file("svg"), `${alone}\n`);
console.log(`models/${name}.svg: ${rows.length} epochs`);
