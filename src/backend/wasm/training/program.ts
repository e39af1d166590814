// A compiled training step as data, and how one thread runs its share of it. Pictures are dealt to fixed groups, groups to
// threads; whatever adds up over pictures is summed by group and then combined in order, so bits do not depend on threads.

import type { TrainingKernelName, TrainingKernels } from "./kernels.ts";

/** What a call is about: some neighbouring pictures of one unit. */
export interface Extent {
  readonly picture: number;
  readonly count: number;
  readonly group: number;
  /** The group's first picture is among them. */
  readonly isFirst: boolean;
}

/** An address that moves: base + picture · perPicture + group · perGroup; in scratch pictures count from the unit's first. */
export interface Moving {
  readonly base: number;
  readonly perPicture: number;
  readonly perGroup: number;
  readonly isScratch: boolean;
}

/** Filled in once homes are planned. */
export type Address = number | (() => Moving);

/** `isFirst`, `isNext`: 1 or 0; `byCount`: of the number of pictures. */
export type Operand = Address | "isFirst" | "isNext" | { readonly byCount: (count: number) => number };

/** One call for a whole unit, for each of its groups, or for each of its pictures. */
export interface Step {
  readonly kernel: TrainingKernelName;
  readonly operands: readonly Operand[];
  readonly per: "unit" | "group" | "picture";
}

/** A call whose work, `units` equal pieces, threads share; a share is given in units times `scale`. */
export interface SharedStep {
  readonly kernel: TrainingKernelName;
  readonly operands: readonly (Address | "from" | "to")[];
  readonly units: number;
  readonly scale: number;
}

/** A call that every thread makes in full: the same bits in the same places. */
export interface WholeStep {
  readonly kernel: TrainingKernelName;
  readonly operands: readonly Address[];
}

/** Steps for one unit of pictures after the other. */
export interface Loop {
  readonly steps: readonly Step[];
  /** Pictures of a unit at most; groups are cut, or joined, to fit. */
  readonly pictures: number;
}

/** Between phases all threads meet. */
export interface Phase {
  readonly whole: readonly WholeStep[];
  readonly shared: readonly SharedStep[];
  readonly loops: readonly Loop[];
}

/** Groups' first pictures, and the end of the last. */
export function groupsOf(pictures: number): readonly number[] {
  const groups = Math.min(pictures, GROUPS);
  return Array.from({ length: groups + 1 }, (_, group) => Math.floor((pictures * group) / groups));
}

/** Fixed whatever the threads: sums over pictures are cut here. */
const GROUPS = 8;

export interface Unit {
  /** Each group's part of the unit. */
  readonly extents: readonly Extent[];
  readonly picture: number;
  readonly count: number;
}

/** The units of one thread. A group is cut into equal parts, or some whole groups are joined. */
export function unitsOf(bounds: readonly number[], pictures: number, thread: number, threads: number): Unit[] {
  const groups = bounds.length - 1;
  const from = Math.floor((groups * thread) / threads);
  const to = Math.floor((groups * (thread + 1)) / threads);
  const units: Unit[] = [];
  let group = from;
  while (group < to) {
    const [start, end] = [bounds[group], bounds[group + 1]];
    if (end - start > pictures) {
      const parts = Math.ceil((end - start) / pictures);
      for (let part = 0; part < parts; part++) {
        const picture = start + Math.floor(((end - start) * part) / parts);
        const count = start + Math.floor(((end - start) * (part + 1)) / parts) - picture;
        units.push({ extents: [{ picture, count, group, isFirst: part === 0 }], picture, count });
      }
      group++;
      continue;
    }
    let last = group + 1;
    while (last < to && bounds[last + 1] - start <= pictures) last++;
    const extents = bounds.slice(group, last).map((picture, i) => {
      return { picture, count: bounds[group + i + 1] - picture, group: group + i, isFirst: true };
    });
    units.push({ extents, picture: start, count: bounds[last] - start });
    group = last;
  }
  return units;
}

/** Where one thread's scratch begins, and how work is dealt. */
export interface Share {
  readonly bounds: readonly number[];
  readonly thread: number;
  readonly threads: number;
  readonly scratch: number;
}

/** One thread's part of the phases, ready to run. */
export function bind(phases: readonly Phase[], kernels: TrainingKernels, share: Share): (() => void)[] {
  return phases.map(({ whole, shared, loops }) => {
    const fixed = [
      ...whole.map((step) => bindWhole(step, kernels)),
      ...shared.map((s) => bindShared(s, kernels, share)),
    ];
    const bound = loops.map(({ steps, pictures }) => ({
      units: unitsOf(share.bounds, pictures, share.thread, share.threads),
      steps: steps.map((step) => bindStep(step, kernels, share)),
    }));
    return () => {
      for (const run of fixed) run();
      for (const { units, steps } of bound) for (const unit of units) for (const step of steps) step(unit);
    };
  });
}

function fixedAddress(address: Address): number {
  return typeof address === "number" ? address : address().base;
}

function bindWhole({ kernel, operands }: WholeStep, kernels: TrainingKernels): () => void {
  const call = kernels[kernel];
  const values = operands.map(fixedAddress);
  return () => call(...values);
}

function bindShared(
  { kernel, operands, units, scale }: SharedStep,
  kernels: TrainingKernels,
  share: Share,
): () => void {
  const from = Math.floor((units * share.thread) / share.threads) * scale;
  const to = Math.floor((units * (share.thread + 1)) / share.threads) * scale;
  if (from === to) return () => {};
  const call = kernels[kernel];
  const values = operands.map((operand) => (operand === "from" ? from : operand === "to" ? to : fixedAddress(operand)));
  return () => call(...values);
}

/** Writes what changes from call to call into the arguments. */
type Fill = (values: number[], extent: Extent, first: number) => void;

function bindStep({ kernel, operands, per }: Step, kernels: TrainingKernels, share: Share): (unit: Unit) => void {
  const call = kernels[kernel];
  const values = operands.map((operand) => (typeof operand === "number" ? operand : 0));
  const fills = operands.flatMap((operand, at) => fillOf(operand, at, share));
  const run = (extent: Extent, first: number): void => {
    for (const fill of fills) fill(values, extent, first);
    call(...values);
  };
  if (per === "unit") {
    return ({ extents, picture, count }) => {
      const [{ group, isFirst }] = extents;
      run({ picture, count, group, isFirst }, picture);
    };
  }
  if (per === "group") {
    return ({ extents, picture }) => {
      for (const extent of extents) run(extent, picture);
    };
  }
  return ({ extents, picture: first }) => {
    for (const { picture, count, group, isFirst } of extents) {
      for (let i = 0; i < count; i++)
        run({ picture: picture + i, count: 1, group, isFirst: isFirst && i === 0 }, first);
    }
  };
}

function fillOf(operand: Operand, at: number, { scratch }: Share): Fill[] {
  if (typeof operand === "number") return [];
  if (operand === "isFirst") return [filling(at, ({ isFirst }) => (isFirst ? 1 : 0))];
  if (operand === "isNext") return [filling(at, ({ isFirst }) => (isFirst ? 0 : 1))];
  if (typeof operand === "object") return [filling(at, remembering(operand.byCount))];
  const { base, perPicture, perGroup, isScratch } = operand();
  if (isScratch) return [filling(at, ({ picture }, first) => scratch + base + (picture - first) * perPicture)];
  if (perGroup !== 0) return [filling(at, ({ group }) => base + group * perGroup)];
  return [filling(at, ({ picture }) => base + picture * perPicture)];
}

function filling(at: number, compute: (extent: Extent, first: number) => number): Fill {
  return (values, extent, first) => {
    values[at] = compute(extent, first);
  };
}

function remembering(byCount: (count: number) => number): (extent: Extent) => number {
  const known = new Map<number, number>();
  return ({ count }) => {
    let value = known.get(count);
    if (value === undefined) {
      value = byCount(count);
      known.set(count, value);
    }
    return value;
  };
}
