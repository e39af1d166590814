// What the comparison has found by now, as Markdown:  node bench/pruning/table.mjs [half|shipped] [runs/pruning]

import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { ARMS } from "./arms.mjs";
import { slug } from "./cells.mjs";
import { PARENTS } from "./recipes.mjs";

const [parent = "half", folder = "runs/pruning"] = process.argv.slice(2);
const { seeds, shares } = PARENTS[parent];
const COLUMNS = [
  "sliced",
  "recalibrated",
  "refit, keep",
  "refit, recalibrate",
  "fine-tuned",
  "distilled, select",
  "distilled, linear",
];

const read = (name) => {
  const path = join(folder, parent, name);
  return existsSync(path) ? JSON.parse(readFileSync(path, "utf8")) : null;
};
const found = (name) => seeds.map((seed) => read(`${seed}/${name}.json`)).filter((each) => each !== null);
const percent = (share) => (100 * share).toFixed(2);

/** Mean ± spread (standard deviation of the seeds) in percent. */
function shown(values) {
  if (values.length === 0) return "";
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  if (values.length === 1) return percent(mean);
  const spread = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1));
  return `${percent(mean)} ± ${percent(spread)}`;
}

const parents = found("parent");
console.log(
  `Parents: test ${shown(parents.map(({ test }) => test))} %, ${parents[0]?.macs} MACs, ${parents[0]?.parameters} parameters.`,
);
for (const share of shares) {
  console.log(`\n### ${Math.round(100 * (1 - share))} % fewer MACs\n`);
  console.log(`| arm | MACs | parameters | ${COLUMNS.join(" | ")} |\n|${"---|".repeat(COLUMNS.length + 3)}`);
  for (const arm of Object.keys(ARMS)) {
    const cells = found(slug(arm, share));
    if (cells.length === 0) continue;
    const columns = COLUMNS.map((column) => shown(cells.flatMap(({ after }) => after[column]?.test ?? [])));
    console.log(`| ${arm} | ${cells[0].macs} | ${cells[0].parameters} | ${columns.join(" | ")} |`);
  }
  const scaled = found(slug("scaled", share));
  if (scaled.length === 0) continue;
  const [{ macs, parameters }] = scaled;
  const blanks = COLUMNS.slice(1)
    .map(() => "")
    .join(" | ");
  console.log(
    `| scaled, from scratch | ${macs} | ${parameters} | ${blanks} | ${shown(scaled.map(({ test }) => test))} |`,
  );
}
