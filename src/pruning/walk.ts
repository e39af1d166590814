// A choice that is changed step by step, and what each step would change: exact, and only the layers it touches are asked.

import { assert } from "../errors.ts";
import { type Chain, type ChainLayer, copied, costsAt, type Point, valueAt, widthAt } from "./chain.ts";

/** One axis to another of its widths, or a cell removed (1) or put back at its least widths (0). */
export type Step = { readonly axis: number; readonly to: number } | { readonly cell: number; readonly removed: 0 | 1 };

/** A layer that reads or writes an axis, and its cell. */
interface Use {
  readonly cell: number;
  readonly layer: ChainLayer;
}

export class Walk {
  readonly chain: Chain;
  readonly limits: readonly number[];
  readonly #uses: readonly (readonly Use[])[];
  /** Cell whose own an axis is; −1 for streams. */
  readonly #owners: Int32Array;
  #point: Point;
  #costs: readonly number[];
  /** What the step that was asked last would add to each cost. */
  readonly added: Float64Array;

  constructor(chain: Chain, limits: readonly number[], start: Point) {
    this.chain = chain;
    this.limits = limits;
    this.#uses = usesOf(chain);
    this.#owners = new Int32Array(chain.axes.length).fill(-1);
    chain.cells.forEach(({ inner, squeeze }, c) => {
      for (const axis of [inner, squeeze]) if (axis !== null) this.#owners[axis] = c;
    });
    this.added = new Float64Array(limits.length);
    this.#point = copied(start);
    this.#costs = costsAt(chain, start);
  }

  get point(): Point {
    return copied(this.#point);
  }

  get costs(): readonly number[] {
    return this.#costs;
  }

  get value(): number {
    return valueAt(this.chain, this.#point);
  }

  isWithin(): boolean {
    return this.#costs.every((cost, k) => cost <= this.limits[k]);
  }

  moveTo(point: Point): void {
    this.#point = copied(point);
    this.#costs = costsAt(this.chain, point);
  }

  /** Takes a step, unless that would lead beyond a limit and `within` is asked for. */
  take(step: Step, { within }: { readonly within: boolean }): boolean {
    const next = copied(this.#point);
    if ("axis" in step) next.at[step.axis] = step.to;
    else this.#toggle(next, step.cell, step.removed);
    const costs = costsAt(this.chain, next); // anew, so that rounding does not add up
    if (within && costs.some((cost, k) => cost > this.limits[k])) return false;
    this.#point = next;
    this.#costs = costs;
    return true;
  }

  /** What a step adds to the value; what it adds to the costs is in `added` until the next question. */
  gain(step: Step): number {
    this.added.fill(0);
    return "axis" in step ? this.#axisGain(step.axis, step.to) : this.#cellGain(step.cell, step.removed);
  }

  /** Per axis the nearest wider width that is worth more; and every removed cell back. */
  *wider(): Generator<Step> {
    for (const [axis, { values }] of this.chain.axes.entries()) {
      const at = this.#point.at[axis];
      if (this.#isAway(axis)) continue;
      let to = at + 1;
      while (to < values.length && values[to] <= values[at]) to++;
      if (to < values.length) yield { axis, to };
    }
    for (const [cell, removed] of this.#point.isRemoved.entries()) if (removed === 1) yield { cell, removed: 0 };
  }

  /**
   * Per axis the nearest narrower width; and every cell that may go, gone.
   * @param strides how many widths at a time, e.g. [1, 2, 4]; those beyond the least are left out
   */
  *narrower(strides: readonly number[] = [1]): Generator<Step> {
    for (let axis = 0; axis < this.chain.axes.length; axis++) {
      if (this.#isAway(axis)) continue;
      for (const stride of strides) {
        const to = this.#point.at[axis] - stride;
        if (to >= 0) yield { axis, to };
      }
    }
    for (const [cell, { removed }] of this.chain.cells.entries()) {
      if (removed !== null && this.#point.isRemoved[cell] === 0) yield { cell, removed: 1 };
    }
  }

  #isAway(axis: number): boolean {
    const owner = this.#owners[axis];
    return owner !== -1 && this.#point.isRemoved[owner] === 1;
  }

  #axisGain(axis: number, to: number): number {
    const { widths, values } = this.chain.axes[axis];
    const at = this.#point.at[axis];
    for (const { cell, layer } of this.#uses[axis]) {
      if (this.#point.isRemoved[cell] === 1) continue;
      const inputs = widthAt(this.chain, this.#point, layer.from);
      const outputs = widthAt(this.chain, this.#point, layer.to);
      const nextInputs = layer.from === axis ? widths[to] : inputs;
      const nextOutputs = layer.to === axis ? widths[to] : outputs;
      layer.prices.forEach((price, k) => {
        this.added[k] += price.at(nextInputs, nextOutputs) - price.at(inputs, outputs);
      });
    }
    return values[to] - values[at];
  }

  #cellGain(c: number, removed: 0 | 1): number {
    const { layers, inner, squeeze, removed: worth } = this.chain.cells[c];
    assert(worth !== null, "only cells that may go are removed");
    for (const { from, to, prices } of layers) {
      const [inputs, outputs] = [from, to].map((axis) => widthAt(this.chain, this.#point, axis));
      prices.forEach((price, k) => {
        this.added[k] += (removed === 1 ? -1 : 1) * price.at(inputs, outputs);
      });
    }
    const own = [inner, squeeze].reduce<number>((sum, axis) => sum + this.#worthOf(axis), 0);
    return removed === 1 ? worth - own : own - worth;
  }

  #worthOf(axis: number | null): number {
    return axis === null ? 0 : this.chain.axes[axis].values[this.#point.at[axis]];
  }

  /** Own axes of a removed cell stand at their least, and so they come back. */
  #toggle({ at, isRemoved }: Point, cell: number, removed: 0 | 1): void {
    const { inner, squeeze } = this.chain.cells[cell];
    isRemoved[cell] = removed;
    for (const axis of [inner, squeeze]) if (axis !== null) at[axis] = 0;
  }
}

function usesOf({ axes, cells }: Chain): Use[][] {
  const uses: Use[][] = axes.map(() => []);
  cells.forEach(({ layers }, cell) => {
    for (const layer of layers) for (const axis of new Set([layer.from, layer.to])) uses[axis].push({ cell, layer });
  });
  return uses;
}
