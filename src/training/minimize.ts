// The least value of a smooth convex function by L-BFGS (Nocedal & Wright 2006, algorithm 7.4), in float64 and in one fixed
// order: the same input gives the same bits.

/** Writes the gradient at `point` into `gradient` and returns the value. */
export type Objective = (point: Float64Array, gradient: Float64Array) => number;

export interface MinimizeOptions {
  /** At most. */
  readonly iterations: number;
  /** Ends where no element of the gradient is larger. */
  readonly tolerance: number;
  /** Lets others run between two iterations; may throw to end. */
  readonly turn: () => Promise<void>;
}

export interface Minimum {
  readonly point: Float64Array;
  readonly value: number;
  readonly iterations: number;
}

const MEMORY = 10; // pairs of steps and gradient changes that stand for the curvature
const SUFFICIENT = 1e-4; // of the decrease that the slope promises (Armijo)
const MOST_HALVINGS = 20;

export async function minimize(objective: Objective, start: Float64Array, options: MinimizeOptions): Promise<Minimum> {
  let point: Float64Array = start.slice();
  let gradient: Float64Array = new Float64Array(point.length);
  let value = objective(point, gradient);
  const pairs: Pair[] = [];
  for (let iteration = 0; iteration < options.iterations; iteration++) {
    if (largest(gradient) <= options.tolerance) return { point, value, iterations: iteration };
    await options.turn();
    const direction = descent(gradient, pairs);
    const slope = dot(gradient, direction);
    let step = pairs.length === 0 ? Math.min(1, 1 / Math.sqrt(dot(gradient, gradient))) : 1;
    const nextGradient = new Float64Array(point.length);
    let next = moved(point, direction, step);
    let nextValue = objective(next, nextGradient);
    for (let halving = 0; !(nextValue <= value + SUFFICIENT * step * slope); halving++) {
      if (halving === MOST_HALVINGS) return { point, value, iterations: iteration }; // rounding is all that is left
      step /= 2;
      next = moved(point, direction, step);
      nextValue = objective(next, nextGradient);
    }
    remember(pairs, difference(next, point), difference(nextGradient, gradient));
    [point, gradient, value] = [next, nextGradient, nextValue];
  }
  return { point, value, iterations: options.iterations };
}

/** A step, the change of the gradient along it, and 1 / (step · change). */
interface Pair {
  readonly step: Float64Array;
  readonly change: Float64Array;
  readonly rho: number;
}

/** −H·gradient, H the inverse curvature that the pairs stand for (two-loop recursion). */
function descent(gradient: Float64Array, pairs: readonly Pair[]): Float64Array {
  const q = gradient.slice();
  const alphas: number[] = [];
  for (const { step, change, rho } of [...pairs].reverse()) {
    const alpha = rho * dot(step, q);
    alphas.unshift(alpha);
    addScaled(q, change, -alpha);
  }
  const last = pairs.at(-1);
  const scale = last === undefined ? 1 : 1 / (last.rho * dot(last.change, last.change));
  for (let i = 0; i < q.length; i++) q[i] *= scale;
  pairs.forEach(({ step, change, rho }, i) => {
    addScaled(q, step, alphas[i] - rho * dot(change, q));
  });
  return q.map((value) => -value);
}

/** Keeps the latest pairs; one without curvature says nothing. */
function remember(pairs: Pair[], step: Float64Array, change: Float64Array): void {
  const curvature = dot(step, change);
  if (curvature <= 0) return;
  if (pairs.length === MEMORY) pairs.shift();
  pairs.push({ step, change, rho: 1 / curvature });
}

function moved(point: Float64Array, direction: Float64Array, step: number): Float64Array {
  return point.map((value, i) => value + step * direction[i]);
}

function difference(a: Float64Array, b: Float64Array): Float64Array {
  return a.map((value, i) => value - b[i]);
}

function addScaled(to: Float64Array, from: Float64Array, scale: number): void {
  for (let i = 0; i < to.length; i++) to[i] += scale * from[i];
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
}

function largest(values: Float64Array): number {
  let most = 0;
  for (const value of values) most = Math.max(most, Math.abs(value));
  return most;
}
