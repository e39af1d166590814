// What the comparison has found by now, as Markdown:  node bench/pruning/table.mjs [half|shipped] [bench/pruning/results]

import { join } from "node:path";
import { armsOf, SCALED, slug } from "./arms.mjs";
import { PARENTS } from "./recipes.mjs";
import { RESULTS, readCell } from "./store.mjs";

const [parent = "half", folder = RESULTS] = process.argv.slice(2);
const { seeds, shares } = PARENTS[parent];
const STEPS = [
  "sliced",
  "recalibrated",
  "refit, keep",
  "refit, recalibrate",
  "fine-tuned",
  "distilled, select",
  "distilled, linear",
];

const found = (name) => seeds.flatMap((seed) => readCell(join(folder, parent, String(seed), `${name}.json`)) ?? []);
const latency = readCell(join(folder, parent, String(seeds[0]), "latency.json"));

const whole = found("parent");
console.log(
  `Parent: ${millions(whole[0]?.macs)} M MACs, test ${shown(whole.map(({ test }) => test))} %${timed("parent")}.`,
);
for (const share of [...shares].sort((a, b) => b - a)) {
  console.log(`\n**${Math.round(100 * (1 - share))} % fewer MACs**\n`);
  console.log(`| arm | M MACs | M parameters | ms | ${STEPS.join(" | ")} |\n|${"---|".repeat(STEPS.length + 4)}`);
  for (const arm of armsOf(PARENTS[parent])) {
    row(arm, share, ({ after }, step) => after[step]?.test);
  }
  row(SCALED, share, ({ test }, step) => (step === "fine-tuned" ? test : undefined));
}

/** @param testOf a cell's accuracy after a step, if it took it */
function row(arm, share, testOf) {
  const name = slug(arm, share);
  const [cells, beyond] = parted(found(name));
  if (beyond.length > 0) console.error(`${name}: ${beyond.length} without a plan: ${beyond[0].unreachable}`);
  if (cells.length === 0) return;
  const [{ macs, parameters }] = cells;
  const tests = STEPS.map((step) => shown(cells.flatMap((cell) => testOf(cell, step) ?? [])));
  const ms = latency?.ms[name]?.toFixed(2) ?? "";
  console.log(`| ${[arm, millions(macs), millions(parameters), ms, ...tests].join(" | ")} |`);
}

/** Cells with a network, and those whose budget the arm cannot reach. */
function parted(cells) {
  return [true, false].map((isReached) => cells.filter(({ unreachable }) => (unreachable === undefined) === isReached));
}

/** Mean ± spread (standard deviation over the seeds) in percent. */
function shown(values) {
  if (values.length === 0) return "";
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const percent = (100 * mean).toFixed(2);
  if (values.length === 1) return percent;
  const spread = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1));
  return `${percent} ± ${(100 * spread).toFixed(2)}`;
}

function millions(count) {
  return (count / 1e6).toFixed(2);
}

function timed(name) {
  return latency === null ? "" : `, ${latency.ms[name].toFixed(2)} ms (${latency.threads} threads)`;
}
