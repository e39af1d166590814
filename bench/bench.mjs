// effnet against its rivals: npm run bench -- [--only TEXT] [--rounds N] [--json FILE]
// Prints, for each row of cases.mjs, the medians of alternating rounds and their ratio, with versions, threads and machine.

import { existsSync, writeFileSync } from "node:fs";
import os from "node:os";
import { parseArgs } from "node:util";
import { alternate, ratio } from "./alternate.mjs";
import { cases } from "./cases.mjs";

const { values: options } = parseArgs({
  options: {
    only: { type: "string", default: "" },
    rounds: { type: "string", default: "15" },
    json: { type: "string" },
  },
});

if (!existsSync(new URL("../../shared/peers/fill.mjs", import.meta.url))) {
  console.error("bench: ../shared/peers is not here: the rivals' networks come from it. Nothing was measured.");
  process.exit(1);
}

const machine = { cpu: os.cpus()[0].model.trim(), cores: os.availableParallelism(), os: `${os.type()} ${os.arch()}` };
const report = { date: new Date().toISOString(), node: process.versions.node, machine, cases: [] };
console.log(`Node ${report.node} · ${machine.cpu}, ${machine.cores} cores · ${machine.os}`);

for (const row of cases.filter(({ name }) => name.includes(options.only))) {
  console.log(row.name);
  const results = await alternate(row, { rounds: Number(options.rounds), note: (line) => console.error(line) });
  const [ours, ...rivals] = results;
  for (const { name, version, medianMs, bestRoundMs, calls } of results) {
    const figures = `median ${medianMs.toFixed(2)} ms, best round ${bestRoundMs.toFixed(2)} ms, ${calls} calls`;
    console.log(`  ${`${name} ${version}`.padEnd(28)} ${figures}`);
  }
  const ratios = Object.fromEntries(rivals.map((rival) => [rival.name, ratio(ours, rival)]));
  for (const [name, value] of Object.entries(ratios)) console.log(`  ${ours.name} / ${name}: ${value.toFixed(3)}`);
  report.cases.push({ ...row, results, ratios });
}
if (options.json) writeFileSync(options.json, `${JSON.stringify(report, null, 2)}\n`);
