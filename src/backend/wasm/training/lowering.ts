// What the rules that turn an op of a training step into kernel calls may ask for.

import { assert } from "../../../errors.ts";
import type { Pads } from "../../../graph/ops.ts";
import { type Layout, originBytes, pixelBytes, roundUp, rowBytes, totalBytes } from "../layout.ts";
import { activationCode } from "../lowering.ts";
import { type Ground, newSlot, type Slot } from "./memory.ts";
import type { StepOp } from "./ops.ts";
import type { ParameterPlace, Parameters } from "./parameters.ts";
import type { Address, Operand, SharedStep, Step, WholeStep } from "./program.ts";

export { activationCode };

/** Where a picture value lies: in the arena for the whole batch, or in each thread's scratch for one unit. */
export interface Home {
  readonly layout: Layout;
  readonly rank: number;
  readonly pictures: number;
  readonly pictureBytes: number;
  readonly slot: Slot;
  readonly isScratch: boolean;
}

/** The two rows of a statistics value: addresses of vectors. */
export interface Rows {
  readonly first: number;
  readonly second: number;
}

export interface Machine {
  readonly tile: number;
  readonly panel: number;
  readonly threads: number;
}

/** A phase in the making. */
export interface PhaseParts {
  readonly whole: WholeStep[];
  readonly shared: SharedStep[];
  readonly loops: { readonly steps: Step[]; readonly pictures: number }[];
}

/** Groups' sums of one op, `step` bytes apart. */
export interface Partials {
  readonly at: Address;
  readonly step: number;
  /** Of the calling group. */
  readonly ofGroup: Operand;
}

/** Entries before a table of its own is needed: with fewer pixels the last tile repeats the last one; kernels/convolution.ts. */
const SHORT = 64;

export class Lowering {
  readonly machine: Machine;
  readonly pictures: number;
  readonly groups: number;
  readonly ground: Ground;
  readonly parameters: Parameters;
  readonly homes: ReadonlyMap<string, Home>;
  /** The arena's slots; more join while ops are lowered. */
  readonly slots: Slot[];
  /** Rows of statistics and of sums by value. */
  readonly rows = new Map<string, Rows>();
  readonly losses = new Map<string, { readonly address: number; readonly scale: number }>();
  /** Sums that the slope before them has made, by its result. */
  readonly sumsBySlope = new Map<string, Partials>();
  /** Packs transposed weights; before the first phase, after weights have changed. */
  readonly transposes: SharedStep[] = [];
  readonly #phases: PhaseParts[];
  readonly #linear = new Map<number, { pixels: number; address: number }>();
  readonly #tables = new Map<string, number>();
  readonly #scales = new Map<string, Rows>();
  readonly #counts = new Map<number, number>();
  readonly #transposed = new Map<string, number>();
  #zeros = { bytes: 0, address: 0 };
  #phase = 0;
  #steps: Step[] = [];
  #unit = 0;
  /** Once homes have offsets. */
  #arena = -1;

  constructor(parts: {
    readonly machine: Machine;
    readonly pictures: number;
    readonly groups: number;
    readonly ground: Ground;
    readonly parameters: Parameters;
    readonly homes: ReadonlyMap<string, Home>;
    readonly slots: Slot[];
    readonly phases: PhaseParts[];
  }) {
    this.machine = parts.machine;
    this.pictures = parts.pictures;
    this.groups = parts.groups;
    this.ground = parts.ground;
    this.parameters = parts.parameters;
    this.homes = parts.homes;
    this.slots = parts.slots;
    this.#phases = parts.phases;
  }

  /** Where the next ops' steps go; `unit`: pictures of the loop's largest unit. */
  enter(phase: number, steps: Step[], unit: number): void {
    this.#phase = phase;
    this.#steps = steps;
    this.#unit = unit;
  }

  get phase(): number {
    return this.#phase;
  }

  /** A call in the loop at hand. */
  step(kernel: Step["kernel"], per: Step["per"], operands: readonly Operand[]): void {
    this.#steps.push({ kernel, per, operands });
  }

  /** A call by every thread before the loops of a phase. */
  whole(phase: number, kernel: WholeStep["kernel"], operands: readonly Address[]): void {
    this.#phaseParts(phase).whole.push({ kernel, operands });
  }

  /** A call that threads share, before the loops of a phase and after what every thread does. */
  shared(phase: number, step: SharedStep): void {
    this.#phaseParts(phase).shared.push(step);
  }

  layout(name: string): Layout {
    return this.#home(name).layout;
  }

  isFlat(...names: string[]): boolean {
    return names.every((name) => {
      const { border, pitch, channels } = this.layout(name);
      return border.top + border.bottom + border.left + border.right === 0 && (pitch & 7) === 0 && pitch >= channels;
    });
  }

  /** Of one rank: a mask of `[n]` looks like one of `[n, 1]` in memory. */
  isRankAlike(a: string, b: string): boolean {
    return this.#home(a).rank === this.#home(b).rank;
  }

  /** Pixel (0, 0) of a call's first picture, or the pixel `pads` above and left of it, and `extra` bytes further. */
  at(name: string, pads?: Pads, extra = 0): Address {
    const { slot, pictureBytes, isScratch, layout } = this.#home(name);
    const offset = originBytes(layout, pads) + extra;
    return () => {
      const base = (isScratch ? 0 : this.#arena) + slot.offset + offset;
      return { base, perPicture: pictureBytes, perGroup: 0, isScratch };
    };
  }

  /** Rows of pixels: one row of all pixels of a unit where no value has a border, else the rows of one picture. */
  mapOf(...names: string[]): { per: "unit" | "picture"; width: Operand; rows: number; row: (name: string) => number } {
    const { height, width } = this.layout(names[0]);
    if (!this.isFlat(...names))
      return { per: "picture", width, rows: height, row: (name) => rowBytes(this.layout(name)) };
    return { per: "unit", width: { byCount: (count) => count * height * width }, rows: 1, row: () => 0 };
  }

  partials(bytes: number): Partials {
    const slot = newSlot(bytes * this.groups, this.#phase, this.#phase + 1);
    this.slots.push(slot);
    const address =
      (perGroup: number): Address =>
      () => {
        return { base: this.#arena + slot.offset, perPicture: 0, perGroup, isScratch: false };
      };
    return { at: address(0), step: bytes, ofGroup: address(bytes) };
  }

  rowsOf(name: string): Rows {
    const rows = this.rows.get(name);
    assert(rows !== undefined, `${name} has no rows`);
    return rows;
  }

  /** 1/√(variance + ε), and times weight: made in the phase of the first that asks. */
  scaleOf(statistics: string, weight: string | null, epsilon: number): Rows {
    const key = `${statistics} ${weight} ${epsilon}`;
    const known = this.#scales.get(key);
    if (known !== undefined) return known;
    const { second: variance } = this.rowsOf(statistics);
    assert(weight !== null, `nobody has scaled by ${statistics} with ${epsilon} before its sums`);
    const { weights, bytes } = this.parameters.place(weight);
    const address = this.ground.take(2 * bytes);
    this.whole(this.#phase, "standardScale", [variance, weights, epsilon, bytes, address]);
    const rows = { first: address, second: address + bytes };
    this.#scales.set(key, rows);
    this.#scales.set(`${statistics} null ${epsilon}`, rows);
    return rows;
  }

  /** Byte offsets of neighbouring pixels `step` bytes apart, for as many pixels as a call has. */
  linearTable(step: number, pixelsOf: (count: number) => number): Operand {
    const long = this.#long(step, pixelsOf(this.#unit));
    const short = new Map<number, number>();
    for (let count = 1; count <= this.#unit && pixelsOf(count) < SHORT; count++) {
      short.set(pixelsOf(count), this.table(1, pixelsOf(count), 0, step));
    }
    return { byCount: (count) => short.get(pixelsOf(count)) ?? long().base };
  }

  /** The same for all pictures at once. */
  batchTable(step: number, pixels: number): Address {
    return pixels < SHORT ? this.table(1, pixels, 0, step) : this.#long(step, pixels);
  }

  /** Byte offsets of all pixels of `pictures` pictures in reading order. */
  table(height: number, width: number, rowStep: number, pixelStep: number, pictures = 1, pictureStep = 0): number {
    const key = [height, width, rowStep, pixelStep, pictures, pictureStep].join();
    const known = this.#tables.get(key);
    if (known !== undefined) return known;
    const table = new Uint32Array(height * width * pictures + this.machine.tile - 1);
    let at = 0;
    for (let n = 0; n < pictures; n++) {
      for (let h = 0; h < height; h++) {
        for (let w = 0; w < width; w++) table[at++] = n * pictureStep + h * rowStep + w * pixelStep;
      }
    }
    const address = this.ground.constant(table.fill(table[at - 1], at));
    this.#tables.set(key, address);
    return address;
  }

  /** Address of at least `bytes` zeros. */
  zeros(bytes: number): number {
    if (bytes > this.#zeros.bytes) this.#zeros = { bytes, address: this.ground.take(bytes) };
    return this.#zeros.address;
  }

  /** The address of `bytes` bytes that `stepsOf` fills anew whenever weights have changed. */
  transposed(key: string, bytes: number, stepsOf: (address: number) => readonly SharedStep[]): number {
    const known = this.#transposed.get(key);
    if (known !== undefined) return known;
    const address = this.ground.take(bytes);
    this.transposes.push(...stepsOf(address));
    this.#transposed.set(key, address);
    return address;
  }

  /** How threads share a weight gradient: by panels of outputs or by rows, whichever divides more evenly. */
  splitOfWeights(panels: number, rows: number): { axis: "panels" | "rows"; units: number } {
    const { threads } = this.machine;
    const evenness = (units: number): number => units / (threads * Math.ceil(units / threads));
    return evenness(panels) >= evenness(rows) ? { axis: "panels", units: panels } : { axis: "rows", units: rows };
  }

  /** Numbers of elements a channel in each group, float64. */
  countsOf(pixels: number, bounds: readonly number[]): number {
    const known = this.#counts.get(pixels);
    if (known !== undefined) return known;
    const counts = Float64Array.from(bounds.slice(1), (end, group) => (end - bounds[group]) * pixels);
    const address = this.ground.constant(counts);
    this.#counts.set(pixels, address);
    return address;
  }

  /** Adds the gradient of a parameter that learns, which groups have summed or which stands in one place. */
  addGradient(phase: number, parameter: string, partials: Address, step: number, groups: number): void {
    const place = this.parameters.place(parameter);
    if (place.gradient === null) return;
    const operands = [partials, step, groups, place.gradient, "from", "to"] as const;
    this.shared(phase, { kernel: "addPartials", operands, units: place.bytes / 32, scale: 32 });
  }

  learning(value: string): ParameterPlace | null {
    return this.parameters.byGradient(value);
  }

  home(name: string): Home {
    return this.#home(name);
  }

  /** Gives the tables of neighbouring pixels their place, and all addresses in the arena their meaning. */
  finish(arenaOf: () => number): void {
    for (const [step, table] of this.#linear) {
      const data = new Uint32Array(table.pixels + this.machine.tile - 1);
      for (let i = 0; i < data.length; i++) data[i] = Math.min(i, table.pixels - 1) * step;
      table.address = this.ground.constant(data);
    }
    this.#arena = arenaOf();
  }

  #long(
    step: number,
    pixels: number,
  ): () => { base: number; perPicture: number; perGroup: number; isScratch: boolean } {
    const table = this.#linear.get(step) ?? { pixels: 0, address: 0 };
    table.pixels = Math.max(table.pixels, pixels);
    this.#linear.set(step, table);
    return () => ({ base: table.address, perPicture: 0, perGroup: 0, isScratch: false });
  }

  #home(name: string): Home {
    const home = this.homes.get(name);
    assert(home !== undefined, `${name} is no value of pictures`);
    return home;
  }

  #phaseParts(phase: number): PhaseParts {
    while (this.#phases.length <= phase) this.#phases.push({ whole: [], shared: [], loops: [] });
    return this.#phases[phase];
  }
}

export type Rule<O extends StepOp> = (op: O, lowering: Lowering) => void;

/** Bytes of a channel vector. */
export function vectorBytes(channels: number): number {
  return roundUp(channels, 8) * 4;
}

export { originBytes, pixelBytes, roundUp, rowBytes, totalBytes };
