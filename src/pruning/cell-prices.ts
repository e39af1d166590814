// What one cell is worth for every pair of widths at its ends, when it chooses its own widths best.

import { assert } from "../errors.ts";
import type { Cell, Chain, ChainLayer, Price } from "./chain.ts";
import type { Bilinear } from "./cost.ts";
import { envelope, highest } from "./envelope.ts";

/** What a point is judged by: value · (its value) − Σ multipliers[k] · (its cost for limit k). All ≥ 0. */
export interface Weights {
  readonly value: number;
  readonly multipliers: readonly number[];
}

/** How cells choose their expanded width. `lines` needs bilinear costs. */
export type Method = "lines" | "tables";

/** A cell under given weights, for indices of the widths at its ends. */
export interface CellChoice {
  /** Value of the cell's own axes less what its layers cost, at best. */
  worth(from: number, to: number): number;
  /** The indices of its own widths then; null where it is best removed. */
  choice(from: number, to: number): { readonly inner: number; readonly squeeze: number } | null;
}

/** Prices of a cell's layers for one limit, summed by the axes that they depend on. Row-major over indices of widths. */
interface Sums {
  /** [from, to], or [from] where the two are one axis. */
  readonly direct: Float64Array;
  /** [inner] */
  readonly own: Float64Array;
  /** [carrier, squeeze] */
  readonly squeeze: Float64Array;
  /** [from, inner] and [to, inner], of `tables`. */
  readonly entering: Float64Array;
  readonly leaving: Float64Array;
  /** The same of `lines`: alpha · width · inner width and beta · inner width · width. */
  alpha: number;
  beta: number;
}

/** Which of its own widths a cell takes between two others, and what that is worth before `direct`. */
interface Picker {
  pick(from: number, to: number): number;
  height(line: number, from: number, to: number): number;
}

/** Sums up the prices of a cell once, for any weights. */
export class CellPrices {
  readonly #chain: Chain;
  readonly #cell: Cell;
  readonly #method: Method;
  /** The axis whose channels are squeezed: the expanded one, or else the stream that enters. */
  readonly #carrier: number;
  readonly #sums: readonly Sums[];

  constructor(chain: Chain, cell: Cell, method: Method) {
    this.#chain = chain;
    this.#cell = cell;
    this.#method = method;
    this.#carrier = cell.inner ?? cell.from;
    this.#sums = chain.fixed.map((_, k) => this.#summed(k));
  }

  weighed(weights: Weights): CellChoice {
    const { from, to, inner, removed } = this.#cell;
    const { heights, squeezes } = this.#kept(weights);
    const direct = this.#weighed(weights, (sums) => sums.direct);
    const outs = from === to ? 0 : this.#widths(to).length;
    const gone = removed === null ? Number.NEGATIVE_INFINITY : weights.value * removed;
    const make = this.#method === "lines" ? this.#lines : this.#tables;
    const picker = inner === null ? whole(heights) : make.call(this, weights, heights, inner);
    const kept = (line: number, i: number, j: number): number =>
      picker.height(line, i, j) - direct[outs === 0 ? i : i * outs + j];
    return {
      worth(i, j) {
        return Math.max(kept(picker.pick(i, j), i, j), gone);
      },
      choice(i, j) {
        const line = picker.pick(i, j);
        return kept(line, i, j) > gone ? { inner: line, squeeze: squeezes[line] } : null;
      },
    };
  }

  /** For each width of the carrier: the best squeeze, and what the cell's own axes are then worth less their own costs. */
  #kept(weights: Weights): { heights: Float64Array; squeezes: Int32Array } {
    const { inner, squeeze } = this.#cell;
    const heights = this.#weighed(weights, ({ own }) => own).map((cost) => -cost);
    const squeezes = new Int32Array(heights.length);
    if (inner !== null) for (const [e, value] of this.#values(inner).entries()) heights[e] += weights.value * value;
    if (squeeze === null) return { heights, squeezes };
    const costs = this.#weighed(weights, (sums) => sums.squeeze);
    const values = this.#values(squeeze);
    for (let e = 0; e < heights.length; e++) {
      let most = Number.NEGATIVE_INFINITY;
      for (let q = 0; q < values.length; q++) {
        const worth = weights.value * values[q] - costs[e * values.length + q];
        if (worth > most) [most, squeezes[e]] = [worth, q];
      }
      heights[e] += most;
    }
    return { heights, squeezes };
  }

  #lines(weights: Weights, heights: Float64Array, inner: number): Picker {
    const rates = this.#widths(inner);
    const [ins, outs] = [this.#widths(this.#cell.from), this.#widths(this.#cell.to)];
    let [alpha, beta] = [0, 0];
    this.#sums.forEach((sums, k) => {
      alpha += weights.multipliers[k] * sums.alpha;
      beta += weights.multipliers[k] * sums.beta;
    });
    const upper = envelope(heights, rates);
    return {
      pick: (i, j) => highest(upper, alpha * ins[i] + beta * outs[j]),
      height: (line, i, j) => heights[line] - rates[line] * (alpha * ins[i] + beta * outs[j]),
    };
  }

  #tables(weights: Weights, heights: Float64Array): Picker {
    const entering = this.#weighed(weights, (sums) => sums.entering);
    const leaving = this.#weighed(weights, (sums) => sums.leaving);
    const count = heights.length;
    const height = (e: number, i: number, j: number): number =>
      heights[e] - entering[i * count + e] - leaving[j * count + e];
    return {
      height,
      pick(i, j) {
        let best = 0;
        let most = Number.NEGATIVE_INFINITY;
        for (let e = 0; e < count; e++) {
          const worth = height(e, i, j);
          if (worth > most) [most, best] = [worth, e];
        }
        return best;
      },
    };
  }

  #summed(k: number): Sums {
    const { from, to, inner, squeeze, layers } = this.#cell;
    const [ins, outs, lines] = [from, to, this.#carrier].map((axis) => this.#widths(axis).length);
    const qs = squeeze === null ? 0 : this.#widths(squeeze).length;
    const isTabled = inner !== null && this.#method === "tables";
    const sums: Sums = {
      direct: new Float64Array(from === to ? ins : ins * outs),
      own: new Float64Array(lines),
      squeeze: new Float64Array(lines * qs),
      entering: new Float64Array(isTabled ? ins * lines : 0),
      leaving: new Float64Array(isTabled ? outs * lines : 0),
      alpha: 0,
      beta: 0,
    };
    for (const layer of layers) this.#add(layer, k, sums);
    return sums;
  }
  /** Adds what a layer costs where it belongs. */
  #add(layer: ChainLayer, k: number, sums: Sums): void {
    const { from, to, inner, squeeze, name } = this.#cell;
    const price = layer.prices[k];
    const ends = [layer.from, layer.to];
    if (squeeze !== null && ends.includes(squeeze)) {
      assert(ends.includes(this.#carrier), `${name}: a squeeze hangs on the expanded width, or the stream that enters`);
      this.#each(this.#carrier, squeeze, layer, sums.squeeze, price.at);
    } else if (inner === null || !ends.includes(inner)) {
      this.#each(from, to, layer, sums.direct, price.at);
    } else if (layer.from === layer.to) {
      this.#each(inner, inner, layer, sums.own, price.at);
    } else if (layer.to === inner) {
      assert(layer.from === from, `${name}: an expansion reads the stream that enters`);
      if (this.#method === "tables") this.#each(from, inner, layer, sums.entering, price.at);
      else {
        const { product, outputs } = bilinear(price);
        sums.alpha += product;
        this.#each(inner, inner, layer, sums.own, (_, e) => outputs * e);
      }
    } else {
      assert(layer.to === to, `${name}: a projection writes the stream that leaves`);
      if (this.#method === "tables") this.#each(to, inner, layer, sums.leaving, price.at);
      else {
        const { product, outputs } = bilinear(price);
        sums.beta += product;
        this.#each(from, to, layer, sums.direct, (_, r) => outputs * r);
      }
    }
  }

  /** Adds a price to `into`: [rows, columns], or [rows] where these are one axis. */
  #each(rows: number, columns: number, layer: ChainLayer, into: Float64Array, at: Price["at"]): void {
    const [down, across] = [this.#widths(rows), this.#widths(columns)];
    const isOne = rows === columns;
    let cell = 0;
    for (const row of down) {
      for (const column of isOne ? [row] : across) {
        into[cell++] += at(layer.from === rows ? row : column, layer.to === rows ? row : column);
      }
    }
  }

  #weighed({ multipliers }: Weights, of: (sums: Sums) => Float64Array): Float64Array {
    const total = new Float64Array(of(this.#sums[0]).length);
    this.#sums.forEach((sums, k) => {
      const part = of(sums);
      const multiplier = multipliers[k];
      for (let i = 0; i < total.length; i++) total[i] += multiplier * part[i];
    });
    return total;
  }

  #widths(axis: number): readonly number[] {
    return this.#chain.axes[axis].widths;
  }

  #values(axis: number): Float64Array {
    return this.#chain.axes[axis].values;
  }
}

/** A cell without widths of its own: what hangs on the stream that enters. */
function whole(heights: Float64Array): Picker {
  return { pick: (i) => i, height: (line) => heights[line] };
}

function bilinear(price: Price): Bilinear {
  assert(price.bilinear !== null, "lines are for bilinear prices");
  return price.bilinear;
}
