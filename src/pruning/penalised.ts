// The best choice for given prices of the limits: max over all points of value − Σ multiplier · cost, exactly.
//
// Given the streams at its two ends a cell decides by itself. Where costs are bilinear its expanded width e is a choice
// among lines a ↦ c(e) − e·a with a = α·(width in) + β·(width out): the upper envelope, once, then a search for each pair.
// Otherwise it is the plain maximum over e. Streams are a chain: dynamic programming. Ties go to the narrower width.

import { type CellChoice, CellPrices, type Method, type Weights } from "./cell-prices.ts";
import { type Chain, corner, type Point } from "./chain.ts";

/**
 * Prepares a chain once; the result finds a best point for any weights.
 * @param method default: lines where all costs are bilinear
 */
export function penaliser(chain: Chain, method?: Method): (weights: Weights) => Point {
  const isBilinear = chain.cells.every(({ layers }) =>
    layers.every(({ prices }) => prices.every(({ bilinear }) => bilinear !== null)),
  );
  const cells = chain.cells.map((cell) => new CellPrices(chain, cell, method ?? (isBilinear ? "lines" : "tables")));
  return (weights) =>
    best(
      chain,
      cells.map((cell) => cell.weighed(weights)),
      weights,
    );
}

/** Dynamic programming along the streams, then back. */
function best(chain: Chain, choices: readonly CellChoice[], { value }: Weights): Point {
  const { axes, cells } = chain;
  let reached: Float64Array<ArrayBufferLike> = new Float64Array(axes[cells[0].from].widths.length);
  const cameFrom: Int32Array[] = [];
  let c = 0;
  while (c < cells.length) {
    const entering = choices[c++];
    const stream = cells[c - 1].to;
    const { values } = axes[stream];
    const within: CellChoice[] = [];
    while (c < cells.length && cells[c].to === stream) within.push(choices[c++]);
    const next = new Float64Array(values.length);
    const from = new Int32Array(values.length);
    for (let to = 0; to < values.length; to++) {
      let most = Number.NEGATIVE_INFINITY;
      for (let at = 0; at < reached.length; at++) {
        const sum = reached[at] + entering.worth(at, to);
        if (sum > most) [most, from[to]] = [sum, at];
      }
      for (const choice of within) most += choice.worth(to, to);
      next[to] = most + value * values[to];
    }
    cameFrom.push(from);
    reached = next;
  }
  const point = corner(chain, "least");
  let at = reached.indexOf(Math.max(...reached));
  for (c = cells.length - 1; c >= 0; c--) {
    const { from, to, inner, squeeze } = cells[c];
    const entering = from === to ? at : (cameFrom.pop() as Int32Array)[at];
    point.at[to] = at;
    const choice = choices[c].choice(entering, at);
    if (choice === null) point.isRemoved[c] = 1;
    else {
      if (inner !== null) point.at[inner] = choice.inner;
      if (squeeze !== null) point.at[squeeze] = choice.squeeze;
    }
    at = entering;
  }
  return point;
}
