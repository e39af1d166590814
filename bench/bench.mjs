// effnet against its rivals and against the machine:
//   npm run bench -- [--quick] [--only TEXT] [--rounds N] [--json FILE]
// README.md says what is measured and how to read it.

import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import os from "node:os";
import { parseArgs } from "node:util";
import { architectureOf, cost, layers } from "effnet/architecture";
import { alternate, ratio } from "./alternate.mjs";
import { networkRows, oneCoreRow, smallestTrainingRow, trainingRows } from "./cases.mjs";
import { layerRows, measureLayers } from "./layers.mjs";
import { buildProbes } from "./probe.mjs";
import { printFigure, printLayers, printMachine, printRow } from "./report.mjs";
import { processFigures } from "./whole.mjs";

const { values: options } = parseArgs({
  options: {
    quick: { type: "boolean", default: false },
    only: { type: "string", default: "" },
    rounds: { type: "string" },
    json: { type: "string" },
  },
});

if (!existsSync(new URL("../../shared/peers/fill.mjs", import.meta.url))) {
  console.error("bench: ../shared/peers is not here: the rivals' networks come from it. Nothing was measured.");
  process.exit(1);
}

const isQuick = options.quick;
const rounds = Number(options.rounds ?? (isQuick ? 5 : 15));
const ms = isQuick ? 80 : 300; // of a contestant's turn
const note = (line) => console.error(line);
const isWanted = ({ name }) => name.includes(options.only);

const modes = modesOf(Number.parseInt(process.versions.node, 10));
const machine = { cpu: os.cpus()[0].model.trim(), cores: os.availableParallelism(), os: `${os.type()} ${os.arch()}` };
const report = { date: new Date().toISOString(), node: process.versions.node, machine, rounds, isQuick };
Object.assign(report, { cases: [], layers: [], figures: [] });
mkdirSync(new URL("../.cache/bench/", import.meta.url), { recursive: true });
await buildProbes(modes);
printMachine(report);

const trainings = hasTorch() ? trainingRows(modes) : [];
if (trainings.length === 0) note("Debian's python3-torch is not here: no rows against PyTorch.");
if (!isQuick) trainings.push(smallestTrainingRow(modes));
for (const row of [...networkRows(modes, isQuick), oneCoreRow(modes), ...trainings].filter(isWanted)) {
  const results = await alternate(row.contestants, { rounds, ms, note });
  const byLabel = new Map(results.map((result) => [result.label, result]));
  const ratios = row.ratios.map(({ of, to, ...rest }) => {
    return { of, to, ratio: ratio(byLabel.get(of), byLabel.get(to)), ...rest };
  });
  const { name, network, batch, shares } = row;
  report.cases.push({
    name,
    network,
    batch,
    results,
    ratios,
    shares: shares.map((share) => shareOf(share, row, byLabel)),
  });
  printRow(report.cases.at(-1));
}
for (const row of layerRows(modes, isQuick).filter(isWanted)) {
  report.layers.push({ ...row, ...(await measureLayers(row)) });
  printLayers(report.layers.at(-1));
}
for (const figure of processFigures(modes, isQuick).filter(isWanted)) {
  const { name, measure } = figure;
  report.figures.push({ name, ...(await measure(note)) });
  printFigure(report.figures.at(-1));
}
if (options.json) writeFileSync(options.json, `${JSON.stringify(report, null, 2)}\n`);

function hasTorch() {
  return spawnSync("/usr/bin/python3", ["-c", "import torch"], { stdio: "ignore" }).status === 0;
}

/** What this Node's engine has: 256 bits from 24 on, fused multiply-add from 22 on. */
function modesOf(major) {
  if (major >= 24) return ["wide", "relaxed"];
  return major >= 22 ? ["relaxed"] : ["simd"];
}

/** A network's multiply-adds over its time, as a share of what as many cores could do. */
function shareOf({ of, peak, threads, bounds }, row, results) {
  const { network, side } = row.contestants.find(({ label }) => label === of);
  const { macs } = cost(layers(architectureOf(network), { height: side, width: side }));
  const probe = results.get(peak);
  const available = (probe.flops / probe.bestRoundMs) * threads;
  return { of, peak, threads, share: (2 * macs * row.batch) / results.get(of).medianMs / available, bounds };
}
