// What the comparison has found by now, as Markdown:  node bench/pruning/table.mjs [half|shipped] [bench/pruning/results]

import { found, mean, STEPS, tests } from "./found.mjs";
import { RESULTS } from "./store.mjs";

const [parent = "half", folder = RESULTS] = process.argv.slice(2);
const { whole, latency, budgets } = found(parent, folder);
const steps = STEPS.filter((step) =>
  budgets.some(({ arms }) => arms.some(({ cells }) => tests(cells, step).length > 0)),
);

console.log(
  `Parent: ${millions(whole[0]?.macs)} M MACs, test ${shown(whole.map(({ test }) => test))} %${timed("parent")}.`,
);
for (const { fewer, arms } of budgets) {
  console.log(`\n**${fewer} % fewer MACs**\n`);
  console.log(`| arm | seeds | M MACs | M parameters | ms | ${steps.join(" | ")} |`);
  console.log(`|${"---|".repeat(steps.length + 5)}`);
  for (const row of arms) if (row.cells.length > 0) console.log(`| ${columns(row).join(" | ")} |`);
  for (const { arm, reason } of arms) if (reason !== undefined) console.log(`\n${arm}: ${reason}`);
}

function columns({ arm, name, cells }) {
  const [{ macs, parameters }] = cells;
  const ms = latency?.ms[name]?.toFixed(2) ?? "";
  const accuracies = steps.map((step) => shown(tests(cells, step)));
  return [arm, cells.length, millions(macs), millions(parameters), ms, ...accuracies];
}

/** Mean ± spread (standard deviation over the seeds) in percent. */
function shown(values) {
  if (values.length === 0) return "";
  const middle = mean(values);
  const percent = (100 * middle).toFixed(2);
  if (values.length === 1) return percent;
  const spread = Math.sqrt(values.reduce((sum, value) => sum + (value - middle) ** 2, 0) / (values.length - 1));
  return `${percent} ± ${(100 * spread).toFixed(2)}`;
}

function millions(count) {
  return (count / 1e6).toFixed(2);
}

function timed(name) {
  if (latency === null) return "";
  const { ms, threads } = latency;
  return `, ${ms[name].toFixed(2)} ms (${threads === 1 ? "one thread" : `${threads} threads`})`;
}
