// How alike two orders are.

/** Ranks from 1, least first; equal values share the mean of their ranks. */
export function averageRanks(values: ArrayLike<number>): Float64Array {
  const order = Array.from({ length: values.length }, (_, i) => i).sort((a, b) => values[a] - values[b]);
  const ranks = new Float64Array(values.length);
  for (let from = 0; from < order.length; ) {
    let to = from + 1;
    while (to < order.length && values[order[to]] === values[order[from]]) to++;
    for (let at = from; at < to; at++) ranks[order[at]] = (from + 1 + to) / 2;
    from = to;
  }
  return ranks;
}

/**
 * Spearman's ρ: Pearson's correlation of the ranks, −1 … 1. 1 if neither side tells its values apart, 0 if one does not.
 * @param a as long as b
 */
export function spearman(a: ArrayLike<number>, b: ArrayLike<number>): number {
  const [ranksA, ranksB] = [averageRanks(a), averageRanks(b)];
  const mean = (a.length + 1) / 2;
  let [both, ofA, ofB] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    const [da, db] = [ranksA[i] - mean, ranksB[i] - mean];
    both += da * db;
    ofA += da * da;
    ofB += db * db;
  }
  if (ofA === 0 || ofB === 0) return ofA === ofB ? 1 : 0;
  return both / Math.sqrt(ofA * ofB);
}

/** Spearman–Brown: the reliability of the whole from the correlation ρ of its halves, 2ρ/(1 + ρ); −1 at most negative. */
export function spearmanBrown(rho: number): number {
  return rho <= -1 / 3 ? -1 : (2 * rho) / (1 + rho);
}
