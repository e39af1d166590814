// What a least squares fit of y by x needs to know of the samples, and the fit.

import { factorize, solveRows } from "./cholesky.ts";
import type { Turns } from "./turns.ts";

/** `[rows, width]` */
export interface Samples {
  readonly width: number;
  readonly data: Float32Array | Float64Array;
}

export interface NormalEquations {
  readonly rows: number;
  /** `[in]` and `[out]` */
  readonly inputMean: Float64Array;
  readonly outputMean: Float64Array;
  /** `[out]`, biased. */
  readonly outputVariance: Float64Array;
  /** A `[in, in]` = E[(x − x̄)(x − x̄)ᵀ], its lower triangle. */
  readonly covariance: Float64Array;
  /** B `[out, in]` = E[(y − ȳ)(x − x̄)ᵀ] */
  readonly cross: Float64Array;
}

/** @param x, y of the same rows, at least one */
export async function normalEquations(x: Samples, y: Samples, turns: Turns): Promise<NormalEquations> {
  const rows = x.data.length / x.width;
  const [inputMean, outputMean] = [meanOf(x), meanOf(y)];
  const covariance = new Float64Array(x.width * x.width);
  const cross = new Float64Array(y.width * x.width);
  const outputVariance = new Float64Array(y.width);
  for (let row = 0; row < rows; row += 4) {
    if (turns.isDue) await turns.take();
    const inputs = fourRows(x, row, inputMean);
    const outputs = fourRows(y, row, outputMean);
    for (let i = 0; i < x.width; i++) addProducts(covariance, i * x.width, i + 1, inputs, i, inputs);
    for (let o = 0; o < y.width; o++) addProducts(cross, o * x.width, x.width, outputs, o, inputs);
    for (const output of outputs) for (let o = 0; o < y.width; o++) outputVariance[o] += output[o] ** 2;
  }
  for (const sums of [covariance, cross, outputVariance]) for (let i = 0; i < sums.length; i++) sums[i] /= rows;
  return { rows, inputMean, outputMean, outputVariance, covariance, cross };
}

export interface Fit {
  /** W `[out, in]` */
  readonly weight: Float64Array;
  /** `[out]`: E[W·x] − E[y], to be taken off again behind the layer. */
  readonly meanShift: Float64Array;
  /** The ρ that it took, and ρ' = ρ·tr(A)/in. */
  readonly rho: number;
  readonly penalty: number;
  /** Mean over outputs of E[(W·(x − x̄) − (y − ȳ))²], with the weights before and after. */
  readonly errorBefore: number;
  readonly errorAfter: number;
}

const LEAST_RHO = 1e-12; // after ρ = 0 failed

/**
 * W = (B + ρ'W₀)(A + ρ'I)⁻¹, the minimum of E‖W(x − x̄) − (y − ȳ)‖² + ρ'‖W − W₀‖², computed as W₀ + (B − W₀A)(A + ρ'I)⁻¹:
 * where W₀ is right already it stays as it is, to rounding. ρ grows tenfold until the matrix is positive definite.
 * @param start W₀ `[out, in]`
 */
export async function ridge(equations: NormalEquations, start: Float64Array, rho: number, turns: Turns): Promise<Fit> {
  const { covariance, cross, inputMean, outputMean } = equations;
  const n = inputMean.length;
  const gap = new Float64Array(cross.length); // B − W₀A
  for (let o = 0; o < outputMean.length; o++) {
    if (turns.isDue) await turns.take();
    const product = times(covariance, start.subarray(o * n, o * n + n));
    for (let i = 0; i < n; i++) gap[o * n + i] = cross[o * n + i] - product[i];
  }
  let trace = 0;
  for (let i = 0; i < n; i++) trace += covariance[i * n + i];
  for (let chosen = rho; ; chosen = Math.max(chosen * 10, LEAST_RHO)) {
    const penalty = (chosen * trace) / n;
    const factor = covariance.slice();
    for (let i = 0; i < n; i++) factor[i * n + i] += penalty;
    if (trace > 0 && !(await factorize(factor, n, turns))) continue;
    if (trace > 0) await solveRows(factor, n, gap, turns);
    const weight = start.map((value, i) => value + gap[i]);
    const meanShift = outputMean.map((mean, o) => dot(weight, inputMean, o * n) - mean);
    const [errorBefore, errorAfter] = [start, weight].map((each) => errorOf(equations, each));
    return { weight, meanShift, rho: chosen, penalty, errorBefore, errorAfter };
  }
}

/** Mean over outputs of Var y − 2·w·b + w·A·w. */
function errorOf({ outputVariance, covariance, cross, inputMean }: NormalEquations, weight: Float64Array): number {
  const n = inputMean.length;
  let sum = 0;
  for (let o = 0; o < outputVariance.length; o++) {
    const row = weight.subarray(o * n, o * n + n);
    sum += outputVariance[o] - 2 * dot(cross, row, o * n) + dot(times(covariance, row), row, 0);
  }
  return Math.max(0, sum / outputVariance.length);
}

/** A·v of a symmetric matrix by its lower triangle. */
function times(lower: Float64Array, v: Float64Array): Float64Array {
  const n = v.length;
  const result = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    let sum = lower[i * n + i] * v[i];
    for (let j = 0; j < i; j++) {
      sum += lower[i * n + j] * v[j];
      result[j] += lower[i * n + j] * v[i];
    }
    result[i] += sum;
  }
  return result;
}

function dot(a: Float64Array, b: Float64Array, from: number): number {
  let sum = 0;
  for (let i = 0; i < b.length; i++) sum += a[from + i] * b[i];
  return sum;
}

function meanOf({ width, data }: Samples): Float64Array {
  const mean = new Float64Array(width);
  for (let at = 0; at < data.length; at += width) for (let i = 0; i < width; i++) mean[i] += data[at + i];
  return mean.map((sum) => (sum * width) / data.length);
}

type Four = readonly [Float64Array, Float64Array, Float64Array, Float64Array];

/** Around the mean; zeros behind the last row. */
function fourRows({ width, data }: Samples, row: number, mean: Float64Array): Four {
  const centred = (at: number): Float64Array => {
    const from = at * width;
    return from < data.length ? mean.map((value, i) => data[from + i] - value) : new Float64Array(width);
  };
  return [centred(row), centred(row + 1), centred(row + 2), centred(row + 3)];
}

/** sums[from + j] += Σ of four rows left[i]·right[j] for the first `count` j. */
function addProducts(sums: Float64Array, from: number, count: number, left: Four, i: number, right: Four): void {
  const [a0, a1, a2, a3] = [left[0][i], left[1][i], left[2][i], left[3][i]];
  const [r0, r1, r2, r3] = right;
  for (let j = 0; j < count; j++) sums[from + j] += a0 * r0[j] + a1 * r1[j] + a2 * r2[j] + a3 * r3[j];
}
