// A latency table as a file: written whole, read with every number looked at, and refused where it was measured elsewhere.

import { Fields } from "../architecture/fields.ts";
import type { ComputingEngine } from "../backend/backend.ts";
import { FileError } from "../errors.ts";
import type { OpName } from "../graph/ops.ts";
import { type LatencyFit, WORST_ERROR, withErrors, worstError } from "./fit.ts";
import type { LatencyGrid, LatencyTable, MeasuredOn } from "./latency.ts";
import { keyText, type LatencyKey } from "./units.ts";

const MOST_CHARACTERS = 2 ** 24; // b7's table takes 0.2 MB
const MOST_GRIDS = 1000;
const MOST_NODES = 100;
const MOST_CHANNELS = 2 ** 20;
const MOST_PIXELS = 2 ** 16; // a side
const MOST_MS = 1e9;
const LEAST_MS = 1e-9;
const MOST_THREADS = 1024;
const MOST_SAMPLES = 1e9;
const MOST_NETWORKS = 100;

// biome-ignore format: one line
const OPS: readonly OpName[] = ["convolution", "depthwise", "linear", "norm", "activate", "meanPool", "gate", "add"];
const ACTIVATIONS = ["silu", "relu", "relu6", "sigmoid"] as const;

/** Times to a tenth of a microsecond; a grid's row a line. */
export function latencyTableToJson(table: LatencyTable): string {
  const rounded = (ms: number): number => Math.round(ms * 1e4) / 1e4;
  const rows = (grid: readonly (readonly number[])[]): number[][] => grid.map((row) => row.map(rounded));
  const { grids, ...rest } = table;
  const lines = grids.map((grid) => {
    const text = JSON.stringify({ ...grid, medians: rows(grid.medians), spreads: rows(grid.spreads) });
    return `    ${text}`;
  });
  const head = JSON.stringify(rest, null, 2).replace(/\n}$/, "");
  return `${head},\n  "grids": [\n${lines.join(",\n")}\n  ]\n}\n`;
}

/**
 * A table from a file's text, with nothing but the known fields.
 * @throws FileError that names the field, what was expected and what was found; also for a table whose fit is worse than it
 * may be (`WORST_ERROR`), which predicts nothing
 */
export function readLatencyTable(text: string, file: string): LatencyTable {
  if (text.length > MOST_CHARACTERS) {
    throw new FileError(file, `expected at most ${MOST_CHARACTERS} characters, got ${text.length}.`);
  }
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new FileError(file, "expected a latency table as JSON, as effnet measure --out writes it.", { cause });
  }
  const fields = new Fields(json, "table", file);
  const version = fields.whole("version", 1, Number.MAX_SAFE_INTEGER);
  if (version !== 1) fields.fail("version", "1", version);
  const size = fields.object("inputSize");
  const table: LatencyTable = {
    version: 1,
    network: fields.text("network"),
    inputSize: { height: size.whole("height", 1, MOST_PIXELS), width: size.whole("width", 1, MOST_PIXELS) },
    machine: fields.text("machine"),
    engine: engineOf(fields.object("engine")),
    versions: versionsOf(fields, file),
    date: fields.text("date"),
    grids: gridsOf(fields, file),
    fit: fitOf(fields.object("fit"), file),
  };
  refuseUnfit(table, file);
  return table;
}

/** @throws FileError if the fit is farther off than `WORST_ERROR` for one of its networks */
export function refuseUnfit({ fit }: Pick<LatencyTable, "fit">, file: string): void {
  const worst = worstError(fit);
  if (worst <= WORST_ERROR) return;
  const percent = (share: number): string => `${Math.round(share * 100)} %`;
  const told = `expected whole networks to be predicted within ${percent(WORST_ERROR)}, got ${percent(worst)}`;
  throw new FileError(file, `${told}. Measure again while nothing else computes.`);
}

/**
 * Times hold for the machine, the engine and the threads that they were measured with.
 * @param here what will run the networks
 * @throws FileError in one line, if that differs from the table's
 */
export function refuseElsewhere(table: MeasuredOn, here: MeasuredOn, file: string): void {
  const [then, now] = [placeOf(table), placeOf(here)];
  const differs = Object.keys(now).find((what) => then[what] !== now[what]);
  if (differs === undefined) return;
  const { threads } = table.engine;
  const remedy =
    differs === "threads"
      ? `Pass --threads ${threads}, or measure again: effnet measure --threads ${here.engine.threads}.`
      : "Measure here: effnet measure.";
  const told = `expected ${JSON.stringify(now[differs])}, got a table of ${JSON.stringify(then[differs])}`;
  throw new FileError(file, `${differs}: ${told}. ${remedy}`);
}

/** All that must be equal, by what messages call it. */
function placeOf({ machine, engine, versions }: MeasuredOn): Readonly<Record<string, string>> {
  const { effnet = "unknown" } = versions;
  return {
    machine,
    backend: `${engine.backend} in mode ${engine.mode}`,
    engine: `effnet ${effnet}, build ${engine.build}`,
    threads: String(engine.threads),
  };
}

function engineOf(fields: Fields): ComputingEngine {
  return {
    backend: fields.text("backend"),
    mode: fields.text("mode"),
    threads: fields.whole("threads", 1, MOST_THREADS),
    build: fields.text("build"),
    pitch: fields.whole("pitch", 1, MOST_CHANNELS),
  };
}

function versionsOf(fields: Fields, file: string): Record<string, string> {
  const versions = fields.value("versions");
  const inside = new Fields(versions, "table.versions", file);
  return Object.fromEntries(Object.keys(versions as object).map((name) => [name, inside.text(name)]));
}

function gridsOf(fields: Fields, file: string): LatencyGrid[] {
  const list = fields.list("grids");
  if (list.length < 1 || list.length > MOST_GRIDS) fields.fail("grids", `1 to ${MOST_GRIDS} grids`, list.length);
  const known = new Set<string>();
  return list.map((value, i) => {
    const grid = new Fields(value, `table.grids[${i}]`, file);
    const key = keyOf(grid.object("key"));
    if (known.has(keyText(key))) grid.fail("key", "each kind of layer once", keyText(key));
    known.add(keyText(key));
    const outputs = nodesOf(grid, "outputs", 1);
    const inputs = nodesOf(grid, "inputs", key.isTied ? 0 : 1);
    if (key.isTied && inputs.length > 0) grid.fail("inputs", "none, for a layer of one width", inputs.length);
    const shape = [Math.max(inputs.length, 1), outputs.length] as const;
    return {
      key,
      inputs,
      outputs,
      medians: msOf(grid, "medians", shape),
      spreads: msOf(grid, "spreads", shape),
      samples: grid.whole("samples", 1, MOST_SAMPLES),
    };
  });
}

function keyOf(fields: Fields): LatencyKey {
  return {
    op: fields.oneOf("op", OPS),
    height: fields.whole("height", 1, MOST_PIXELS),
    width: fields.whole("width", 1, MOST_PIXELS),
    kernel: fields.whole("kernel", 1, MOST_PIXELS),
    stride: fields.whole("stride", 1, MOST_PIXELS),
    activation: fields.value("activation") === null ? null : fields.oneOf("activation", ACTIVATIONS),
    hasResidual: fields.flag("hasResidual"),
    isTied: fields.flag("isTied"),
  };
}

/** Rising widths. */
function nodesOf(fields: Fields, key: string, least: number): number[] {
  const list = fields.list(key);
  if (list.length < least || list.length > MOST_NODES) {
    fields.fail(key, `${least} to ${MOST_NODES} widths`, list.length);
  }
  return list.map((value, i) => {
    const above = i === 0 ? 0 : (list[i - 1] as number);
    const isNode = typeof value === "number" && Number.isInteger(value) && value > above && value <= MOST_CHANNELS;
    return isNode ? value : fields.fail(key, "rising whole numbers", value);
  });
}

function msOf(fields: Fields, key: string, [rows, columns]: readonly [number, number]): number[][] {
  const list = fields.list(key);
  const isGrid = list.length === rows && list.every((row) => Array.isArray(row) && row.length === columns);
  if (!isGrid) fields.fail(key, `${rows} rows of ${columns} times`, list);
  return (list as unknown[][]).map((row) =>
    row.map((ms) => (isMs(ms) ? ms : fields.fail(key, `milliseconds from 0 to ${MOST_MS}`, ms))),
  );
}

function isMs(value: unknown): value is number {
  return typeof value === "number" && value >= 0 && value <= MOST_MS;
}

/** The errors are computed anew: what a file says of itself proves nothing. */
function fitOf(fields: Fields, file: string): LatencyFit {
  const list = fields.list("networks");
  if (list.length < 2 || list.length > MOST_NETWORKS) {
    fields.fail("networks", `2 to ${MOST_NETWORKS} networks`, list.length);
  }
  const networks = list.map((value, i) => {
    const network = new Fields(value, `table.fit.networks[${i}]`, file);
    return {
      name: network.text("name"),
      sumMs: network.between("sumMs", 0, MOST_MS),
      measuredMs: network.between("measuredMs", LEAST_MS, MOST_MS),
    };
  });
  const fixedMs = fields.between("fixedMs", 0, MOST_MS);
  return withErrors(networks, { fixedMs, factor: fields.between("factor", LEAST_MS, MOST_MS) });
}
