// Figures of whole processes: the command line beside the same script on onnxruntime-node and sharp, memory, the event loop,
// idling, the size of the code. Each has a name, and measure(note), which gives lines and verdicts for report.mjs.

import { execFile } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { gzipSync } from "node:zlib";
import { writeSafetensors } from "../dist/weights/safetensors.js";
import { storedFrom } from "../dist/weights/state-dict.js";
import { NETWORKS } from "./cases.mjs";
import { median } from "./median.mjs";

const CACHE = fileURLToPath(new URL("../.cache/bench/", import.meta.url));
const COMMAND = fileURLToPath(new URL("../dist/cli/main.js", import.meta.url));
const { network } = NETWORKS.b1_pruned;
const WEIGHTS = `${CACHE}${network}.safetensors`;
const RIVAL_NETWORK = `${CACHE}${network}.onnx`;
const ANSWERS = `${CACHE}answers.json`;
const RIVAL_ANSWERS = `${CACHE}rival-answers.json`;
const PATIENCE_MS = 300_000; // for one process
const run = promisify(execFile);

/** @param modes of effnet, the widest first */
export function processFigures(modes, isQuick) {
  const photos = isQuick ? 50 : 1000;
  return [
    { name: "cold start", measure: (note) => coldStart(isQuick ? 5 : 15, note) },
    { name: "peak memory", measure: peakMemory },
    { name: "event loop", measure: () => eventLoop(modes[0]) },
    { name: "idle", measure: () => idle(modes[0]) },
    { name: `folder of ${photos} photos`, measure: (note) => folder(photos, isQuick ? 2 : 5, note) },
    { name: "kernels' size", measure: kernelsSize },
  ];
}

/** One photo, classified by a process of its own: `effnet classify` and the rival's script in turn. */
async function coldStart(rounds, note) {
  const commands = { "node -e 0": ["-e", "0"], ...(await onePhoto()) };
  const times = await inTurn(commands, rounds, note);
  return versusRival(times, { unit: "ms", bounds: [0.6, 0.8] });
}

async function peakMemory() {
  const peaks = [];
  for (const [label, args] of Object.entries(await onePhoto())) {
    const file = `${CACHE}peak.txt`;
    const watch = ["--import", new URL("jobs/peak-memory.mjs", import.meta.url).href];
    const runs = [];
    for (let i = 0; i < 3; i++) {
      await run(process.execPath, [...watch, ...args], { env: { ...process.env, BENCH_PEAK: file } });
      runs.push(Number(readFileSync(file, "utf8")) / 1000); // MB
    }
    peaks.push({ label, value: median(runs), unit: "MB", bounds: isOurs(label) ? [130, 160] : undefined });
  }
  return { lines: [], verdicts: peaks };
}

async function eventLoop(mode) {
  const { idleMs, longestMs, typicalMs, runs } = await job("event-loop.mjs", mode);
  const lines = [
    ["longest block of an idle process: what the machine itself does", idleMs, "ms"],
    [`longest block of each of ten windows, median (${runs} runs)`, typicalMs, "ms"],
  ];
  return {
    lines,
    verdicts: [{ label: "longest block while the network runs", value: longestMs, unit: "ms", bounds: [2, 5] }],
  };
}

async function idle(mode) {
  const { percent } = await job("idle.mjs", mode);
  const label = "processor time from one to three seconds after the last run";
  return { lines: [], verdicts: [{ label, value: percent, unit: "% of a core", bounds: [0.1, 1] }] };
}

/** Decode, resize, run, write the answers: whole processes, from start to end. */
async function folder(count, rounds, note) {
  const photos = await unpacked(count);
  const times = await inTurn(await commandsFor(photos), rounds, note);
  for (const file of [ANSWERS, RIVAL_ANSWERS]) {
    const answered = JSON.parse(readFileSync(file, "utf8")).filter(({ predictions }) => predictions?.length === 5);
    if (answered.length !== count) throw new Error(`folder: ${file} answers ${answered.length} of ${count} photos`);
  }
  const { lines, verdicts } = versusRival(times, { unit: "s", scale: 1e-3, bounds: [0.7, 1] });
  const rates = lines.map(([label, seconds]) => [`${label}, pictures a second`, count / seconds, ""]);
  return { lines: [...lines, ...rates], verdicts };
}

function kernelsSize() {
  const modules = new URL("../dist/backend/wasm/modules/", import.meta.url);
  const sizes = readdirSync(modules)
    .filter((name) => name.endsWith(".js"))
    .map((name) => {
      const [, base64] = readFileSync(new URL(name, modules), "utf8").match(/"([A-Za-z0-9+/=]{100,})"/);
      return [name.replace(/\.js$/, ""), gzipSync(Buffer.from(base64, "base64")).length / 1000, "KB gzip"];
    });
  const total = (isCounted) => sizes.filter(([name]) => isCounted(name)).reduce((all, [, size]) => all + size, 0);
  const isTraining = (name) => name.startsWith("training.");
  const lines = [...sizes, ["all builds of training, which loads them alone", total(isTraining), "KB gzip"]];
  const value = total((name) => !isTraining(name));
  return { lines, verdicts: [{ label: "all builds of the engine", value, unit: "KB gzip", bounds: [30, 60] }] };
}

/** Medians, and each effnet's ratio to the rival in the same round. */
function versusRival(times, { unit, scale = 1, bounds }) {
  const labels = Object.keys(times);
  const rival = labels.at(-1);
  return {
    lines: labels.map((label) => [label, median(times[label]) * scale, unit]),
    verdicts: labels.filter(isOurs).map((label) => ({
      label: `${label} / ${rival}`,
      value: median(times[label].map((ms, round) => ms / times[rival][round])),
      unit: "",
      bounds,
    })),
  };
}

function isOurs(label) {
  return label.startsWith("effnet");
}

/** Milliseconds of whole processes by label, one of each a round. */
async function inTurn(commands, rounds, note) {
  const times = Object.fromEntries(Object.keys(commands).map((label) => [label, []]));
  for (let round = -1; round < rounds; round++) {
    for (const [label, args] of Object.entries(commands)) {
      const start = performance.now();
      await run(process.execPath, args, { maxBuffer: 2 ** 28, timeout: PATIENCE_MS });
      const ms = performance.now() - start;
      if (round >= 0)
        times[label].push(ms); // the first round reads files into the system's cache
      else note(`  ${label}: first ${ms.toFixed(0)} ms`);
    }
  }
  return times;
}

async function onePhoto() {
  const photos = await unpacked(50);
  return commandsFor(`${photos}/${readdirSync(photos)[0]}`);
}

/** What to run on a picture or folder, by label: node's arguments. The rival comes last. */
async function commandsFor(pictures) {
  await prepareNetworks();
  const flags = ["--model", network, "--weights", WEIGHTS, "--quiet", "--json"];
  const effnet = (...more) => [COMMAND, "classify", pictures, ...flags, "--out", ANSWERS, ...more];
  const rival = fileURLToPath(new URL("jobs/rival.mjs", import.meta.url));
  const isWide = Number.parseInt(process.versions.node, 10) >= 24;
  return {
    ...(isWide ? { "effnet classify --wide": effnet("--wide") } : {}),
    "effnet classify": effnet(),
    "onnxruntime-node + sharp": [rival, RIVAL_NETWORK, pictures, RIVAL_ANSWERS],
  };
}

/** The network's files, ours and the rival's, with the numbers that each one's formula gives. */
async function prepareNetworks() {
  if (!existsSync(WEIGHTS)) {
    const { goldenCase } = await import("./golden.mjs");
    writeFileSync(WEIGHTS, writeSafetensors(storedFrom(goldenCase(NETWORKS.b1_pruned).weights)));
  }
  if (!existsSync(RIVAL_NETWORK)) {
    const { fill } = await import("../../shared/peers/fill.mjs");
    writeFileSync(RIVAL_NETWORK, fill(readFileSync(new URL(`../../shared/peers/${network}.onnx`, import.meta.url))));
  }
}

/** A folder of the first pictures of the clothing set's training pack. */
async function unpacked(count) {
  const folder = `${CACHE}photos-${count}`;
  if (existsSync(folder)) return folder;
  const { readPack } = await import("../../shared/datasets/unpack.mjs");
  const pack = readFileSync(new URL("../../shared/datasets/clothing/train.pack", import.meta.url));
  mkdirSync(folder, { recursive: true });
  for (const { id, bytes } of readPack(pack).pictures.slice(0, count)) writeFileSync(`${folder}/${id}.jpg`, bytes);
  return folder;
}

async function job(name, mode) {
  const script = fileURLToPath(new URL(`jobs/${name}`, import.meta.url));
  const contestant = JSON.stringify({ ...NETWORKS.b1_pruned, batch: 1, threads: 2, mode });
  return JSON.parse((await run(process.execPath, [script, contestant])).stdout);
}
