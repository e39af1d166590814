// From logits to answers: softmax and top-k, the only arithmetic of this room.

/** One answer. `probability` is the softmax over all classes, 0…1, at the temperature of the weights' config. */
export interface Prediction {
  /** Row of the classifier, 0-based. */
  readonly index: number;
  readonly label: string;
  readonly probability: number;
}

/**
 * Softmax in float64: p[i] = exp((x[i] − max x) / T) / Σ exp((x[j] − max x) / T), T the temperature.
 * @param logits `[classes]`
 * @returns `[classes]`, sums to 1
 */
export function softmax(logits: ArrayLike<number>, temperature = 1): Float64Array {
  let largest = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < logits.length; i++) largest = Math.max(largest, logits[i]);
  const probabilities = new Float64Array(logits.length);
  let sum = 0;
  for (let i = 0; i < logits.length; i++) {
    probabilities[i] = Math.exp((logits[i] - largest) / temperature);
    sum += probabilities[i];
  }
  for (let i = 0; i < probabilities.length; i++) probabilities[i] /= sum;
  return probabilities;
}

/**
 * The `k` most probable classes, best first; of equal logits the lower index comes first. Fewer if there are fewer classes.
 * @param logits `[classes]`
 */
export function topK(logits: ArrayLike<number>, k: number, labels: readonly string[], temperature = 1): Prediction[] {
  const probabilities = softmax(logits, temperature);
  const order = Array.from(probabilities.keys()).sort((a, b) => logits[b] - logits[a] || a - b);
  return order.slice(0, k).map((index) => ({ index, label: labels[index], probability: probabilities[index] }));
}
