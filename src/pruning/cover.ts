// Which widths are timed, and in which networks: layers are timed where they run, inside networks of the parent's shape
// whose widths are chosen so that few networks meet every pair of widths of every kind of layer.

import type { Architecture } from "../architecture/architecture.ts";
import { architectureFromShapes } from "../architecture/shape-text.ts";
import { tensorSpecs } from "../architecture/tensors.ts";
import { assert } from "../errors.ts";
import type { Random } from "../random.ts";
import { groups, groupsByAxis } from "./groups.ts";
import type { LatencyKey, LatencyUnit } from "./units.ts";
import type { Widths } from "./widths.ts";

/** The widths at which one kind of layer is timed; `inputs` is empty where it has one width. */
export interface Axes {
  readonly key: LatencyKey;
  readonly inputs: readonly number[];
  readonly outputs: readonly number[];
}

/** Every multiple of 8 up to 32, then about × 1.4. */
const FINE = 32;
const FINE_STEP = 8;
/** The last node before the full width is left out where it is nearer than this. */
const NEAR = 1.2;

/** Widths at which layers of at most `full` channels are timed: 8, 16, 24, 32, 48, 64, 96, 128, …, full. */
export function nodesUpTo(full: number): number[] {
  const nodes: number[] = [];
  for (let node = FINE_STEP; node * NEAR <= full; node = after(node)) nodes.push(node);
  return [...nodes, full];
}

function after(node: number): number {
  if (node < FINE) return node + FINE_STEP;
  return Number.isInteger(Math.log2(node)) ? node * 1.5 : (node / 3) * 4;
}

/** The axes of every key, up to the widest layer of each; a width that no group cuts stays what it is. */
export function axesOf(units: readonly LatencyUnit[]): Map<string, Axes> {
  const axes = new Map<string, Axes>();
  for (const { text, key } of units) {
    if (axes.has(text)) continue;
    const alike = units.filter((unit) => unit.text === text);
    const along = (group: "inputGroup" | "outputGroup", side: "inputs" | "outputs"): number[] => {
      const cut = alike.filter((unit) => unit[group] !== null).map((unit) => unit[side]);
      const frozen = alike.filter((unit) => unit[group] === null).map((unit) => unit[side]);
      const nodes = cut.length === 0 ? [] : nodesUpTo(Math.max(...cut));
      return [...new Set([...nodes, ...frozen])].sort((a, b) => a - b);
    };
    axes.set(text, {
      key,
      inputs: key.isTied ? [] : along("inputGroup", "inputs"),
      outputs: along("outputGroup", "outputs"),
    });
  }
  return axes;
}

/** A network with any widths, the parent's exceeded too; skips stay. */
export function withAnyWidths(a: Architecture, widths: Widths): Architecture {
  const groupAt = groupsByAxis(groups(a));
  const entries = tensorSpecs(a).map(({ name, shape }) => ({
    name,
    shape: shape.map((size, axis) => widths.get(groupAt(name, axis)?.name ?? "") ?? size),
  }));
  return architectureFromShapes(entries, a, { name: a.name, file: a.name });
}

/**
 * Widths of networks in which every point of every key's axes is met at least once. Greedy: each network takes a point that
 * is left, then sets each width where it meets the most points that are left, in turns until none gains.
 * @param random breaks ties, and so spreads what is met more than once
 */
export function* coveringWidths(
  units: readonly LatencyUnit[],
  axes: ReadonlyMap<string, Axes>,
  random: Random,
): Generator<Map<string, number>> {
  const open = new Set([...axes].flatMap(([text, each]) => pointsOf(text, each)));
  const candidates = candidatesOf(units, axes);
  for (;;) {
    const [point] = open;
    if (point === undefined) return;
    const pins = pinsOf(point, units, candidates);
    const widths = new Map<string, number>();
    for (const [group, nodes] of candidates) widths.set(group, pins.get(group) ?? nodes[random.below(nodes.length)]);
    for (let turn = 0, gains = true; gains && turn < MOST_TURNS; turn++) {
      gains = false;
      for (const [group, nodes] of candidates) {
        if (!pins.has(group) && improve(widths, group, nodes, { units, open, random })) gains = true;
      }
    }
    for (const unit of units) open.delete(pointOf(unit, widths));
    assert(!open.has(point), `${point} is met by the network that is made for it`);
    yield widths;
  }
}

const MOST_TURNS = 4;

/** `KEY inputs outputs`; of a layer with one width, `KEY outputs`. */
function pointsOf(text: string, { inputs, outputs }: Axes): string[] {
  if (inputs.length === 0) return outputs.map((width) => `${text} ${width}`);
  return inputs.flatMap((row) => outputs.map((column) => `${text} ${row} ${column}`));
}

function pointOf(unit: LatencyUnit, widths: Widths): string {
  const inputs = widthAt(unit.inputGroup, unit.inputs, widths);
  const outputs = widthAt(unit.outputGroup, unit.outputs, widths);
  return unit.key.isTied ? `${unit.text} ${outputs}` : `${unit.text} ${inputs} ${outputs}`;
}

function widthAt(group: string | null, own: number, widths: Widths): number {
  return (group === null ? undefined : widths.get(group)) ?? own;
}

/**
 * The widths that each group may take: the nodes of all layers that it touches, no wider than the widest of those with a
 * map, so that no map becomes larger than the parent has one of that kind.
 */
function candidatesOf(units: readonly LatencyUnit[], axes: ReadonlyMap<string, Axes>): Map<string, readonly number[]> {
  const nodes = new Map<
    string,
    { readonly isMap: boolean; readonly nodes: readonly number[]; readonly own: number }[]
  >();
  for (const { text, key, inputGroup, outputGroup, inputs, outputs } of units) {
    const { inputs: rows, outputs: columns } = axes.get(text) as Axes;
    const isMap = key.height * key.width > 1;
    const add = (group: string | null, own: number, list: readonly number[]): void => {
      if (group !== null) nodes.set(group, [...(nodes.get(group) ?? []), { isMap, nodes: list, own }]);
    };
    if (!key.isTied) add(inputGroup, inputs, rows);
    add(outputGroup, outputs, columns);
  }
  return new Map(
    [...nodes].map(([group, touched]) => {
      const maps = touched.filter(({ isMap }) => isMap);
      const limit = Math.max(...(maps.length > 0 ? maps : touched).flatMap((each) => each.nodes), touched[0].own);
      const all = [...touched.flatMap((each) => each.nodes), touched[0].own].filter((node) => node <= limit);
      return [group, [...new Set(all)].sort((a, b) => a - b)];
    }),
  );
}

/** Widths of one layer's groups with which it meets a point. */
function pinsOf(
  point: string,
  units: readonly LatencyUnit[],
  candidates: ReadonlyMap<string, readonly number[]>,
): Map<string, number> {
  for (const unit of units) {
    if (!point.startsWith(`${unit.text} `)) continue;
    const numbers = point
      .slice(unit.text.length + 1)
      .split(" ")
      .map(Number);
    const pins = new Map<string, number>();
    const sides = [
      [unit.inputGroup, numbers[0]],
      [unit.outputGroup, numbers[numbers.length - 1]],
    ] as const;
    for (const [group, width] of sides) if (group !== null) pins.set(group, width);
    const mayTake = [...pins].every(([group, width]) => candidates.get(group)?.includes(width));
    if (mayTake && pointOf(unit, pins) === point) return pins;
  }
  throw new Error(`effnet bug: no layer can meet ${point}`);
}

/** What is known while a network's widths are chosen. */
interface Choice {
  readonly units: readonly LatencyUnit[];
  readonly open: ReadonlySet<string>;
  readonly random: Random;
}

/** Sets one width where most open points are met that the other layers do not meet; true if there are more than before. */
function improve(
  widths: Map<string, number>,
  group: string,
  nodes: readonly number[],
  { units, open, random }: Choice,
): boolean {
  const touches = (unit: LatencyUnit): boolean => unit.inputGroup === group || unit.outputGroup === group;
  const metByOthers = new Set(units.filter((unit) => !touches(unit)).map((unit) => pointOf(unit, widths)));
  const touching = units.filter(touches);
  const gainOf = (node: number): number => {
    const tried = new Map(widths).set(group, node);
    const points = new Set(touching.map((unit) => pointOf(unit, tried)));
    return [...points].filter((each) => open.has(each) && !metByOthers.has(each)).length;
  };
  const before = gainOf(widths.get(group) as number);
  let [best, bestNodes] = [before, [widths.get(group) as number]];
  for (const node of nodes) {
    const gain = gainOf(node);
    if (gain > best) [best, bestNodes] = [gain, [node]];
    else if (gain === best) bestNodes.push(node);
  }
  widths.set(group, bestNodes[random.below(bestNodes.length)]);
  return best > before;
}
