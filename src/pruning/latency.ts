// What a machine takes for each layer at each width, as it was measured, and what that says of a whole network.

import type { Architecture } from "../architecture/architecture.ts";
import type { ComputingEngine } from "../backend/backend.ts";
import { assert, FileError, listed } from "../errors.ts";
import type { CostModel } from "./cost.ts";
import type { LatencyFit } from "./fit.ts";
import { monotone } from "./smooth.ts";
import { keyText, type LatencyKey, type LatencyUnit, type Size, unitsOf } from "./units.ts";

/** Times of one kind of layer over a grid of widths. */
export interface LatencyGrid {
  readonly key: LatencyKey;
  /** Widths that were timed, rising; empty where the layer has one width, `outputs`. */
  readonly inputs: readonly number[];
  readonly outputs: readonly number[];
  /** Median ms as measured, one row an input width (or one in all), one number an output width. */
  readonly medians: readonly (readonly number[])[];
  /** Of the same times the distance between the quartiles, ms. */
  readonly spreads: readonly (readonly number[])[];
  /** Times behind each median, at least. */
  readonly samples: number;
}

/** What measured, for a table is good for nothing else. */
export interface MeasuredOn {
  /** Processor and system. */
  readonly machine: string;
  readonly engine: ComputingEngine;
  /** `effnet`, and what ran it, e.g. `node`. */
  readonly versions: Readonly<Record<string, string>>;
}

/** JSON; see `latency-json.ts`. */
export interface LatencyTable extends MeasuredOn {
  readonly version: 1;
  /** Of the network whose layers these are. */
  readonly network: string;
  readonly inputSize: Size;
  /** ISO 8601. */
  readonly date: string;
  readonly grids: readonly LatencyGrid[];
  readonly fit: LatencyFit;
}

export interface LatencyOptions {
  /** How errors call the table. */
  readonly file?: string;
}

/**
 * Milliseconds of one picture by a table: t = fixed + factor · Σ layers. Between the widths that were timed it is linear in
 * both, outputs at the next multiple of the engine's pitch; it never falls with a width.
 * @param a the network whose layers will be asked for, as `layers(a, size)` gives them
 * @throws FileError if the table lacks a kind of layer that the network has
 */
export function latencyModel(
  table: LatencyTable,
  a: Architecture,
  size: Size,
  { file = "latency table" }: LatencyOptions = {},
): CostModel {
  const prices = new Prices(table);
  const units = unitsOf(a, size);
  refuseMissing(table, prices, units, { a, size, file });
  const byLayer = new Map<string, string[]>();
  for (const { layer, text } of units) byLayer.set(layer, [...(byLayer.get(layer) ?? []), text]);
  const { fixedMs, factor } = table.fit;
  return {
    unit: "latency",
    fixed: fixedMs,
    layer: ({ name }, inputs, outputs) => {
      if (inputs === 0 || outputs === 0) return 0;
      let ms = 0;
      for (const text of byLayer.get(name) ?? []) ms += prices.at(text, inputs, outputs) as number;
      return factor * ms;
    },
  };
}

/**
 * Milliseconds of one picture of a whole network by a table, as `latencyModel` adds them up. Layers at other sides than
 * those timed cost what lies between the nearest in pixels, beyond them what pixels and channels cost in proportion.
 * @throws FileError for a kind of layer that was timed at no side
 */
export function predictedLatency(
  table: LatencyTable,
  a: Architecture,
  size: Size,
  { file = "latency table" }: LatencyOptions = {},
): number {
  const prices = new Prices(table);
  const { fixedMs, factor } = table.fit;
  let sum = 0;
  for (const unit of unitsOf(a, size)) {
    const ms = prices.at(unit.text, unit.inputs, unit.outputs) ?? prices.stretched(unit);
    if (ms === null) throw missing(table, [unit.text], { a, size, file });
    sum += ms;
  }
  return fixedMs + factor * sum;
}

/** The table's sum over a network's layers, ms; every kind of them was timed. */
export function summedLatency(table: Pick<LatencyTable, "grids" | "engine">, units: readonly LatencyUnit[]): number {
  const prices = new Prices(table);
  let sum = 0;
  for (const { text, inputs, outputs } of units) {
    const ms = prices.at(text, inputs, outputs);
    assert(ms !== null, `${text} was timed`);
    sum += ms;
  }
  return sum;
}

/** Grids ready to be asked. */
class Prices {
  readonly #grids: ReadonlyMap<string, { readonly grid: LatencyGrid; readonly ms: readonly (readonly number[])[] }>;
  readonly #pitch: number;

  constructor({ grids, engine }: Pick<LatencyTable, "grids" | "engine">) {
    this.#pitch = engine.pitch;
    this.#grids = new Map(grids.map((grid) => [keyText(grid.key), { grid, ms: monotone(grid.medians) }]));
  }

  /** ms; null for what was not timed. */
  at(text: string, inputs: number, outputs: number): number | null {
    const found = this.#grids.get(text);
    if (found === undefined) return null;
    const { grid, ms } = found;
    const column = placeOf(
      grid.outputs.map((width) => this.#padded(width)),
      this.#padded(outputs),
    );
    if (grid.inputs.length === 0) return column.beyond * along(ms[0], column);
    const row = placeOf(grid.inputs, inputs);
    const [narrow, wide] = [along(ms[row.low], column), along(ms[row.high], column)];
    return column.beyond * row.beyond * (narrow + (wide - narrow) * row.share);
  }

  /** ms of a layer at another side than any that was timed; null if there is none. */
  stretched({ key, inputs, outputs }: LatencyUnit): number | null {
    const pixels = key.height * key.width;
    const timed = [...this.#grids.values()].map(({ grid }) => grid.key);
    const like = (text: string): LatencyKey[] =>
      timed.filter((other) => keyText({ ...other, height: key.height, width: key.width }) === text);
    const same = like(keyText(key));
    // A deeper network has layers within a stream that the table's has between streams only: the same work.
    const alike = (same.length > 0 ? same : like(keyText({ ...key, isTied: false }))).sort(
      (one, other) => one.height * one.width - other.height * other.width,
    );
    if (alike.length === 0) return null;
    const areas = alike.map(({ height, width }) => height * width);
    const times = alike.map((other) => this.at(keyText(other), inputs, outputs) as number);
    const place = placeOf(areas, pixels);
    const below = Math.min(pixels / areas[0], 1);
    return place.beyond * below * along(times, place);
  }

  #padded(width: number): number {
    return Math.ceil(width / this.#pitch) * this.#pitch;
  }
}

/** Where a width stands among nodes: between `low` and `high`, `share` of the way; `beyond` times the last one, or 1. */
interface Place {
  readonly low: number;
  readonly high: number;
  readonly share: number;
  readonly beyond: number;
}

/** Below the first node it is at the first: less than a pitch is computed as a pitch. */
function placeOf(nodes: readonly number[], width: number): Place {
  const last = nodes.length - 1;
  if (width >= nodes[last]) return { low: last, high: last, share: 0, beyond: width / nodes[last] };
  const high = nodes.findIndex((node) => node >= width);
  const low = Math.max(high - 1, 0);
  const share = low === high ? 0 : (width - nodes[low]) / (nodes[high] - nodes[low]);
  return { low, high, share, beyond: 1 };
}

function along(values: readonly number[], { low, high, share }: Place): number {
  return values[low] + (values[high] - values[low]) * share;
}

/** The network that a table is asked about, and how errors call the table. */
interface Question {
  readonly a: Architecture;
  readonly size: Size;
  readonly file: string;
}

function refuseMissing(table: LatencyTable, prices: Prices, units: readonly LatencyUnit[], question: Question): void {
  const absent = units.filter(({ text, inputs, outputs }) => prices.at(text, inputs, outputs) === null);
  if (absent.length > 0) throw missing(table, [...new Set(absent.map(({ text }) => text))], question);
}

function missing(table: LatencyTable, absent: readonly string[], { a, size, file }: Question): FileError {
  const { height, width } = table.inputSize;
  const told = `expected times of ${a.name} at ${size.height}×${size.width}, got those of ${JSON.stringify(table.network)} at ${height}×${width}`;
  const side = size.height === size.width ? `${size.height}` : `${size.height}x${size.width}`;
  const remedy = `Measure the network itself: effnet measure … --input-size ${side}.`;
  return new FileError(file, `${told}, without ${listed(absent)}. ${remedy}`);
}
