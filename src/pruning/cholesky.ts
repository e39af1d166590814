// Positive definite systems in float64: A = L·Lᵀ, then two triangular solves for every right-hand side.

import type { Turns } from "./turns.ts";

/**
 * The lower triangle of A becomes L, row by row: L_ij = (A_ij − Σ_{k<j} L_ik·L_jk) / L_jj, L_ii the root of what is left.
 * @param matrix `[n, n]`, of which only the lower triangle is read
 * @returns false if A is not positive definite, to rounding; the matrix is spoiled then
 */
export async function factorize(matrix: Float64Array, n: number, turns: Turns): Promise<boolean> {
  let largest = 0;
  for (let i = 0; i < n; i++) largest = Math.max(largest, matrix[i * n + i]);
  const least = largest * n * Number.EPSILON;
  for (let i = 0; i < n; i++) {
    if (turns.isDue) await turns.take();
    const row = matrix.subarray(i * n, i * n + n);
    for (let j = 0; j < i; j++) {
      const other = matrix.subarray(j * n, j * n + n);
      row[j] = (row[j] - product(row, other, j)) / other[j];
    }
    const pivot = row[i] - product(row, row, i);
    if (!(pivot > least)) return false;
    row[i] = Math.sqrt(pivot);
  }
  return true;
}

/** Each row b of `rows` `[m, n]` becomes the solution of A·x = b, with L from `factorize`. */
export async function solveRows(factor: Float64Array, n: number, rows: Float64Array, turns: Turns): Promise<void> {
  for (let from = 0; from < rows.length; from += n) {
    if (turns.isDue) await turns.take();
    const x = rows.subarray(from, from + n);
    for (let i = 0; i < n; i++) {
      const row = factor.subarray(i * n, i * n + n);
      x[i] = (x[i] - product(row, x, i)) / row[i];
    }
    for (let i = n - 1; i >= 0; i--) {
      const row = factor.subarray(i * n, i * n + n);
      const value = x[i] / row[i];
      x[i] = value;
      for (let j = 0; j < i; j++) x[j] -= value * row[j];
    }
  }
}

/** Σ a_k·b_k over the first `count`; four sums side by side, since one would wait for itself. */
function product(a: Float64Array, b: Float64Array, count: number): number {
  let [s0, s1, s2, s3] = [0, 0, 0, 0];
  let k = 0;
  for (; k + 4 <= count; k += 4) {
    s0 += a[k] * b[k];
    s1 += a[k + 1] * b[k + 1];
    s2 += a[k + 2] * b[k + 2];
    s3 += a[k + 3] * b[k + 3];
  }
  for (; k < count; k++) s0 += a[k] * b[k];
  return s0 + s1 + (s2 + s3);
}
